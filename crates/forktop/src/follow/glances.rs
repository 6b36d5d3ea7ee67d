//! Looks at what a process may do soon after something has happened to it: what it changes by itself (setuid(2), prctl(2),
//! unshare(2)) is no event, and mostly it does so when it begins.
//!
//! There are three for each birth and each exec, and then none: what has begun costs nothing while it does nothing.
#[cfg(test)]
mod tests;

use super::Follower;
use super::births::Changed;
use super::known::{Watch, Watches};
use super::ledger::Ledger;
use crate::log::{FrozenAt, Noticed, ProcessId};
use privileges::Essentials;
use rustix::process::Pid;
use std::collections::VecDeque;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};
use tracee::{Event, What};

/// So many processes and threads are read in a row, each in some tens of microseconds; then there is a pause.
const IN_A_ROW: usize = 64;
/// So long.
const PAUSE: Duration = Duration::from_millis(4);
/// So many threads of a process are read at a glance. Others are at their ends, or when somebody looks.
const MOST_THREADS: usize = 256;
/// So often a change is read again while an exec seems to be under way.
const TRIES: u8 = 5;

/// One that is to come.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Glance {
    process: ProcessId,
    /// How many programs the process had executed: after one more there are others.
    execs: u32,
    at: Subject,
    turn: Turn,
}

impl Glance {
    /// Another at the same.
    const fn again(&self, turn: Turn) -> Self {
        let Self {
            process, execs, at, ..
        } = *self;
        Self {
            process,
            execs,
            at,
            turn,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    /// The process, by its leader.
    Process,
    /// Its other threads.
    Threads,
}

impl Subject {
    /// Of each there is one glance to come at most, besides one that is had again, however much happens meanwhile.
    const fn watch(self, watches: &mut Watches) -> &mut Watch {
        match self {
            Self::Process => &mut watches.process,
            Self::Threads => &mut watches.threads,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Turn {
    First,
    Second,
    Third,
    /// What is new is read once more before it is told: this, if it is of the process. An exec may be under way, which has
    /// changed what it may do and is told of later, as such; or it has been told of by then.
    Again {
        seen: Option<Box<Essentials>>,
        tries: u8,
    },
}

impl Turn {
    const fn queue(&self) -> usize {
        match self {
            Self::First => 0,
            Self::Second => 1,
            Self::Third => 2,
            Self::Again { .. } => 3,
        }
    }

    /// How long after the one before, or after the event, it comes.
    const fn delay(&self) -> Duration {
        Duration::from_millis(match self {
            Self::First => 30,
            Self::Second => 270,
            Self::Third => 2_700,
            Self::Again { .. } => 10,
        })
    }

    const fn again(seen: Option<Box<Essentials>>) -> Self {
        Self::Again { seen, tries: 0 }
    }

    const fn next(&self) -> Option<Self> {
        match self {
            Self::First => Some(Self::Second),
            Self::Second => Some(Self::Third),
            Self::Third | Self::Again { .. } => None,
        }
    }
}

/// Those that are to come. What ends soon, or executes something else, is gone from here at its next glance.
#[derive(Debug, Default)]
pub(super) struct Glances {
    /// A queue for each turn. The delay of all in it is the same, so they stand in order.
    queues: [VecDeque<(Instant, Glance)>; 4],
    paused_until: Option<Instant>,
}

impl Glances {
    fn put(&mut self, now: Instant, glance: Glance) {
        let due = now + glance.turn.delay();
        self.queues[glance.turn.queue()].push_back((due, glance));
    }

    /// The one that has been due for longest.
    fn take(&mut self, now: Instant) -> Option<Glance> {
        let due = |queue: &&mut VecDeque<(Instant, Glance)>| queue.front().map(|(due, _)| *due);
        let queues = self.queues.iter_mut();
        let queue = queues
            .filter(|queue| due(queue).is_some_and(|due| due <= now))
            .min_by_key(due)?;
        Some(queue.pop_front()?.1)
    }

    /// When there is something to do, if ever.
    pub(super) fn due(&self) -> Option<Instant> {
        let fronts = self.queues.iter().filter_map(VecDeque::front);
        let due = fronts.map(|(due, _)| *due).min()?;
        Some(self.paused_until.map_or(due, |pause| pause.max(due)))
    }
}

impl Follower<'_> {
    /// Has what an event is about looked at soon.
    pub(super) fn expect_change(&mut self, event: &Event) {
        match event.what {
            What::Executed { .. } => {
                if let Some(known) = self.ledger.processes.of_mut(event.process) {
                    known.execs = known.execs.wrapping_add(1);
                    known.watches = Watches::default();
                }
                self.expect_change_of(event.process);
            }
            What::Born { .. } | What::Continued => self.expect_change_of(event.process),
            What::ThreadBorn { .. } => self.expect(event.process, Subject::Threads),
            _ => {}
        }
    }

    /// Has a process looked at soon.
    pub(super) fn expect_change_of(&mut self, pid: Pid) {
        self.expect(pid, Subject::Process);
    }

    fn expect(&mut self, pid: Pid, at: Subject) {
        let Some(known) = self.ledger.processes.of_mut(pid) else {
            return;
        };
        let watch = at.watch(&mut known.watches);
        if *watch != Watch::Off {
            *watch = Watch::More;
            return;
        }
        *watch = Watch::On;
        let glance = Glance {
            process: known.id,
            execs: known.execs,
            at,
            turn: Turn::First,
        };
        self.glances.put(Instant::now(), glance);
        self.wake();
    }

    /// Looks at what is due, as far as there is time. What is about processes that have ended takes none.
    pub(super) fn glance(&mut self) {
        let now = Instant::now();
        let mut left = IN_A_ROW;
        while left > 0
            && let Some(glance) = self.glances.take(now)
        {
            if let Some(pid) = self.ledger.subject_of(&glance) {
                let read = match glance.at {
                    Subject::Process => self.glance_at(pid, &glance),
                    Subject::Threads => self.glance_at_threads(pid, &glance),
                };
                left = left.saturating_sub(read);
            }
        }
        self.glances.paused_until = Some(Instant::now() + PAUSE);
        self.wake();
    }

    /// Gives how many were read.
    fn glance_at(&mut self, pid: Pid, glance: &Glance) -> usize {
        let now = self.ledger.since(pid);
        if let Turn::Again { seen, .. } = &glance.turn {
            if let Some(now) = now.filter(|now| seen.as_deref() == Some(now))
                && !self.wait_for_exec(pid, glance)
            {
                let at = self.ledger.now();
                let changed = self.ledger.tell_change(at, pid, Noticed::Glance, now);
                self.come_of(pid, changed);
            }
        } else {
            let known = self.ledger.processes.of(pid);
            let known = known.and_then(|known| known.essentials.as_deref());
            let new = now.filter(|now| known != Some(now));
            let again = new.map(|now| Turn::again(Some(Box::new(now))));
            self.go_on_glancing(pid, glance, again);
        }
        1
    }

    /// The same of its threads.
    fn glance_at_threads(&mut self, pid: Pid, glance: &Glance) -> usize {
        let mut threads = self.ledger.threads_beside(pid);
        threads.truncate(MOST_THREADS);
        if !matches!(glance.turn, Turn::Again { .. }) {
            let mut each = threads.iter();
            let is_new = each.any(|thread| self.ledger.is_new(pid, *thread));
            self.go_on_glancing(pid, glance, is_new.then(|| Turn::again(None)));
        } else if !self.wait_for_exec(pid, glance) {
            let at = self.ledger.now();
            let changed = self.ledger.notice(at, pid, Noticed::Glance);
            self.come_of(pid, changed);
            for thread in &threads {
                let ledger = &mut self.ledger;
                let changed = ledger.notice_thread(at, pid, *thread, Noticed::Glance);
                self.come_of(pid, changed);
            }
        }
        threads.len().max(1)
    }

    /// Has the next turn come, and before that another glance at what is new.
    fn go_on_glancing(&mut self, pid: Pid, glance: &Glance, again: Option<Turn>) {
        let next = self.ledger.turn_after(pid, glance);
        for turn in again.into_iter().chain(next) {
            self.glances.put(Instant::now(), glance.again(turn));
        }
    }

    /// Whether an exec seems to be under way: then there is another glance, but not for ever.
    fn wait_for_exec(&mut self, pid: Pid, glance: &Glance) -> bool {
        let Turn::Again { seen, tries } = &glance.turn else {
            return false;
        };
        let waits = *tries < TRIES && self.ledger.is_executing(pid);
        if waits {
            let turn = Turn::Again {
                seen: seen.clone(),
                tries: tries + 1,
            };
            self.glances.put(Instant::now(), glance.again(turn));
        }
        waits
    }

    /// It runs: where it is to be held, it is as soon as it stops.
    fn come_of(&mut self, pid: Pid, changed: Changed) {
        if changed == Changed::No {
            return;
        }
        self.backlog.wait_for_room();
        if self.breaks.change
            && !self.is_held(pid)
            && let Some(known) = self.ledger.processes.of_mut(pid)
        {
            known.freezes_at = FrozenAt::Change;
            known.freezing = true;
            // It may have ended meanwhile: that is told.
            let _ = self.tracer.freeze(pid);
        }
    }
}

impl Ledger<'_> {
    /// The number of the process, unless it has ended or executed a program since.
    fn subject_of(&self, glance: &Glance) -> Option<Pid> {
        let pid = self.processes.number(glance.process)?;
        let known = self.processes.of(pid)?;
        let is_there = known.has_leader || glance.at == Subject::Threads;
        (known.execs == glance.execs && is_there).then_some(pid)
    }

    /// Whether a thread may do something else than is known, as far as that can be told of what runs.
    fn is_new(&mut self, pid: Pid, thread: Pid) -> bool {
        let folder = self.processes.folder(pid);
        let now = folder.and_then(|folder| folder.essentials_of(thread).ok());
        now.is_some_and(|now| self.known_of(pid, thread) != Some(&now))
    }

    /// The turn that comes after that of this one.
    fn turn_after(&mut self, pid: Pid, glance: &Glance) -> Option<Turn> {
        let known = self.processes.of_mut(pid)?;
        let watch = glance.at.watch(&mut known.watches);
        let next = match watch {
            Watch::More => Some(Turn::Second),
            Watch::On | Watch::Off => glance.turn.next(),
        };
        *watch = match next {
            Some(_) => Watch::On,
            None => Watch::Off,
        };
        next
    }

    /// Whether a process executes another file than was told: then an exec is under way, or it has been renamed.
    fn is_executing(&mut self, pid: Pid) -> bool {
        let now = self
            .processes
            .folder(pid)
            .and_then(|folder| folder.program().ok());
        let told = self
            .processes
            .of(pid)
            .and_then(|known| known.program.as_ref());
        match (now, told) {
            (Some(now), Some(told)) => is_other(&now, told),
            _ => false,
        }
    }
}

fn is_other(now: &Path, told: &Path) -> bool {
    name(now) != name(told)
}

/// A file without a name has the one that it had.
fn name(path: &Path) -> &[u8] {
    let path = path.as_os_str().as_bytes();
    path.strip_suffix(b" (deleted)").unwrap_or(path)
}
