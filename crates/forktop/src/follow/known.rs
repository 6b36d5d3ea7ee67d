//! What the log has told so far of the processes that are followed, as far as the next record needs it.
use crate::log::{Environment, EnvironmentChange, ProcessId};
use crate::plan::Plan;
use privileges::{Essentials, Process};
use rustix::process::Pid;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// What is known of a process that has not ended.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) id: ProcessId,
    /// What it may do, as last told.
    pub(super) essentials: Option<Arc<Essentials>>,
    /// Its environment, as last told.
    pub(super) environment: Arc<Environment>,
    /// Its folder, kept open where there are few.
    folder: Option<Rc<Process>>,
    /// What it grants its voids, if it is a clone-shim that told.
    pub(super) plan: Option<Arc<Plan>>,
}

impl Known {
    /// Takes in its new environment, and gives what differs from the one that it had.
    pub(super) fn change_environment(&mut self, now: Environment) -> EnvironmentChange {
        let change = EnvironmentChange::between(&self.environment, &now);
        if !change.is_empty() {
            self.environment = Arc::new(now);
        }
        change
    }
}

/// The processes that have not ended, by number: the kernel gives a number again only after the end.
#[derive(Debug, Default)]
pub(super) struct Processes {
    alive: HashMap<Pid, Known>,
    numbers: HashMap<ProcessId, Pid>,
    /// Those that cannot be followed, and their parents.
    refused: HashMap<Pid, (ProcessId, Option<ProcessId>)>,
    next: u32,
}

impl Processes {
    /// A new process with what its creator had, if that is known.
    pub(super) fn meet(&mut self, pid: Pid, creator: Option<Pid>) -> ProcessId {
        let creator = creator.and_then(|creator| self.alive.get(&creator));
        let parent = creator.map(|creator| creator.id);
        // One that can be followed after all is the one that could not be.
        let again = self.refused.remove(&pid).filter(|(_, of)| *of == parent);
        let id = again.map_or(ProcessId(self.next), |(id, _)| id);
        self.next += u32::from(again.is_none());
        let known = Known {
            id,
            essentials: creator.and_then(|creator| creator.essentials.clone()),
            environment: creator
                .map(|creator| creator.environment.clone())
                .unwrap_or_default(),
            folder: None,
            plan: None,
        };
        self.alive.insert(pid, known);
        self.numbers.insert(id, pid);
        id
    }

    /// A process that cannot be followed.
    pub(super) fn refuse(&mut self, pid: Pid, parent: Pid) -> ProcessId {
        let id = ProcessId(self.next);
        self.next += 1;
        self.refused.insert(pid, (id, self.id(parent)));
        id
    }

    pub(super) fn of(&self, pid: Pid) -> Option<&Known> {
        self.alive.get(&pid)
    }

    pub(super) fn of_mut(&mut self, pid: Pid) -> Option<&mut Known> {
        self.alive.get_mut(&pid)
    }

    /// Its folder in `/proc`. It is kept open, since it is read more than once, unless many processes are alive.
    pub(super) fn folder(&mut self, pid: Pid) -> Option<Rc<Process>> {
        const MANY: usize = 200;
        let few = self.alive.len() <= MANY;
        let known = self.alive.get_mut(&pid)?;
        if let Some(folder) = &known.folder {
            return Some(folder.clone());
        }
        let folder = Rc::new(Process::held(pid).ok()?);
        known.folder = few.then(|| folder.clone());
        Some(folder)
    }

    pub(super) fn id(&self, pid: Pid) -> Option<ProcessId> {
        Some(self.of(pid)?.id)
    }

    /// All that have not ended, in the order of their birth.
    pub(super) fn all(&self) -> Vec<(ProcessId, Pid)> {
        let mut all: Vec<_> = self.numbers.iter().map(|(id, pid)| (*id, *pid)).collect();
        all.sort_unstable_by_key(|(id, _)| *id);
        all
    }

    /// Its number, if it has not ended.
    pub(super) fn number(&self, id: ProcessId) -> Option<Pid> {
        self.numbers.get(&id).copied()
    }

    pub(super) fn end(&mut self, pid: Pid) -> Option<Known> {
        let known = self.alive.remove(&pid)?;
        self.numbers.remove(&known.id);
        Some(known)
    }
}
