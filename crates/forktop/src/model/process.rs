//! One process, from its birth to its end.
use crate::log::{
    Ending, Environment, FrozenAt, Noticed, Origin, OtherEnds, ProcessId, Refusal, TakenAway, Time,
};
use crate::plan::Plan;
use privileges::{Essentials, Privileges};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What is known of a process.
#[derive(Clone, Debug)]
pub struct Process {
    /// Unique in the log.
    pub id: ProcessId,
    /// Its number, as forktop's pid namespace has it; 0 if it is unknown.
    pub pid: u32,
    /// Its numbers in each pid namespace from forktop's to its own.
    pub pids: Vec<u32>,
    /// How it came to be followed; `None` if the log does not say.
    pub origin: Option<Origin>,
    /// The process that made it.
    pub creator: Option<ProcessId>,
    /// The thread that made it.
    pub creator_tid: Option<u32>,
    /// Its parent's number when it was first seen.
    pub parent: u32,
    /// The processes that it made, in order.
    pub children: Vec<ProcessId>,
    /// When it was first seen.
    pub born: Time,
    /// For how long it had been running then.
    pub lived: Duration,
    /// When it ended, or was let go; of one that cannot be followed when it was found.
    pub ended: Option<Time>,
    /// What it is doing.
    pub state: State,
    /// What it executes.
    pub program: Arc<Program>,
    /// The environment that it was born with, its creator's at that time; `None` if that is not known.
    pub inherited: Option<Arc<Environment>>,
    /// Its own execs, as places in the log.
    pub execs: Vec<usize>,
    /// All of its events, as places in the log.
    pub events: Vec<usize>,
    /// What it may do, as last known.
    pub essentials: Option<Arc<Essentials>>,
    /// Every change of what it may do, its birth's first.
    pub steps: Vec<Step>,
    /// Its threads beside the leader.
    pub threads: BTreeMap<u32, ThreadState>,
    /// When all of what it may do was last read, and all of it.
    pub looked: Option<(Time, Arc<Privileges>)>,
    /// All of what it may do as it was first read: of a process that makes a void not before that is done.
    pub first_look: Option<Arc<Privileges>>,
    /// Who else was at the ends of what it had open then, if that was asked.
    pub ends: Option<Arc<OtherEnds>>,
    /// What it grants its voids, if it is a clone-shim.
    pub plan: Option<Arc<Plan>>,
    /// The entrypoint of which it is the void's first process.
    pub entrypoint: Option<String>,
    /// What the latest exec would have given, were it not traced.
    pub taken_away: Option<TakenAway>,
    /// Processor time in user mode and in the kernel, known at its end.
    pub used: Option<(Duration, Duration)>,
    /// At most resident, in KiB, known at its end.
    pub peak_kib: Option<u64>,
    /// Why it is not followed.
    pub refusal: Option<Box<Refusal>>,
}

/// What a process executes, shared by those that were forked from one that did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// Its file; of a script the interpreter's.
    pub path: Option<String>,
    /// The kernel's short name.
    pub name: String,
    /// Its arguments, the zeroth too.
    pub arguments: Vec<String>,
    /// The directory in which it was started.
    pub directory: Option<String>,
    /// Its environment; `None` if it could not be read.
    pub environment: Option<Arc<Environment>>,
}

/// What a process is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It runs, or waits for something.
    Running,
    /// Stopped by this signal.
    Stopped(i32),
    /// Held still by forktop.
    Frozen(FrozenAt),
    /// It goes on without being followed.
    Released,
    /// It was never followed, since it cannot be.
    Refused,
    /// It is over.
    Ended(Ending),
}

/// A change of what a process may do.
#[derive(Clone, Debug)]
pub struct Step {
    /// When it was learnt of.
    pub at: Time,
    /// By what it came.
    pub cause: Cause,
    /// Which thread, if only that.
    pub tid: Option<u32>,
    /// What it, or at its birth its creator, could do before.
    pub before: Option<Arc<Essentials>>,
    /// What it may do since.
    pub after: Arc<Essentials>,
}

/// By what a change came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// It was made so.
    Birth,
    /// By its exec of this number, from 1.
    Exec(usize),
    /// By itself, before this occasion.
    Before(Noticed),
}

/// A thread beside the leader.
#[derive(Clone, Debug, Default)]
pub struct ThreadState {
    /// When it was first seen.
    pub born: Time,
    /// What it may do, where that differs from the leader's.
    pub essentials: Option<Arc<Essentials>>,
}

impl Process {
    /// A process of which nothing is known yet.
    pub(super) fn unknown(id: ProcessId, at: Time) -> Self {
        Self {
            id,
            pid: 0,
            pids: Vec::new(),
            origin: None,
            creator: None,
            creator_tid: None,
            parent: 0,
            children: Vec::new(),
            born: at,
            lived: Duration::ZERO,
            ended: None,
            state: State::Running,
            program: Arc::default(),
            inherited: None,
            execs: Vec::new(),
            events: Vec::new(),
            essentials: None,
            steps: Vec::new(),
            threads: BTreeMap::new(),
            looked: None,
            first_look: None,
            ends: None,
            plan: None,
            entrypoint: None,
            taken_away: None,
            used: None,
            peak_kib: None,
            refusal: None,
        }
    }

    /// Whether it is still there, as far as the log tells: of one that cannot be followed it does not.
    #[must_use]
    pub const fn is_alive(&self) -> bool {
        !matches!(self.state, State::Ended(_) | State::Refused)
    }

    /// Whether it is known to have ended.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        matches!(self.state, State::Ended(_))
    }

    /// Whether it is alive, and was not let go.
    #[must_use]
    pub const fn is_followed(&self) -> bool {
        !matches!(
            self.state,
            State::Ended(_) | State::Released | State::Refused
        )
    }

    /// Whether it was there, and followed, at this time: then its number was its own.
    #[must_use]
    pub fn was_followed(&self, at: Time) -> bool {
        self.born <= at && self.ended.is_none_or(|ended| at <= ended)
    }

    /// How long it has lived, at this time.
    #[must_use]
    pub fn age(&self, now: Time) -> Duration {
        let followed = self.ended.unwrap_or(now).since(self.born);
        followed.saturating_add(self.lived)
    }
}
