//! A call that a thread has ahead of it again: a stop has interrupted it, and the kernel is going to make it once more.
//!
//! On x86-64 the kernel goes by the registers of a stopped thread, so putting those back is enough. On aarch64 it has put the
//! thread back to before the instruction by then, and goes by a variable of its own (`do_signal` of arch/arm64): whether the
//! call comes back with `EINTR` if a handler is to run, and whether it is made again with the time that is left. That is
//! lost when another call is made. So ours is made where the thread's own begins again, and comes back as if interrupted as
//! that was: then the kernel puts the thread back once more, and goes by the same.
use super::VisitError;
use crate::Call;
use crate::inside::memory::read_patiently;
use kernel::{Abi, Errno, Registers};
use rustix::process::Pid;

/// ERESTARTSYS: made again, unless there is a handler without `SA_RESTART`. So it is of most calls that wait.
const UNLESS_HANDLED_SO: i64 = 512;
/// ERESTARTNOINTR: made again in any case.
const ALWAYS: i64 = 513;
/// ERESTARTNOHAND: made again, unless there is a handler.
const UNLESS_HANDLED: i64 = 514;
/// ERESTART_RESTARTBLOCK: the same, by restart_syscall(2), which knows how much time is left.
const WITH_WHAT_IS_LEFT: i64 = 516;

/// The calls that are made again unless there is a handler, of whatever kind. clock_nanosleep(2) is if it waits for a point
/// in time; otherwise restart_syscall(2) shows.
const WITHOUT_HANDLER: [&str; 6] = [
    "clock_nanosleep",
    "msgrcv",
    "msgsnd",
    "ppoll",
    "pselect6",
    "rt_sigsuspend",
];

/// Those that are made again whatever there is.
const WHATEVER: [&str; 2] = ["clone", "clone3"];

/// A call that is ahead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ahead {
    number: u64,
    /// How it was interrupted.
    errno: i64,
    /// The kernel has been told so, and has not been left since.
    is_told: bool,
}

impl Ahead {
    /// The call that a stopped thread with these registers has ahead of it, where that matters. It may not have begun yet.
    pub(super) fn of(thread: Pid, registers: &Registers) -> Result<Option<Self>, VisitError> {
        let (Some(Abi::Aarch64), Some(at)) = (registers.abi(), registers.instruction()) else {
            return Ok(None);
        };
        match read_patiently(thread, at, 4) {
            Ok(instruction) if makes_a_call(&instruction) => {}
            Err(Errno::TIMEDOUT) => return Err(VisitError::Unreadable(Errno::TIMEDOUT)),
            // What cannot be read cannot have made a call.
            _ => return Ok(None),
        }
        let number = registers.number().ok_or(VisitError::UnknownCode)?;
        Ok(Some(Self {
            number,
            errno: interruption(number),
            is_told: false,
        }))
    }

    /// It is lent, and leaves where it stood.
    pub(super) fn leave(&mut self) {
        self.is_told = false;
    }

    /// It stands where a call begins, or at a stop: whether it is restart_syscall(2) shows in its number.
    pub(super) fn look(&mut self, now: &Registers) {
        if now.number().is_some_and(is_restart) {
            self.errno = WITH_WHAT_IS_LEFT;
        }
    }

    /// The registers with which it comes back where our call has.
    pub(super) fn interrupted(&mut self, now: &Registers) -> Option<Registers> {
        self.is_told = true;
        now.with_result(self.errno.saturating_neg())
    }

    /// With which number it has to make its call, for the kernel to go on with what is left of it.
    pub(super) fn number(&self) -> u64 {
        match self.errno == WITH_WHAT_IS_LEFT && !self.is_told {
            true => number_of("restart_syscall").unwrap_or(self.number),
            false => self.number,
        }
    }
}

/// `svc`, with whatever operand.
fn makes_a_call(instruction: &[u8]) -> bool {
    let word = instruction
        .first_chunk()
        .map(|bytes| u32::from_le_bytes(*bytes));
    word.is_some_and(|word| word & 0xffe0_001f == 0xd400_0001)
}

/// How a call is interrupted that has this number, as far as that tells.
fn interruption(number: u64) -> i64 {
    let is_of = |names: &[&'static str]| names.iter().any(|name| number_of(name) == Some(number));
    match number {
        _ if is_restart(number) => WITH_WHAT_IS_LEFT,
        _ if is_of(&WITHOUT_HANDLER) => UNLESS_HANDLED,
        _ if is_of(&WHATEVER) => ALWAYS,
        _ => UNLESS_HANDLED_SO,
    }
}

fn is_restart(number: u64) -> bool {
    number_of("restart_syscall") == Some(number)
}

fn number_of(name: &'static str) -> Option<u64> {
    Call::new(name).number_in(Abi::Aarch64).map(u64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instruction_that_makes_a_call_is_known() {
        assert!(makes_a_call(Abi::Aarch64.instruction()));
        assert!(makes_a_call(&0xd41f_ffe1u32.to_le_bytes()));
        // hvc, brk, and what is cut off.
        assert!(!makes_a_call(&0xd400_0002u32.to_le_bytes()));
        assert!(!makes_a_call(&0xd420_0000u32.to_le_bytes()));
        assert!(!makes_a_call(&[1, 0, 0]));
    }

    #[test]
    fn calls_are_interrupted_as_the_kernel_does() {
        let of = |name| interruption(number_of(name).unwrap());
        assert_eq!(of("read"), UNLESS_HANDLED_SO);
        assert_eq!(of("ppoll"), UNLESS_HANDLED);
        assert_eq!(of("clone"), ALWAYS);
        assert_eq!(of("restart_syscall"), WITH_WHAT_IS_LEFT);
        for name in WITHOUT_HANDLER.iter().chain(&WHATEVER) {
            assert!(number_of(name).is_some(), "{name}");
        }
    }
}
