//! What is asked for: stillness, signals, an end.
use super::births::Changed;
use super::{Follower, Over, Request};
use crate::log::{Event, FrozenAt, ProcessId};
use rustix::process::{Pid, Signal};
use tracee::{Stopped, What};

impl Follower<'_> {
    /// Does what is asked for; gives how following is over, if it is.
    pub(super) fn serve(&mut self) -> Result<Option<Over>, tracee::Error> {
        while let Ok(request) = self.requests.try_recv() {
            match request {
                Request::Look(process) => self.look(process),
                Request::Freeze(process) => self.freeze(process),
                Request::Continue(process) => self.go_on(process)?,
                Request::Signal(process, signal) => self.signal(process, signal),
                Request::BreakOn(breaks) => self.breaks = breaks,
                Request::Enter(entry) => self.enter(entry)?,
                Request::Leave(visit) => self.leave_visit(visit),
                Request::GiveUp(visit) => self.give_up_visit(visit),
                Request::Try(trial) => self.try_calls(trial)?,
                Request::Detach => return Ok(Some(Over::Detached)),
                Request::Kill => return Ok(Some(Over::Killed)),
            }
        }
        Ok(None)
    }

    /// Whether a process is to be held where it is.
    pub(super) fn breaks_at(&self, event: &tracee::Event, changed: Changed) -> Option<FrozenAt> {
        let breaks = self.breaks;
        let here = match event.what {
            What::Born { .. } => breaks.fork.then_some(FrozenAt::Birth),
            What::Executed { .. } => breaks.exec.then_some(FrozenAt::Exec),
            What::Exiting { .. } => breaks.exit.then_some(FrozenAt::Exit),
            What::Frozen => Some(self.freezes_at(event.process)),
            _ => None,
        };
        let change = changed == Changed::Yes && breaks.change;
        here.or(change.then_some(FrozenAt::Change))
    }

    /// Keeps a thread where it is, and tells of its process if it is the first.
    pub(super) fn hold(&mut self, stopped: Stopped, at: FrozenAt) {
        let pid = stopped.process();
        let is_first = !self.is_held(pid);
        self.held.insert(stopped.thread(), stopped);
        if let Some(process) = self.ledger.processes.id(pid).filter(|_| is_first) {
            self.ledger
                .tell(self.ledger.now(), Event::Frozen { process, at });
        }
    }

    /// Why a process is frozen that does not stand at an event.
    pub(super) fn freezes_at(&self, process: Pid) -> FrozenAt {
        let known = self.ledger.processes.of(process);
        known.map_or(FrozenAt::Request, |known| known.freezes_at)
    }

    pub(super) fn is_held(&self, process: Pid) -> bool {
        self.held
            .values()
            .any(|stopped| stopped.process() == process)
    }

    fn freeze(&mut self, id: ProcessId) {
        if let Some(pid) = self.ledger.processes.number(id) {
            if let Some(known) = self.ledger.processes.of_mut(pid) {
                known.freezes_at = FrozenAt::Request;
                known.freezing = true;
            }
            // It may have ended meanwhile: that is told.
            let _ = self.tracer.freeze(pid);
        }
    }

    fn go_on(&mut self, id: ProcessId) -> Result<(), tracee::Error> {
        let Some(pid) = self.ledger.processes.number(id) else {
            return Ok(());
        };
        if let Some(known) = self.ledger.processes.of_mut(pid) {
            known.freezing = false;
        }
        let _ = self.tracer.thaw(pid);
        let of_it = |_: &Pid, stopped: &mut Stopped| stopped.process() == pid;
        let held: Vec<_> = self
            .held
            .extract_if(of_it)
            .map(|(_, stopped)| stopped)
            .collect();
        // What stands for a visit just now is not held on after it, nor what has not come back from one.
        let again = self.held_again.extract_if(|_, of| *of == pid);
        let again: Vec<_> = again.map(|(thread, _)| thread).collect();
        for thread in &again {
            if !self.is_visited(*thread) {
                self.tracer.thaw_thread(*thread);
            }
        }
        if !held.is_empty() || !again.is_empty() {
            self.ledger
                .tell(self.ledger.now(), Event::Continued { process: id });
            self.expect_change_of(pid);
        }
        held.into_iter()
            .try_for_each(|stopped| self.tracer.resume(stopped))
    }

    fn signal(&mut self, id: ProcessId, signal: i32) {
        let signal = Signal::from_named_raw(signal);
        if let Some((pid, signal)) = self.ledger.processes.number(id).zip(signal) {
            // The number is its own as long as it has not been waited for, and only this thread does that.
            let _ = rustix::process::kill_process(pid, signal);
        }
    }
}
