//! The tree of processes that a log tells of, at the time of its last record.
//!
//! [`Model::apply`] is the only thing that changes it, and does nothing else: it makes no system call, and takes whatever
//! records there are, also of a log that was cut or is out of order. What it is not told stays unknown.
mod kin;
mod process;
mod reduce;
mod together;
mod visits;

pub use kin::{Descent, Row, Void};
pub use process::{Cause, Process, Program, State, Step, ThreadState};
pub use together::{Connections, Members};

use crate::log::{Environment, EnvironmentChange, Header, ProcessId, Record, Time, VisitId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that is known.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// The records that made it, in their order.
    log: Vec<Arc<Record>>,
    header: Option<Box<Header>>,
    /// In the order of their birth.
    processes: BTreeMap<ProcessId, Process>,
    /// Those whose creator is not followed.
    roots: Vec<ProcessId>,
    now: Time,
    alive: usize,
    followed: usize,
    /// How many cannot be followed.
    refused: usize,
    /// Whether a clone-shim has planned anything.
    has_plans: bool,
    /// Whether forktop has made a process to visit another.
    has_visitors: bool,
    /// The shells that are open.
    visits: BTreeMap<VisitId, visits::Open>,
    /// The one that was last made of another, and by what.
    latest_environment: Option<(Arc<Environment>, EnvironmentChange, Arc<Environment>)>,
    /// What follows from all that is known, of all processes at once.
    together: together::Together,
}

impl Model {
    /// What the records tell.
    #[must_use]
    pub fn of(records: impl IntoIterator<Item = impl Into<Arc<Record>>>) -> Self {
        let mut model = Self::default();
        records.into_iter().for_each(|record| model.apply(record));
        model
    }

    /// The records that made it.
    #[must_use]
    pub fn log(&self) -> &[Arc<Record>] {
        &self.log
    }

    /// What the log is of, if it begins with that.
    #[must_use]
    pub fn header(&self) -> Option<&Header> {
        self.header.as_deref()
    }

    /// The time of the latest record.
    #[must_use]
    pub const fn now(&self) -> Time {
        self.now
    }

    /// The processes, in the order of their birth.
    pub fn processes(&self) -> impl DoubleEndedIterator<Item = &Process> {
        self.processes.values()
    }

    /// One process.
    #[must_use]
    pub fn process(&self, id: ProcessId) -> Option<&Process> {
        self.processes.get(&id)
    }

    /// The process that made this one, if it is followed.
    #[must_use]
    pub fn creator(&self, process: &Process) -> Option<&Process> {
        self.process(process.creator?)
    }

    /// Those whose creator is not followed.
    #[must_use]
    pub fn roots(&self) -> &[ProcessId] {
        &self.roots
    }

    /// How many processes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.processes.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.processes.is_empty()
    }

    /// How many of them are followed and have not ended.
    #[must_use]
    pub const fn alive(&self) -> usize {
        self.alive
    }

    /// How many of them cannot be followed: whether they have ended is not known.
    #[must_use]
    pub const fn refused(&self) -> usize {
        self.refused
    }

    /// How many of those are followed, and were not let go.
    #[must_use]
    pub const fn followed(&self) -> usize {
        self.followed
    }
}

#[cfg(test)]
mod tests;
