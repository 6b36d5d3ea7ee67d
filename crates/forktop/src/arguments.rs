//! What was typed, as types. What can be typed is described in `command_line`.
use crate::command_line::command;
use crate::export::Format;
use crate::follow::{self, Mode};
use crate::inside::Wanted;
use crate::probe::Probe;
use crate::screen::theme::Palette;
use crate::shell::Which;
use clap::error::ErrorKind;
use clap::{ArgMatches, Error};
use std::ffi::OsString;
use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Something is followed, and shown by the interface, or as lines where there is no terminal.
    Watch(Following, Which),
    /// Something is followed, and told as it happens.
    Log {
        /// What, and how.
        following: Following,
        /// Whether as JSON.
        json: bool,
        /// Where to; standard output otherwise.
        output: Option<PathBuf>,
    },
    /// What running processes may do is shown.
    Show {
        /// Their numbers, at least one.
        processes: Vec<u32>,
        /// Whether as JSON.
        json: bool,
    },
    /// A shell is put into a process.
    Shell(Wanted),
    /// Calls are tried in a copy of a process.
    Try(Trial),
    /// A log is shown.
    Replay {
        /// Its file.
        log: PathBuf,
        /// What else is made of it.
        exports: Vec<Export>,
        /// In which colours.
        palette: Palette,
    },
}

/// What is followed, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Following {
    /// What.
    pub subject: Subject,
    /// Whether it is killed when forktop ends.
    pub kill_on_exit: bool,
    /// Whether failed execs are told.
    pub failed_execs: bool,
    /// Where the whole tree goes at the end.
    pub exports: Vec<Export>,
    /// Where the log goes too.
    pub record: Option<PathBuf>,
    /// In which colours.
    pub palette: Palette,
}

/// What is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A command that is started: the program and its arguments.
    Command(Vec<OsString>),
    /// Processes that are running, with all that they have made.
    Processes(Vec<u32>),
}

/// Calls that are tried in a copy of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The number of the process.
    pub process: u32,
    /// The calls, at least one.
    pub probes: Vec<Probe>,
    /// How the filters of the process are dealt with.
    pub filters: Mode,
    /// How long each may take.
    pub patience: Duration,
    /// Whether the answers are told as JSON.
    pub json: bool,
}

/// A file for the whole tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Where it is.
    pub path: PathBuf,
    /// As its name ends.
    pub format: Format,
}

/// The code with which forktop ends when it fails.
const FAILED: u8 = 125;

/// Reads this process's command line. A mistake in it, and a call for help, are said and end the process with the code
/// that is returned.
pub fn read() -> Result<Action, u8> {
    let usual = match wants_colours() {
        true => Palette::default(),
        false => Palette::Plain,
    };
    action(std::env::args_os(), usual).map_err(|error| {
        // Nobody is left to tell if standard error is closed.
        let _ = error.print();
        match error.use_stderr() {
            true => FAILED,
            false => 0,
        }
    })
}

/// Whether the user has not said that there shall be no colours (<https://no-color.org>).
#[must_use]
pub fn wants_colours() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// What these words ask for; the first is forktop's own name. Without a theme the colours are the usual ones.
fn action(words: impl IntoIterator<Item = OsString>, usual: Palette) -> Result<Action, Error> {
    let matches = command().try_get_matches_from(words)?;
    let Some((name, own)) = matches.subcommand() else {
        return Ok(Action::Watch(following(&matches, usual)?, which(&matches)));
    };
    if matches.args_present() {
        return Err(misplaced(name));
    }
    Ok(match name {
        "log" => Action::Log {
            following: following(own, usual)?,
            json: own.get_flag("json"),
            output: file(own, "output"),
        },
        "shell" => Action::Shell(Wanted {
            process: own.get_one("process").copied().unwrap_or_default(),
            which: which(own),
            mode: mode(own),
            command: all(own, "command"),
        }),
        "show" => Action::Show {
            processes: numbers(own),
            json: own.get_flag("json"),
        },
        "try" => Action::Try(trial(own)?),
        _ => Action::Replay {
            log: file(own, "log").unwrap_or_default(),
            exports: exports(own)?,
            palette: palette(own, usual),
        },
    })
}

fn which(matches: &ArgMatches) -> Which {
    Which {
        carried: file(matches, "shell"),
        inside: file(matches, "shell-inside"),
    }
}

fn mode(matches: &ArgMatches) -> Mode {
    match (matches.get_flag("assisted"), matches.get_flag("bold")) {
        (true, _) => Mode::Assisted,
        (false, true) => Mode::Bold,
        (false, false) => Mode::Faithful,
    }
}

fn misplaced(name: &str) -> Error {
    let text = format!(
        "options stand after `{name}`; write `--` before it if `{name}` is the command to run"
    );
    command().error(ErrorKind::ArgumentConflict, text)
}

/// A mistake in what a subcommand was given, with the usage of that.
fn mistaken(subcommand: &str, mistake: impl Display) -> Error {
    let mut command = command();
    let described = command.find_subcommand_mut(subcommand);
    let kind = ErrorKind::ValueValidation;
    match described {
        Some(described) => described.error(kind, mistake),
        None => command.error(kind, mistake),
    }
}

fn following(matches: &ArgMatches, usual: Palette) -> Result<Following, Error> {
    let command_line: Vec<OsString> = all(matches, "command");
    let subject = match (command_line.is_empty(), numbers(matches)) {
        (false, _) => Subject::Command(command_line),
        (true, processes) if !processes.is_empty() => Subject::Processes(processes),
        (true, _) => {
            let text = "there is nothing to follow: name a command, or processes with -p";
            return Err(command().error(ErrorKind::MissingRequiredArgument, text));
        }
    };
    Ok(Following {
        subject,
        kill_on_exit: matches.get_flag("kill-on-exit"),
        failed_execs: matches.get_flag("failed-execs"),
        exports: exports(matches)?,
        record: file(matches, "record"),
        palette: palette(matches, usual),
    })
}

fn trial(matches: &ArgMatches) -> Result<Trial, Error> {
    let words: Vec<OsString> = all(matches, "probe");
    let probes = Probe::all_of_words(words).map_err(|mistake| mistaken("try", mistake))?;
    let timeout = matches.get_one::<u32>("timeout");
    Ok(Trial {
        process: numbers(matches).first().copied().unwrap_or_default(),
        probes,
        filters: mode(matches),
        patience: timeout.map_or(follow::Trial::PATIENCE, |seconds| {
            Duration::from_secs((*seconds).into())
        }),
        json: matches.get_flag("json"),
    })
}

fn exports(matches: &ArgMatches) -> Result<Vec<Export>, Error> {
    let export = |path: PathBuf| match Format::of(&path) {
        Ok(format) => Ok(Export { path, format }),
        Err(error) => Err(command().error(ErrorKind::ValueValidation, error)),
    };
    all(matches, "export").into_iter().map(export).collect()
}

fn palette(matches: &ArgMatches, usual: Palette) -> Palette {
    match matches.get_one::<String>("theme").map(String::as_str) {
        Some("light") => Palette::Light,
        Some("plain") => Palette::Plain,
        Some(_) => Palette::Dark,
        None => usual,
    }
}

/// In the order in which they were typed, each once.
fn numbers(matches: &ArgMatches) -> Vec<u32> {
    let mut numbers: Vec<u32> = Vec::new();
    for number in all(matches, "process") {
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers
}

fn all<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, name: &str) -> Vec<T> {
    let values = matches.get_many::<T>(name);
    values.into_iter().flatten().cloned().collect()
}

fn file(matches: &ArgMatches, name: &str) -> Option<PathBuf> {
    matches.get_one::<PathBuf>(name).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &str) -> Result<Action, Error> {
        let words = line.split_whitespace().map(OsString::from);
        action(words, Palette::Dark)
    }

    fn watched(line: &str) -> Following {
        match typed(line) {
            Ok(Action::Watch(following, _) | Action::Log { following, .. }) => following,
            other => panic!("{line}: {other:?}"),
        }
    }

    fn command_of(line: &str) -> Vec<String> {
        let Subject::Command(words) = watched(line).subject else {
            panic!("{line}");
        };
        let words = words.iter().map(|word| word.to_string_lossy().into_owned());
        words.collect()
    }

    #[test]
    fn a_command_keeps_every_word_of_its_own() {
        for line in [
            "forktop make -j2 --record x log",
            "forktop -- make -j2 --record x log",
            "forktop log make -j2 --record x log",
            "forktop log --json -- make -j2 --record x log",
            "forktop --theme light make -j2 --record x log",
        ] {
            let words = ["make", "-j2", "--record", "x", "log"];
            assert_eq!(command_of(line), words, "{line}");
        }
        assert_eq!(command_of("forktop -- log"), ["log"]);
        assert_eq!(command_of("forktop make -- -j"), ["make", "--", "-j"]);
    }

    #[test]
    fn processes_are_written_as_other_programs_print_them() {
        for line in [
            "forktop -p 12 13",
            "forktop -p 12,13 -p 12",
            "forktop log -p 12 -p 13",
        ] {
            let subject = watched(line).subject;
            assert_eq!(subject, Subject::Processes(vec![12, 13]), "{line}");
        }
        let shown = typed("forktop show 12 13 --json").unwrap();
        let processes = vec![12, 13];
        assert_eq!(
            shown,
            Action::Show {
                processes,
                json: true
            }
        );
    }

    #[test]
    fn probes_stand_behind_the_process() {
        let trial = |line: &str| match typed(line) {
            Ok(Action::Try(trial)) => trial,
            other => panic!("{line}: {other:?}"),
        };
        let usual = trial("forktop try 12 -- open /a r | kill 1");
        assert_eq!((usual.process, usual.probes.len()), (12, 2));
        assert_eq!((usual.filters, usual.json), (Mode::Faithful, false));
        assert_eq!(usual.patience, Duration::from_secs(5));
        let other = trial("forktop try --json 12 --timeout 9 --assisted -- exec /a --json");
        assert!(other.json && other.filters == Mode::Assisted);
        assert_eq!(other.patience, Duration::from_secs(9));
        assert_eq!(other.probes[0].words(), "exec /a --json");
        let words = [
            "forktop",
            "try",
            "12",
            "--bold",
            "--",
            "open '/a b' | kill 1",
        ];
        let Ok(Action::Try(bold)) = action(words.map(OsString::from), Palette::Dark) else {
            panic!("{words:?}");
        };
        assert_eq!((bold.filters, bold.probes.len()), (Mode::Bold, 2));
    }

    #[test]
    fn options_come_in_any_order() {
        let line = "forktop log -o out --failed-execs --export a.svg --kill-on-exit --export b.html --record r -- true";
        let Ok(Action::Log {
            following,
            json: false,
            output: Some(output),
        }) = typed(line)
        else {
            panic!("{line}");
        };
        assert_eq!(output, PathBuf::from("out"));
        assert!(following.kill_on_exit && following.failed_execs);
        assert_eq!(following.record, Some("r".into()));
        let formats: Vec<_> = following.exports.iter().map(|it| it.format).collect();
        assert_eq!(formats, [Format::Svg, Format::Html]);
    }

    #[test]
    fn colours_are_the_usual_ones_unless_a_theme_is_named() {
        let palette = |line: &str| {
            let words = line.split_whitespace().map(OsString::from);
            match action(words, Palette::Plain) {
                Ok(Action::Replay { palette, .. }) => palette,
                other => panic!("{line}: {other:?}"),
            }
        };
        assert_eq!(palette("forktop replay file"), Palette::Plain);
        for (name, expected) in
            crate::command_line::THEMES
                .iter()
                .zip([Palette::Dark, Palette::Light, Palette::Plain])
        {
            let line = format!("forktop replay file --theme {name}");
            assert_eq!(palette(&line), expected);
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_in_words() {
        for (line, expected) in [
            ("forktop --failed-execs", "nothing to follow"),
            ("forktop log", "Usage"),
            ("forktop --theme dark log -- true", "stand after `log`"),
            (
                "forktop --export tree.png true",
                ".json, .dot, .svg or .html",
            ),
            ("forktop -p 0", "invalid value '0'"),
            ("forktop -p one", "`one` is no number of a process"),
            ("forktop log -p 1,2147483648", "`2147483648` is no number"),
            ("forktop show 1 x", "`x` is no number of a process"),
            ("forktop shell -- true", "PID"),
            ("forktop shell x", "`x` is no number of a process"),
            ("forktop try x -- kill 1", "`x` is no number of a process"),
            ("forktop show", "PID"),
            (
                "forktop -p 1 --kill-on-exit",
                "cannot be used with '--kill-on-exit'",
            ),
            ("forktop log --jsn -- true", "--json"),
            ("forktop try", "Usage"),
            ("forktop try 12", "PROBE"),
            ("forktop try 12 open", "unexpected argument 'open'"),
            ("forktop try 12 -- opne /a", "there is no such probe"),
            ("forktop try 12 -- opne /a", "Usage: forktop try [OPTIONS]"),
            ("forktop try 12 --timeout 0 -- kill 1", "invalid value '0'"),
            (
                "forktop try 12 --bold --assisted -- kill 1",
                "cannot be used with",
            ),
        ] {
            let error = typed(line).unwrap_err().to_string();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
