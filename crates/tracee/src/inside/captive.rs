//! Threads that are ours alone: copies of processes that were made on our account, in which calls are made. What the kernel
//! reports of them waits for whoever makes the calls.
use super::memory::Door;
use crate::event::Ending;
use crate::machine::Kind;
use crate::trapped::SIGSYS;
use kernel::{Registers, SignalSet, Status, TraceEvent, Traced, Waited};
use rustix::process::{Pid, Signal};
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::time::Instant;

/// One of them.
#[derive(Debug)]
pub(crate) struct Captive {
    pub(crate) thread: Traced,
    /// Its number in its own pid namespace, as its creator was told; 0 while that is not known.
    pub(crate) number: Cell<u64>,
    /// Stops that nobody has seen yet.
    stops: RefCell<VecDeque<Status>>,
    pub(crate) ended: Cell<Option<Ending>>,
    /// The kernel kills it when its tracer ends.
    is_bound: Cell<bool>,
    /// When whoever waits for its next stop loses patience.
    pub(crate) deadline: Cell<Option<Instant>>,
    /// What the registers were before any call.
    pub(crate) before: RefCell<Option<Registers>>,
    pub(crate) door: Cell<Option<Door>>,
    /// A place in its memory that is ours, and how long it is.
    pub(crate) scratch: Cell<Option<(u64, usize)>>,
}

/// All of them, by number; clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Captives(Rc<RefCell<HashMap<Pid, Rc<Captive>>>>);

impl Captives {
    /// A thread is ours from now on.
    pub(crate) fn add(&self, thread: Pid) -> Rc<Captive> {
        let captive = Rc::new(Captive {
            thread: thread.into(),
            number: Cell::new(0),
            stops: RefCell::default(),
            ended: Cell::new(None),
            is_bound: Cell::new(false),
            deadline: Cell::new(None),
            before: RefCell::default(),
            door: Cell::new(None),
            scratch: Cell::new(None),
        });
        self.0.borrow_mut().insert(thread, captive.clone());
        captive
    }

    pub(crate) fn of(&self, thread: Pid) -> Option<Rc<Captive>> {
        self.0.borrow().get(&thread).cloned()
    }

    pub(crate) fn has(&self, thread: Pid) -> bool {
        self.0.borrow().contains_key(&thread)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    pub(crate) fn remove(&self, thread: Pid) {
        self.0.borrow_mut().remove(&thread);
    }

    /// Takes in a report of one of them. Gives the number of another that it has made, which is ours too.
    pub(crate) fn hear(&self, waited: &Waited) -> Option<Pid> {
        let captive = self.of(waited.thread)?;
        if captive.hear(waited.status) {
            self.remove(waited.thread);
        }
        let Status::Event(event @ (TraceEvent::Fork | TraceEvent::Vfork | TraceEvent::Clone)) =
            waited.status
        else {
            return None;
        };
        self.hear_of_child(captive.thread, event)
    }

    /// A thread stands at the event of having made another, which is ours.
    pub(crate) fn hear_of_child(&self, creator: Traced, event: TraceEvent) -> Option<Pid> {
        let new = creator.new_thread(event)?;
        self.add(new);
        Some(new)
    }

    /// The next time at which somebody loses patience.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let all = self.0.borrow();
        all.values()
            .filter_map(|captive| captive.deadline.get())
            .min()
    }

    /// Somebody makes no calls in it any more. If nobody does, it is killed: it would stand there forever.
    pub(crate) fn let_go(&self, captive: &Rc<Captive>) {
        // This one, and ours. One that is followed like any other process is not ours.
        let is_last = Rc::strong_count(captive) <= 2;
        if is_last && self.has(captive.thread.thread()) {
            captive.kill();
        }
    }

    /// Kills those that nobody makes calls in any more: they would stand there forever.
    pub(crate) fn kill_abandoned(&self) {
        for captive in self.0.borrow().values() {
            if Rc::strong_count(captive) == 1 {
                captive.kill();
            }
        }
    }
}

impl Captive {
    /// Takes in a report; whether it was the last.
    fn hear(&self, status: Status) -> bool {
        match status {
            Status::Exited(code) => self.ended.set(Some(Ending::Exited(code))),
            Status::Killed { signal, core } => {
                self.ended.set(Some(Ending::Killed { signal, core }));
            }
            // If it has been killed out of this its end is reported too.
            Status::Event(TraceEvent::Exit) => {
                let _ = self.thread.resume(0);
            }
            stop => self.stand(stop),
        }
        self.ended.get().is_some()
    }

    /// Takes in what was reported of it before it was known to be ours: a stop, or its end.
    pub(crate) fn hear_report(&self, kind: &Kind) {
        match kind {
            Kind::Ended { ending, .. } => self.ended.set(Some(*ending)),
            Kind::Exiting { .. } => {
                let _ = self.thread.resume(0);
            }
            _ => self.stand(Status::Event(TraceEvent::Trap)),
        }
    }

    /// It stands. At the first time that is told to the kernel which could not be told before: that it is to die with its
    /// tracer, as what it was made by is not to; and that it is told of what filters make signals of.
    fn stand(&self, stop: Status) {
        if !self.is_bound.replace(true) {
            let _ = self.thread.set_options(super::OPTIONS);
            let quiet = SignalSet::ALL.without(SIGSYS);
            let _ = self.thread.set_mask(quiet);
        }
        self.stops.borrow_mut().push_back(stop);
    }

    pub(crate) fn next_stop(&self) -> Option<Status> {
        self.stops.borrow_mut().pop_front()
    }

    pub(crate) fn kill(&self) {
        // As it has not been waited for, its number is still its own.
        if self.ended.get().is_none() {
            let _ = rustix::process::kill_process(self.thread.thread(), Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No process has this number, and so nothing is done to one.
    fn nobody(number: i32) -> Pid {
        Pid::from_raw(i32::MAX - number).unwrap()
    }

    fn heard(captives: &Captives, thread: Pid, status: Status) -> Option<Pid> {
        captives.hear(&Waited {
            thread,
            status,
            usage: kernel::Usage::default(),
        })
    }

    #[test]
    fn stops_are_kept_in_their_order_and_an_end_is_the_last() {
        let captives = Captives::default();
        let captive = captives.add(nobody(0));
        for status in [Status::Event(TraceEvent::Trap), Status::Syscall] {
            assert_eq!(heard(&captives, nobody(0), status), None);
        }
        // One that ends is not held for it.
        heard(&captives, nobody(0), Status::Event(TraceEvent::Exit));
        assert!(captives.has(nobody(0)));
        heard(&captives, nobody(0), Status::Exited(3));
        assert!(!captives.has(nobody(0)) && captives.is_empty());
        assert_eq!(captive.next_stop(), Some(Status::Event(TraceEvent::Trap)));
        assert_eq!(captive.next_stop(), Some(Status::Syscall));
        assert_eq!(captive.next_stop(), None);
        assert_eq!(captive.ended.get(), Some(Ending::Exited(3)));
    }

    #[test]
    fn who_loses_patience_first_is_waited_for_the_shortest() {
        let captives = Captives::default();
        assert_eq!(captives.deadline(), None);
        let (one, other) = (captives.add(nobody(1)), captives.add(nobody(2)));
        let now = Instant::now();
        let later = now + std::time::Duration::from_secs(1);
        one.deadline.set(Some(later));
        assert_eq!(captives.deadline(), Some(later));
        other.deadline.set(Some(now));
        assert_eq!(captives.deadline(), Some(now));
    }

    #[test]
    fn what_was_heard_before_it_was_ours_counts() {
        let captives = Captives::default();
        let captive = captives.add(nobody(3));
        captive.hear_report(&Kind::Trapped);
        assert_eq!(captive.next_stop(), Some(Status::Event(TraceEvent::Trap)));
        let ending = Ending::Exited(0);
        let usage = kernel::Usage::default();
        captive.hear_report(&Kind::Ended { ending, usage });
        assert_eq!(captive.ended.get(), Some(ending));
    }
}
