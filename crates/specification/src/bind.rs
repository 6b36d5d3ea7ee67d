//! Binding parameters: the only thing that run time adds to a specification.
use crate::application::Application;
use crate::document::{Node, Value};
use crate::finding::{At, Finding};
use crate::nearest::suggestion;
use crate::parameter::{Parameter, variable};
use crate::place::Place;
use crate::raw::Scalar;
use crate::resolve::Specification;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

/// Where a value comes from. An earlier one counts before a later one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// `--set NAME=VALUE`
    Set,
    /// `--runtime FILE`
    Runtime,
    /// The variable `CLONE_SHIM_<NAME>`
    Environment,
}

/// A value for a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The parameter's name; for [`Origin::Environment`] the variable's.
    pub name: String,
    /// The value as it was given.
    pub value: OsString,
    /// Where it was given.
    pub origin: Origin,
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            value,
            origin,
        } = self;
        let value = value.display();
        match origin {
            Origin::Set => write!(f, "--set {name}={value}"),
            Origin::Runtime => write!(f, "\"{name}\": \"{value}\" of --runtime"),
            Origin::Environment => write!(f, "{name}={value}"),
        }
    }
}

/// All values that are given at run time.
#[derive(Clone, Debug, Default)]
pub struct Bindings(Vec<Binding>);

impl Bindings {
    /// Adds a `--set`, of the form `NAME=VALUE`.
    pub fn set(&mut self, text: &str) -> Result<(), Finding> {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Finding::new(
                format!("--set takes NAME=VALUE, and `{text}` is not that"),
                At::Nowhere,
            )
        })?;
        self.0.push(Binding {
            name: name.to_owned(),
            value: value.into(),
            origin: Origin::Set,
        });
        Ok(())
    }

    /// Adds the values of a `--runtime` file, a JSON object of names and values.
    pub fn runtime(&mut self, text: &str) -> Result<(), Vec<Finding>> {
        let tree = crate::format::json::split(text)?;
        let Node::Object(entries) = &tree.node else {
            return Err(vec![Finding::new(
                "this must be an object of names and values",
                At::Bytes(tree.span),
            )]);
        };
        let mut findings = Vec::new();
        crate::document::find_duplicates(&tree, &mut findings);
        for entry in entries {
            match scalar(&entry.value) {
                Ok(value) => {
                    self.0.push(Binding {
                        name: entry.key.clone(),
                        value: value.into(),
                        origin: Origin::Runtime,
                    });
                }
                Err(finding) => findings.push(finding),
            }
        }
        if findings.is_empty() {
            Ok(())
        } else {
            Err(findings)
        }
    }

    /// Adds the variables of an environment that could bind a parameter.
    pub fn environment(&mut self, variables: impl IntoIterator<Item = (OsString, OsString)>) {
        let bindings = variables.into_iter().filter_map(|(name, value)| {
            let name = name
                .into_string()
                .ok()
                .filter(|name| name.starts_with("CLONE_SHIM_"))?;
            Some(Binding {
                name,
                value,
                origin: Origin::Environment,
            })
        });
        self.0.extend(bindings);
    }

    /// The binding that counts for a parameter: of `--set` the last, as it is with options.
    fn of(&self, parameter: &str) -> Option<&Binding> {
        let variable = variable(parameter);
        let mine = |binding: &&Binding| match binding.origin {
            Origin::Environment => binding.name == variable,
            Origin::Set | Origin::Runtime => binding.name == parameter,
        };
        self.0
            .iter()
            .rev()
            .filter(mine)
            .min_by_key(|binding| binding.origin.clone())
    }
}

fn scalar(value: &Value) -> Result<String, Finding> {
    Scalar::deserialize(value)
        .map(|scalar| scalar.to_string())
        .map_err(|_| {
            Finding::new(
                "this must be a string, a whole number or a boolean",
                At::Bytes(value.span.clone()),
            )
        })
}

/// What the built-in names of templates stand for.
#[derive(Clone, Debug, Default)]
pub struct Builtins {
    /// `${pwd}`: the launcher's working directory.
    pub pwd: PathBuf,
    /// The program that the command line names, for entrypoints without one; absolute.
    pub program: Option<PathBuf>,
    /// `${trailing}`: what follows the program on the command line.
    pub trailing: Vec<OsString>,
}

impl Specification {
    /// Binds every parameter, and applies all rules to what comes of it.
    pub fn bind(
        &self,
        bindings: &Bindings,
        builtins: &Builtins,
    ) -> Result<Application, Vec<Finding>> {
        let mut findings = self.unknown(bindings);
        let mut values = BTreeMap::new();
        for (name, parameter) in &self.parameters {
            match value(name, parameter, bindings) {
                Ok(value) => {
                    values.insert(name.clone(), value.to_owned());
                }
                Err(finding) => findings.push(finding),
            }
        }
        if findings.is_empty() {
            self.resolve(&values, builtins)
        } else {
            Err(findings)
        }
    }

    /// Bindings of parameters that do not exist. A variable may be meant for another specification.
    fn unknown(&self, bindings: &Bindings) -> Vec<Finding> {
        let known: Vec<_> = self.parameters.keys().map(String::as_str).collect();
        let named = bindings
            .0
            .iter()
            .filter(|binding| binding.origin != Origin::Environment);
        let unknown = named.filter(|binding| !self.parameters.contains_key(&binding.name));
        unknown
            .map(|binding| {
                let title = format!("`{binding}` binds no parameter of the specification");
                Finding::new(title, At::Key(Place::root().key("parameters")))
                    .help(suggestion(&binding.name, &known))
            })
            .collect()
    }
}

fn value<'v>(
    name: &str,
    parameter: &'v Parameter,
    bindings: &'v Bindings,
) -> Result<&'v OsStr, Finding> {
    let place = Place::root().key("parameters").key(name);
    match (bindings.of(name), &parameter.default) {
        (Some(binding), _) => parameter
            .admits(&binding.value)
            .map(|()| binding.value.as_os_str())
            .map_err(|reason| {
                let finding = Finding::of_value(
                    format!("`{binding}` is not a value of this parameter"),
                    &place,
                );
                finding
                    .label(reason)
                    .help(format!("it takes {}", parameter.describe()))
            }),
        (None, Some(default)) => Ok(default),
        (None, None) => {
            let finding = Finding::of_key(format!("the parameter `{name}` is not bound"), &place);
            Err(finding.help(format!(
                "bind it with `--set {name}=…`: it takes {}",
                parameter.describe()
            )))
        }
    }
}
