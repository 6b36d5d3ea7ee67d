//! Signal masks and dispositions, and taking pending signals one at a time.
//!
//! By raw system calls: the C library keeps signals 32 and 33 to itself, and a launcher that ignored or blocked one of
//! them would be felt in the void.
use crate::check::check;
use rustix::io::Errno;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{FromRawFd, OwnedFd};
use std::time::Duration;

/// The largest signal number of Linux (`SIGRTMAX`, signal(7)).
pub(crate) const LAST: i32 = 64;

/// The kernel's `sigset_t`: signal n is bit n - 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalSet(u64);

impl SignalSet {
    /// Every signal.
    pub const ALL: Self = Self(u64::MAX);
    /// No signal.
    pub const NONE: Self = Self(0);

    /// The set without `signal`, a number from 1 to 64.
    #[must_use]
    pub const fn without(self, signal: i32) -> Self {
        Self(self.0 & !(1 << (signal - 1)))
    }

    /// The set with `signal`, a number from 1 to 64.
    #[must_use]
    pub const fn with(self, signal: i32) -> Self {
        Self(self.0 | 1 << (signal - 1))
    }

    /// Whether `signal`, a number from 1 to 64, is in it.
    pub const fn has(self, signal: i32) -> bool {
        self.0 & 1 << (signal - 1) != 0
    }

    /// From what /proc/PID/status shows as a number: signal n is bit n - 1.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// As [`SignalSet::from_bits`] takes it.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Makes this the calling thread's mask (rt_sigprocmask(2)), and gives the one that it had.
    pub fn make_mask(self) -> Result<Self, Errno> {
        let mut old = Self::NONE;
        // SAFETY: both pointers are to live 64-bit sets, whose size is given.
        check(unsafe {
            libc::syscall(
                libc::SYS_rt_sigprocmask,
                libc::SIG_SETMASK,
                &raw const self.0,
                &raw mut old.0,
                size_of::<u64>(),
            )
        })?;
        Ok(old)
    }

    /// A descriptor that becomes readable when one of these signals is pending (signalfd(2)); each read gives one
    /// `signalfd_siginfo`. They must be blocked.
    pub fn descriptor(self) -> Result<OwnedFd, Errno> {
        // SAFETY: -1 asks for a new descriptor; the set is live, only read, and its size is given.
        let fd = check(unsafe {
            libc::syscall(
                libc::SYS_signalfd4,
                -1,
                &raw const self.0,
                size_of::<u64>(),
                libc::SFD_CLOEXEC | libc::SFD_NONBLOCK,
            )
        })?;
        let fd = i32::try_from(fd).map_err(|_| Errno::BADF)?;
        // SAFETY: the kernel has just made this descriptor, and nothing else knows it.
        Ok(unsafe { OwnedFd::from_raw_fd(fd) })
    }
}

/// Has calls end that wait although they were to wait for nothing, as `EINTR`: by a signal that comes again and again
/// meanwhile, and does nothing else.
#[derive(Debug)]
pub struct Hurry(libc::timer_t);

impl Hurry {
    /// For calls of this thread. Whoever uses `SIGRTMAX` otherwise finds it changed.
    pub fn new() -> io::Result<Self> {
        extern "C" fn nothing(_: libc::c_int) {}
        // SAFETY: all zeroes is a valid `sigaction`: no flags (so that calls are not started again), an empty mask.
        let mut action = unsafe { MaybeUninit::<libc::sigaction>::zeroed().assume_init() };
        action.sa_sigaction = nothing as *const () as usize;
        // SAFETY: the handler does nothing, which it may do at any time.
        if unsafe { libc::sigaction(LAST, &raw const action, std::ptr::null_mut()) } != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: all zeroes is a valid `sigevent`.
        let mut event = unsafe { MaybeUninit::<libc::sigevent>::zeroed().assume_init() };
        // To this thread, and no other one of the process.
        event.sigev_notify = libc::SIGEV_THREAD_ID;
        event.sigev_notify_thread_id = rustix::thread::gettid().as_raw_pid();
        event.sigev_signo = LAST;
        let mut timer = MaybeUninit::<libc::timer_t>::uninit();
        // SAFETY: the event is live; the C library writes a timer to the place, if it can.
        match unsafe {
            libc::timer_create(libc::CLOCK_MONOTONIC, &raw mut event, timer.as_mut_ptr())
        } {
            // SAFETY: it has been written.
            0 => Ok(Self(unsafe { timer.assume_init() })),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Does `work`, no call of which waits for much longer than `pause`. All signals are blocked before and afterwards.
    pub fn during<T>(&self, pause: Duration, work: impl FnOnce() -> T) -> T {
        self.every(pause);
        let mask = SignalSet::ALL.without(LAST).make_mask();
        let done = work();
        self.every(Duration::ZERO);
        // One that is still to come has come by now.
        let _ = mask.and_then(SignalSet::make_mask);
        done
    }

    fn every(&self, pause: Duration) {
        let time = libc::timespec {
            tv_sec: 0,
            tv_nsec: pause.subsec_nanos().into(),
        };
        let times = libc::itimerspec {
            it_interval: time,
            it_value: time,
        };
        // SAFETY: the timer is this one's, and the times are live.
        let _ = unsafe { libc::timer_settime(self.0, 0, &raw const times, std::ptr::null_mut()) };
    }
}

impl Drop for Hurry {
    fn drop(&mut self) {
        // SAFETY: the timer is this one's, and not used any more.
        let _ = unsafe { libc::timer_delete(self.0) };
    }
}

/// Takes one pending signal's number from a descriptor made by [`SignalSet::descriptor`]; `None` if there is none.
pub fn take_signal(descriptor: &OwnedFd) -> Result<Option<i32>, Errno> {
    let mut info = [0u8; size_of::<libc::signalfd_siginfo>()];
    match rustix::io::read(descriptor, &mut info) {
        // ssi_signo is the first field, 32 bits in the machine's order.
        Ok(4..) => Ok(Some(i32::from_ne_bytes([
            info[0], info[1], info[2], info[3],
        ]))),
        Ok(_) | Err(Errno::AGAIN | Errno::INTR) => Ok(None),
        Err(errno) => Err(errno),
    }
}

/// A signal as it was received.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Received {
    pub(crate) signal: i32,
    /// Whether it came from outside of the receiver's pid namespace, where a sender has no pid here.
    pub(crate) from_outside: bool,
}

/// Waits for a signal, whichever comes (rt_sigtimedwait(2)). All must be blocked.
pub(crate) fn wait() -> Received {
    let all = SignalSet::ALL;
    loop {
        let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
        // SAFETY: the set is live and its size given; `info` is a whole siginfo_t; a null time waits for ever.
        let signal = unsafe {
            libc::syscall(
                libc::SYS_rt_sigtimedwait,
                &raw const all.0,
                info.as_mut_ptr(),
                std::ptr::null::<libc::timespec>(),
                size_of::<u64>(),
            )
        };
        let Ok(signal @ 1..) = i32::try_from(signal) else {
            continue;
        };
        // SAFETY: all zeroes is a valid siginfo_t, and the kernel has filled it since.
        let info = unsafe { info.assume_init() };
        // SAFETY: the field is read as the integer that lies there, for whatever signal it is.
        let sender = unsafe { info.si_pid() };
        return Received {
            signal,
            from_outside: sender == 0,
        };
    }
}

/// Gives every signal its default action, ignored ones too: an exec, and `CLONE_CLEAR_SIGHAND`, keep those.
pub(crate) fn default_actions() {
    // The kernel's struct sigaction, all zero: SIG_DFL, no flags, no restorer, an empty mask.
    let default = [0u64; 4];
    for signal in 1..=LAST {
        // SAFETY: `default` is live, as long as a kernel sigaction, and installs no handler. SIGKILL and SIGSTOP are
        // refused with EINVAL, which is right: they have no other action.
        unsafe {
            libc::syscall(
                libc::SYS_rt_sigaction,
                signal,
                &raw const default,
                std::ptr::null_mut::<u64>(),
                size_of::<u64>(),
            )
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_ever_does_not_in_a_hurry() {
        std::thread::spawn(|| {
            let old = SignalSet::ALL.make_mask().unwrap();
            let hurry = Hurry::new().unwrap();
            let (empty, _open) = rustix::pipe::pipe().unwrap();
            let read = || rustix::io::read(&empty, &mut [0; 1]);
            let read = hurry.during(Duration::from_millis(1), read);
            assert_eq!(read, Err(Errno::INTR));
            old.make_mask().unwrap();
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_blocked_signal_is_taken_from_its_descriptor() {
        std::thread::spawn(|| {
            let old = SignalSet::ALL.make_mask().unwrap();
            let descriptor = SignalSet::ALL.descriptor().unwrap();
            assert_eq!(take_signal(&descriptor).unwrap(), None);
            // SAFETY: raising a signal that this thread blocks.
            unsafe { libc::raise(libc::SIGUSR1) };
            assert_eq!(take_signal(&descriptor).unwrap(), Some(libc::SIGUSR1));
            assert_eq!(
                old.make_mask().unwrap(),
                SignalSet::ALL.without(libc::SIGKILL).without(libc::SIGSTOP)
            );
        })
        .join()
        .unwrap();
    }
}
