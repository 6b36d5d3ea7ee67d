//! Where a specification comes from: read, checked and bound, with everything that is wrong said at once.
use crate::arguments::Given;
use crate::diagnostic::Shown;
use crate::outcome::Outcome;
use crate::voice;
use crate::void_command::find;
use specification::application::Application;
use specification::{Bindings, Builtins, Document, Specification};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A specification that has been checked, and its text to show findings in.
#[derive(Debug)]
pub struct Source {
    name: String,
    text: String,
    document: Document,
    specification: Specification,
}

#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error("cannot read `{}`", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("`{}` has more than {most} bytes, which no specification has", path.display())]
    TooLong { path: PathBuf, most: u64 },
    #[error("cannot find out the working directory")]
    Directory(#[source] io::Error),
}

/// More than any specification needs; what never ends must not fill the memory.
const MOST: u64 = 16 << 20;

impl Source {
    /// Reads the file; `-` is standard input.
    pub fn read(path: &Path) -> Result<Self, Outcome> {
        let (name, text) = read_text(path).map_err(|error| voice::error(&error))?;
        Self::parse(name, text)
    }

    pub fn parse(name: String, text: String) -> Result<Self, Outcome> {
        let document = Document::parse(&text).map_err(|findings| {
            voice::findings(
                &findings,
                &Shown {
                    name: &name,
                    text: &text,
                    document: None,
                },
            )
        })?;
        let specification = document.check().map_err(|findings| {
            voice::findings(
                &findings,
                &Shown {
                    name: &name,
                    text: &text,
                    document: Some(&document),
                },
            )
        })?;
        Ok(Self {
            name,
            text,
            document,
            specification,
        })
    }

    /// What findings are shown in.
    pub fn shown(&self) -> Shown<'_> {
        Shown {
            name: &self.name,
            text: &self.text,
            document: Some(&self.document),
        }
    }

    pub fn bind(&self, given: &Given) -> Result<Application, Outcome> {
        let bindings = bindings(given)?;
        let builtins = self.builtins(given)?;
        self.specification
            .bind(&bindings, &builtins)
            .map_err(|findings| voice::findings(&findings, &self.shown()))
    }

    /// Where an entrypoint leaves its program to the command line, that is the first of what follows `--`.
    fn builtins(&self, given: &Given) -> Result<Builtins, Outcome> {
        let pwd =
            std::env::current_dir().map_err(|error| voice::error(&ReadError::Directory(error)))?;
        let mut trailing = given.trailing.clone();
        let mut program = None;
        if self.specification.needs_program() && !trailing.is_empty() {
            program = Some(find(&trailing.remove(0)).map_err(|error| voice::error(&error))?);
        }
        Ok(Builtins {
            pwd,
            program,
            trailing,
        })
    }
}

fn read_text(path: &Path) -> Result<(String, String), ReadError> {
    let io = |source| ReadError::Io {
        path: path.to_owned(),
        source,
    };
    // Most fit in here, and are read at once.
    let mut text = String::with_capacity(8192);
    let (name, read) = if path == Path::new("-") {
        (
            "standard input".to_owned(),
            io::stdin().take(MOST + 1).read_to_string(&mut text),
        )
    } else {
        let file = File::open(path).map_err(io)?;
        (
            path.display().to_string(),
            file.take(MOST + 1).read_to_string(&mut text),
        )
    };
    match read.map_err(io)? as u64 {
        0..=MOST => Ok((name, text)),
        _ => Err(ReadError::TooLong {
            path: path.to_owned(),
            most: MOST,
        }),
    }
}

fn bindings(given: &Given) -> Result<Bindings, Outcome> {
    let nowhere = Shown {
        name: "",
        text: "",
        document: None,
    };
    let mut bindings = Bindings::default();
    for text in &given.set {
        bindings
            .set(text)
            .map_err(|finding| voice::findings(&[finding], &nowhere))?;
    }
    if let Some(path) = &given.runtime {
        let (name, text) = read_text(path).map_err(|error| voice::error(&error))?;
        let shown = Shown {
            name: &name,
            text: &text,
            document: None,
        };
        bindings
            .runtime(&text)
            .map_err(|findings| voice::findings(&findings, &shown))?;
    }
    bindings.environment(std::env::vars_os());
    Ok(bindings)
}
