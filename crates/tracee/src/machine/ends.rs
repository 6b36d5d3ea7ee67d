//! Threads and processes that are no more, by ending or by an exec.
use super::{Freeze, Machine, Mode, Stop, Tracee, Way};
use crate::event::{Ending, What};
use kernel::Usage;
use rustix::process::Pid;

impl Machine {
    /// A thread has executed a program and is now `process`, whichever it was before. The others of the process are gone;
    /// those that were waited for have been told of, while the one whose number it had, and the leader, just vanish.
    pub(super) fn on_executed(&mut self, process: Pid, former: Option<Pid>, stop: Option<Stop>) {
        let of_it = |thread: &Pid| self.process_of(*thread) == Some(process);
        let former_thread = former.filter(of_it).unwrap_or(process);
        // Whoever has asked for the leader, which is gone, means what has its number.
        let asked = [former_thread, process].map(|thread| {
            let tracee = self.tracees.get(&thread);
            tracee.map_or(Freeze::default(), |tracee| tracee.freeze)
        });
        let freeze = Freeze {
            with_process: asked.iter().any(|freeze| freeze.with_process),
            alone: asked.iter().any(|freeze| freeze.alone),
        };
        let Some(followed) = self.processes.get_mut(&process) else {
            return;
        };
        // The children of the others are its own now.
        let mut looked = u64::MAX;
        for thread in std::mem::take(&mut followed.threads) {
            let tracee = self.tracees.remove(&thread);
            looked = looked.min(tracee.map_or(0, |tracee| tracee.looked));
        }
        followed.threads.insert(process);
        followed.stopped = false;
        let tracee = Tracee {
            stop,
            looked,
            freeze,
            ..Tracee::new(process)
        };
        self.tracees.insert(process, tracee);
        self.look(process);
        self.tell_held(process, Way::On, What::Executed { former_thread });
    }

    pub(super) fn on_ended(&mut self, thread: Pid, ending: Ending, usage: Usage) {
        let Some(process) = self.process_of(thread) else {
            return;
        };
        self.forget(thread);
        // Where the leader had ended before it could be seized, the last thread's end is all that there is to learn.
        let last = self
            .processes
            .get(&process)
            .is_none_or(|process| process.threads.is_empty());
        if thread != process && last && self.mode == Mode::Releasing {
            // The others have been let go.
            self.processes.remove(&process);
            self.released.push(process);
        } else if thread == process || last {
            self.end_process(process, ending, usage);
        } else {
            self.tell(thread, process, What::ThreadEnded);
        }
    }

    fn end_process(&mut self, process: Pid, ending: Ending, usage: Usage) {
        self.give_up_on(process);
        if let Some(followed) = self.processes.remove(&process) {
            for thread in followed.threads {
                self.tracees.remove(&thread);
            }
        }
        self.tell_end(process, ending, usage);
    }

    pub(super) fn tell_end(&mut self, process: Pid, ending: Ending, usage: Usage) {
        let ended = What::Ended {
            ending,
            user: usage.user,
            system: usage.system,
            peak_memory: usage.max_resident / 1024,
        };
        self.tell(process, process, ended);
    }

    /// Drops what is known of a thread, without telling of it.
    pub(super) fn forget(&mut self, thread: Pid) {
        let Some(tracee) = self.tracees.remove(&thread) else {
            return;
        };
        if let Some(process) = self.processes.get_mut(&tracee.process) {
            process.threads.remove(&thread);
        }
    }
}
