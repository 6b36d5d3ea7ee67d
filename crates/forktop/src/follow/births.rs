//! Processes that come, and programs that they execute.
use super::ledger::Ledger;
use super::reading;
use crate::log::{Birth, Event, Execution, Noticed, Origin, ProcessId, Time};
use crate::plan;
use privileges::{Essentials, Process};
use rustix::process::Pid;
use std::sync::Arc;

/// What the tracer says of a new process.
pub(super) struct Newcomer<'a> {
    pub(super) at: Time,
    pub(super) pid: Pid,
    pub(super) origin: tracee::Origin,
    pub(super) creator: Option<Pid>,
    pub(super) creator_thread: Option<Pid>,
    pub(super) parent: i32,
    pub(super) pids: &'a [i32],
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
        let folder = Process::held(pid).ok();
        let now = folder.as_ref().and_then(|folder| folder.essentials().ok());
        if let (Some(now), Some(creator)) = (&now, newcomer.creator) {
            self.notice_in_creator(at, creator, now);
        }
        let process = self.processes.meet(pid, newcomer.creator);
        let essentials = now.and_then(|now| self.news_of(pid, now));
        let is_new_kind = essentials.is_some();
        let found = newcomer
            .creator
            .zip(folder.as_ref().filter(|_| is_new_kind));
        let entrypoint = found.and_then(|(creator, folder)| self.entrypoint(at, creator, folder));
        let was_running = matches!(
            newcomer.origin,
            tracee::Origin::Seized | tracee::Origin::Untraced
        );
        let running = folder.filter(|_| was_running);
        let running = running.map(|folder| Box::new(self.execution(process, &folder)));
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

    /// A child begins with what its creator may do, but for what the clone says. Where it may do something else than its
    /// creator was last known to, the creator itself may have changed: then that is told first.
    fn notice_in_creator(&mut self, at: Time, creator: Pid, child: &Essentials) {
        let known = self
            .processes
            .of(creator)
            .and_then(|known| known.essentials.clone());
        if known.as_deref() == Some(child) {
            return;
        }
        self.notice(at, creator, Noticed::Creation);
    }

    /// Reads what a process may do, and tells it if that is new.
    pub(super) fn notice(&mut self, at: Time, pid: Pid, noticed: Noticed) -> Changed {
        let now = Process::held(pid)
            .ok()
            .and_then(|folder| folder.essentials().ok());
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
        let (Some(process), Ok(folder)) = (self.processes.id(pid), Process::held(pid)) else {
            return Changed::No;
        };
        let mut execution = self.execution(process, &folder);
        execution.former_tid = (former != pid).then(|| reading::number(former));
        let changed = Changed::from(execution.essentials.is_some());
        self.tell(at, Event::Executed(Box::new(execution)));
        changed
    }

    fn execution(&mut self, process: ProcessId, folder: &Process) -> Execution {
        let now = folder.essentials().ok();
        let taken_away = now
            .as_ref()
            .and_then(|now| reading::taken_away(folder.pid(), now));
        let essentials = now.and_then(|now| self.news_of(folder.pid(), now));
        let facts = folder.facts().ok();
        let environment = facts
            .as_ref()
            .and_then(|facts| reading::environment(&facts.environment));
        let environment = environment.zip(self.processes.of_mut(folder.pid()));
        Execution {
            process,
            former_tid: None,
            environment: environment.map(|(now, known)| known.change_environment(now)),
            program: facts
                .as_ref()
                .and_then(|facts| reading::path(&facts.program)),
            directory: facts
                .as_ref()
                .and_then(|facts| reading::path(&facts.directory)),
            arguments: facts
                .as_ref()
                .map(|facts| reading::arguments(&facts.arguments))
                .unwrap_or_default(),
            name: facts.map(|facts| facts.name).unwrap_or_default(),
            essentials,
            taken_away,
        }
    }

    /// The entrypoint of which a new process is the void, if a clone-shim made it.
    fn entrypoint(&mut self, at: Time, creator: Pid, void: &Process) -> Option<String> {
        let name = void.facts().ok()?.name;
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
