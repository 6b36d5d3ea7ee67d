//! What was asked for, done.
use crate::arguments::{self, Action, Following, Subject as Named};
use crate::interact;
use crate::outcome::{self, FAILED, chain};
use crate::screen::theme::Palette;
use crate::session::{self, Order, Report, Session, Subject};
use crate::show;
use crate::telling::Telling;
use crate::terminal::guardian;
use std::error::Error;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

/// Does what the command line asks for, and gives the exit code.
#[must_use]
pub fn run() -> ExitCode {
    // The guardian of the terminal is this program, too.
    if std::env::args().nth(1).as_deref() == Some(guardian::ARGUMENT) {
        return guardian::watch();
    }
    perform().into()
}

fn perform() -> u8 {
    let action = match arguments::read() {
        Ok(action) => action,
        Err(code) => return code,
    };
    let done = match action {
        Action::Watch(following) => watch(&following),
        Action::Log {
            following,
            json,
            output,
        } => log(&following, json, output.as_deref()),
        Action::Show { processes, json } => show(&processes, json),
        Action::Replay { log, palette, .. } => replay(&log, palette),
    };
    done.unwrap_or_else(|error| {
        say(&chain(&*error));
        FAILED
    })
}

/// Says one line. Nobody is left to tell if standard error is gone, and that is no reason to end.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "forktop: {text}");
}

fn log(following: &Following, json: bool, output: Option<&Path>) -> Result<u8, Box<dyn Error>> {
    let telling = telling(following, json, output)?;
    let session = Session::begin(Order::of(following, subject(&following.subject)))?;
    let told = telling.tell_all(&session.records);
    let report = session.end()?;
    told?;
    Ok(conclude(&report, following))
}

/// Says what is to be said of the end, and gives the exit code.
fn conclude(report: &Report, following: &Following) -> u8 {
    let program = match &following.subject {
        Named::Command(words) => words.first(),
        Named::Processes(_) => None,
    };
    let program = program.map(|word| word.to_string_lossy().into_owned());
    let (code, words) = outcome::of(report, &program.unwrap_or_default());
    if let Some(words) = words {
        say(&words);
    }
    code
}

fn watch(following: &Following) -> Result<u8, Box<dyn Error>> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return log(following, false, None);
    }
    let watched = interact::watch(following)?;
    Ok(conclude(&watched.report, following))
}

fn show(processes: &[u32], json: bool) -> Result<u8, Box<dyn Error>> {
    let (looks, errors) = show::look_at(processes);
    let text = match json {
        true => show::json(&looks)?,
        false => {
            let is_terminal = io::stdout().is_terminal();
            let palette = match is_terminal && arguments::wants_colours() {
                true => Palette::default(),
                false => Palette::Plain,
            };
            let width = rustix::termios::tcgetwinsize(io::stdout());
            let width = width.map_or(100, |size| size.ws_col.max(20));
            show::text(
                session::header(&Subject::Processes(processes.to_vec()))?,
                &looks,
                palette,
                width,
            )
            .into_bytes()
        }
    };
    match io::stdout().write_all(&text) {
        // A reader who has had enough is no failure.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
        _ => {}
    }
    for error in &errors {
        say(&chain(error));
    }
    Ok(if errors.is_empty() { 0 } else { FAILED })
}

fn replay(log: &Path, palette: Palette) -> Result<u8, Box<dyn Error>> {
    interact::replay(crate::log::read(log)?, palette)?;
    Ok(0)
}

fn subject(named: &Named) -> Subject {
    match named {
        Named::Command(words) => Subject::Command {
            words: words.clone(),
            terminal: None,
        },
        Named::Processes(numbers) => Subject::Processes(numbers.clone()),
    }
}

fn telling(following: &Following, json: bool, output: Option<&Path>) -> io::Result<Telling> {
    let (is_terminal, output): (bool, Box<dyn Write>) = match output {
        Some(path) => (false, Box::new(File::create(path)?)),
        None => (io::stdout().is_terminal(), Box::new(io::stdout())),
    };
    let palette = match is_terminal {
        true => following.palette,
        false => Palette::Plain,
    };
    let telling = match json {
        true => Telling::json(output),
        false => Telling::lines(output, palette),
    };
    Ok(match following.exports.is_empty() {
        true => telling,
        false => telling.keeping(),
    })
}
