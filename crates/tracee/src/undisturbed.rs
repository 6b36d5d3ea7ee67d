//! Hiding from a thread that it was stopped.
//!
//! Most calls that wait are started again by the kernel, with the time that is left. A few come back with `EINTR` whatever
//! interrupts them, even a stop on our account, or a signal that the thread ignores and that, untraced, it would never have
//! noticed. Those of them that have had no effect by then are made again.
use crate::status::{Signals, Status};
use kernel::{AUDIT_I386, AUDIT_X86_64, Errno, FailedCall, Layout, Registers, SyscallStop, Traced};
use rustix::process::Pid;
use std::collections::HashMap;

/// SIGCHLD, SIGCONT, SIGURG and SIGWINCH: ignored by whoever says nothing of them.
const IGNORED_BY_DEFAULT: [i32; 4] = [17, 18, 23, 28];

/// A call that is going to be made again.
#[derive(Clone, Copy, Debug)]
struct Again {
    instruction: u64,
    number: u64,
}

/// What is hidden from threads at the moment.
#[derive(Debug, Default)]
pub(crate) struct Hidden(HashMap<Pid, Again>);

impl Hidden {
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
        if let Some(again) = self.0.get(&thread.thread()).copied() {
            let signals = Status::read(thread.thread())
                .ok()
                .and_then(|status| status.signals());
            if signals.is_some_and(noticed) {
                self.0.remove(&thread.thread());
                show(thread, again);
            }
            return;
        }
        self.unless(thread, noticed);
    }

    /// The thread is no more, or has executed a program.
    pub(crate) fn forget(&mut self, thread: Pid) {
        if !self.0.is_empty() {
            self.0.remove(&thread);
        }
    }

    fn unless(&mut self, thread: Traced, noticed: impl Fn(Signals) -> bool) {
        let Some((call, registers)) = interrupted(thread) else {
            self.forget(thread.thread());
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
        if !handled && !noticed(signals) {
            self.make_again(thread, call, registers);
        }
    }

    fn make_again(&mut self, thread: Traced, call: FailedCall, mut registers: Registers) {
        if let Some(instruction) = registers.call_again()
            // If it has been killed there is nothing to hide.
            && thread.set_registers(&registers).is_ok()
        {
            let number = call.number;
            self.0.insert(
                thread.thread(),
                Again {
                    instruction,
                    number,
                },
            );
        }
    }
}

/// Has the call come back interrupted after all, unless the thread has gone on since.
fn show(thread: Traced, again: Again) {
    let Ok(mut registers) = thread.registers() else {
        return;
    };
    if registers
        .call_came_back(again.instruction, again.number, Errno::INTR.raw_os_error())
        .is_some()
    {
        // If it has been killed there is nothing to show.
        let _ = thread.set_registers(&registers);
    }
}

/// The call with which a thread has come back interrupted, if it is one that can be made again without a difference.
fn interrupted(thread: Traced) -> Option<(FailedCall, Registers)> {
    let registers = thread.registers().ok()?;
    let call = registers.failed_call()?;
    if call.errno != Errno::INTR.raw_os_error() {
        return None;
    }
    let SyscallStop::Elsewhere { architecture } = thread.syscall_stop().ok()? else {
        return None;
    };
    let again = match repeatable(architecture, call)? {
        Repeatable::Always => true,
        Repeatable::IfRead => only_waits(thread.thread(), call.argument),
    };
    again.then_some((call, registers))
}

/// Whether a call can be made again when it has come back with `EINTR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeatable {
    /// It has done nothing.
    Always,
    /// If it is of a descriptor of which that is certain.
    IfRead,
}

/// The calls that the kernel ends with `EINTR` itself, where others are started again, and by which nothing has been done
/// then: nothing received, taken or submitted. What may have had an effect is not among them, such as connect(2).
const REPEATABLE: [u64; 13] = [
    43, 45, 47,
    288, // accept, recvfrom, recvmsg, accept4: of a socket with a time limit (SO_RCVTIMEO)
    65, 220, // semop, semtimedop
    128, // rt_sigtimedwait
    208, 426, // io_getevents, io_uring_enter
    232, 281, 441, // epoll_wait, epoll_pwait, epoll_pwait2
    READ,
];
const READ: u64 = 0;

/// The same ones of i386.
const REPEATABLE_I386: [u64; 12] = [
    364, 371, 372, // accept4, recvfrom, recvmsg
    420, // semtimedop
    177, 421, // rt_sigtimedwait, with 32 and 64 bits a time
    247, 426, // io_getevents, io_uring_enter
    256, 319, 441, // epoll_wait, epoll_pwait, epoll_pwait2
    READ_I386,
];
const READ_I386: u64 = 3;

fn repeatable(architecture: u32, call: FailedCall) -> Option<Repeatable> {
    let (calls, read) = match (architecture, call.layout) {
        (AUDIT_X86_64, Layout::Wide) => (&REPEATABLE[..], READ),
        (AUDIT_I386, _) => (&REPEATABLE_I386[..], READ_I386),
        _ => return None,
    };
    match calls.contains(&call.number) {
        false => None,
        true if call.number == read => Some(Repeatable::IfRead),
        true => Some(Repeatable::Always),
    }
}

/// Whether an interrupted read(2) of this descriptor has read nothing: of inotify(7), and of a socket with a time limit.
fn only_waits(thread: Pid, descriptor: u64) -> bool {
    let path = format!("/proc/{}/fd/{descriptor}", thread.as_raw_pid());
    let Ok(target) = std::fs::read_link(path) else {
        return false;
    };
    let target = target.to_string_lossy();
    target == "anon_inode:inotify" || target.starts_with("socket:[")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_calls_without_an_effect_are_made_again() {
        let call = |number, layout| FailedCall {
            number,
            argument: 0,
            errno: 4,
            layout,
        };
        let wide = |name| {
            call(
                u64::from(kernel::syscall_number(name).unwrap()),
                Layout::Wide,
            )
        };
        for name in [
            "epoll_wait",
            "epoll_pwait2",
            "rt_sigtimedwait",
            "semtimedop",
            "recvmsg",
        ] {
            let found = repeatable(AUDIT_X86_64, wide(name));
            assert_eq!(found, Some(Repeatable::Always), "{name}");
        }
        for name in [
            "connect",
            "write",
            "sendto",
            "poll",
            "nanosleep",
            "close",
            "wait4",
        ] {
            assert_eq!(repeatable(AUDIT_X86_64, wide(name)), None, "{name}");
        }
        // 232 is another call there.
        assert_eq!(repeatable(AUDIT_I386, call(232, Layout::Narrow)), None);
    }
}
