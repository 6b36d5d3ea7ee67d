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
mod beside;
mod limit;
mod repeatable;
mod waits;
mod watch;

use crate::status::{Signals, Status};
use beside::Beside;
use kernel::{Errno, FailedCall, Registers, SyscallStop, Traced};
use limit::Limit;
use repeatable::{Repeatable, only_waits_to_read, only_waits_to_send, repeatable};
use rustix::process::Pid;
use std::collections::{BTreeMap, HashMap};
use std::time::Instant;
use waits::Waits;
use watch::{At, Next, Stage, Watch};

/// SIGCHLD, SIGCONT, SIGURG and SIGWINCH: ignored by whoever says nothing of them.
const IGNORED_BY_DEFAULT: [i32; 4] = [17, 18, 23, 28];

/// A call that is made again.
#[derive(Clone, Copy, Debug)]
struct Again {
    instruction: u64,
    number: u64,
    /// If it has a time limit.
    watch: Option<Watch>,
}

/// What is hidden from threads at the moment.
#[derive(Debug, Default)]
pub(crate) struct Hidden {
    calls: HashMap<Pid, Again>,
    /// Of those that are watched, when their time is over, until it is.
    ends: BTreeMap<(Instant, i32), Pid>,
    waits: Waits,
}

impl Hidden {
    /// The thread is going to be interrupted, while what is given lasts.
    pub(crate) fn foresee(&mut self, thread: Pid) -> Option<Beside> {
        match self.is_watched(thread) {
            true => None,
            false => self.waits.foresee(thread),
        }
    }

    /// The thread has stopped.
    pub(crate) fn see(&mut self, thread: Pid) {
        self.waits.see(thread);
    }

    /// The thread goes on, whatever was hidden from it.
    pub(crate) fn go_on(&mut self, thread: Pid) {
        self.waits.go_on(thread);
    }

    /// The thread has been stopped on our account alone, and is about to go on.
    pub(crate) fn hide(&mut self, thread: Traced) {
        self.hide_unless(thread, |_| false);
    }

    /// The thread is about to be given a signal: if it ignores that, it is not to notice; if it has a handler, that is to
    /// interrupt what it interrupts, even if this came in the middle of hiding something.
    pub(crate) fn hide_signal(&mut self, thread: Traced, signal: i32) {
        let noticed = |signals: Signals| {
            let ignored = signals.ignored.has(signal) || IGNORED_BY_DEFAULT.contains(&signal);
            signals.caught.has(signal) || !ignored
        };
        let Some(shown) = self.as_if_shown(thread) else {
            self.hide_unless(thread, noticed);
            return;
        };
        if signals(thread).is_some_and(noticed) {
            self.forget(thread.thread());
            // If it has been killed there is nothing to show.
            let _ = thread.set_registers(&shown);
        }
    }

    /// The thread is let go of, which may be where a call of it ends. If the time of its call is over, that has looked for what it
    /// waits for since ([`Hidden::has_to_look`]).
    pub(crate) fn leave(&mut self, thread: Traced) {
        if matches!(thread.syscall_stop(), Ok(SyscallStop::Exit { .. })) {
            self.hide(thread);
        }
        if let Some(watch) = self.watch(thread.thread()).filter(Watch::is_over)
            && let Some(shown) = self.as_if_shown(thread)
        {
            come_back(thread, &shown, watch);
        }
        self.forget(thread.thread());
    }

    /// Whether a thread is about to make a call whose time is over: what it waits for may have come while it stood.
    pub(crate) fn has_to_look(&self, thread: Pid) -> bool {
        let watch = self.watch(thread);
        watch.is_some_and(|watch| watch.stage == Stage::Before && watch.is_over())
    }

    /// The thread is no more, has executed a program, or has nothing to be hidden from.
    pub(crate) fn forget(&mut self, thread: Pid) {
        if let Some(Again { watch, .. }) = self.calls.remove(&thread)
            && let Some(watch) = watch
        {
            self.ends.remove(&(watch.end, thread.as_raw_pid()));
        }
        self.waits.forget(thread);
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
            let watch = self.watch(thread);
            if watch.is_some_and(|watch| watch.stage == Stage::Within) {
                let _ = Traced::from(thread).interrupt();
            }
        }
    }

    /// The thread stands where a call begins or ends.
    pub(crate) fn at_call(&mut self, thread: Traced) {
        let Some(watch) = self.watch(thread.thread()) else {
            return;
        };
        let next = match place(thread) {
            Some(at) => watch.next(at, watch.is_over()),
            None => Next::Forget,
        };
        match next {
            // If it is dying it neither stops nor comes back.
            Next::Look | Next::StopAgain => drop(thread.interrupt()),
            Next::ComeBack => {
                if let Ok(registers) = thread.registers() {
                    come_back(thread, &registers, watch);
                }
            }
            Next::Wait | Next::Forget => {}
        }
        match next.stage() {
            Some(stage) => self.be_at(thread.thread(), stage),
            None => self.forget(thread.thread()),
        }
    }

    fn be_at(&mut self, thread: Pid, stage: Stage) {
        let again = self.calls.get_mut(&thread);
        if let Some(watch) = again.and_then(|again| again.watch.as_mut()) {
            watch.stage = stage;
        }
    }

    fn watch(&self, thread: Pid) -> Option<Watch> {
        self.calls.get(&thread)?.watch
    }

    fn hide_unless(&mut self, thread: Traced, noticed: impl Fn(Signals) -> bool) {
        let began = self.waits.take(thread.thread());
        let Some(interrupted) = Interrupted::find(thread) else {
            if self.as_if_shown(thread).is_none() {
                self.forget(thread.thread());
            }
            return;
        };
        let Some(signals) = signals(thread) else {
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
        let last = self.calls.get(&thread.thread()).copied();
        let Some(instruction) = registers.call_again() else {
            return self.forget(thread.thread());
        };
        let again = match last.filter(|last| last.is_at(instruction, call.number)) {
            Some(last) => last.once_more(),
            None => Again {
                instruction,
                number: call.number,
                watch: begin_watching(thread.thread(), architecture, call, began),
            },
        };
        self.forget(thread.thread());
        // If it has been killed there is nothing to hide.
        if thread.set_registers(&registers).is_ok() {
            self.keep(thread.thread(), again);
        }
    }

    fn keep(&mut self, thread: Pid, again: Again) {
        self.calls.insert(thread, again);
        if let Some(watch) = again.watch {
            self.ends.insert((watch.end, thread.as_raw_pid()), thread);
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

impl Again {
    fn is_at(&self, instruction: u64, number: u64) -> bool {
        self.watch.is_some() && (self.instruction, self.number) == (instruction, number)
    }

    /// The same call, which was interrupted again: what is left of its time has become less.
    fn once_more(mut self) -> Self {
        if let Some(watch) = &mut self.watch {
            watch.stage = Stage::Before;
        }
        self
    }
}

/// How a call that has been interrupted is watched, if it has a limit. It has waited since `began` if that is known; else it has
/// its whole time.
fn begin_watching(
    thread: Pid,
    architecture: u32,
    call: FailedCall,
    began: Option<Instant>,
) -> Option<Watch> {
    let Limit { length, error } = Limit::of(thread, architecture, call)?;
    Some(Watch {
        stage: Stage::Before,
        end: began.unwrap_or_else(Instant::now).checked_add(length)?,
        error,
    })
}

/// What is to become of signals sent to a thread.
fn signals(thread: Traced) -> Option<Signals> {
    Status::read(thread.thread()).ok()?.signals()
}

/// Where a thread stands in a call.
fn place(thread: Traced) -> Option<At> {
    match thread.syscall_stop().ok()? {
        SyscallStop::Entry { .. } => Some(At::Beginning),
        SyscallStop::Exit { failed, .. } => Some(At::End {
            interrupted: failed == Some(Errno::INTR),
        }),
        SyscallStop::Elsewhere { .. } => None,
    }
}

/// Has a thread with these registers come back from its call as if by itself.
fn come_back(thread: Traced, registers: &Registers, watch: Watch) {
    if let Some(over) = registers.with_result(watch.result()) {
        // If it has been killed it does not come back.
        let _ = thread.set_registers(&over);
    }
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
    fn what_is_forgotten_has_no_end() {
        let mut hidden = Hidden::default();
        let thread = rustix::thread::gettid();
        let end = Instant::now() + Duration::from_mins(1);
        let (stage, error) = (Stage::Before, None);
        let again = Again {
            instruction: 0,
            number: 0,
            watch: Some(Watch { stage, end, error }),
        };
        hidden.keep(thread, again);
        assert_eq!(hidden.next_end(), Some(end));
        assert!(hidden.is_watched(thread) && !hidden.has_to_look(thread));
        hidden.forget(thread);
        assert_eq!(hidden.next_end(), None);
        assert!(!hidden.is_watched(thread));
    }
}
