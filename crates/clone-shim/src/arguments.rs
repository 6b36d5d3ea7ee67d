//! What was typed, as types. What can be typed is described in `command_line`.
use crate::command_line::command;
use crate::outcome::Outcome;
use crate::voice;
use clap::ArgMatches;
use specification::Format;
use std::ffi::OsString;
use std::fs::File;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::Duration;

/// What to do.
#[derive(Debug)]
pub enum Action {
    Run {
        given: Given,
        watching: Watching,
    },
    Void {
        flags: VoidFlags,
        watching: Watching,
    },
    Check(Given),
    Plan {
        given: Given,
        json: bool,
    },
    Convert {
        specification: Named,
        to: Format,
        output: Option<PathBuf>,
    },
    Embed {
        specification: Named,
        program: PathBuf,
        output: PathBuf,
    },
    Extract {
        program: PathBuf,
        to: Option<Format>,
        output: Option<PathBuf>,
    },
    Schema,
    Doctor,
}

/// A specification, as it is named.
#[derive(Debug, Default)]
pub struct Named {
    /// Its file; `-` is standard input.
    pub path: PathBuf,
    /// `--format`.
    pub format: Option<Format>,
}

/// A specification and what run time adds to it.
#[derive(Debug, Default)]
pub struct Given {
    pub specification: Named,
    /// `--set`, in order.
    pub set: Vec<String>,
    /// `--runtime`.
    pub runtime: Option<PathBuf>,
    /// What follows `--`.
    pub trailing: Vec<OsString>,
}

impl Given {
    /// Whether run time adds anything by way of the command line.
    pub fn binds_something(&self) -> bool {
        !self.set.is_empty() || self.runtime.is_some() || !self.trailing.is_empty()
    }
}

/// How the voids are watched.
#[derive(Debug)]
pub struct Watching {
    pub verbose: bool,
    /// Whether events are told as JSON.
    pub events: bool,
    /// Where to, instead of standard error.
    pub events_file: Option<PathBuf>,
    pub grace: Duration,
}

/// A file for events that cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open `{}` for events", path.display())]
struct EventFileError {
    path: PathBuf,
    source: std::io::Error,
}

impl Watching {
    /// Where events go as JSON, if they are asked for.
    pub fn event_file(&self) -> Result<Option<File>, Outcome> {
        if !self.events {
            return Ok(None);
        }
        let opened = match &self.events_file {
            Some(path) => File::options().append(true).create(true).open(path),
            None => std::io::stderr()
                .as_fd()
                .try_clone_to_owned()
                .map(File::from),
        };
        opened.map(Some).map_err(|source| {
            let path = self
                .events_file
                .clone()
                .unwrap_or_else(|| "standard error".into());
            voice::error(&EventFileError { path, source })
        })
    }
}

/// The flags of `void`, as they were typed: each stands for a field of an entrypoint.
#[derive(Debug)]
pub struct VoidFlags {
    matches: ArgMatches,
}

impl VoidFlags {
    /// All values of a flag, in order.
    pub fn all(&self, flag: &str) -> impl Iterator<Item = &str> {
        self.matches
            .get_many::<String>(flag)
            .into_iter()
            .flatten()
            .map(String::as_str)
    }

    /// The value of a flag.
    pub fn one(&self, flag: &str) -> Option<&str> {
        self.matches.get_one::<String>(flag).map(String::as_str)
    }

    /// A flag's number.
    pub fn number(&self, flag: &str) -> Option<u64> {
        self.matches.get_one::<u64>(flag).copied()
    }

    /// Whether a flag was given.
    pub fn has(&self, flag: &str) -> bool {
        self.matches.get_flag(flag)
    }

    /// The program and its arguments.
    pub fn program(&self) -> Vec<OsString> {
        trailing(&self.matches)
    }
}

/// Reads this process's command line. A mistake in it, and a call for help, are said and end the process with the code
/// that is returned.
pub fn read() -> Result<Action, u8> {
    let matches = command().try_get_matches().map_err(|error| {
        // Nobody is left to tell if standard error is closed.
        let _ = error.print();
        if error.use_stderr() {
            crate::refusal::FAILED
        } else {
            0
        }
    })?;
    let (name, matches) = matches.subcommand().unwrap_or(("", &matches));
    Ok(match name {
        "run" => Action::Run {
            given: given(matches),
            watching: watching(matches),
        },
        "void" => Action::Void {
            flags: VoidFlags {
                matches: matches.clone(),
            },
            watching: watching(matches),
        },
        "check" => Action::Check(given(matches)),
        "plan" => Action::Plan {
            given: given(matches),
            json: matches.get_flag("json"),
        },
        "convert" => Action::Convert {
            specification: named(matches),
            to: format(matches, "to").unwrap_or(Format::Json),
            output: file(matches, "output"),
        },
        "embed" => Action::Embed {
            specification: named(matches),
            program: file(matches, "program").unwrap_or_default(),
            output: file(matches, "output").unwrap_or_default(),
        },
        "extract" => Action::Extract {
            program: file(matches, "program").unwrap_or_default(),
            to: format(matches, "to"),
            output: file(matches, "output"),
        },
        "schema" => Action::Schema,
        _ => Action::Doctor,
    })
}

fn trailing(matches: &ArgMatches) -> Vec<OsString> {
    matches
        .get_many::<OsString>("trailing")
        .into_iter()
        .flatten()
        .cloned()
        .collect()
}

fn named(matches: &ArgMatches) -> Named {
    Named {
        path: file(matches, "specification").unwrap_or_default(),
        format: format(matches, "format"),
    }
}

fn file(matches: &ArgMatches, name: &str) -> Option<PathBuf> {
    matches.get_one::<PathBuf>(name).cloned()
}

fn format(matches: &ArgMatches, name: &str) -> Option<Format> {
    Format::named(matches.get_one::<String>(name)?)
}

fn given(matches: &ArgMatches) -> Given {
    Given {
        specification: named(matches),
        set: matches
            .get_many::<String>("set")
            .into_iter()
            .flatten()
            .cloned()
            .collect(),
        runtime: file(matches, "runtime"),
        trailing: trailing(matches),
    }
}

fn watching(matches: &ArgMatches) -> Watching {
    Watching {
        verbose: matches.get_flag("verbose"),
        events: matches.contains_id("events"),
        events_file: file(matches, "events-file"),
        grace: matches
            .get_one::<Duration>("grace")
            .copied()
            .unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_can_be_typed() {
        let names = Format::ALL.map(Format::name);
        assert_eq!(crate::command_line::FORMATS, names);
    }
}
