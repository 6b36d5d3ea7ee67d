//! Actions of signals are copied, cleared or shared, and the exit signal is the one that was asked for.
use crate::process::{FAILED, alone, code, code_of, fork, vfork};
use clone3::{Clone3, ExitSignal, How, Stack};
use std::mem::MaybeUninit;

extern "C" fn handler(_: libc::c_int) {}

fn set_action(signal: libc::c_int, action: libc::sighandler_t) {
    // SAFETY: the handler does nothing, and the other actions are the kernel's.
    unsafe { libc::signal(signal, action) };
}

fn action(signal: libc::c_int) -> libc::sighandler_t {
    let mut old = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: a null action changes nothing; `old` is live.
    unsafe { libc::sigaction(signal, std::ptr::null(), old.as_mut_ptr()) };
    // SAFETY: all zeroes is a valid sigaction, which the kernel may have written to.
    unsafe { old.assume_init() }.sa_sigaction
}

fn handler_address() -> libc::sighandler_t {
    handler as extern "C" fn(libc::c_int) as libc::sighandler_t
}

/// Which of a handled and an ignored signal are so in a child too.
fn actions_in_child(clone: &Clone3<'_>) -> How {
    alone(|| {
        set_action(libc::SIGUSR1, handler_address());
        set_action(libc::SIGUSR2, libc::SIG_IGN);
        code(clone, || {
            let handled = action(libc::SIGUSR1) == handler_address();
            let ignored = action(libc::SIGUSR2) == libc::SIG_IGN;
            u8::from(handled) | u8::from(ignored) << 1
        })
    })
}

#[test]
fn cleared_handlers_are_gone_and_ignored_signals_stay_ignored() {
    assert_eq!(actions_in_child(&Clone3::new()), How::Exited(0b11));
    assert_eq!(
        actions_in_child(&Clone3::new().clear_signal_handlers()),
        How::Exited(0b10)
    );
}

/// Whether an action that a child sets is its parent's too.
fn action_follows(clone: &Clone3<'_, clone3::SharedMemory>) -> u8 {
    let Ok(mut stack) = Stack::new(64 * 1024) else {
        return FAILED;
    };
    let child = vfork(clone, &mut stack, || {
        set_action(libc::SIGUSR1, libc::SIG_IGN);
        0
    });
    match child.map(|child| code_of(&child)) {
        Ok(0) => (action(libc::SIGUSR1) == libc::SIG_IGN).into(),
        _ => FAILED,
    }
}

#[test]
fn handlers_are_shared_only_if_asked_for() {
    let copied = Clone3::new().share_memory();
    assert_eq!(
        alone(|| action_follows(&copied.share_signal_handlers())),
        How::Exited(1)
    );
    assert_eq!(alone(|| action_follows(&copied)), How::Exited(0));
}

/// The one signal that a child's end has made pending; 0 if none, [`FAILED`] if several.
fn signal_of_the_end(clone: &Clone3<'_>) -> How {
    alone(|| {
        let every = u64::MAX;
        // SAFETY: `every` is a live set of the size given.
        unsafe {
            libc::syscall(
                libc::SYS_rt_sigprocmask,
                libc::SIG_SETMASK,
                &raw const every,
                0usize,
                size_of::<u64>(),
            )
        };
        if fork(clone, || 0).and_then(|child| child.wait()).is_err() {
            return FAILED;
        }
        let mut pending = 0u64;
        // SAFETY: `pending` is a live set of the size given.
        unsafe { libc::syscall(libc::SYS_rt_sigpending, &raw mut pending, size_of::<u64>()) };
        match pending.count_ones() {
            0 => 0,
            1 => u8::try_from(pending.trailing_zeros() + 1).unwrap_or(FAILED),
            _ => FAILED,
        }
    })
}

#[test]
fn the_end_of_a_child_sends_the_signal_that_was_asked_for() {
    assert_eq!(
        signal_of_the_end(&Clone3::new()),
        How::Exited(libc::SIGCHLD)
    );
    for signal in [1, 10, 34, 64] {
        let clone = Clone3::new().exit_signal(ExitSignal::new(signal));
        assert_eq!(signal_of_the_end(&clone), How::Exited(signal.into()));
    }
}

#[test]
fn a_child_without_an_exit_signal_ends_in_silence_and_can_be_waited_for() {
    assert_eq!(
        signal_of_the_end(&Clone3::new().exit_signal(None)),
        How::Exited(0)
    );
}
