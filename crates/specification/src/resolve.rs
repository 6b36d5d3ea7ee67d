//! From what was written to what is meant: the rules of the language, all applied.
//!
//! The same rules are applied twice: when a specification is checked, where a parameter's value is not known and rules
//! about it wait; and when it is bound, where all are known.
use crate::application::{Application, HostPath};
use crate::bind::Builtins;
use crate::document::Document;
use crate::entrypoint;
use crate::finding::{At, Finding};
use crate::nearest::suggestion;
use crate::parameter::{Parameter, variable};
use crate::place::Place;
use crate::template::{Part, Template};
use crate::{VERSION, raw};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// A specification that obeys every rule that can be checked before its parameters are bound.
#[derive(Clone, Debug)]
pub struct Specification {
    pub(crate) raw: raw::Specification,
    pub(crate) parameters: BTreeMap<String, Parameter>,
}

impl Document {
    /// Applies all rules.
    pub fn check(&self) -> Result<Specification, Vec<Finding>> {
        let raw = self.raw();
        let mut findings = Vec::new();
        check_version(raw, &mut findings);
        let parameters = check_parameters(raw, &mut findings);
        let names: Vec<_> = raw.parameters.keys().map(String::as_str).collect();
        let mut resolver = Resolver {
            names,
            parameters: &parameters,
            bound: None,
            findings,
        };
        resolver.application(raw);
        let findings = self.with_mistakes(resolver.findings);
        if findings.is_empty() {
            let raw = raw.clone();
            Ok(Specification { raw, parameters })
        } else {
            Err(findings)
        }
    }
}

impl Specification {
    /// Its parameters by their names.
    pub fn parameters(&self) -> &BTreeMap<String, Parameter> {
        &self.parameters
    }

    /// Whether an entrypoint leaves its program to the command line.
    pub fn needs_program(&self) -> bool {
        self.raw
            .entrypoints
            .values()
            .any(|entrypoint| entrypoint.program.is_none())
    }

    pub(crate) fn resolve(
        &self,
        values: &BTreeMap<String, OsString>,
        builtins: &Builtins,
    ) -> Result<Application, Vec<Finding>> {
        let names = self.parameters.keys().map(String::as_str).collect();
        let mut resolver = Resolver {
            names,
            parameters: &self.parameters,
            bound: Some(Bound { values, builtins }),
            findings: Vec::new(),
        };
        let application = resolver.application(&self.raw);
        if resolver.findings.is_empty() {
            Ok(application)
        } else {
            Err(resolver.findings)
        }
    }
}

fn check_version(raw: &raw::Specification, findings: &mut Vec<Finding>) {
    let help =
        format!("this clone-shim reads version {VERSION}: give `version` the value {VERSION}");
    match raw.version {
        Some(VERSION) => {}
        Some(other) => {
            let title = format!("version {other} of the language is not supported");
            findings.push(Finding::of_value(title, &Place::root().key("version")).help(help));
        }
        None => findings
            .push(Finding::of_key("the field `version` is missing", &Place::root()).help(help)),
    }
}

fn check_parameters(
    raw: &raw::Specification,
    findings: &mut Vec<Finding>,
) -> BTreeMap<String, Parameter> {
    let mut parameters = BTreeMap::new();
    let mut variables: BTreeMap<String, Place> = BTreeMap::new();
    for (name, declared) in &raw.parameters {
        let place = Place::root().key("parameters").key(name);
        check_name("parameter", name, &place, findings);
        if crate::names::BUILT_IN.contains(&name.as_str()) || name == "message" {
            let title = format!("`{name}` is a built-in name");
            findings
                .push(Finding::of_key(title, &place).help("choose another name for the parameter"));
        }
        if let Some(first) = variables.insert(variable(name), place.clone()) {
            let title = format!(
                "two parameters would be bound by the variable {}",
                variable(name)
            );
            findings.push(Finding::of_key(title, &place).context(At::Key(first), "the other"));
        }
        if let Some(parameter) = Parameter::check(declared, &place, findings) {
            parameters.insert(name.clone(), parameter);
        }
    }
    parameters
}

/// Names of entrypoints, parameters and descriptors.
pub(crate) fn check_name(what: &str, name: &str, place: &Place, findings: &mut Vec<Finding>) {
    let first = name.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
    let rest = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte));
    if !first || !rest || name.len() > 64 {
        let title = format!(
            "`{name}` cannot be the name of {what}",
            what = article(what)
        );
        let help = "a name begins with a letter a to z, has letters, digits, - and _ after it, and 64 of them at most";
        findings.push(Finding::of_key(title, place).help(help));
    }
}

fn article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {noun}")
}

/// What templates stand for.
#[derive(Clone, Copy)]
pub(crate) struct Bound<'a> {
    pub(crate) values: &'a BTreeMap<String, OsString>,
    pub(crate) builtins: &'a Builtins,
}

/// The rules, being applied.
pub(crate) struct Resolver<'a> {
    /// The names of all parameters.
    names: Vec<&'a str>,
    /// Those that are declared as they should be.
    pub(crate) parameters: &'a BTreeMap<String, Parameter>,
    /// Their values, once they are known.
    pub(crate) bound: Option<Bound<'a>>,
    pub(crate) findings: Vec<Finding>,
}

/// What an entrypoint's templates may name beyond parameters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    pub(crate) entrypoint: String,
    /// Its program, once that is known.
    pub(crate) program: Option<HostPath>,
    /// Its descriptors' numbers, where they may be named.
    pub(crate) descriptors: Option<BTreeMap<String, u16>>,
}

/// A text with its values put in, as far as they are known.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) value: OsString,
    /// Whether all of them were. If not, `value` is what comes before the first that was not.
    pub(crate) complete: bool,
}

impl Resolver<'_> {
    pub(crate) fn application(&mut self, raw: &raw::Specification) -> Application {
        if raw.entrypoints.is_empty() {
            let finding =
                Finding::of_key("there is no entrypoint", &Place::root().key("entrypoints"));
            self.findings.push(
                finding.help("\"entrypoints\": { \"NAME\": { \"program\": \"/path/of/it\" } }"),
            );
        }
        let mut entrypoints = BTreeMap::new();
        for (name, raw) in &raw.entrypoints {
            let place = Place::root().key("entrypoints").key(name);
            check_name("entrypoint", name, &place, &mut self.findings);
            entrypoints.insert(name.clone(), entrypoint::resolve(self, name, raw, &place));
        }
        self.one_standard_input(raw);
        crate::listen::one_grant_a_name(self, raw);
        Application { entrypoints }
    }

    fn one_standard_input(&mut self, raw: &raw::Specification) {
        let inherits = |entrypoint: &raw::Entrypoint| matches!(&entrypoint.stdin, Some(raw::Stream::Word(word)) if word == "inherit");
        let place = |name: &str| Place::root().key("entrypoints").key(name).key("stdin");
        let mut inheriting = raw
            .entrypoints
            .iter()
            .filter(|(_, raw)| inherits(raw))
            .map(|(name, _)| place(name));
        if let Some(first) = inheriting.next() {
            for second in inheriting {
                let title = "two entrypoints inherit standard input, which only one can read";
                self.findings.push(
                    Finding::of_value(title, &second)
                        .context(At::Value(first.clone()), "the other one"),
                );
            }
        }
    }

    /// A text with its values put in.
    pub(crate) fn expand(&mut self, text: &str, place: &At, names: &Names) -> Option<Text> {
        let template = match Template::parse(text) {
            Ok(template) => template,
            Err(error) => {
                let finding = Finding::new(error.to_string(), place.clone());
                self.findings
                    .push(finding.help("`${name}` stands for a parameter, `$$` for a dollar sign"));
                return None;
            }
        };
        let mut expanded = Text {
            value: OsString::new(),
            complete: true,
        };
        let mut known = true;
        for part in template.parts() {
            let value = match part {
                Part::Text(text) => Some(text.into()),
                Part::Name(name) => match self.value(name, place, names) {
                    Ok(value) => value,
                    Err(finding) => {
                        self.findings.push(finding);
                        known = false;
                        continue;
                    }
                },
            };
            match value {
                Some(value) if expanded.complete => expanded.value.push(value),
                Some(_) => {}
                None => expanded.complete = false,
            }
        }
        if expanded.value.as_bytes().contains(&0) {
            self.findings.push(Finding::new(
                "a NUL byte cannot be handed to a program",
                place.clone(),
            ));
            known = false;
        }
        known.then_some(expanded)
    }

    /// What a name stands for; nothing if that is not known yet.
    fn value(&self, name: &str, place: &At, names: &Names) -> Result<Option<OsString>, Finding> {
        if self.names.contains(&name) {
            return Ok(self.bound.and_then(|bound| bound.values.get(name).cloned()));
        }
        let unknown = |title: String| Finding::new(title, place.clone());
        match name {
            "entrypoint" => Ok(Some(names.entrypoint.clone().into())),
            "program" => Ok(names
                .program
                .as_ref()
                .map(|program| program.path.clone().into())),
            "pwd" => Ok(self
                .bound
                .map(|bound| bound.builtins.pwd.clone().into_os_string())),
            "trailing" => Err(
                unknown("`${trailing}` can only be a whole argument".to_owned())
                    .help("write it as an element of its own of `args`"),
            ),
            "message" => Err(unknown(
                "`${message}` needs a trigger, which is not yet supported".to_owned(),
            )),
            _ => match (name.strip_prefix("fd."), &names.descriptors) {
                (Some(descriptor), Some(numbers)) => match numbers.get(descriptor) {
                    Some(number) => Ok(Some(number.to_string().into())),
                    None => {
                        let known: Vec<_> = numbers.keys().map(String::as_str).collect();
                        Err(unknown(format!("there is no descriptor `{descriptor}`"))
                            .help(suggestion(descriptor, &known)))
                    }
                },
                (Some(_), None) => Err(unknown(
                    "a descriptor's number can only be named in `args`".to_owned(),
                )),
                (None, _) => {
                    let known: Vec<_> = self
                        .names
                        .iter()
                        .copied()
                        .chain(crate::names::BUILT_IN.iter().copied())
                        .collect();
                    Err(unknown(format!("there is no parameter `{name}`"))
                        .help(suggestion(name, &known)))
                }
            },
        }
    }

    /// A text that must be UTF-8 where it is used.
    pub(crate) fn words(&mut self, text: &str, place: &Place, names: &Names) -> Option<String> {
        let text = self.expand(text, &At::Value(place.clone()), names)?;
        let words = text.value.into_string().ok().filter(|_| text.complete);
        if words.is_none() && text.complete {
            self.findings
                .push(Finding::of_value("this is not UTF-8", place));
        }
        words
    }

    /// An absolute path without `..`, written as it will be compared.
    pub(crate) fn path(&mut self, text: &str, at: &At, names: &Names) -> Option<PathBuf> {
        let text = self.expand(text, at, names)?;
        let path = Path::new(&text.value);
        let begins = !text.complete && text.value.is_empty();
        if !begins && !path.is_absolute() {
            let shown = path.display();
            let finding = Finding::new(format!("`{shown}` is not an absolute path"), at.clone());
            let help = if text.complete {
                format!("did you mean `/{shown}`, or `${{pwd}}/{shown}`?")
            } else {
                "a path begins with `/`".to_owned()
            };
            self.findings.push(finding.help(help));
            return None;
        }
        if path
            .components()
            .any(|component| component == Component::ParentDir)
        {
            let finding = Finding::new("a path cannot contain `..`", at.clone());
            self.findings
                .push(finding.help("write the path that is meant without it"));
            return None;
        }
        text.complete.then(|| path.components().collect())
    }
}
