//! Processes that come, and programs that they execute.
use super::ledger::Ledger;
use super::reading;
use crate::log::{Birth, Event, Execution, Noticed, Origin, ProcessId, Time};
use crate::plan;
use privileges::{Essentials, Process};
use rustix::process::Pid;
use std::sync::Arc;

/// The flags of clone(2) that ask for namespaces: `CLONE_NEWNS`, `CLONE_NEWCGROUP`, `CLONE_NEWUTS`, `CLONE_NEWIPC`,
/// `CLONE_NEWUSER`, `CLONE_NEWPID`, `CLONE_NEWNET`. The bit of `CLONE_NEWTIME` is clone3(2)'s; of clone(2) it is one of the
/// signal at the end, which no signal has.
const NEW_NAMESPACES: u64 = 0x7e02_0080;

/// What the tracer says of a new process.
pub(super) struct Newcomer<'a> {
    pub(super) at: Time,
    pub(super) pid: Pid,
    pub(super) origin: tracee::Origin,
    pub(super) creator: Option<Pid>,
    pub(super) creator_thread: Option<Pid>,
    pub(super) parent: i32,
    pub(super) pids: &'a [i32],
    pub(super) flags: Option<u64>,
    pub(super) status: &'a [u8],
}

/// Whether something that a process may do was new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Changed {
    Yes,
    No,
}

impl From<bool> for Changed {
    fn from(changed: bool) -> Self {
        match changed {
            true => Self::Yes,
            false => Self::No,
        }
    }
}

impl Ledger<'_> {
    pub(super) fn born(&mut self, newcomer: &Newcomer<'_>) {
        let Newcomer { at, pid, .. } = *newcomer;
        let read = || Process::held(pid).ok()?.essentials().ok();
        let now = self.inherited(newcomer).or_else(read);
        if let (Some(now), Some(creator)) = (&now, newcomer.creator) {
            self.notice_in_creator(at, creator, now);
        }
        let process = self.processes.meet(pid, newcomer.creator);
        let essentials = now.and_then(|now| self.news_of(pid, now));
        let entrypoint = match (newcomer.creator, &essentials) {
            (Some(creator), Some(_)) => self.entrypoint(at, creator, pid),
            _ => None,
        };
        let was_running = matches!(
            newcomer.origin,
            tracee::Origin::Seized | tracee::Origin::Untraced
        );
        let running = match was_running {
            true => self.execution(pid, process).map(Box::new),
            false => None,
        };
        let event = Event::Born(Box::new(Birth {
            process,
            origin: origin(newcomer.origin),
            pid: reading::number(pid),
            pids: reading::numbers(newcomer.pids),
            creator: newcomer
                .creator
                .and_then(|creator| self.processes.id(creator)),
            creator_tid: newcomer.creator_thread.map(reading::number),
            parent: newcomer.parent.unsigned_abs(),
            essentials,
            entrypoint,
            running,
        }));
        self.tell(at, event);
    }

    /// What a process may do of which the clone asked for no namespaces: it is in those of its creator, so that its status
    /// tells the rest. Reading ten links more of every process that comes is felt. Should the creator have changed its own
    /// namespaces since it was last read, that is found at the next reading.
    fn inherited(&self, newcomer: &Newcomer<'_>) -> Option<Essentials> {
        let known = self.processes.of(newcomer.creator?)?;
        let creator = known.essentials.as_deref()?;
        let next = &creator.namespaces;
        let same = newcomer.flags? & NEW_NAMESPACES == 0
            && next.pid_for_children.is_none()
            && next.time_for_children.is_none();
        same.then(|| creator.with_status(newcomer.status).ok())?
    }

    /// A child begins with what its creator may do, but for what the clone says. Where it may do something else than its
    /// creator was last known to, the creator itself may have changed: then that is told first.
    fn notice_in_creator(&mut self, at: Time, creator: Pid, child: &Essentials) {
        let known = self.processes.of(creator);
        let known = known.and_then(|known| known.essentials.as_deref());
        if known != Some(child) {
            self.notice(at, creator, Noticed::Creation);
        }
    }

    /// Reads what a process may do, and tells it if that is new.
    pub(super) fn notice(&mut self, at: Time, pid: Pid, noticed: Noticed) -> Changed {
        if !self.processes.of(pid).is_some_and(|known| known.has_leader) {
            return Changed::No;
        }
        let folder = self.processes.folder(pid);
        let now = folder.and_then(|folder| folder.essentials().ok());
        let news = now.and_then(|now| self.news_of(pid, now));
        let (Some(essentials), Some(process)) = (news, self.processes.id(pid)) else {
            return Changed::No;
        };
        let event = Event::Changed {
            process,
            tid: None,
            noticed,
            essentials,
        };
        self.tell(at, event);
        Changed::Yes
    }

    /// What a process may do now, if that is not what is known already.
    fn news_of(&mut self, pid: Pid, now: Essentials) -> Option<Arc<Essentials>> {
        let known = self.processes.of_mut(pid)?;
        if known.essentials.as_deref() == Some(&now) {
            return None;
        }
        known.essentials = Some(Arc::new(now));
        known.essentials.clone()
    }

    pub(super) fn executed(&mut self, at: Time, pid: Pid, former: Pid) -> Changed {
        if let Some(known) = self.processes.of_mut(pid) {
            // Whichever thread did it is the only one now, and the leader.
            known.threads.clear();
            known.has_leader = true;
        }
        let process = self.processes.id(pid);
        let Some(mut execution) = process.and_then(|process| self.execution(pid, process)) else {
            return Changed::No;
        };
        execution.former_tid = (former != pid).then(|| reading::number(former));
        let changed = Changed::from(execution.essentials.is_some());
        self.tell(at, Event::Executed(Box::new(execution)));
        changed
    }

    fn execution(&mut self, pid: Pid, process: ProcessId) -> Option<Execution> {
        let (now, facts) = self.processes.folder(pid)?.examine().ok()?;
        let environment = reading::environment(&facts.environment);
        let environment = environment.zip(self.processes.of_mut(pid));
        Some(Execution {
            process,
            former_tid: None,
            environment: environment.map(|(now, known)| known.change_environment(now)),
            program: reading::path(&facts.program),
            directory: reading::path(&facts.directory),
            arguments: reading::arguments(&facts.arguments),
            name: facts.name,
            taken_away: self
                .takes_away
                .then(|| reading::taken_away(pid, &now))
                .flatten(),
            essentials: self.news_of(pid, now),
        })
    }

    /// The entrypoint of which a new process is the void, if a clone-shim made it.
    fn entrypoint(&mut self, at: Time, creator: Pid, void: Pid) -> Option<String> {
        let name = self.processes.folder(void)?.facts().ok()?.name;
        if !name.starts_with(plan::VOID) {
            return None;
        }
        let known = self.processes.of_mut(creator)?;
        if known.plan.is_none() {
            let found = Arc::new(reading::plan(creator)?);
            known.plan = Some(found.clone());
            let process = known.id;
            self.tell(
                at,
                Event::Planned {
                    process,
                    plan: found,
                },
            );
        }
        let plan = self.processes.of(creator)?.plan.as_ref()?;
        plan.entrypoint(&name, None).map(str::to_owned)
    }
}

const fn origin(origin: tracee::Origin) -> Origin {
    match origin {
        tracee::Origin::Started => Origin::Started,
        tracee::Origin::Seized => Origin::Seized,
        tracee::Origin::Forked => Origin::Forked,
        tracee::Origin::Vforked => Origin::Vforked,
        tracee::Origin::Cloned => Origin::Cloned,
        tracee::Origin::Untraced => Origin::Untraced,
    }
}
