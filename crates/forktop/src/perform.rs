//! What was asked for, done.
use crate::arguments::{self, Action, Following, Subject as Named};
use crate::outcome::{self, FAILED, chain};
use crate::screen::theme::Palette;
use crate::session::{Order, Session, Subject};
use crate::telling::Telling;
use std::error::Error;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

/// Does what the command line asks for, and gives the exit code.
#[must_use]
pub fn run() -> u8 {
    let action = match arguments::read() {
        Ok(action) => action,
        Err(code) => return code,
    };
    let done = match action {
        Action::Watch(following) => log(&following, false, None),
        Action::Log {
            following,
            json,
            output,
        } => log(&following, json, output.as_deref()),
        Action::Show { .. } | Action::Replay { .. } => Ok(0),
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
    let session = Session::begin(order(following))?;
    let told = telling.tell_all(&session.records);
    let report = session.end()?;
    told?;
    let program = match &following.subject {
        Named::Command(words) => words
            .first()
            .map(|word| word.to_string_lossy().into_owned()),
        Named::Processes(_) => None,
    };
    let (code, words) = outcome::of(&report, &program.unwrap_or_default());
    if let Some(words) = words {
        say(&words);
    }
    Ok(code)
}

fn order(following: &Following) -> Order {
    Order {
        subject: match &following.subject {
            Named::Command(words) => Subject::Command {
                words: words.clone(),
                terminal: None,
            },
            Named::Processes(numbers) => Subject::Processes(numbers.clone()),
        },
        kill_on_exit: following.kill_on_exit,
        failed_execs: following.failed_execs,
        looks_at_end: !following.exports.is_empty(),
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
