//! Threads that were visited and have not come back in time. They have registers that are not their own until they do, and may
//! yet make a copy.
use super::Remains;
use super::attempt::make_none;
use super::lent::Lent;
use crate::inside::Inside;
use crate::status::Status as TaskStatus;
use crate::tracer::{News, Tracer};
use crate::trapped;
use kernel::{Errno, Status, TraceEvent, Traced, Waited};
use rustix::process::Pid;

/// A thread that has not come back.
#[derive(Debug)]
pub(crate) struct Unfinished {
    own: Lent,
    process: Pid,
    /// What its call has made after all.
    copy: Option<Inside>,
}

impl Unfinished {
    pub(super) const fn new(own: Lent, process: Pid) -> Self {
        Self {
            own,
            process,
            copy: None,
        }
    }
}

impl Tracer {
    /// Whether a thread has registers that are not its own, as a call that it was lent for has not come back. If the thread of the
    /// tracer ends now the kernel kills its process.
    pub fn owes_registers(&self) -> bool {
        !self.unfinished.is_empty()
    }

    /// Whether a thread is not traced any more. Where only one thread of a process is followed, and is its first, it vanishes without a
    /// word when another one executes a program. If its call was overdue, it is told that it is gone.
    pub fn has_vanished(&mut self, thread: Pid) -> bool {
        // Of one that cannot be read the kernel knows: to interrupt it, as has been done already, is for its tracer alone.
        let has_vanished = match TaskStatus::read(thread) {
            Ok(status) => !status.is_ours(),
            Err(_) => Traced::from(thread).interrupt() == Err(Errno::SRCH),
        };
        if has_vanished && let Some(unfinished) = self.unfinished.remove(&thread) {
            self.tell_gone(thread, unfinished);
        }
        has_vanished
    }

    /// A thread that was visited and did not come back in time has reported something: whether that is dealt with.
    pub(crate) fn finish(&mut self, waited: &Waited) -> bool {
        let Some(mut unfinished) = self.unfinished.remove(&waited.thread) else {
            return false;
        };
        match waited.status {
            Status::Event(TraceEvent::Trap) | Status::GroupStopped(_)
                if !unfinished.own.is_still_to_be_told() =>
            {
                // If it is dying there is nothing to give.
                let _ = unfinished.own.give_back();
                self.tell_back(waited.thread, unfinished.copy);
                false
            }
            Status::Event(TraceEvent::Exec | TraceEvent::Exit)
            | Status::Exited(_)
            | Status::Killed { .. } => {
                self.tell_gone(waited.thread, unfinished);
                false
            }
            status => {
                self.have_it_come_back(unfinished, status);
                true
            }
        }
    }

    fn tell_back(&mut self, thread: Pid, copy: Option<Inside>) {
        self.told.push_back(News::CameBack { thread, copy });
    }

    fn tell_gone(&mut self, thread: Pid, unfinished: Unfinished) {
        let Unfinished { process, copy, .. } = unfinished;
        let lost = || {
            let copy = self.find_lost(process)?;
            self.end_late(copy)
        };
        let copy = copy.or_else(lost);
        self.tell_back(thread, copy);
    }

    /// It has stopped on its way.
    fn have_it_come_back(&mut self, unfinished: Unfinished, status: Status) {
        let Unfinished {
            mut own,
            process,
            mut copy,
        } = unfinished;
        let thread = own.thread.thread();
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
                if let Some(made) = self.captives.hear_of_child(own.thread, event) {
                    self.copies.insert(made);
                    self.hand_over(made);
                    self.tasks.due = true;
                    copy = self.end_late(made);
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
        let unfinished = Unfinished { own, process, copy };
        self.unfinished.insert(thread, unfinished);
    }

    /// A visit has made a copy, and failed: it is told of when the thread is back.
    pub(super) fn keep_late(&mut self, thread: Pid, copy: Pid) {
        let copy = self.end_late(copy);
        match self.unfinished.get_mut(&thread) {
            Some(unfinished) => unfinished.copy = copy,
            None => self.tell_back(thread, copy),
        }
    }

    /// Nobody asks for this copy any more: it is killed. Where its number for its process is not known it is not given, as by
    /// another something else would be taken away.
    fn end_late(&self, copy: Pid) -> Option<Inside> {
        let captive = self.captives.of(copy)?;
        captive.kill();
        captive.number.set(Remains::of(copy)?.number());
        Some(Inside::new(captive, self.captives.clone()))
    }
}
