//! Hiding from a thread that it was stopped.
//!
//! Most calls that wait are started again by the kernel, with the time that is left. A few come back with `EINTR` whatever
//! interrupts them, even a stop on our account, or a signal that the thread ignores and that, untraced, it would never have
//! noticed. Those of them that have had no effect by then are made again.
//!
//! One that has a time limit is made again with all of its time, as that lies in a register or in memory, which are the thread's.
//! So it is watched until it comes back; and when the time is over that was left, it is interrupted once more, and comes back with
//! what it would have come back with then. Until that the thread has nothing that is not its own.
mod asleep;
mod limit;
mod repeatable;

use crate::proc_file;
use crate::status::{Signals, Status};
use asleep::Asleep;
use kernel::{Errno, FailedCall, Registers, SyscallStop, Traced};
use limit::Limit;
use repeatable::{Repeatable, only_waits_to_read, only_waits_to_send, repeatable};
use rustix::process::Pid;
use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

/// SIGCHLD, SIGCONT, SIGURG and SIGWINCH: ignored by whoever says nothing of them.
const IGNORED_BY_DEFAULT: [i32; 4] = [17, 18, 23, 28];

/// A call that is made again.
#[derive(Clone, Copy, Debug)]
struct Again {
    instruction: u64,
    number: u64,
    watch: Option<Watch>,
}

/// A call with a time limit.
#[derive(Clone, Copy, Debug)]
struct Watch {
    stage: Stage,
    /// When its time is over.
    end: Instant,
    /// What it comes back with then.
    error: Option<Errno>,
}

/// Where a thread is in such a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It is about to make it.
    Before,
    Within,
    /// It has been interrupted in it.
    Interrupted,
}

/// What is hidden from threads at the moment.
#[derive(Debug, Default)]
pub(crate) struct Hidden {
    calls: HashMap<Pid, Again>,
    /// Of those that are watched, when their time is over, until it is.
    ends: BTreeMap<(Instant, i32), Pid>,
    /// Threads that are to stop in a call which may have a limit. Of some it is not known when they went to sleep.
    asleep: HashMap<Pid, Option<Asleep>>,
    /// Threads that have stopped in such a call, and since when they had waited in it, as far as that is known.
    began: HashMap<Pid, Instant>,
}

impl Hidden {
    /// The thread is going to be interrupted.
    pub(crate) fn foresee(&mut self, thread: Pid) {
        if self.is_watched(thread) || !may_have_a_limit(thread) {
            return;
        }
        self.asleep.insert(thread, Asleep::read(thread));
    }

    /// The thread has stopped.
    pub(crate) fn see(&mut self, thread: Pid) {
        if self.asleep.is_empty() && self.began.is_empty() {
            return;
        }
        // What it stopped in before it has come back from.
        self.began.remove(&thread);
        let Some(before) = self.asleep.remove(&thread) else {
            return;
        };
        let now = Instant::now();
        let slept = || before?.until(Asleep::read(thread)?);
        let began = now.checked_sub(slept().unwrap_or_default());
        self.began.insert(thread, began.unwrap_or(now));
    }

    /// The thread has been stopped on our account alone, and is about to go on.
    pub(crate) fn hide(&mut self, thread: Traced) {
        self.unless(thread, |_| false);
    }

    /// The thread is about to be given a signal: if it ignores that, it is not to notice; if it has a handler, that is to
    /// interrupt what it interrupts, even if this came in the middle of hiding something.
    pub(crate) fn hide_signal(&mut self, thread: Traced, signal: i32) {
        let noticed = |signals: Signals| {
            let ignored = signals.ignored.has(signal) || IGNORED_BY_DEFAULT.contains(&signal);
            signals.caught.has(signal) || !ignored
        };
        let Some(shown) = self.as_if_shown(thread) else {
            self.unless(thread, noticed);
            return;
        };
        let signals = Status::read(thread.thread()).ok();
        let signals = signals.and_then(|status| status.signals());
        if signals.is_some_and(noticed) {
            self.forget(thread.thread());
            // If it has been killed there is nothing to show.
            let _ = thread.set_registers(&shown);
        }
    }

    /// The thread is let go of, which may be where its call ends.
    pub(crate) fn leave(&mut self, thread: Traced) {
        let Some(Watch { stage, .. }) = self.watch(thread.thread()) else {
            return self.forget(thread.thread());
        };
        if stage == Stage::Interrupted {
            self.hide(thread);
        }
        if let Some(watch) = self.watch(thread.thread())
            && watch.end <= Instant::now()
            && let Some(shown) = self.as_if_shown(thread)
            && let Some(over) = shown.with_result(watch.result())
        {
            // As above.
            let _ = thread.set_registers(&over);
        }
        self.forget(thread.thread());
    }

    /// The thread is no more, has executed a program, or has nothing to be hidden from.
    pub(crate) fn forget(&mut self, thread: Pid) {
        if let Some(Again { watch, .. }) = self.calls.remove(&thread)
            && let Some(watch) = watch
        {
            self.ends.remove(&(watch.end, thread.as_raw_pid()));
        }
        if !self.asleep.is_empty() {
            self.asleep.remove(&thread);
        }
        if !self.began.is_empty() {
            self.began.remove(&thread);
        }
    }

    /// Whether the beginnings and ends of its calls are to be told to [`Hidden::at_call`].
    pub(crate) fn is_watched(&self, thread: Pid) -> bool {
        self.watch(thread).is_some()
    }

    /// When [`Hidden::end`] is to be called.
    pub(crate) fn next_end(&self) -> Option<Instant> {
        self.ends.keys().next().map(|(end, _)| *end)
    }

    /// Interrupts those whose time is over.
    pub(crate) fn end(&mut self) {
        let now = Instant::now();
        while let Some(next) = self.ends.first_entry()
            && next.key().0 <= now
        {
            let thread = next.remove();
            // One that is about to make its call is interrupted in that.
            if self
                .watch(thread)
                .is_some_and(|watch| watch.stage == Stage::Within)
            {
                let _ = Traced::from(thread).interrupt();
            }
        }
    }

    /// The thread stands where a call begins or ends.
    pub(crate) fn at_call(&mut self, thread: Traced) {
        let Some(watch) = self.watch(thread.thread()) else {
            return;
        };
        let is_over = watch.end <= Instant::now();
        let stage = match (watch.stage, thread.syscall_stop()) {
            (Stage::Before, Ok(SyscallStop::Entry { .. })) => {
                if is_over {
                    // It looks at once for what it waits for before it comes back.
                    let _ = thread.interrupt();
                }
                Some(Stage::Within)
            }
            (Stage::Within, Ok(SyscallStop::Exit { failed, .. }))
                if failed == Some(Errno::INTR) =>
            {
                match is_over {
                    true => come_back(thread, watch),
                    // It has to stop once more before it sees that, even if nothing has come.
                    false => drop(thread.interrupt()),
                }
                (!is_over).then_some(Stage::Interrupted)
            }
            _ => None,
        };
        let again = self.calls.get_mut(&thread.thread());
        match (stage, again.and_then(|again| again.watch.as_mut())) {
            (Some(stage), Some(watch)) => watch.stage = stage,
            _ => self.forget(thread.thread()),
        }
    }

    fn watch(&self, thread: Pid) -> Option<Watch> {
        self.calls.get(&thread)?.watch
    }

    fn unless(&mut self, thread: Traced, noticed: impl Fn(Signals) -> bool) {
        let began = self.began.remove(&thread.thread());
        let Some(interrupted) = Interrupted::find(thread) else {
            if self.as_if_shown(thread).is_none() {
                self.forget(thread.thread());
            }
            return;
        };
        let Some(signals) = Status::read(thread.thread())
            .ok()
            .and_then(|status| status.signals())
        else {
            return;
        };
        // A signal that is still to come and has a handler is what the call comes back for.
        let handled = signals.coming.bits() & signals.caught.bits() != 0;
        match handled || noticed(signals) {
            true => self.forget(thread.thread()),
            false => self.make_again(thread, interrupted, began),
        }
    }

    fn make_again(&mut self, thread: Traced, interrupted: Interrupted, began: Option<Instant>) {
        let Interrupted {
            call,
            mut registers,
            architecture,
        } = interrupted;
        let last = self.watch(thread.thread());
        let watch = match last.filter(|last| last.stage == Stage::Interrupted) {
            Some(last) => Some(Watch {
                stage: Stage::Before,
                ..last
            }),
            None => Watch::of(thread.thread(), architecture, call, began),
        };
        self.forget(thread.thread());
        if let Some(instruction) = registers.call_again()
            // If it has been killed there is nothing to hide.
            && thread.set_registers(&registers).is_ok()
        {
            let again = Again {
                instruction,
                number: call.number,
                watch,
            };
            self.calls.insert(thread.thread(), again);
            let key = |watch: Watch| (watch.end, thread.thread().as_raw_pid());
            let end = watch.map(|watch| (key(watch), thread.thread()));
            self.ends.extend(end);
        }
    }

    /// The registers of a thread that is about to make a call again as they would be without that: it has come back interrupted.
    /// `None` of any other thread.
    fn as_if_shown(&self, thread: Traced) -> Option<Registers> {
        let again = self.calls.get(&thread.thread())?;
        let mut registers = thread.registers().ok()?;
        let errno = Errno::INTR.raw_os_error();
        registers.call_came_back(again.instruction, again.number, errno)?;
        Some(registers)
    }
}

impl Watch {
    /// Of a call that has been interrupted, and that has waited since `began` if that is known; else it has its whole time.
    fn of(
        thread: Pid,
        architecture: u32,
        call: FailedCall,
        began: Option<Instant>,
    ) -> Option<Self> {
        let Limit { length, error } = Limit::of(thread, architecture, call)?;
        Some(Self {
            stage: Stage::Before,
            end: began.unwrap_or_else(Instant::now).checked_add(length)?,
            error,
        })
    }

    /// What it comes back with when its time is over.
    fn result(self) -> i64 {
        let errno = self.error.map_or(0, Errno::raw_os_error);
        i64::from(errno).wrapping_neg()
    }
}

/// Has a thread that stands where its call ends come back from it as if by itself.
fn come_back(thread: Traced, watch: Watch) {
    let registers = thread.registers().ok();
    if let Some(over) = registers.and_then(|now| now.with_result(watch.result())) {
        // If it has been killed it does not come back.
        let _ = thread.set_registers(&over);
    }
}

/// Whether a thread waits in a call that may have a time limit (/proc/TID/syscall).
fn may_have_a_limit(thread: Pid) -> bool {
    let text = proc_file::read(&format!("/proc/{}/syscall", thread.as_raw_pid()));
    let number = text.ok().and_then(|text| {
        let text = String::from_utf8(text).ok()?;
        text.split_whitespace().next()?.parse().ok()
    });
    number.is_some_and(limit::may_have)
}

/// A call with which a thread has come back interrupted, and which can be made again without a difference.
struct Interrupted {
    call: FailedCall,
    registers: Registers,
    architecture: u32,
}

impl Interrupted {
    fn find(thread: Traced) -> Option<Self> {
        let registers = thread.registers().ok()?;
        let call = registers.failed_call()?;
        if call.errno != Errno::INTR.raw_os_error() {
            return None;
        }
        let architecture = match thread.syscall_stop().ok()? {
            SyscallStop::Elsewhere { architecture } | SyscallStop::Exit { architecture, .. } => {
                architecture
            }
            SyscallStop::Entry { .. } => return None,
        };
        let [descriptor, ..] = call.arguments;
        let again = match repeatable(architecture, call)? {
            Repeatable::Always => true,
            Repeatable::IfRead => only_waits_to_read(thread.thread(), descriptor),
            Repeatable::IfSent => only_waits_to_send(thread.thread(), descriptor),
        };
        again.then_some(Self {
            call,
            registers,
            architecture,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn since_when_a_call_has_waited_is_known_up_to_the_next_stop() {
        let thread = rustix::thread::gettid();
        let mut hidden = Hidden::default();
        hidden.asleep.insert(thread, None);
        let before = Instant::now();
        hidden.see(thread);
        let began = hidden.began.get(&thread).copied();
        assert!(began.is_some_and(|began| began >= before));
        hidden.see(thread);
        assert!(hidden.began.is_empty());
    }

    #[test]
    fn what_is_forgotten_has_no_end() {
        let mut hidden = Hidden::default();
        let thread = rustix::thread::gettid();
        let end = Instant::now() + Duration::from_mins(1);
        let watch = Watch {
            stage: Stage::Before,
            end,
            error: None,
        };
        let again = Again {
            instruction: 0,
            number: 0,
            watch: Some(watch),
        };
        hidden.calls.insert(thread, again);
        hidden.ends.insert((end, thread.as_raw_pid()), thread);
        assert_eq!(hidden.next_end(), Some(end));
        assert!(hidden.is_watched(thread));
        hidden.forget(thread);
        assert_eq!(hidden.next_end(), None);
        assert!(!hidden.is_watched(thread));
    }
}
