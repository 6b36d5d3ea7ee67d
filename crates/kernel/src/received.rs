//! What this process was given of signals when it was executed: its mask, and which of them are ignored.
//!
//! A program that is started for somebody is to have the same, and later it cannot be found out: Rust's runtime ignores
//! `SIGPIPE` before `main`, and a handler that is installed hides that a signal was ignored (nohup(1)).
use crate::check::check;
use crate::signals::{LAST, SignalSet};
use std::sync::atomic::{AtomicU64, Ordering};

static IGNORED: AtomicU64 = AtomicU64::new(0);
static MASK: AtomicU64 = AtomicU64::new(0);

/// Has the C library call [`take_note`] before `main`, and so before the runtime of Rust.
#[used]
// SAFETY: the section holds pointers to functions that take what `main` takes, or less; they are called once, on the only
// thread, after what the C library needs for itself.
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = take_note;

extern "C" fn take_note() {
    let ignored = (1..=LAST)
        .filter(|signal| is_ignored(*signal))
        .fold(SignalSet::NONE, SignalSet::with);
    IGNORED.store(ignored.bits(), Ordering::Relaxed);
    if let Ok(mask) = SignalSet::ALL.make_mask() {
        MASK.store(mask.bits(), Ordering::Relaxed);
        let _ = mask.make_mask();
    }
}

fn is_ignored(signal: i32) -> bool {
    // The kernel's struct sigaction: handler, flags, restorer, mask.
    let mut action = [0u64; 4];
    // SAFETY: `action` is live and as long as a kernel sigaction; nothing is installed.
    let asked = unsafe {
        libc::syscall(
            libc::SYS_rt_sigaction,
            signal,
            std::ptr::null::<u64>(),
            action.as_mut_ptr(),
            size_of::<u64>(),
        )
    };
    check(asked).is_ok() && action[0] == libc::SIG_IGN as u64
}

/// Gives the calling process's signals the actions that this program was executed with. Makes system calls only.
pub(crate) fn restore_actions() {
    let ignored = SignalSet::from_bits(IGNORED.load(Ordering::Relaxed));
    for signal in 1..=LAST {
        let handler = match ignored.has(signal) {
            true => libc::SIG_IGN,
            false => libc::SIG_DFL,
        };
        let action = [handler as u64, 0, 0, 0];
        // SAFETY: `action` is live and as long as a kernel sigaction, and installs no handler. SIGKILL and SIGSTOP are
        // refused with EINVAL, which is right: they have no other action.
        unsafe {
            libc::syscall(
                libc::SYS_rt_sigaction,
                signal,
                action.as_ptr(),
                std::ptr::null_mut::<u64>(),
                size_of::<u64>(),
            )
        };
    }
}

/// The mask that this program was executed with.
pub(crate) fn mask() -> SignalSet {
    SignalSet::from_bits(MASK.load(Ordering::Relaxed))
}
