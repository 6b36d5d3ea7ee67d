//! `forktop shell`: a shell in a process, from a plain terminal or a script.
use crate::follow::{Entry, Mode, Program, Streams};
use crate::leaving::{ENDING, PROCESS, VISIT, awaited, begin, say_how_held};
use crate::log::{Departure, Ending, Entrance, Event, Stay};
use crate::outcome::{FAILED, chain, code, say};
use crate::screen::panes::visits;
use crate::session::{Records, Visit};
use crate::shell::Which;
use crate::terminal::{Bridge, Parted};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, ioctl_fionread};
use rustix::pipe::{PipeFlags, pipe_with};
use signal_hook::iterator::Signals;
use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The process.
    pub process: u32,
    /// Which shell.
    pub which: Which,
    /// How the process's filters are dealt with.
    pub mode: Mode,
    /// A command, and its arguments; none for a shell to type at.
    pub command: Vec<OsString>,
}

/// What came of it.
#[derive(Debug, Default)]
struct Heard {
    refused: Option<String>,
    departure: Option<Departure>,
}

const ENDED: &str = "the process has ended, and its shell with it";

impl Heard {
    /// How the process was held at the end.
    fn stay(&self) -> Option<&Stay> {
        self.departure.as_ref()?.stay.as_ref()
    }

    /// Whether the visit is over without what was left of it having been taken away.
    fn has_lost_its_process(&self) -> bool {
        let departure = self.departure.as_ref();
        departure.is_some_and(|it| it.stay.is_none())
    }
}

/// Puts a shell into a process, and gives the exit code: that of the shell, or of its command.
pub fn shell(wanted: &Wanted) -> Result<u8, Box<dyn Error>> {
    let program = wanted.which.find()?;
    let types =
        wanted.command.is_empty() && io::stdin().is_terminal() && io::stdout().is_terminal();
    match types {
        true => at_the_terminal(wanted, program),
        false => by_pipes(wanted, program),
    }
}

fn at_the_terminal(wanted: &Wanted, program: Program) -> Result<u8, Box<dyn Error>> {
    // From before the terminal is taken on: one that ends forktop would leave it to the guardian, and more to others.
    let signals = Signals::new(ENDING)?;
    let (bridge, slave) = Bridge::build()?;
    let (told, tell) = pipe_with(PipeFlags::CLOEXEC)?;
    let (begun, begin_it) = pipe_with(PipeFlags::CLOEXEC)?;
    let streams = Streams::Terminal {
        side: slave,
        // It is the user's own: what is written comes there as it is.
        name: env::var_os("TERM"),
    };
    let visit = visit(wanted, program, streams);
    let (desk, records, close, leaving) = begin(signals, wanted.process, visit)?;
    // The terminal is raw: a line has to begin at its left.
    let tell_it = |line: &str| say(&format!("{line}\r"));
    let listening = listen(records, tell, tell_it, move |entrance| {
        for line in introduction(entrance) {
            tell_it(&line);
        }
        drop(begin_it);
    })?;
    // What there is to know of the shell stands above its prompt.
    let parted = match bridge.wait_for(&begun) {
        Parted::Told => bridge.pass_on(&told),
        Parted::HungUp => Parted::HungUp,
    };
    let hung_up = parted == Parted::HungUp;
    let waiting = hung_up.then(|| leaving.hang_up(&desk));
    drop(desk);
    leaving.wait(close)?;
    drop(waiting);
    drop(bridge);
    let heard = listening.join().unwrap_or_default();
    if let Some(stay) = heard.stay() {
        say_how_held(wanted.process, stay);
    }
    Ok(conclude(&heard, leaving.end()))
}

fn by_pipes(wanted: &Wanted, program: Program) -> Result<u8, Box<dyn Error>> {
    let [input, output, errors] = [(); 3].map(|()| pipe_with(PipeFlags::CLOEXEC));
    let ((read, typed), (shown, write), (told, complain)) = (input?, output?, errors?);
    let signals = Signals::new(ENDING)?;
    let visit = visit(wanted, program, Streams::Apart([read, write, complain]));
    let (_, records, close, leaving) = begin(signals, wanted.process, visit)?;
    let (over, tell) = pipe_with(PipeFlags::CLOEXEC)?;
    let over = Arc::new(over);
    let written = |pipe| Written {
        pipe,
        over: over.clone(),
        left: None,
    };
    // It may wait for its input for ever, and nobody waits for it.
    pump("input", io::stdin(), File::from(typed))?;
    let output = pump("output", written(shown), own(io::stdout())?)?;
    let errors = pump("error", written(told), own(io::stderr())?)?;
    let heard = listen(records, tell, say, say_what_differs)?
        .join()
        .unwrap_or_default();
    leaving.wait(close)?;
    let ended = [output, errors].map(|pump| pump.join().unwrap_or(Ok(())));
    if let Some(stay) = heard.stay().filter(|stay| !stay.differs.is_empty()) {
        say_how_held(wanted.process, stay);
    }
    let ended_by = leaving.end();
    let code = conclude(&heard, ended_by);
    let lost = say_each(ended.into_iter().filter_map(Result::err));
    Ok(match ended_by {
        None if lost > 0 => FAILED,
        _ => code,
    })
}

/// What the shell has written, and cannot be written on.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to standard {name}")]
struct Lost {
    name: &'static str,
    #[source]
    error: io::Error,
}

/// Says what is lost, and counts it.
fn say_each(lost: impl Iterator<Item = Lost>) -> usize {
    lost.map(|lost| say(&chain(&lost))).count()
}

/// One of our own streams, as it is: the one of the standard library keeps lines back, and takes it for written what goes to one that
/// cannot be written to.
fn own(stream: impl AsFd) -> io::Result<File> {
    stream.as_fd().try_clone_to_owned().map(File::from)
}

fn visit(wanted: &Wanted, program: Program, streams: Streams) -> Visit {
    let mut arguments = vec![program.name()];
    if !wanted.command.is_empty() {
        arguments.extend(["-c", "\"$@\"", "sh"].map(OsString::from));
        arguments.extend(wanted.command.iter().cloned());
    }
    Visit::Shell(Entry {
        visit: VISIT,
        process: PROCESS,
        program,
        arguments,
        streams,
        filters: wanted.mode,
    })
}

/// Hears what is told of the visit until its end, of which the end of `tell` tells. `tell_it` says a line.
fn listen(
    records: Records,
    tell: OwnedFd,
    tell_it: impl Fn(&str) + Send + 'static,
    entered: impl FnOnce(&Entrance) + Send + 'static,
) -> io::Result<JoinHandle<Heard>> {
    thread::Builder::new()
        .name("records".to_owned())
        .spawn(move || {
            let mut heard = Heard::default();
            let mut entered = Some(entered);
            while let Ok(record) = records.recv() {
                awaited(&record.event).into_iter().for_each(&tell_it);
                match record.event {
                    Event::Entered(entrance) => {
                        if let Some(entered) = entered.take() {
                            entered(&entrance);
                        }
                    }
                    Event::NotEntered { words, .. } => heard.refused = Some(words),
                    Event::Left(departure) => heard.departure = Some(*departure),
                    _ => {}
                }
            }
            drop(tell);
            heard
        })
}

/// That a shell is open, what it lacks of what the process may do, and what its filters will refuse it, or kill it for.
fn introduction(entrance: &Entrance) -> Vec<String> {
    let reservations = visits::reservations(entrance).into_iter();
    let reservations = reservations.map(|(sign, words)| format!("{} {words}", sign.character()));
    std::iter::once(visits::entered(entrance))
        .chain(reservations)
        .collect()
}

/// A script is told only if its shell is not what the process is, or will not be let do what shells do.
fn say_what_differs(entrance: &Entrance) {
    for line in introduction(entrance).into_iter().skip(1) {
        say(&line);
    }
}

/// What a shell writes. It ends when nobody can write any more; or when the visit is over and what was written until then has been
/// read. Whoever could write then was killed, but may take its time to end, as long as its control group is frozen; or has given
/// away what it wrote to.
struct Written {
    pipe: OwnedFd,
    /// Ends when the visit does.
    over: Arc<OwnedFd>,
    /// How much is left to be read of what was written until the visit was over, in bytes, once it is.
    left: Option<u64>,
}

impl io::Read for Written {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        while self.left.is_none() {
            let mut wait = [&self.pipe, &self.over].map(|it| PollFd::new(it, PollFlags::IN));
            match poll(&mut wait, None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
            match wait.map(|it| !it.revents().is_empty()) {
                [_, true] => self.left = Some(ioctl_fionread(&self.pipe)?),
                [true, false] => return Ok(rustix::io::read(&self.pipe, bytes)?),
                [false, false] => {}
            }
        }
        let left = self.left.unwrap_or_default();
        let most = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        let read = rustix::io::read(&self.pipe, &mut bytes[..most])?;
        self.left = Some(left.saturating_sub(u64::try_from(read).unwrap_or(left)));
        Ok(read)
    }
}

/// Copies what comes from one to the other until its end.
fn pump(
    name: &'static str,
    mut from: impl io::Read + Send + 'static,
    mut to: impl io::Write + Send + 'static,
) -> io::Result<JoinHandle<Result<(), Lost>>> {
    let copy = move || {
        let mut bytes = [0; 1 << 14];
        while let Ok(length @ 1..) = from.read(&mut bytes) {
            let piece = bytes.get(..length).unwrap_or_default();
            // If nobody takes it any more, nobody is to write it: the end of `from` tells them.
            match to.write_all(piece).and_then(|()| to.flush()) {
                Ok(()) => {}
                // A reader who has had enough is no failure.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
                Err(error) => return Err(Lost { name, error }),
            }
        }
        Ok(())
    };
    thread::Builder::new().name(name.to_owned()).spawn(copy)
}

/// The exit code, after what is to be said of it. `ended_by` is the signal that ended it, if one did.
fn conclude(heard: &Heard, ended_by: Option<i32>) -> u8 {
    if let Some(signal) = ended_by {
        return code(Ending::Signal(signal));
    }
    if let Some(words) = &heard.refused {
        say(words);
        return FAILED;
    }
    match heard
        .departure
        .as_ref()
        .and_then(|departure| departure.ending)
    {
        // It was killed as there is nobody left whose shell it could be.
        Some(Ending::Signal(9)) if heard.has_lost_its_process() => {
            say(ENDED);
            FAILED
        }
        Some(ending) => code(ending),
        None => {
            say(ENDED);
            FAILED
        }
    }
}
