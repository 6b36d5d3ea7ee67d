//! Processes that come, and programs that they execute.
use super::creators::Creator;
use super::ledger::Ledger;
use super::reading;
use crate::log::{Birth, Event, Execution, Noticed, Origin, ProcessId, Time};
use crate::plan;
use privileges::{Essentials, Facts, Seen};
use rustix::process::Pid;
use rustix::time::ClockId;
use std::sync::Arc;
use std::time::Duration;

/// What the tracer says of a new process.
pub(super) struct Newcomer<'a> {
    pub(super) at: Time,
    pub(super) pid: Pid,
    pub(super) origin: tracee::Origin,
    pub(super) creator: Option<Pid>,
    pub(super) creator_thread: Option<Pid>,
    pub(super) parent: i32,
    pub(super) pids: &'a [i32],
    /// Its creator, where that is kept as it was when it made this one.
    pub(super) kept: Option<&'a Creator>,
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
        let now = self.inherited(newcomer).or_else(|| self.first(pid));
        if let (Some(now), Some(creator)) = (&now, newcomer.creator) {
            self.notice_in_creator(at, creator, now);
        }
        let process = self.processes.meet(pid, newcomer.creator);
        if now.is_none()
            && let Some(known) = self.processes.of_mut(pid)
        {
            known.essentials = None;
        }
        let essentials = now.and_then(|now| self.news_of(pid, now));
        let entrypoint = match (newcomer.creator, &essentials) {
            (Some(creator), Some(_)) => self.entrypoint(at, creator, pid),
            _ => None,
        };
        let creator = newcomer.creator.and_then(|pid| self.processes.of(pid));
        let origin = origin(newcomer.origin, creator.is_some_and(|one| one.is_keeper));
        if let Some(known) = self.processes.of_mut(pid) {
            known.is_keeper = origin == Origin::Keeper;
        }
        let was_running = matches!(
            newcomer.origin,
            tracee::Origin::Seized | tracee::Origin::Untraced
        );
        let (running, lived) = match was_running {
            true => (self.running(pid, process), self.lived(pid)),
            false => (None, None),
        };
        let event = Event::Born(Box::new(Birth {
            process,
            origin,
            pid: reading::number(pid),
            pids: reading::numbers(newcomer.pids),
            creator: newcomer
                .creator
                .and_then(|creator| self.processes.id(creator)),
            creator_tid: newcomer.creator_thread.map(reading::number),
            parent: newcomer.parent.unsigned_abs(),
            essentials,
            entrypoint,
            running: running.map(Box::new),
            lived_us: lived.and_then(|lived| u64::try_from(lived.as_micros()).ok()),
        }));
        self.tell(at, event);
    }

    /// What a process executes that was running already.
    fn running(&mut self, pid: Pid, process: ProcessId) -> Option<Execution> {
        let (now, mut facts) = self.processes.folder(pid)?.examine(None).ok()?;
        if let Seen::Known(arguments) = facts.arguments {
            facts.arguments = Seen::Known(arguments.without_padding());
        }
        self.execution_of(pid, process, now, facts)
    }

    /// For how long a process has been running.
    fn lived(&mut self, pid: Pid) -> Option<Duration> {
        let started = self.processes.folder(pid)?.started().ok()?;
        let now = rustix::time::clock_gettime(ClockId::Boottime);
        Some(Duration::try_from(now).ok()?.saturating_sub(started))
    }

    /// What a process may do of which the clone asked for no namespaces: what the thread may do that made it, which has not
    /// gone on since. So the new one needs not be kept waiting while that is read.
    fn inherited(&mut self, newcomer: &Newcomer<'_>) -> Option<Essentials> {
        let (process, thread) = newcomer.creator.zip(newcomer.creator_thread)?;
        let shares_memory = newcomer.kept?.shares_memory;
        let creator = match process == thread {
            true => self.since(process),
            false => self.processes.hold(thread)?.essentials().ok(),
        };
        creator?.of_a_child(shares_memory)
    }

    /// What a process may do now that has executed no program since it was last read.
    pub(super) fn since(&mut self, pid: Pid) -> Option<Essentials> {
        let folder = self.processes.folder(pid)?;
        match &self.processes.of(pid)?.essentials {
            Some(before) => folder.essentials_since(before).ok(),
            None => folder.essentials().ok(),
        }
    }

    /// What a process may do that may run.
    fn settled(&mut self, pid: Pid) -> Option<Essentials> {
        let folder = self.processes.folder(pid)?;
        let known = self.processes.of(pid)?.essentials.as_deref();
        settled(known, || folder.essentials().ok())
    }

    /// What a process that stands still may do.
    fn first(&self, pid: Pid) -> Option<Essentials> {
        self.processes.hold(pid)?.essentials().ok()
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
        let now = match noticed {
            // It may run.
            Noticed::Look | Noticed::Glance => self.settled(pid),
            Noticed::Creation | Noticed::End => self.since(pid),
        };
        now.map_or(Changed::No, |now| self.tell_change(at, pid, noticed, now))
    }

    /// Tells what a process may do now, if that is new.
    pub(super) fn tell_change(
        &mut self,
        at: Time,
        pid: Pid,
        noticed: Noticed,
        now: Essentials,
    ) -> Changed {
        let news = self.news_of(pid, now);
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
        let Some(known) = self.processes.of_mut(pid) else {
            return Changed::No;
        };
        // Whichever thread did it is the only one now, and the leader.
        known.threads.clear();
        known.has_leader = true;
        let id = known.id;
        let before = known.essentials.clone().filter(|_| former == pid);
        let Some(mut execution) = self.execution(pid, id, before.as_deref()) else {
            if let Some(known) = self.processes.of_mut(pid) {
                known.essentials = None;
            }
            return Changed::No;
        };
        execution.former_tid = (former != pid).then(|| reading::number(former));
        let changed = Changed::from(execution.essentials.is_some());
        self.tell(at, Event::Executed(Box::new(execution)));
        changed
    }

    /// `before` is what it could do before, if the same thread of it did it that was last read.
    fn execution(
        &mut self,
        pid: Pid,
        process: ProcessId,
        before: Option<&Essentials>,
    ) -> Option<Execution> {
        let (now, facts) = self.processes.folder(pid)?.examine(before).ok()?;
        self.execution_of(pid, process, now, facts)
    }

    fn execution_of(
        &mut self,
        pid: Pid,
        process: ProcessId,
        now: Essentials,
        facts: Facts,
    ) -> Option<Execution> {
        let folder = self.processes.folder(pid)?;
        let known = self.processes.of_mut(pid)?;
        known.program = facts.program.known().cloned();
        let read = match facts.environment {
            Seen::Known(read) => Some(read),
            Seen::Unreadable { .. } => None,
        };
        Some(Execution {
            process,
            former_tid: None,
            environment: read.and_then(|read| self.processes.change_environment(pid, read)),
            program: reading::path(&facts.program),
            directory: reading::path(&facts.directory),
            arguments: reading::arguments(&facts.arguments),
            name: facts.name,
            taken_away: self
                .takes_away
                .then(|| reading::taken_away(&folder, &now, &mut self.program_files))
                .flatten(),
            essentials: self.news_of(pid, now),
        })
    }

    /// The entrypoint of which a new process is the void, if a clone-shim made it. For its name nothing of its memory is
    /// read, which can be of a file that a process serves, as it still is that of its creator.
    fn entrypoint(&mut self, at: Time, creator: Pid, void: Pid) -> Option<String> {
        let name = self.processes.folder(void)?.name().ok()?;
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

/// What something may do that may run, once it is the same twice: it may have changed while it was read, and what it was
/// before and after taken together is what it never was. Nothing is said of what changes all the time. What is known is not
/// read again.
pub(super) fn settled(
    known: Option<&Essentials>,
    read: impl Fn() -> Option<Essentials>,
) -> Option<Essentials> {
    const TRIES: usize = 4;
    let mut last = read()?;
    for _ in 1..TRIES {
        if known == Some(&last) {
            return Some(last);
        }
        let now = read()?;
        if now == last {
            return Some(last);
        }
        last = now;
    }
    None
}

/// `below_a_keeper` says whether the creator keeps a shell. A copy of a shell is the keeper of another.
const fn origin(origin: tracee::Origin, below_a_keeper: bool) -> Origin {
    match origin {
        tracee::Origin::Started => Origin::Started,
        tracee::Origin::Seized => Origin::Seized,
        tracee::Origin::Forked => Origin::Forked,
        tracee::Origin::Vforked => Origin::Vforked,
        tracee::Origin::Cloned => Origin::Cloned,
        tracee::Origin::Untraced => Origin::Untraced,
        tracee::Origin::Copied if below_a_keeper => Origin::Shell,
        tracee::Origin::Copied => Origin::Keeper,
    }
}
