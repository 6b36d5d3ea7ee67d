//! The rules about paths of the host: what the parameter that one begins with demands of it.
use crate::application::{HostPath, PathBound};
use crate::finding::{At, Finding};
use crate::parameter::ParameterKind;
use crate::place::Place;
use crate::raw::PathKind;
use crate::resolve::{Names, Resolver};
use crate::template::{Part, Template};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

impl Resolver<'_> {
    /// A path of the host, with the bounds of the parameter that it begins with.
    pub(crate) fn host_path(&mut self, text: &str, at: &At, names: &Names) -> Option<HostPath> {
        let bound = self.bound(text, at, names);
        let path = self.path(text, at, names)?;
        let Some(mut bound) = bound else {
            return Some(path.into());
        };
        // What is said of a folder's kind is not said of what lies in it.
        if self.value_of(&bound.parameter).as_deref() != Some(&path) {
            bound.kind = PathKind::Any;
        }
        match &bound.beneath {
            Some(folder) if !path.starts_with(folder) => {
                self.findings.push(not_beneath(&path, folder, &bound, at));
                None
            }
            None if bound.kind == PathKind::Any => Some(path.into()),
            _ => Some(HostPath {
                path,
                bound: Some(bound),
            }),
        }
    }

    /// The same for a path of something that cannot be a folder.
    pub(crate) fn host_file(&mut self, text: &str, at: &At, names: &Names) -> Option<HostPath> {
        if let Ok(template) = Template::parse(text)
            && let [Part::Name(name)] = template.parts()
            && let Some(bound) = self.bound_of(name)
            && bound.kind == PathKind::Directory
        {
            let title = format!(
                "this must be a file, and the parameter `{}` is a directory",
                bound.parameter
            );
            let declared = At::Value(bound.place_of("kind"));
            let finding = Finding::new(title, at.clone()).context(declared, "declared here");
            self.findings
                .push(finding.help("name a file in it, or give the parameter another `kind`"));
            return None;
        }
        self.host_path(text, at, names)
    }

    /// Refuses bounds in the path of a socket: they would be kept by its text alone, as whoever connects or binds finds
    /// it anew.
    pub(crate) fn without_bounds(&mut self, text: &str, place: &Place) {
        let template = Template::parse(text).ok();
        let parts = template.iter().flat_map(Template::parts);
        let bounds = parts.filter_map(|part| match part {
            Part::Name(name) => self.bound_of(name),
            Part::Text(_) => None,
        });
        let bounded: Vec<_> = bounds
            .filter(|bound| bound.beneath.is_some() || bound.kind != PathKind::Any)
            .collect();
        for bound in bounded {
            let title = format!(
                "the bounds of the parameter `{}` cannot be kept for a socket",
                bound.parameter
            );
            let finding = Finding::of_value(title, place)
                .context(At::Value(bound.place_of("type")), "declared here");
            let help = "declare a path without `beneath` and `kind`, or write the path here";
            self.findings.push(finding.help(help));
        }
    }

    /// What the parameter that a path begins with demands. One elsewhere in it is a mistake: its value is a path of its
    /// own, and what it is bounded to would be said of another.
    fn bound(&mut self, text: &str, at: &At, names: &Names) -> Option<PathBound> {
        let template = Template::parse(text).ok()?;
        let later = template
            .parts()
            .iter()
            .skip(1)
            .filter_map(|part| match part {
                Part::Name(name) => self.bound_of(name),
                Part::Text(_) => None,
            });
        let misplaced: Vec<_> = later.collect();
        for bound in misplaced {
            let title = format!(
                "the parameter `{}` is a whole path, which cannot follow anything",
                bound.parameter
            );
            let finding = Finding::new(title, at.clone())
                .context(At::Value(bound.place_of("type")), "declared here");
            self.findings
                .push(finding.help("begin with it, or declare a `string` for a part of a path"));
        }
        match template.parts().first()? {
            Part::Name(name) if name == "program" => names.program.clone()?.bound,
            Part::Name(name) => self.bound_of(name),
            Part::Text(_) => None,
        }
    }

    fn bound_of(&self, name: &str) -> Option<PathBound> {
        match &self.parameters.get(name)?.kind {
            ParameterKind::Path { beneath, kind } => Some(PathBound {
                parameter: name.to_owned(),
                beneath: beneath.clone(),
                kind: *kind,
            }),
            _ => None,
        }
    }

    /// A path parameter's value, written as it will be compared.
    fn value_of(&self, parameter: &str) -> Option<PathBuf> {
        let value: &OsString = self.bound?.values.get(parameter)?;
        Some(Path::new(value).components().collect())
    }
}

fn not_beneath(path: &Path, folder: &Path, bound: &PathBound, at: &At) -> Finding {
    let title = format!(
        "`{}` is not beneath `{}`, where the parameter `{}` must lie",
        path.display(),
        folder.display(),
        bound.parameter
    );
    Finding::new(title, at.clone())
        .context(At::Value(bound.place_of("beneath")), "declared here")
        .help("what follows a parameter that is a folder begins with `/`")
}

impl PathBound {
    /// Where a bound of the parameter is declared.
    pub fn place_of(&self, field: &str) -> Place {
        Place::root()
            .key("parameters")
            .key(&self.parameter)
            .key(field)
    }
}
