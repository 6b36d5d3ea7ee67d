//! What is done about a stop, or the end, of a thread that is followed.
use super::report::SIGCHLD;
use super::{Act, Freeze, Hold, Kind, Machine, Mode, Phase, Report, Stop, Tracee, Way};
use crate::event::What;
use kernel::Status;
use rustix::process::Pid;

const SIGCONT: i32 = 18;

impl Tracee {
    pub(super) fn new(process: Pid) -> Self {
        Self {
            process,
            stop: None,
            looked: 0,
            phase: Phase::default(),
            freeze: Freeze::default(),
            unannounced: false,
        }
    }
}

impl Freeze {
    pub(super) const fn is_asked(self) -> bool {
        self.with_process || self.alone
    }
}

impl Machine {
    pub(super) fn on_known(&mut self, report: Report) {
        let Report {
            thread,
            kind,
            stale,
            ..
        } = report;
        let stop = (!stale).then(|| self.new_stop(Way::On));
        if let Some(tracee) = self.tracees.get_mut(&thread) {
            tracee.stop = stop;
        }
        match kind {
            Kind::Made {
                origin,
                new,
                flags,
                child,
            } => {
                let Some(new) = new else {
                    return self.go_on(thread, Way::On);
                };
                self.tell_held(thread, Way::On, What::Made { new, flags });
                self.announce(thread, new, origin, child);
            }
            Kind::Executed { former } => self.on_executed(thread, former, stop),
            Kind::Exiting { ending } => {
                self.look(thread);
                if let Some(tracee) = self.tracees.get_mut(&thread) {
                    tracee.phase = Phase::Leaving;
                }
                self.tell_held(thread, Way::On, What::Exiting { ending });
            }
            Kind::Trapped => self.on_trapped(thread),
            Kind::GroupStopped { signal } => self.on_group_stop(thread, signal),
            Kind::Signalled { signal } => self.on_signal(thread, signal),
            Kind::ExecFailed { errno, path } => {
                if let Some(process) = self.process_of(thread) {
                    self.tell(thread, process, What::ExecFailed { errno, path });
                }
                self.go_on(thread, Way::On);
            }
            Kind::Idle => self.go_on(thread, Way::On),
            Kind::Ended { ending, usage } => self.on_ended(thread, ending, usage),
        }
    }

    /// Has every thread of a process stop, and those that they make. Whether it is followed.
    pub(crate) fn freeze(&mut self, process: Pid) -> bool {
        let Some(followed) = self.processes.get_mut(&process) else {
            return false;
        };
        followed.freezing = true;
        for thread in &followed.threads {
            let Some(tracee) = self.tracees.get_mut(thread) else {
                continue;
            };
            // One that is frozen stays so until it is resumed; one that is about to end cannot be.
            if tracee.phase == Phase::Leaving || tracee.stop.is_some_and(|stop| stop.frozen) {
                continue;
            }
            tracee.freeze.with_process = true;
            if tracee.stop.is_none() {
                self.acts.push_back(Act::Interrupt { thread: *thread });
            }
        }
        true
    }

    /// Has one thread stop. Whether it is followed.
    pub(crate) fn freeze_thread(&mut self, thread: Pid) -> bool {
        let Some(tracee) = self.tracees.get_mut(&thread) else {
            return false;
        };
        if !tracee.stop.is_some_and(|stop| stop.frozen) {
            // A leader that is about to end may be so for another thread that executes a program, and then has its number.
            tracee.freeze.alone = true;
            if tracee.stop.is_none() && tracee.phase != Phase::Leaving {
                self.acts.push_back(Act::Interrupt { thread });
            }
        }
        true
    }

    /// Has one thread go on that has not stopped yet, unless its process is to be frozen.
    pub(crate) fn thaw_thread(&mut self, thread: Pid) {
        if let Some(tracee) = self.tracees.get_mut(&thread) {
            tracee.freeze.alone = false;
        }
    }

    /// A thread that was frozen has been made to go on, and stands again: where its process was stopped by a signal, or was
    /// continued, meanwhile, that is told. Whether it is still held by this.
    pub(crate) fn stood_again(&mut self, hold: &Hold, stop: Status) -> bool {
        let stopped = match stop {
            Status::GroupStopped(signal) => Some(signal),
            _ => None,
        };
        let (phase, way) = match stopped {
            Some(_) => (Phase::GroupStopped, Way::Listen),
            None => (Phase::Continuing, Way::On),
        };
        let is_held = self.is_in(hold);
        let tracee = self.tracees.get_mut(&hold.thread).filter(|_| is_held);
        let Some(tracee) = tracee else {
            return false;
        };
        let was_stopped = tracee.phase == Phase::GroupStopped;
        if was_stopped == stopped.is_some() {
            return true;
        }
        tracee.phase = phase;
        tracee.stop = tracee.stop.map(|stop| Stop { way, ..stop });
        if let Some(followed) = self.processes.get_mut(&hold.process)
            && std::mem::replace(&mut followed.stopped, stopped.is_some()) == was_stopped
        {
            let what = stopped.map_or(What::Continued, |signal| What::Stopped { signal });
            self.tell(hold.thread, hold.process, what);
        }
        true
    }

    /// Whether a thread is held, and not at an event.
    pub(crate) fn is_at_rest(&self, hold: &Hold) -> bool {
        let tracee = self.tracees.get(&hold.thread);
        let stop = tracee.and_then(|tracee| tracee.stop);
        stop.is_some_and(|stop| stop.number == hold.number && stop.frozen)
    }

    /// A thread that was held by this has been made to go on, and is not back. If its process is frozen it is to be so again.
    pub(crate) fn went_on(&mut self, hold: &Hold) {
        if !self.is_in(hold) {
            return;
        }
        let freezing = self.processes.get(&hold.process);
        let freezing = freezing.is_some_and(|process| process.freezing);
        if let Some(tracee) = self.tracees.get_mut(&hold.thread) {
            tracee.stop = None;
            tracee.freeze.with_process |= freezing;
        }
    }

    /// Forgets a process of which only this thread is followed, and tells that it is let go. Whether it is still to stop; if it
    /// stands, it is let go by what is to be done then.
    pub(crate) fn forget_alone(&mut self, thread: Pid) -> bool {
        let Some(process) = self.process_of(thread) else {
            return true;
        };
        let stop = self.tracees.get(&thread).and_then(|tracee| tracee.stop);
        self.forget(thread);
        self.processes.remove(&process);
        if let Some(stop) = stop {
            let way = stop.way;
            self.acts.push_back(Act::Detach { thread, way });
        }
        self.tell(thread, process, What::Released);
        stop.is_none()
    }

    /// Whether only this thread of its process is followed, for a visit.
    pub(crate) fn is_alone(&self, thread: Pid) -> bool {
        let process = self.process_of(thread);
        let process = process.and_then(|process| self.processes.get(&process));
        process.is_some_and(|process| process.alone)
    }

    /// Only one thread of this process is followed.
    pub(crate) fn leave_alone(&mut self, process: Pid) {
        if let Some(process) = self.processes.get_mut(&process) {
            process.alone = true;
        }
    }

    /// Lets go of a process of which only this thread is followed, and tells so. Whether it is still held by this.
    pub(crate) fn leave(&mut self, hold: &Hold) -> bool {
        let is_held = self.is_in(hold);
        if is_held {
            self.forget_alone(hold.thread);
        }
        is_held
    }

    /// Has the threads that have not stopped yet go on without, but for those that are asked for themselves. Whether the process is
    /// followed.
    pub(crate) fn thaw(&mut self, process: Pid) -> bool {
        let Some(followed) = self.processes.get_mut(&process) else {
            return false;
        };
        followed.freezing = false;
        for thread in &followed.threads {
            if let Some(tracee) = self.tracees.get_mut(thread) {
                tracee.freeze.with_process = false;
            }
        }
        true
    }

    fn on_trapped(&mut self, thread: Pid) {
        let Some(tracee) = self.tracees.get_mut(&thread) else {
            return;
        };
        let (of, freeze) = (tracee.process, std::mem::take(&mut tracee.freeze));
        // What a stop of the process interrupts comes back without us too. What SIGCONT alone does would not: the kernel
        // traps every thread for that, stopped or not.
        let (phase, way) = match tracee.phase {
            Phase::GroupStopped => (Phase::Continuing, Way::On),
            _ => (Phase::Running, Way::Undisturbed),
        };
        tracee.phase = phase;
        if let Some(process) = self.processes.get_mut(&of)
            && std::mem::take(&mut process.stopped)
        {
            self.tell(thread, of, What::Continued);
        }
        match freeze.is_asked() {
            true => self.tell_held(thread, way, What::Frozen),
            false => self.go_on(thread, way),
        }
    }

    fn on_group_stop(&mut self, thread: Pid, signal: i32) {
        let Some(tracee) = self.tracees.get_mut(&thread) else {
            return;
        };
        tracee.phase = Phase::GroupStopped;
        let (process, freeze) = (tracee.process, std::mem::take(&mut tracee.freeze));
        if let Some(followed) = self.processes.get_mut(&process)
            && !std::mem::replace(&mut followed.stopped, true)
        {
            self.tell(thread, process, What::Stopped { signal });
        }
        match freeze.is_asked() {
            true => self.tell_held(thread, Way::Listen, What::Frozen),
            false => self.go_on(thread, Way::Listen),
        }
    }

    fn on_signal(&mut self, thread: Pid, signal: i32) {
        let Some(tracee) = self.tracees.get_mut(&thread) else {
            return;
        };
        let way = match std::mem::take(&mut tracee.phase) {
            Phase::Continuing if signal == SIGCONT => Way::Continued(signal),
            _ => Way::Signal(signal),
        };
        if signal == SIGCHLD {
            self.look(thread);
        }
        self.go_on(thread, way);
    }

    /// There may be processes that we were not told of.
    pub(crate) fn doubt(&mut self) {
        self.doubts = self.doubts.wrapping_add(1);
    }

    /// Has children be looked for that were made without our being told, if there may be new ones since the last time.
    pub(super) fn look(&mut self, thread: Pid) {
        let Some(tracee) = self.tracees.get_mut(&thread) else {
            return;
        };
        if self.mode == Mode::Following
            && std::mem::replace(&mut tracee.looked, self.doubts) < self.doubts
        {
            let process = tracee.process;
            self.acts.push_back(Act::Look { process, thread });
        }
    }

    pub(crate) fn process_of(&self, thread: Pid) -> Option<Pid> {
        self.tracees.get(&thread).map(|tracee| tracee.process)
    }
}
