//! Signals that filters make of system calls (`SECCOMP_RET_TRAP`), and those of faults, told apart from those that somebody sends.
//!
//! The call comes back first, with no value of its own; the signal waits, and is delivered when the thread goes on.
use kernel::{Pending, Pends, Traced};

/// SIGSYS.
pub(crate) const SIGSYS: i32 = 31;

/// At most so many signals that wait are looked through: those of a filter come first.
const SIGNALS: usize = 64;

/// Whether a thread has been sent one that it has not been told of.
pub(crate) fn is_coming(thread: Traced) -> bool {
    let waiting = thread.pending(Pends::Thread, SIGNALS);
    waiting.is_ok_and(|all| all.iter().any(is_of_a_filter))
}

/// Whether the signal that a thread stops at is one.
pub(crate) fn has_come(thread: Traced) -> bool {
    let info = thread.signal_info();
    info.is_ok_and(|info| is_by_a_filter(info.signal, info.code))
}

/// SIGILL, SIGTRAP, SIGBUS, SIGFPE and SIGSEGV.
const FAULTS: [i32; 5] = [4, 5, 7, 8, 11];

/// Whether the signal that a thread stops at is of an instruction of its own, and not sent by anybody.
pub(crate) fn is_a_fault(thread: Traced) -> bool {
    let info = thread.signal_info();
    info.is_ok_and(|info| FAULTS.contains(&info.signal) && info.code > 0)
}

/// By `si_signo` and `si_code`.
fn is_of_a_filter(signal: &Pending) -> bool {
    let word = |at: usize| Some(i32::from_ne_bytes(*signal.get(at..)?.first_chunk()?));
    let found = word(0).zip(word(8));
    found.is_some_and(|(signal, code)| is_by_a_filter(signal, code))
}

/// What processes send has no code above 0.
const fn is_by_a_filter(signal: i32, code: i32) -> bool {
    signal == SIGSYS && code > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_sends_is_not_of_a_filter() {
        let signal = |number: i32, code: i32| {
            let mut signal = [0; 128];
            signal[..4].copy_from_slice(&number.to_ne_bytes());
            signal[8..12].copy_from_slice(&code.to_ne_bytes());
            signal
        };
        assert!(is_of_a_filter(&signal(SIGSYS, 1)));
        // Of kill(2), sigqueue(3) and tgkill(2).
        for code in [0, -1, -6] {
            assert!(!is_of_a_filter(&signal(SIGSYS, code)));
        }
        assert!(!is_of_a_filter(&signal(11, 1)));
    }
}
