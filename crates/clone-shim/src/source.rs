//! Where a specification comes from: read, checked and bound, with everything that is wrong said at once.
use crate::arguments::{Given, Named};
use crate::diagnostic::Shown;
use crate::outcome::Outcome;
use crate::voice;
use crate::void_command::find;
use crate::written::{self, Written};
use specification::application::Application;
use specification::{Bindings, Builtins, Document, Embedded, Specification};
use std::io;

/// A specification that has been checked, and what it was read from.
#[derive(Debug)]
pub struct Source {
    pub written: Written,
    shown_as: String,
    pub document: Document,
    specification: Specification,
}

#[derive(Debug, thiserror::Error)]
#[error("cannot find out the working directory")]
struct DirectoryError(#[source] io::Error);

impl Source {
    /// Reads the file; `-` is standard input.
    pub fn read(named: &Named) -> Result<Self, Outcome> {
        Self::of(written::read(&named.path, named.format).map_err(|error| voice::error(&error))?)
    }

    /// Reads what has been found.
    pub fn of(written: Written) -> Result<Self, Outcome> {
        let Embedded { format, bytes, .. } = &written.embedded;
        let document = Document::read(*format, bytes).map_err(|unread| {
            let shown = Shown {
                name: &written.name,
                text: &unread.text,
                document: None,
            };
            voice::findings(&unread.findings, &shown)
        })?;
        let shown_as = written.shown_as();
        let specification = document
            .check()
            .map_err(|findings| voice::findings(&findings, &shown(&shown_as, &document)))?;
        Ok(Self {
            written,
            shown_as,
            document,
            specification,
        })
    }

    /// What findings are shown in.
    pub fn shown(&self) -> Shown<'_> {
        shown(&self.shown_as, &self.document)
    }

    pub fn bind(&self, given: &Given) -> Result<Application, Outcome> {
        let bindings = bindings(given)?;
        let builtins = self.builtins(given)?;
        self.specification
            .bind(&bindings, &builtins)
            .map_err(|findings| voice::findings(&findings, &self.shown()))
    }

    /// Where an entrypoint leaves its program to the command line, that is the program in whose file the specification
    /// is, or else the first of what follows `--`.
    fn builtins(&self, given: &Given) -> Result<Builtins, Outcome> {
        let pwd = std::env::current_dir().map_err(|error| voice::error(&DirectoryError(error)))?;
        let mut trailing = given.trailing.clone();
        let mut program = self.written.program.clone();
        if program.is_none() && self.specification.needs_program() && !trailing.is_empty() {
            program = Some(find(&trailing.remove(0)).map_err(|error| voice::error(&error))?);
        }
        Ok(Builtins {
            pwd,
            program,
            trailing,
        })
    }
}

fn shown<'a>(name: &'a str, document: &'a Document) -> Shown<'a> {
    Shown {
        name,
        text: document.text(),
        document: Some(document),
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
        let (name, text) = written::read_text(path).map_err(|error| voice::error(&error))?;
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
