//! The caretaker: a small process that takes away what is left of copies of processes if forktop is killed in a way that lets it do
//! nothing (`SIGKILL`), or ends before that can be done. The kernel then kills the copies and shells, but how a copy ended would stay
//! with the process that it is a copy of, which does not ask for it.
//!
//! It is forktop itself, run with [`ARGUMENT`], in a session of its own so that no key and no hang-up ends it. It reads of a pipe
//! which processes are about to be copied and which copies there are, and acts when the pipe ends.
mod remnant;

use crate::apart::stand_apart;
use crate::follow::{frozen, seize_it};
use crate::log::VisitId;
use crate::proc_file::children;
use privileges::Process;
use remnant::{State, state, unknown};
use rustix::process::Pid;
use std::collections::{HashMap, HashSet};
use std::io::{self, BufRead as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{ChildStdin, Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use tracee::{Filters, News, Options, Preparation, Remains, Stopped, Tracer, VisitError, What};

/// The first argument of a forktop that is a caretaker.
pub const ARGUMENT: &str = "__visit-caretaker";

/// How long it tries to take away what is left of a copy, once that may end and its process may stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// So long is waited each time for its process to stop. It may have been frozen since that was looked at.
const MOMENT: Duration = Duration::from_secs(2);

/// How soon it is tried again: each time after twice as long as before, from the first to the last.
const PAUSES: [Duration; 2] = [Duration::from_millis(5), Duration::from_millis(100)];

/// How often it is looked at whether a process is frozen still, or has come back.
const GLANCE: Duration = Duration::from_millis(250);

/// Why it is not tried any more to take away what is left of a copy.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A caretaker, as forktop sees it. When this is dropped with no copy left, it ends.
#[derive(Debug)]
pub struct Caretaker {
    tell: ChildStdin,
}

/// A copy that is there, as it is told of: the process, the copy's number for us, and that for the process.
#[derive(Debug)]
struct Charge {
    process: Process,
    remains: Remains,
    filters: Filters,
}

/// A process that is about to be copied, and the children that it had before.
#[derive(Debug)]
struct Expectation {
    process: Process,
    before: HashSet<Pid>,
    filters: Filters,
}

/// What a caretaker has been told of.
#[derive(Debug, Default)]
struct Told {
    /// By the number of the visit.
    expected: HashMap<String, Expectation>,
    /// By the number of the copy.
    copies: HashMap<String, Charge>,
}

impl Caretaker {
    /// Starts one. A thread of its own waits for it, as the calling one may have to wait for what it follows alone.
    pub fn start() -> io::Result<Self> {
        let (hand_over, handed) = mpsc::channel();
        let work = move || {
            let started = Command::new("/proc/self/exe")
                .arg0("forktop-visit-caretaker")
                .arg(ARGUMENT)
                .env_clear()
                .current_dir("/")
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
            let started = started.map(|mut caretaker| (caretaker.stdin.take(), caretaker));
            let (given, caretaker) = match started {
                Ok((Some(tell), caretaker)) => (Ok(Self { tell }), Some(caretaker)),
                Ok((None, _)) => (Err(io::ErrorKind::BrokenPipe.into()), None),
                Err(error) => (Err(error), None),
            };
            // Whoever asked waits.
            let _ = hand_over.send(given);
            if let Some(mut caretaker) = caretaker {
                let _ = caretaker.wait();
            }
        };
        thread::Builder::new()
            .name("caretaker".to_owned())
            .spawn(work)?;
        handed
            .recv()
            .unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))
    }

    /// A process is about to be copied: if forktop is killed before it can tell of the copy, that is found without its number.
    /// An error is a caretaker that is gone.
    pub fn expect(&mut self, visit: VisitId, process: Pid, filters: Filters) -> io::Result<()> {
        let before: Vec<_> = children(process).map(|it| it.to_string()).collect();
        let (process, suspended) = (process.as_raw_pid(), suspended(filters));
        let line = format!("? {} {process} {suspended} {}\n", visit.0, before.join(","));
        self.tell.write_all(line.as_bytes())
    }

    /// A process was not copied after all.
    pub fn expect_no_more(&mut self, visit: VisitId) -> io::Result<()> {
        let line = format!("! {}\n", visit.0);
        self.tell.write_all(line.as_bytes())
    }

    /// There is a copy of a process, which is not expected any more.
    pub fn mind(
        &mut self,
        visit: VisitId,
        process: Pid,
        remains: Remains,
        filters: Filters,
    ) -> io::Result<()> {
        let suspended = suspended(filters);
        let (copy, number) = (remains.process().as_raw_pid(), remains.number());
        let line = format!(
            "+ {} {} {copy} {number} {suspended}\n",
            visit.0,
            process.as_raw_pid()
        );
        self.tell.write_all(line.as_bytes())
    }

    /// A copy has been taken away.
    pub fn forget(&mut self, remains: Remains) -> io::Result<()> {
        let line = format!("- {}\n", remains.process().as_raw_pid());
        self.tell.write_all(line.as_bytes())
    }
}

/// What a caretaker does: all of its `main`.
#[must_use]
pub fn watch() -> ExitCode {
    if stand_apart().is_err() {
        return ExitCode::FAILURE;
    }
    let left = listen();
    thread::scope(|scope| {
        for charge in &left {
            // Each is tried alone: one process that cannot be had must not keep the others. Nobody is left to tell.
            let take = move || drop(take_away(charge));
            let thread = thread::Builder::new().spawn_scoped(scope, take);
            if thread.is_err() {
                take();
            }
        }
    });
    ExitCode::SUCCESS
}

/// The copies that are left when nobody tells any more.
fn listen() -> Vec<Charge> {
    let mut told = Told::default();
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        told.hear(&line);
    }
    let expected = told.expected.into_values();
    let unknown = expected.flat_map(Expectation::charges);
    unknown.chain(told.copies.into_values()).collect()
}

impl Told {
    fn hear(&mut self, line: &str) {
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["?", visit, process, suspended, before] => {
                if let Some(expectation) = Expectation::parse(process, suspended, before) {
                    self.expected.insert(visit.to_owned(), expectation);
                }
            }
            ["!", visit] => drop(self.expected.remove(visit)),
            ["+", visit, process, copy, number, suspended] => {
                let expected = self.expected.remove(visit);
                let process = expected.map_or_else(|| open(process), |it| Some(it.process));
                if let Some(charge) = Charge::parse(process, [copy, number, suspended]) {
                    self.copies.insert(copy.to_owned(), charge);
                }
            }
            ["-", copy] => drop(self.copies.remove(copy)),
            _ => {}
        }
    }
}

impl Expectation {
    fn parse(process: &str, suspended: &str, before: &str) -> Option<Self> {
        let before = before.split(',').filter_map(pid);
        Some(Self {
            process: open(process)?,
            before: before.collect(),
            filters: filters(suspended),
        })
    }

    /// The copies that were made after all.
    fn charges(self) -> Vec<Charge> {
        let process = self.process.pid();
        let copies = unknown(process, &self.before).into_iter();
        let charge = |remains| {
            Some(Charge {
                process: Process::open(process).ok()?,
                remains,
                filters: self.filters,
            })
        };
        let charges: Vec<_> = copies.filter_map(charge).collect();
        match self.process.is_gone() {
            true => Vec::new(),
            false => charges,
        }
    }
}

impl Charge {
    fn parse(process: Option<Process>, [copy, number, suspended]: [&str; 3]) -> Option<Self> {
        Some(Self {
            process: process?,
            remains: Remains::new(pid(copy)?, number.parse().ok()?),
            filters: filters(suspended),
        })
    }

    fn state(&self) -> State {
        match self.process.is_gone() {
            true => State::Gone,
            false => state(self.process.pid(), self.remains.process()),
        }
    }

    fn is_frozen(&self) -> bool {
        frozen(self.process.pid()).is_some()
    }
}

fn pid(word: &str) -> Option<Pid> {
    Pid::from_raw(word.parse().ok()?)
}

/// By a pidfd: whoever has its number later is another.
fn open(process: &str) -> Option<Process> {
    Process::open(pid(process)?).ok()
}

fn suspended(filters: Filters) -> u8 {
    u8::from(filters == Filters::Suspended)
}

fn filters(suspended: &str) -> Filters {
    match suspended {
        "1" => Filters::Suspended,
        _ => Filters::Hold,
    }
}

/// Takes away what is left of a copy. It may not have ended yet, as forktop's end kills it; and forktop may be the tracer of
/// its process until that end is complete. Both wait as long as their control group is frozen, however long that is.
fn take_away(charge: &Charge) -> Result<(), Failure> {
    let mut until = Instant::now() + PATIENCE;
    let [first, last] = PAUSES;
    let mut pause = first;
    loop {
        match charge.state() {
            State::Gone => return Ok(()),
            // Ahead of the deadline, which may have passed since it was frozen.
            _ if charge.is_frozen() => {
                until = Instant::now() + PATIENCE;
                pause = first;
                thread::sleep(GLANCE);
            }
            _ if until < Instant::now() => return Ok(()),
            State::Lives => {}
            State::Ended => {
                if try_alone(charge)? {
                    until = Instant::now() + PATIENCE;
                }
            }
        }
        if charge.state() != State::Gone {
            thread::sleep(pause);
            pause = pause.saturating_mul(2).min(last);
        }
    }
}

/// Tries it in a thread of its own, and gives what that does. What it could not let go of, as that did not stop, the kernel lets go
/// of at its end: so it can be tried again.
fn try_alone(charge: &Charge) -> Result<bool, Failure> {
    thread::scope(|scope| {
        let attempt = || try_to_take_away(charge);
        let Ok(thread) = thread::Builder::new().spawn_scoped(scope, attempt) else {
            return Ok(false);
        };
        let panicked = |_| Err("it has panicked".into());
        thread.join().unwrap_or_else(panicked)
    })
}

/// Gives whether the process was frozen meanwhile, so that it may have been in vain.
fn try_to_take_away(charge: &Charge) -> Result<bool, Failure> {
    let mut tracer = Tracer::new(Options::default())?;
    let Ok(Some(thread)) = seize_it(&mut tracer, &charge.process) else {
        return Ok(false);
    };
    let preparation = Preparation::of(thread);
    tracer.freeze_thread(thread)?;
    let result = match stand(&mut tracer)? {
        Some(stopped) => {
            let visited = tracer.take_away(stopped, preparation, charge.filters, charge.remains)?;
            if let Some(stopped) = visited.stopped {
                tracer.leave(stopped)?;
            }
            visited.result
        }
        None => Err(VisitError::Gone),
    };
    let was_frozen = charge.is_frozen();
    let_go(tracer, thread)?;
    match result {
        // It may have executed a program, or been frozen before the call was made, and is tried again.
        Ok(_) | Err(VisitError::Gone | VisitError::Overdue(_)) => Ok(was_frozen),
        Err(VisitError::Unanswered(_)) if was_frozen => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Lets go of all, as soon as no thread has registers that are not its own, however long that is: if its tracer ended before, the
/// kernel would kill its process.
fn let_go(mut tracer: Tracer, thread: Pid) -> Result<(), tracee::Error> {
    while tracer.owes_registers() && !tracer.has_vanished(thread) {
        tracer.wake_at(Some(Instant::now() + GLANCE));
        match tracer.next()? {
            Some(News::Event(_, Some(stopped))) => tracer.resume(stopped)?,
            Some(_) => {}
            None => break,
        }
    }
    tracer.detach().map(drop)
}

/// Waits until a process stands that is followed alone, for a while.
fn stand(tracer: &mut Tracer) -> Result<Option<Stopped>, tracee::Error> {
    tracer.wake_at(Some(Instant::now() + MOMENT));
    loop {
        match tracer.next()? {
            Some(News::Event(event, Some(stopped))) if event.what == What::Frozen => {
                return Ok(Some(stopped));
            }
            Some(News::Event(_, Some(stopped))) => tracer.resume(stopped)?,
            Some(News::Event(..) | News::Rung | News::Worked | News::CameBack { .. }) => {}
            Some(News::Due) | None => return Ok(None),
        }
    }
}
