//! The command line: what was typed, as types. Subcommands are only described when they are used.
use crate::outcome::Outcome;
use crate::voice;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
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
    Schema,
    Doctor,
}

/// A specification and what run time adds to it.
#[derive(Debug, Default)]
pub struct Given {
    /// Its file; `-` is standard input.
    pub specification: PathBuf,
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
        "schema" => Action::Schema,
        _ => Action::Doctor,
    })
}

/// The whole command line, for this process and for the manual pages.
pub fn command() -> Command {
    Command::new("clone-shim")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Starts programs from nothing: in a void, which holds what a specification grants")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(
            Command::new("run")
                .about("Starts a specification's entrypoints, and stays until they have ended")
                .defer(|command| with_watching(with_specification(command))),
        )
        .subcommand(
            Command::new("void")
                .about("Starts one program in a void that flags describe")
                .defer(|command| with_watching(with_void(command))),
        )
        .subcommand(
            Command::new("check")
                .about("Says everything that is wrong with a specification; starts nothing")
                .defer(with_specification),
        )
        .subcommand(
            Command::new("plan")
                .about("Shows what would be done, step by step; starts nothing")
                .defer(|command| with_specification(command).arg(flag("json", "As JSON"))),
        )
        .subcommand(Command::new("schema").about("Prints the JSON Schema of specifications"))
        .subcommand(Command::new("doctor").about("Says what this kernel and its settings allow"))
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .help(help)
        .action(ArgAction::SetTrue)
}

fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

fn list(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    option(name, value, help).action(ArgAction::Append)
}

fn path(name: &'static str, help: &'static str) -> Arg {
    option(name, "FILE", help).value_parser(value_parser!(PathBuf))
}

fn rest(name: &'static str, help: &'static str) -> Arg {
    Arg::new("trailing")
        .value_name(name)
        .help(help)
        .num_args(0..)
        .last(true)
        .value_parser(value_parser!(OsString))
}

fn with_specification(command: Command) -> Command {
    command
        .arg(
            Arg::new("specification")
                .value_name("SPECIFICATION")
                .help("The file; `-` is standard input")
                .required(true)
                .value_parser(value_parser!(PathBuf)),
        )
        .arg(list("set", "NAME=VALUE", "Binds a parameter"))
        .arg(path(
            "runtime",
            "Binds parameters by a JSON object of names and values",
        ))
        .arg(rest(
            "ARGS",
            "What `${trailing}` stands for; for an entrypoint without a program, the program first",
        ))
}

fn with_watching(command: Command) -> Command {
    command
        .arg(flag("verbose", "Says what becomes of each void").short('v'))
        .arg(
            option(
                "events",
                "FORMAT",
                "Tells events, a line each, on standard error",
            )
            .value_parser(["json"]),
        )
        .arg(path("events-file", "Appends the events to this file instead").requires("events"))
        .arg(
            option(
                "grace",
                "SECONDS",
                "How long voids may take to end after SIGTERM or SIGINT",
            )
            .default_value("10")
            .value_parser(seconds),
        )
}

#[expect(clippy::too_many_lines, reason = "a table: one flag an entry")]
fn with_void(command: Command) -> Command {
    command
        .args([
            list(
                "file",
                "HOST[:PATH[:ACCESS]]",
                "Grants a file or folder; ACCESS is r (default), rx, rw or rwx",
            ),
            list(
                "file-if-any",
                "HOST[:PATH[:ACCESS]]",
                "The same, if it is there",
            ),
            list(
                "tmpfs",
                "PATH:SIZE",
                "Grants a file system in memory, such as /tmp:16M",
            ),
            list(
                "content",
                "PATH=TEXT",
                "Grants a read-only file with this content",
            ),
            list("symlink", "PATH:TARGET", "Grants a symlink"),
            list("proc", "PATH", "Grants the void's own process file system")
                .num_args(0..=1)
                .default_missing_value("/proc"),
            list(
                "devices",
                "NAMES",
                "Grants devices in /dev, such as null,urandom",
            ),
            list("env", "NAME=VALUE", "Sets a variable"),
            option("argv0", "NAME", "The program's name for itself"),
            option("libraries", "WHICH", "auto (default) or none"),
            list(
                "open",
                "NAME=FILE[:ACCESS]",
                "Opens a file as a descriptor from 3 up; ACCESS is r (default), w, rw or a",
            ),
        ])
        .args([
            option("stdin", "STREAM", "null (default), inherit or FILE"),
            option(
                "stdout",
                "STREAM",
                "null (default), inherit or FILE[:ACCESS]; ACCESS is w (default) or a",
            ),
            option(
                "stderr",
                "STREAM",
                "null (default), inherit or FILE[:ACCESS]",
            ),
            flag("stdio", "Inherits all three standard streams"),
            option("directory", "PATH", "The working directory in the void"),
            option("hostname", "NAME", "The host name"),
            option("umask", "OCTAL", "The file mode creation mask"),
            option("uid", "NUMBER", "The user's number inside").value_parser(value_parser!(u64)),
            option("gid", "NUMBER", "The group's number inside").value_parser(value_parser!(u64)),
            list(
                "capability",
                "NAME",
                "Keeps a capability over the void's own namespaces",
            ),
            list(
                "syscall",
                "NAME",
                "Allows a system call that the default refuses",
            ),
            list(
                "limit",
                "NAME=VALUE",
                "Limits memory, processes, open_files, cpu_seconds, wall_seconds or file_size",
            ),
            flag("no-init", "Makes the program pid 1 of its void"),
            option("restart", "WHEN", "never (default) or on-failure"),
            flag(
                "print-spec",
                "Prints the specification that the flags stand for; starts nothing",
            ),
        ])
        .arg(rest("PROGRAM", "The program, and its arguments").required(true))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "a number of seconds is needed".to_owned())?;
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| "a number of seconds, 0 or more, is needed".to_owned())
}

fn trailing(matches: &ArgMatches) -> Vec<OsString> {
    matches
        .get_many::<OsString>("trailing")
        .into_iter()
        .flatten()
        .cloned()
        .collect()
}

fn given(matches: &ArgMatches) -> Given {
    Given {
        specification: matches
            .get_one::<PathBuf>("specification")
            .cloned()
            .unwrap_or_default(),
        set: matches
            .get_many::<String>("set")
            .into_iter()
            .flatten()
            .cloned()
            .collect(),
        runtime: matches.get_one::<PathBuf>("runtime").cloned(),
        trailing: trailing(matches),
    }
}

fn watching(matches: &ArgMatches) -> Watching {
    Watching {
        verbose: matches.get_flag("verbose"),
        events: matches.contains_id("events"),
        events_file: matches.get_one::<PathBuf>("events-file").cloned(),
        grace: matches
            .get_one::<Duration>("grace")
            .copied()
            .unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command().debug_assert();
    }
}
