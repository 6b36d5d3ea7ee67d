//! What was asked for, done.
use crate::arguments::{self, Action, Export, Following, Subject as Named};
use crate::caretaker;
use crate::files;
use crate::heeding::{self, About, COMMAND};
use crate::inside;
use crate::interact::{self, Ways};
use crate::log::{Event, Lines, Record, Recording};
use crate::model::Model;
use crate::outcome::{self, FAILED, chain, say};
use crate::patience::Patience;
use crate::probe::Probe;
use crate::screen::theme::Palette;
use crate::session::{self, Order, Report, Session, Subject};
use crate::shell::Which;
use crate::show;
use crate::telling::{Telling, Told};
use crate::terminal::guardian;
use crate::trial;
use privileges::Names;
use std::env;
use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What standard output is called where it cannot be written to.
const STDOUT: &str = "standard output";

/// Does what the command line asks for, and gives the exit code.
#[must_use]
pub fn run() -> ExitCode {
    // Of all threads that of the tracer alone is to be woken by what is followed. Without it that is slower, and no more.
    let _ = tracee::leave_news_to_waiters();
    // The guardian of the terminal is this program, too.
    if env::args().nth(1).as_deref() == Some(guardian::ARGUMENT) {
        return guardian::watch();
    }
    if env::args().nth(1).as_deref() == Some(caretaker::ARGUMENT) {
        return caretaker::watch();
    }
    perform().into()
}

fn perform() -> u8 {
    let action = match arguments::read() {
        Ok(action) => action,
        Err(code) => return code,
    };
    let done = match action {
        Action::Watch(following, which) => watch(&following, &which),
        Action::Log {
            following,
            json,
            output,
        } => log(&following, json, output.as_deref()),
        Action::Show { processes, json } => show(&processes, json),
        Action::Shell(wanted) => inside::shell(&wanted),
        Action::Try(trial) => trial::make(&trial),
        Action::Replay {
            log,
            exports,
            palette,
        } => replay(&log, &exports, palette),
    };
    done.unwrap_or_else(|error| {
        say(&chain(&*error));
        FAILED
    })
}

fn say_each<E: Error>(errors: &[E]) {
    for error in errors {
        say(&chain(error));
    }
}

/// Ends, though following does not: see [`Patience`].
#[expect(
    clippy::disallowed_methods,
    reason = "whoever has what would be dropped is waiting"
)]
fn give_up() {
    say(
        "following does not come to an end: somebody keeps it waiting; forktop ends without it, and writes nothing more",
    );
    std::process::exit(FAILED.into());
}

fn log(following: &Following, json: bool, output: Option<&Path>) -> Result<u8, Box<dyn Error>> {
    let telling = beside(following, told(following, json, output)?)?;
    // From before there is something that they could be about.
    let signals = heeding::Waiting::new()?;
    let session = Session::begin(Order::of(following, subject(&following.subject)))?;
    let has_ended = Arc::new(AtomicBool::new(false));
    let about = match following.subject {
        Named::Processes(_) => About::Running,
        Named::Command(_) => About::Command {
            kill_on_exit: following.kill_on_exit,
            has_ended: has_ended.clone(),
        },
    };
    let reads_all = !following.exports.is_empty();
    let patience = Patience::new(reads_all, session.records.backlog(), give_up);
    let heeding = signals.heed(about, session.desk.clone(), patience)?;
    let told = telling.tell_all(&session.records, |record| {
        let is_end = matches!(record.event, Event::Ended { process, .. } if process == COMMAND);
        has_ended.fetch_or(is_end, Ordering::Relaxed);
    });
    let report = session.end()?;
    Ok(conclude(&report, heeding.end(), told, following))
}

fn watch(following: &Following, which: &Which) -> Result<u8, Box<dyn Error>> {
    if !has_terminal() {
        return log(following, false, None);
    }
    let telling = beside(following, Telling::default())?;
    let ways = Ways {
        find: &|| which.find().map_err(|error| error.to_string()),
        probes: |words| Probe::all_of(words).map_err(|mistake| mistake.to_string()),
    };
    let watched = interact::watch(following, telling, &ways, give_up)?;
    Ok(conclude(
        &watched.report,
        watched.ended_by,
        watched.told,
        following,
    ))
}

/// Whether there is one on which an interface can be drawn.
fn has_terminal() -> bool {
    io::stdout().is_terminal()
        && io::stdin().is_terminal()
        && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Says what is to be said of the end, writes what was to be written then, and gives the exit code. `ended_by` is the
/// signal that ended forktop before what it followed.
fn conclude(report: &Report, ended_by: Option<i32>, told: Told, following: &Following) -> u8 {
    let program = match &following.subject {
        Named::Command(words) => words.first(),
        Named::Processes(_) => None,
    };
    let program = program.map(|word| word.to_string_lossy().into_owned());
    let (code, words) = outcome::of(report, ended_by, &program.unwrap_or_default());
    if let Some(words) = words {
        say(&words);
    }
    let model = told.model.unwrap_or_default();
    let exported = files::export(&model, &following.exports);
    say_each(&told.failures);
    say_each(&exported);
    match told.failures.is_empty() && exported.is_empty() {
        true => code,
        false => FAILED,
    }
}

fn show(processes: &[u32], json: bool) -> Result<u8, Box<dyn Error>> {
    let mut looks = show::Looks::at(processes);
    let mut output = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let header = session::header(&Subject::Processes(processes.to_vec()))?;
    let written = match json {
        true => show::json(&mut output, &header, &mut looks),
        false => {
            let is_terminal = io::stdout().is_terminal();
            let palette = match is_terminal && arguments::wants_colours() {
                true => Palette::default(),
                false => Palette::Plain,
            };
            let width = rustix::termios::tcgetwinsize(io::stdout());
            let width = width.map_or(100, |size| size.ws_col.max(20));
            show::text(
                &mut output,
                header,
                &mut looks,
                &Names::read(),
                palette,
                width,
            )
        }
    };
    match written.and_then(|()| output.flush()) {
        // A reader who has had enough is no failure.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
        _ => {}
    }
    let errors = looks.errors();
    say_each(&errors);
    Ok(if errors.is_empty() { 0 } else { FAILED })
}

fn replay(log: &Path, exports: &[Export], palette: Palette) -> Result<u8, Box<dyn Error>> {
    let recording = crate::log::read(log)?;
    let missing = missing(&recording);
    if !exports.is_empty() {
        let exported = files::export(&Model::of(recording.records), exports);
        say_each(&exported);
        if !exported.is_empty() {
            return Ok(FAILED);
        }
    } else if has_terminal() {
        interact::replay(recording, palette)?;
    } else {
        print(
            recording.records,
            colours(io::stdout().is_terminal(), palette),
        )?;
    }
    for words in missing {
        say(&words);
    }
    Ok(0)
}

/// What a log does not tell, in words.
fn missing(recording: &Recording) -> Vec<String> {
    let mut words = Vec::new();
    if recording.unknown > 0 {
        let count = recording.unknown;
        words.push(format!(
            "{count} events that only a later version knows are left out"
        ));
    }
    if recording.cut {
        words.push("the log's last line is cut, and left out".to_owned());
    }
    words
}

fn print(records: Vec<Record>, palette: Palette) -> io::Result<()> {
    let mut lines = Lines::new(palette, Names::read);
    let mut output = io::BufWriter::new(io::stdout().lock());
    let mut each = records.into_iter();
    let printed = each
        .try_for_each(|record| output.write_all(lines.take(record).as_bytes()))
        .and_then(|()| output.flush());
    match printed {
        // A reader who has had enough is no failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
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

/// What is told as lines or as JSON.
fn told(
    following: &Following,
    json: bool,
    output: Option<&Path>,
) -> Result<Telling, files::FileError> {
    let (is_terminal, path, output): (bool, &Path, Box<dyn Write + Send>) = match output {
        Some(path) => (false, path, Box::new(files::create(path)?)),
        None => {
            let output = Box::new(io::stdout());
            (output.is_terminal(), Path::new(STDOUT), output)
        }
    };
    let telling = Telling::default();
    Ok(match json {
        true => telling.json(path, output),
        false => telling.lines(path, output, colours(is_terminal, following.palette)),
    })
}

/// With what is told and kept beside that.
fn beside(following: &Following, telling: Telling) -> Result<Telling, files::FileError> {
    files::check(&following.exports)?;
    let telling = match following.exports.is_empty() {
        true => telling,
        false => telling.keeping(),
    };
    Ok(match &following.record {
        Some(path) => telling.json(path, Box::new(files::create(path)?)),
        None => telling,
    })
}

const fn colours(is_terminal: bool, palette: Palette) -> Palette {
    match is_terminal {
        true => palette,
        false => Palette::Plain,
    }
}
