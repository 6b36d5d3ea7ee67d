//! What each record changes.
use super::together::Together;
use super::visits::Open;
use super::{Cause, Model, Process, Program, State, Step, ThreadState};
use crate::log::{
    Birth, Ending, Environment, EnvironmentChange, Event, Execution, ProcessId, Record, Refusal,
    Time,
};
use privileges::Essentials;
use std::sync::Arc;
use std::time::Duration;

impl Model {
    /// Takes in one more record.
    pub fn apply(&mut self, record: impl Into<Arc<Record>>) {
        let record = record.into();
        let (at, place) = (record.at, self.log.len());
        self.now = self.now.max(at);
        self.together = Together::default();
        if let Event::Opened(header) = &record.event {
            self.header = Some(header.clone());
        } else if let Some(id) = record.event.process() {
            self.meet(id, at).events.push(place);
            self.happen(id, at, place, &record.event);
        }
        self.log.push(record);
    }

    fn happen(&mut self, id: ProcessId, at: Time, place: usize, event: &Event) {
        match event {
            Event::Born(birth) => self.born(at, place, birth),
            Event::Executed(execution) => self.executed(at, place, execution),
            Event::Refused(refusal) => self.refuse(at, refusal),
            Event::Entered(entrance) => {
                self.visits.insert(entrance.visit, Open::of(entrance));
            }
            Event::Left(departure) => drop(self.visits.remove(&departure.visit)),
            Event::Ended {
                ending,
                user_us,
                system_us,
                peak_kib,
                ..
            } => {
                let process = self.meet(id, at);
                process.used = Some((
                    Duration::from_micros(*user_us),
                    Duration::from_micros(*system_us),
                ));
                process.peak_kib = Some(*peak_kib);
                self.ended(id, at, *ending);
            }
            event => {
                self.has_plans |= matches!(event, Event::Planned { .. });
                let process = self.meet(id, at);
                let was_followed = process.is_followed();
                process.undergo(at, event);
                let is_followed = process.is_followed();
                self.followed += usize::from(is_followed);
                self.followed -= usize::from(was_followed);
            }
        }
    }

    /// The process of this id, which may have had no birth in the log.
    fn meet(&mut self, id: ProcessId, at: Time) -> &mut Process {
        self.processes.entry(id).or_insert_with(|| {
            self.alive += 1;
            self.followed += 1;
            self.roots.push(id);
            Process::unknown(id, at)
        })
    }

    fn born(&mut self, at: Time, place: usize, birth: &Birth) {
        let id = birth.process;
        self.has_visitors |= birth.origin.is_visitor();
        self.place(id, birth.creator, at);
        self.accept(id, at);
        let creator = birth.creator.and_then(|id| self.processes.get(&id));
        let before = creator.and_then(|creator| creator.essentials.clone());
        let program = creator.map(|creator| creator.program.clone());
        // A void's first process forks the second before anything else, which has its name from it.
        let is_second = creator.is_some_and(|creator| {
            creator.entrypoint.is_some()
                && creator.entrypoint == birth.entrypoint
                && creator.execs.is_empty()
        });
        let process = self.meet(id, at);
        process.born = at;
        process.lived = Duration::from_micros(birth.lived_us.unwrap_or(0));
        process.origin = Some(birth.origin);
        process.pid = birth.pid;
        process.pids.clone_from(&birth.pids);
        process.parent = birth.parent;
        process.creator_tid = birth.creator_tid;
        process.inherited = program
            .as_ref()
            .and_then(|program| program.environment.clone());
        process.entrypoint = birth.entrypoint.clone().filter(|_| !is_second);
        if let Some(program) = program.filter(|_| process.execs.is_empty()) {
            process.program = program;
        }
        process.essentials.clone_from(&before);
        if let Some(after) = &birth.essentials {
            process.step(at, Cause::Birth, before, after);
        }
        if let Some(running) = &birth.running {
            self.executed(at, place, running);
        }
    }

    /// Puts a process below the one that made it.
    fn place(&mut self, id: ProcessId, creator: Option<ProcessId>, at: Time) {
        if let Some(creator) = creator.filter(|creator| self.may_have_made(*creator, id)) {
            self.meet(creator, at).children.push(id);
            self.roots.retain(|root| *root != id);
            self.meet(id, at).creator = Some(creator);
        }
    }

    /// A process cannot be followed. If it was before, a log that is out of order says so.
    fn refuse(&mut self, at: Time, refusal: &Refusal) {
        let id = refusal.process;
        self.place(id, refusal.creator, at);
        let process = self.meet(id, at);
        if !process.is_alive() {
            return;
        }
        let was_followed = process.is_followed();
        process.state = State::Refused;
        process.ended = Some(at);
        process.pid = refusal.pid;
        process.parent = refusal.parent;
        process.program = Arc::new(Program {
            name: refusal.name.clone(),
            arguments: refusal.arguments.clone(),
            ..Program::default()
        });
        process.refusal = Some(Box::new(refusal.clone()));
        self.alive -= 1;
        self.followed -= usize::from(was_followed);
        self.refused += 1;
    }

    /// A process can be followed after all, if it could not be before.
    fn accept(&mut self, id: ProcessId, at: Time) {
        let process = self.meet(id, at);
        if process.state == State::Refused {
            process.state = State::Running;
            process.ended = None;
            process.refusal = None;
            self.alive += 1;
            self.followed += 1;
            self.refused -= 1;
        }
    }

    /// A creator is made once, and is not among those that the process made: a log that is out of order, or made up, may
    /// say otherwise, and a tree has no circles.
    fn may_have_made(&self, creator: ProcessId, id: ProcessId) -> bool {
        let known = self.processes.get(&id);
        if known.is_some_and(|known| known.creator.is_some()) || creator == id {
            return false;
        }
        // Nearly always: and then there is no walk up a long chain.
        if known.is_none_or(|known| known.children.is_empty()) {
            return true;
        }
        let mut ancestor = Some(creator);
        while let Some(here) = ancestor {
            if here == id {
                return false;
            }
            ancestor = self.processes.get(&here).and_then(|here| here.creator);
        }
        true
    }

    fn executed(&mut self, at: Time, place: usize, execution: &Execution) {
        let before = self.meet(execution.process, at).program.environment.clone();
        let change = execution.environment.as_ref();
        let environment = change.map(|change| self.environment(before, change));
        self.meet(execution.process, at)
            .run(at, place, execution, environment);
    }

    /// The environment that comes of `before`. Those that a shell gives to one program after the other are the same one.
    fn environment(
        &mut self,
        before: Option<Arc<Environment>>,
        change: &EnvironmentChange,
    ) -> Arc<Environment> {
        let before = before.unwrap_or_default();
        if change.is_empty() {
            return before;
        }
        if let Some((from, by, to)) = &self.latest_environment
            && Arc::ptr_eq(from, &before)
            && by == change
        {
            return to.clone();
        }
        let after = Arc::new(change.applied_to(&before));
        self.latest_environment = Some((before, change.clone(), after.clone()));
        after
    }

    fn ended(&mut self, id: ProcessId, at: Time, ending: Ending) {
        let process = self.meet(id, at);
        let (was_alive, was_followed) = (process.is_alive(), process.is_followed());
        let was_refused = process.state == State::Refused;
        process.state = State::Ended(ending);
        process.ended = Some(at);
        process.threads.clear();
        self.alive -= usize::from(was_alive);
        self.followed -= usize::from(was_followed);
        self.refused -= usize::from(was_refused);
    }
}

impl Process {
    fn undergo(&mut self, at: Time, event: &Event) {
        match event {
            Event::ThreadBorn { tid, .. } => {
                let thread = ThreadState {
                    born: at,
                    essentials: None,
                };
                self.threads.insert(*tid, thread);
            }
            Event::ThreadEnded { tid, .. } => {
                self.threads.remove(tid);
            }
            Event::Changed {
                tid,
                noticed,
                essentials,
                ..
            } => self.changed(at, *tid, Cause::Before(*noticed), essentials),
            Event::Planned { plan, .. } => self.plan = Some(plan.clone()),
            Event::Looked {
                privileges, ends, ..
            } => {
                self.looked = Some((at, privileges.clone()));
                if self.entrypoint.is_none() || !self.execs.is_empty() {
                    self.first_look.get_or_insert_with(|| privileges.clone());
                }
                self.ends.clone_from(ends);
            }
            Event::Stopped { signal, .. } => self.become_(State::Stopped(*signal)),
            Event::Frozen { at, .. } => self.become_(State::Frozen(*at)),
            Event::Continued { .. } => self.become_(State::Running),
            Event::Released { .. } => {
                self.become_(State::Released);
                self.ended = Some(at);
            }
            Event::Opened(_)
            | Event::Born(_)
            | Event::Executed(_)
            | Event::Refused(_)
            | Event::Entered(_)
            | Event::NotEntered { .. }
            | Event::Tried { .. }
            | Event::Left(_)
            | Event::ExecFailed { .. }
            | Event::Ended { .. } => {}
        }
    }

    /// What has ended does nothing any more, whatever a log says that is out of order.
    fn become_(&mut self, state: State) {
        if self.is_alive() {
            self.state = state;
        }
    }

    fn run(
        &mut self,
        at: Time,
        place: usize,
        execution: &Execution,
        environment: Option<Arc<Environment>>,
    ) {
        self.execs.push(place);
        self.threads.clear();
        self.taken_away = execution.taken_away;
        self.program = Arc::new(Program {
            path: execution.program.clone(),
            name: execution.name.clone(),
            arguments: execution.arguments.clone(),
            directory: execution.directory.clone(),
            environment,
        });
        if let Some(after) = &execution.essentials {
            let before = self.essentials.clone();
            self.step(at, Cause::Exec(self.execs.len()), before, after);
        }
    }

    fn changed(&mut self, at: Time, tid: Option<u32>, cause: Cause, after: &Arc<Essentials>) {
        let Some(tid) = tid else {
            let before = self.essentials.clone();
            self.step(at, cause, before, after);
            return;
        };
        let thread = self.threads.entry(tid).or_default();
        let own = thread.essentials.take();
        let differs = self.essentials.as_ref() != Some(after);
        thread.essentials = differs.then(|| after.clone());
        self.steps.push(Step {
            at,
            cause,
            tid: Some(tid),
            before: own.or_else(|| self.essentials.clone()),
            after: after.clone(),
        });
    }

    fn step(
        &mut self,
        at: Time,
        cause: Cause,
        before: Option<Arc<Essentials>>,
        after: &Arc<Essentials>,
    ) {
        self.essentials = Some(after.clone());
        self.steps.push(Step {
            at,
            cause,
            tid: None,
            before,
            after: after.clone(),
        });
    }
}

impl Event {
    /// The process to which it happened.
    #[must_use]
    pub fn process(&self) -> Option<ProcessId> {
        match self {
            Self::Opened(_) => None,
            Self::Born(birth) => Some(birth.process),
            Self::Executed(execution) => Some(execution.process),
            Self::Refused(refusal) => Some(refusal.process),
            Self::Entered(entrance) => Some(entrance.process),
            Self::Left(departure) => Some(departure.process),
            Self::ThreadBorn { process, .. }
            | Self::ExecFailed { process, .. }
            | Self::Changed { process, .. }
            | Self::ThreadEnded { process, .. }
            | Self::Ended { process, .. }
            | Self::Stopped { process, .. }
            | Self::Continued { process }
            | Self::Frozen { process, .. }
            | Self::Released { process }
            | Self::Planned { process, .. }
            | Self::NotEntered { process, .. }
            | Self::Tried { process, .. }
            | Self::Looked { process, .. } => Some(*process),
        }
    }
}
