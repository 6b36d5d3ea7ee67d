//! Visits to processes: a shell in a copy of one, or calls that are tried there.
//!
//! A process is held twice, each time for as long as a call takes: to be copied, and to have what is left of the copy taken
//! away. What is done in the copy is under way beside everything else that is followed.
mod course;
mod ending;
mod filters;
mod overdue;
mod stage;
mod standing;
mod stillness;
mod taking_away;
mod userfaults;
mod watch;

pub(super) use stage::Visits;
pub(crate) use stillness::frozen;
pub(crate) use taking_away::seize_it;

use super::Follower;
use super::known::Processes;
use super::request::{Entry, Mode, Trial};
use crate::log::{Event, ProcessId, VisitId};
use crate::outcome::chain;
use crate::shell::Wish;
use filters::choose;
use privileges::Process;
use rustix::process::{Pid, Signal, kill_process};
use stage::{Again, Purpose, Stage, Visit};
use std::time::{Duration, Instant};
use tracee::{Preparation, SeizeError, Tracer};
use userfaults::is_told_of_copies;

/// How long a process may take to stop: one that waits for a device, or in vfork(2), may take for ever.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long later it is tried again to have a process that could not be had.
const PAUSE: Duration = Duration::from_millis(50);

/// How long a visit that is left may take to end its shell and have what is left of the copy taken away.
const PATIENCE_WITH_ENDS: Duration = Duration::from_secs(4);

/// How long a visit may take whose shell is over, when it is left.
const MOMENT: Duration = Duration::from_millis(200);

/// How long all visits may take to end, when following does: longer than each.
const PATIENCE_AT_THE_END: Duration = Duration::from_secs(5);

/// How often it is said meanwhile that this is under way, to whoever waits for the end of following.
const BEAT: Duration = Duration::from_secs(1);

const GONE: &str = "it has ended";

const KEEPER: &str =
    "it is forktop's own, and only stands between a process and its shell: visit one of the two";

const THREAD_GONE: &str = "the thread of it that was to stand has ended";

impl Follower<'_> {
    /// Puts a shell into a copy of a process that is followed.
    pub(super) fn enter(&mut self, entry: Entry) -> Result<(), tracee::Error> {
        match self.ledger.processes.number(entry.process) {
            Some(pid) => self.enter_process(pid, entry),
            None => {
                self.refuse_visit(entry.visit, Some(entry.process), GONE.to_owned());
                Ok(())
            }
        }
    }

    /// Puts a shell into a copy of a process, which is followed for that alone if it is not anyway.
    pub fn enter_process(&mut self, pid: Pid, entry: Entry) -> Result<(), tracee::Error> {
        let mode = entry.filters;
        let wish = Wish {
            program: entry.program,
            arguments: entry.arguments,
            streams: entry.streams,
            mode,
            title: title(pid),
        };
        self.visit(entry.visit, pid, mode, Purpose::Shell(Box::new(wish)))
    }

    /// Tries calls in a copy of a process that is followed.
    pub(super) fn try_calls(&mut self, trial: Trial) -> Result<(), tracee::Error> {
        match self.ledger.processes.number(trial.process) {
            Some(pid) => self.try_in_process(pid, trial),
            None => {
                self.refuse_visit(trial.visit, Some(trial.process), GONE.to_owned());
                Ok(())
            }
        }
    }

    /// Tries calls in a copy of a process, which is followed for that alone if it is not anyway.
    pub fn try_in_process(&mut self, pid: Pid, trial: Trial) -> Result<(), tracee::Error> {
        self.visit(trial.visit, pid, trial.filters, Purpose::Trial(trial))
    }

    fn visit(
        &mut self,
        id: VisitId,
        pid: Pid,
        mode: Mode,
        purpose: Purpose,
    ) -> Result<(), tracee::Error> {
        let process = self.ledger.processes.id(pid);
        // It would not stop, not make a copy, or be told of it.
        let in_the_way = self
            .keeper(pid)
            .or_else(|| frozen(pid))
            .or_else(|| is_told_of_copies(pid));
        let can_be_copied = in_the_way.map_or(Ok(()), Err);
        let begun = can_be_copied
            .and_then(|()| choose(pid, mode))
            .and_then(|filters| {
                let alone = match process {
                    Some(_) => None,
                    None => Some(Process::open(pid).map_err(|error| chain(&error))?),
                };
                let known = &mut self.ledger.processes;
                let thread = thread_to_visit(&mut self.tracer, known, pid, alone.as_ref());
                let thread = thread.map_err(|error| chain(&error))?;
                let thread = thread.ok_or_else(|| GONE.to_owned())?;
                Ok((filters, alone, thread))
            });
        let (filters, alone, thread) = match begun {
            Ok(begun) => begun,
            Err(words) => {
                self.refuse_visit(id, process, words);
                return Ok(());
            }
        };
        self.have_expected(id, pid, filters);
        let is_alone = alone.is_some();
        self.visits.all.push(Visit {
            id,
            process,
            pid,
            alone,
            watch: None,
            thread,
            preparation: Preparation::of(thread),
            filters,
            mode,
            stage: Stage::Stopping {
                until: Instant::now() + PATIENCE,
                purpose,
                again: is_alone.then(|| Again::after(PAUSE, None)),
            },
            over_by: None,
            ending: None,
            below: std::collections::HashSet::new(),
            gone: std::collections::HashSet::new(),
            session: None,
            has_no_keeper: false,
            is_over: false,
            is_refused: false,
        });
        self.have_known_stand(thread)
    }

    /// That this is the keeper of a shell, in words: it stands all the time, but not as others do.
    fn keeper(&self, pid: Pid) -> Option<String> {
        let mut all = self.visits.all.iter();
        all.any(|visit| visit.has_keeper(pid))
            .then(|| KEEPER.to_owned())
    }

    /// Tells that a process is not entered.
    pub(super) fn refuse_visit(
        &mut self,
        visit: VisitId,
        process: Option<ProcessId>,
        words: String,
    ) {
        match process {
            Some(process) => self.tell_of_visit(Event::NotEntered {
                visit,
                process,
                words,
                is_awaited: false,
            }),
            None => self.refused = Some(words),
        }
    }

    pub(super) fn tell_of_visit(&mut self, event: Event) {
        self.ledger.tell(self.ledger.now(), event);
    }
}

/// The thread of a process that is to be visited; nothing if it is gone. Where it is followed for that alone it is from now on.
fn thread_to_visit(
    tracer: &mut Tracer,
    known: &mut Processes,
    pid: Pid,
    alone: Option<&Process>,
) -> Result<Option<Pid>, SeizeError> {
    match alone {
        Some(process) => seize_it(tracer, process),
        None => Ok(followed_thread(tracer, known, pid)),
    }
}

/// The first thread of a process that can be visited: its leader, unless that has ended.
fn followed_thread(tracer: &mut Tracer, known: &mut Processes, pid: Pid) -> Option<Pid> {
    if known.of(pid)?.has_leader {
        return Some(pid);
    }
    let threads = known.folder(pid)?.threads().ok()?;
    threads
        .into_iter()
        .find(|thread| *thread != pid && tracer.freeze_thread(*thread).is_ok())
}

/// What a process is called in the prompt: no sign of it means anything to a shell, or to a terminal.
fn title(pid: Pid) -> String {
    let name = Process::held(pid)
        .ok()
        .and_then(|process| process.name().ok());
    let name: String = name
        .unwrap_or_default()
        .chars()
        .map(
            |sign| match sign.is_ascii_alphanumeric() || "-_.+".contains(sign) {
                true => sign,
                false => '_',
            },
        )
        .collect();
    format!("{name}[{}]", pid.as_raw_pid())
}

fn kill(process: Pid) {
    // It was not waited for, so the number is its own; it may be dying.
    let _ = kill_process(process, Signal::KILL);
}
