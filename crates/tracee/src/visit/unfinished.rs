//! Threads that were visited and have not come back in time. They have registers that are not their own until they do.
use super::attempt::make_none;
use super::lent::Lent;
use crate::tracer::Tracer;
use crate::trapped;
use kernel::{Status, TraceEvent, Waited};

impl Tracer {
    /// Whether a thread has registers that are not its own, as a call that it was lent for has not come back. If the thread of the
    /// tracer ends now the kernel kills its process.
    pub fn owes_registers(&self) -> bool {
        !self.unfinished.is_empty()
    }

    /// A thread that was visited and did not come back in time has reported something: whether that is dealt with.
    pub(crate) fn finish(&mut self, waited: &Waited) -> bool {
        let Some(mut own) = self.unfinished.remove(&waited.thread) else {
            return false;
        };
        match waited.status {
            Status::Event(TraceEvent::Trap) | Status::GroupStopped(_)
                if !own.is_still_to_be_told() =>
            {
                // If it is dying there is nothing to give.
                let _ = own.give_back();
                false
            }
            Status::Event(TraceEvent::Exec | TraceEvent::Exit)
            | Status::Exited(_)
            | Status::Killed { .. } => false,
            status => {
                self.have_it_come_back(own, status);
                true
            }
        }
    }

    /// It has stopped on its way.
    fn have_it_come_back(&mut self, mut own: Lent, status: Status) {
        let signal = match status {
            // Nobody asks for its call any more.
            Status::Syscall if own.thread.is_entering() => {
                make_none(own.thread);
                0
            }
            Status::Syscall => {
                own.come_back();
                0
            }
            Status::Event(event @ (TraceEvent::Fork | TraceEvent::Vfork | TraceEvent::Clone)) => {
                // Nobody asks for this copy any more.
                if let Some(copy) = self.captives.hear_of_child(own.thread, event) {
                    self.copies.insert(copy);
                    self.hand_over(copy);
                    self.tasks.due = true;
                }
                0
            }
            Status::Signal(_)
                if trapped::has_come(own.thread) || trapped::is_a_fault(own.thread) =>
            {
                0
            }
            Status::Signal(signal) => own.put_off(signal),
            _ => 0,
        };
        own.go_on(signal);
        self.unfinished.insert(own.thread.thread(), own);
    }
}
