//! The end of following: everything is let go, or killed.
use super::{Act, Machine, Mode, Phase, Way};
use crate::event::What;
use rustix::process::Pid;
use std::time::Duration;

impl Machine {
    /// Lets everything go: what is in a stop at once, everything else at its next one.
    pub(crate) fn release(&mut self) {
        self.mode = Mode::Releasing;
        self.bear_early(|_| true);
        for (thread, stop) in self.standing() {
            match stop {
                Some(way) => self.go_on(thread, way),
                None => self.acts.push_back(Act::Interrupt { thread }),
            }
        }
    }

    /// Kills everything.
    pub(crate) fn kill(&mut self) {
        self.mode = Mode::Killing;
        self.bear_early(|_| true);
        let processes: Vec<_> = self.processes().collect();
        for process in processes {
            self.acts.push_back(Act::Kill { process });
        }
        // The kernel wakes all but those that it had stopped when they were about to end.
        for (thread, stop) in self.standing() {
            if let Some(way) = stop {
                self.go_on(thread, way);
            }
        }
    }

    /// All threads, with how they go on from the stop that they are in.
    fn standing(&self) -> Vec<(Pid, Option<Way>)> {
        let stop =
            |(thread, tracee): (&Pid, &super::Tracee)| (*thread, tracee.stop.map(|stop| stop.way));
        self.tracees.iter().map(stop).collect()
    }

    /// Lets go of a thread that is in a stop.
    pub(super) fn let_go(&mut self, thread: Pid, way: Way) {
        let Some(process) = self.process_of(thread) else {
            return;
        };
        self.forget(thread);
        self.acts.push_back(Act::Detach { thread, way });
        let Some(followed) = self.processes.get(&process) else {
            return;
        };
        // A leader that has ended before the others cannot be let go: the kernel does that when the tracer's thread ends.
        let mut left = followed.threads.iter();
        let ended = |thread: &Pid| {
            let tracee = self.tracees.get(thread);
            *thread == process
                && tracee
                    .is_some_and(|tracee| tracee.phase == Phase::Leaving && tracee.stop.is_none())
        };
        if left.all(ended) {
            self.forget(process);
            self.processes.remove(&process);
            self.released.push(process);
        }
    }

    /// Everything that can be let go has been.
    pub(crate) fn finish_release(&mut self, now: Duration) {
        self.now = now;
        for process in std::mem::take(&mut self.released) {
            self.tell(process, process, What::Released);
        }
    }

    /// Whether a process had been let go until now. It may end, and be waited for, if it is a child of the tracer's; and
    /// its number may become another's.
    pub(super) fn was_released(&mut self, process: Pid) -> bool {
        let before = self.released.len();
        self.released.retain(|released| *released != process);
        self.released.len() < before
    }
}
