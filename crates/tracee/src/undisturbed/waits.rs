//! Since when threads wait that are made to stop.
use super::asleep::Asleep;
use super::beside::Beside;
use super::limit;
use crate::proc_file;
use rustix::process::Pid;
use std::collections::HashMap;
use std::time::Instant;

/// What is known of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    /// It is to stop. Of some it is not known when they went to sleep.
    Sleeps(Option<Asleep>),
    /// It stands, and had waited since then, as far as that is known.
    Since(Instant),
    /// The same, and it stops once more before it does anything.
    Still(Instant),
}

/// Those that wait in a call which may have a time limit, or have until they stopped.
#[derive(Debug, Default)]
pub(super) struct Waits(HashMap<Pid, Wait>);

impl Waits {
    /// The thread is going to be interrupted, while what is given lasts.
    pub(super) fn foresee(&mut self, thread: Pid) -> Option<Beside> {
        match self.0.get(&thread).copied() {
            Some(Wait::Since(began)) => {
                self.0.insert(thread, Wait::Still(began));
                None
            }
            None if may_have_a_limit(thread) => {
                let beside = Beside::of(thread);
                self.0.insert(thread, Wait::Sleeps(Asleep::read(thread)));
                beside
            }
            Some(Wait::Still(_) | Wait::Sleeps(_)) | None => None,
        }
    }

    /// The thread has stopped.
    pub(super) fn see(&mut self, thread: Pid) {
        if self.0.is_empty() {
            return;
        }
        match self.0.remove(&thread) {
            Some(Wait::Sleeps(before)) => {
                let now = Instant::now();
                let slept = || before?.until(Asleep::read(thread)?);
                let began = now.checked_sub(slept().unwrap_or_default());
                self.0.insert(thread, Wait::Since(began.unwrap_or(now)));
            }
            Some(Wait::Still(began)) => {
                self.0.insert(thread, Wait::Since(began));
            }
            // It has gone on since.
            Some(Wait::Since(_)) | None => {}
        }
    }

    /// Since when the thread, which stands, had waited, if that is known. It is so no more.
    pub(super) fn take(&mut self, thread: Pid) -> Option<Instant> {
        match self.0.remove(&thread)? {
            Wait::Since(began) | Wait::Still(began) => Some(began),
            Wait::Sleeps(_) => None,
        }
    }

    /// The thread goes on. Nothing of it is known any more unless it stops before it does anything.
    pub(super) fn go_on(&mut self, thread: Pid) {
        if matches!(self.0.get(&thread), Some(Wait::Since(_))) {
            self.0.remove(&thread);
        }
    }

    /// The thread is no more.
    pub(super) fn forget(&mut self, thread: Pid) {
        if !self.0.is_empty() {
            self.0.remove(&thread);
        }
    }
}

/// Whether a thread waits in such a call (/proc/TID/syscall).
fn may_have_a_limit(thread: Pid) -> bool {
    let text = proc_file::read(&format!("/proc/{}/syscall", thread.as_raw_pid()));
    let number = text.ok().and_then(|text| {
        let text = String::from_utf8(text).ok()?;
        text.split_whitespace().next()?.parse().ok()
    });
    number.is_some_and(limit::may_have)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(wait: Wait) -> (Waits, Pid) {
        let thread = rustix::thread::gettid();
        (Waits(HashMap::from([(thread, wait)])), thread)
    }

    #[test]
    fn since_when_one_has_waited_is_known_while_it_stands() {
        let (mut waits, thread) = waiting(Wait::Sleeps(None));
        let before = Instant::now();
        waits.see(thread);
        assert!(waits.take(thread) >= Some(before));
        assert_eq!(waits.take(thread), None);
    }

    #[test]
    fn what_went_on_is_not_what_stops_next() {
        let began = Instant::now();
        let (mut waits, thread) = waiting(Wait::Since(began));
        waits.go_on(thread);
        assert_eq!(waits.take(thread), None);
        let (mut waits, thread) = waiting(Wait::Since(began));
        waits.see(thread);
        assert_eq!(waits.take(thread), None);
    }

    #[test]
    fn what_stops_again_before_it_does_anything_has_waited_as_long() {
        let began = Instant::now();
        let (mut waits, thread) = waiting(Wait::Since(began));
        assert!(waits.foresee(thread).is_none());
        waits.go_on(thread);
        waits.see(thread);
        assert_eq!(waits.take(thread), Some(began));
    }
}
