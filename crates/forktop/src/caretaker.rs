//! The caretaker: a small process that takes away what is left of copies of processes if forktop is killed in a way that lets it do
//! nothing (`SIGKILL`). The kernel then kills the copies and shells, but how a copy ended would stay with the process that it
//! is a copy of, which does not ask for it.
//!
//! It is forktop itself, run with [`ARGUMENT`], in a session of its own so that no key and no hang-up ends it. It reads of a pipe
//! which copies there are, and acts when the pipe ends.
use privileges::Process;
use rustix::process::Pid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};
use std::collections::HashMap;
use std::io::{self, BufRead as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{ChildStdin, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use tracee::{Filters, News, Options, Preparation, Remains, Stopped, Tracer, What};

/// The first argument of a forktop that is a caretaker.
pub const ARGUMENT: &str = "__visit-caretaker";

/// How long it tries to take away what is left of a copy, in all.
const PATIENCE: Duration = Duration::from_secs(10);

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
    is_suspended: bool,
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

    /// There is a copy of a process. An error is a caretaker that is gone.
    pub fn mind(&mut self, process: Pid, remains: Remains, filters: Filters) -> io::Result<()> {
        let suspended = u8::from(filters == Filters::Suspended);
        let (copy, number) = (remains.process().as_raw_pid(), remains.number());
        let line = format!("+ {} {copy} {number} {suspended}\n", process.as_raw_pid());
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
    // A failure is that it leads a session already.
    let _ = rustix::process::setsid();
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU] {
        // A handler that only sets a flag that nobody reads: there is no way to ignore a signal without unsafe code.
        if signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false))).is_err() {
            return ExitCode::FAILURE;
        }
    }
    let left = listen();
    let until = Instant::now() + PATIENCE;
    for charge in left {
        // Each is tried alone: one process that cannot be had must not keep the others. Nobody is left to tell.
        let _ = take_away(&charge, until);
    }
    ExitCode::SUCCESS
}

/// The copies that are left when nobody tells any more.
fn listen() -> Vec<Charge> {
    let mut left = HashMap::new();
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["+", process, copy, number, suspended] => {
                if let Some(charge) = Charge::parse([process, copy, number, suspended]) {
                    left.insert(copy.to_owned(), charge);
                }
            }
            ["-", copy] => drop(left.remove(copy)),
            _ => {}
        }
    }
    left.into_values().collect()
}

impl Charge {
    fn parse([process, copy, number, suspended]: [&str; 4]) -> Option<Self> {
        let pid = |word: &str| Pid::from_raw(word.parse().ok()?);
        Some(Self {
            // By a pidfd: whoever has its number later is another.
            process: Process::open(pid(process)?).ok()?,
            remains: Remains::new(pid(copy)?, number.parse().ok()?),
            is_suspended: suspended == "1",
        })
    }

    fn filters(&self) -> Filters {
        match self.is_suspended {
            true => Filters::Suspended,
            false => Filters::Hold,
        }
    }
}

/// Takes away what is left of a copy. It may not have ended yet: forktop's end kills it.
fn take_away(charge: &Charge, until: Instant) -> Result<(), Box<dyn std::error::Error>> {
    while Instant::now() < until && !charge.process.is_gone() {
        let mut tracer = Tracer::new(Options::default())?;
        // forktop may be its tracer until its end is complete.
        if let Ok(thread) = tracer.seize_alone(charge.process.pid())
            && !charge.process.is_gone()
        {
            let preparation = Preparation::of(thread);
            tracer.freeze_thread(thread)?;
            if let Some(stopped) = stand(&mut tracer, until)? {
                let filters = charge.filters();
                let visited = tracer.take_away(stopped, preparation, filters, charge.remains)?;
                if let Some(stopped) = visited.stopped {
                    tracer.leave(stopped)?;
                }
                let was_there = visited.result?;
                tracer.detach()?;
                match was_there {
                    true => return Ok(()),
                    false => thread::sleep(Duration::from_millis(20)),
                }
                continue;
            }
        }
        drop(tracer);
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Waits until a process stands that is followed alone.
fn stand(tracer: &mut Tracer, until: Instant) -> Result<Option<Stopped>, tracee::Error> {
    tracer.wake_at(Some(until));
    loop {
        match tracer.next()? {
            Some(News::Event(event, Some(stopped))) if event.what == What::Frozen => {
                return Ok(Some(stopped));
            }
            Some(News::Event(_, Some(stopped))) => tracer.resume(stopped)?,
            Some(News::Event(..) | News::Rung | News::Worked) => {}
            Some(News::Due) | None => return Ok(None),
        }
    }
}
