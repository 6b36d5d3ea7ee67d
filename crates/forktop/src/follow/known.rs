//! What the log has told so far of the processes that are followed, as far as the next record needs it.
use super::reading;
use crate::log::{Environment, EnvironmentChange, FrozenAt, ProcessId};
use crate::plan::Plan;
use privileges::{Essentials, Process, Reader, Strings};
use rustix::process::Pid;
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

/// What is known of a process that has not ended.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) id: ProcessId,
    /// What it may do, as last told.
    pub(super) essentials: Option<Arc<Essentials>>,
    /// What each of its threads that differ may do, as last told.
    pub(super) threads: HashMap<Pid, Arc<Essentials>>,
    /// Whether its leader runs: of one that has ended, though its process goes on, the kernel does not tell all.
    pub(super) has_leader: bool,
    /// How many programs it has executed since it is followed.
    pub(super) execs: u32,
    /// What it executes, as far as it was told.
    pub(super) program: Option<PathBuf>,
    pub(super) watches: Watches,
    /// For what it is frozen where it is, when it was last.
    pub(super) freezes_at: FrozenAt,
    /// Whether it is held wherever it is, or is to be.
    pub(super) freezing: bool,
    /// Whether it is a copy that was made on our account, to keep a shell: what is copied of that in turn is the shell.
    pub(super) is_keeper: bool,
    /// Its environment, as last told.
    environment: Arc<Told>,
    /// Its folder, kept open where there are few.
    folder: Option<Rc<Process>>,
    /// What it grants its voids, if it is a clone-shim that told.
    pub(super) plan: Option<Arc<Plan>>,
}

/// What of a process is looked at soon.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Watches {
    /// It itself, by its leader.
    pub(super) process: Watch,
    /// Its other threads.
    pub(super) threads: Watch,
}

/// Whether something is looked at soon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Watch {
    /// No.
    #[default]
    Off,
    /// Yes.
    On,
    /// Yes, and for longer: more has happened since it last was.
    More,
}

/// An environment, as it was read and as the log has it.
#[derive(Debug, Default)]
struct Told {
    read: Strings,
    environment: Environment,
}

/// The processes that have not ended, by number: the kernel gives a number again only after the end.
#[derive(Debug)]
pub(super) struct Processes {
    reader: Reader,
    alive: HashMap<Pid, Known>,
    numbers: HashMap<ProcessId, Pid>,
    /// Those that cannot be followed, and their parents.
    refused: HashMap<Pid, (ProcessId, Option<ProcessId>)>,
    next: u32,
    /// The last change of an environment: from one, to another, and what differs. The next is often the same.
    change: Option<(Arc<Told>, Arc<Told>, EnvironmentChange)>,
}

impl Processes {
    /// None yet, to be read by the calling thread.
    pub(super) fn read_by_this_thread() -> Self {
        Self {
            reader: Reader::this_thread(),
            alive: HashMap::new(),
            numbers: HashMap::new(),
            next: 0,
            refused: HashMap::new(),
            change: None,
        }
    }

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
            threads: HashMap::new(),
            has_leader: true,
            execs: 0,
            program: creator.and_then(|creator| creator.program.clone()),
            watches: Watches::default(),
            freezes_at: FrozenAt::Request,
            freezing: false,
            is_keeper: false,
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
        if let Some(folder) = &self.alive.get(&pid)?.folder {
            return Some(folder.clone());
        }
        let folder = Rc::new(self.hold(pid)?);
        let known = self.alive.get_mut(&pid)?;
        known.folder = few.then(|| folder.clone());
        Some(folder)
    }

    /// The folder of a process, or thread, that is not known yet.
    pub(super) fn hold(&self, pid: Pid) -> Option<Process> {
        self.reader.held(pid).ok()
    }

    /// Takes in a process's new environment, and gives what differs from the one that it had.
    pub(super) fn change_environment(
        &mut self,
        pid: Pid,
        read: Strings,
    ) -> Option<EnvironmentChange> {
        let known = self.alive.get_mut(&pid)?;
        if known.environment.read == read {
            return Some(EnvironmentChange::default());
        }
        if let Some((before, after, change)) = &self.change
            && Arc::ptr_eq(before, &known.environment)
            && after.read == read
        {
            known.environment = after.clone();
            return Some(change.clone());
        }
        let environment = reading::environment(&read);
        let change = EnvironmentChange::between(&known.environment.environment, &environment);
        let after = Arc::new(Told { read, environment });
        let before = std::mem::replace(&mut known.environment, after.clone());
        self.change = Some((before, after, change.clone()));
        Some(change)
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
