//! Waiting for a child, asking for it, and killing it: only its end is its end.
use crate::process::{FAILED, Held, answer, eventually, fork};
use clone3::{Child, Clone3, How, Usage};
use rustix::io::FdFlags;
use rustix::pipe::{PipeFlags, pipe_with};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, Instant};

#[test]
fn every_code_and_every_signal_is_told_apart() {
    for code in [0, 1, 127, 128, 255] {
        assert_eq!(answer(&Clone3::new(), || code), How::Exited(code.into()));
    }
    for signal in [libc::SIGTERM, libc::SIGKILL, libc::SIGUSR1, 64] {
        let held = Held::start(&Clone3::new(), || 0);
        held.child.signal(signal).unwrap();
        let how = held.child.wait().unwrap().how;
        assert_eq!(
            how,
            How::Killed {
                signal,
                core: false
            }
        );
    }
}

#[test]
fn an_end_is_told_once() {
    let child = fork(&Clone3::new(), || 0).unwrap();
    child.wait().unwrap();
    for again in [child.wait().map(Some), child.try_wait()] {
        assert_eq!(again.unwrap_err().raw_os_error(), Some(libc::ECHILD));
    }
    assert_eq!(
        child.signal(0).unwrap_err().raw_os_error(),
        Some(libc::ESRCH)
    );
}

#[test]
fn a_running_child_is_not_waited_for() {
    let held = Held::start(&Clone3::new(), || 5);
    assert_eq!(held.child.try_wait().unwrap(), None);
    let begin = Instant::now();
    assert!(!held.child.poll(Some(Duration::from_millis(30))).unwrap());
    assert!(begin.elapsed() >= Duration::from_millis(30));
    held.child.signal(0).unwrap();
    held.release();
    assert!(held.child.poll(None).unwrap());
    assert!(held.child.poll(Some(Duration::MAX)).unwrap());
    assert_eq!(held.child.try_wait().unwrap().unwrap().how, How::Exited(5));
}

#[test]
fn the_pidfd_is_closed_by_exec() {
    let child = fork(&Clone3::new(), || 0).unwrap();
    let flags = rustix::io::fcntl_getfd(child.as_fd()).unwrap();
    assert_eq!(flags, FdFlags::CLOEXEC);
    child.wait().unwrap();
}

fn use_something() -> u8 {
    const LENGTH: usize = 32 << 20;
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(50) {
        std::hint::spin_loop();
    }
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_POPULATE;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: an anonymous mapping at an address of the kernel's choice replaces nothing.
    let mapped = unsafe { libc::mmap(std::ptr::null_mut(), LENGTH, access, flags, -1, 0) };
    if mapped == libc::MAP_FAILED {
        FAILED
    } else {
        0
    }
}

#[test]
fn the_end_tells_what_was_used() {
    let ended = fork(&Clone3::new(), use_something).unwrap().wait().unwrap();
    assert_eq!(ended.how, How::Exited(0));
    let Usage {
        user,
        system,
        max_resident,
        minor_faults,
        ..
    } = ended.usage;
    assert!(
        user + system > Duration::from_millis(10),
        "{user:?} {system:?}"
    );
    assert!(
        user + system < Duration::from_mins(1),
        "{user:?} {system:?}"
    );
    assert!(
        (32 << 20..8 << 30).contains(&max_resident),
        "{max_resident}"
    );
    assert!(minor_faults > 0);
}

#[test]
fn a_child_that_slept_has_waited() {
    let held = Held::start(&Clone3::new(), || 0);
    std::thread::sleep(Duration::from_millis(10));
    held.release();
    assert!(held.child.wait().unwrap().usage.voluntary_switches > 0);
}

/// What one plain waitid(2) for the end tells, without taking it away: the `si_code`.
fn told_to_who_asks_plainly(child: &Child) -> libc::c_int {
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    let id = child.as_fd().as_raw_fd().unsigned_abs();
    // SAFETY: `info` is live and of the type that the kernel fills.
    unsafe { libc::waitid(libc::P_PIDFD, id, info.as_mut_ptr(), options) };
    // SAFETY: all zeroes is a valid siginfo_t, and the kernel may have written to it since.
    unsafe { info.assume_init() }.si_code
}

/// A child of this thread's tracing that has stopped, and exits with 42 if it is let go on.
fn stopped_tracee() -> Child {
    let child = fork(&Clone3::new(), || {
        // SAFETY: PTRACE_TRACEME uses no further argument.
        if unsafe { libc::ptrace(libc::PTRACE_TRACEME) } == -1 {
            return FAILED;
        }
        // SAFETY: kill and getpid take no pointers.
        unsafe { libc::kill(rustix::process::getpid().as_raw_pid(), libc::SIGSTOP) };
        42
    })
    .expect("a child");
    assert!(eventually(
        || told_to_who_asks_plainly(&child) == libc::CLD_TRAPPED
    ));
    child
}

fn let_go_on(child: &Child) {
    // SAFETY: PTRACE_CONT takes a signal as an integer, here none.
    let done = unsafe { libc::ptrace(libc::PTRACE_CONT, child.pid().as_raw_pid(), 0, 0) };
    assert_eq!(done, 0, "{}", std::io::Error::last_os_error());
}

#[test]
fn a_stop_of_a_tracee_is_not_its_end() {
    let child = stopped_tracee();
    assert_eq!(child.try_wait().unwrap(), None);
    assert_eq!(
        told_to_who_asks_plainly(&child),
        libc::CLD_TRAPPED,
        "the stop is still there for the tracer"
    );
    let ended = std::thread::scope(|scope| {
        let waiter = scope.spawn(|| child.wait());
        std::thread::sleep(Duration::from_millis(50));
        assert!(!waiter.is_finished());
        assert_eq!(told_to_who_asks_plainly(&child), libc::CLD_TRAPPED);
        let_go_on(&child);
        waiter.join().unwrap().unwrap()
    });
    assert_eq!(ended.how, How::Exited(42));
}

#[test]
fn an_end_is_told_only_after_another_tracer_has_let_go() {
    let held = Held::start(&Clone3::new(), || 6);
    let target = held.child.pid().as_raw_pid();
    let (wait, gate) = pipe_with(PipeFlags::CLOEXEC).unwrap();
    // The tracer ends the test's child, and does not ask for that end: the kernel lets it go when the tracer has ended.
    let tracer = Held::start(&Clone3::new(), || {
        // SAFETY: PTRACE_SEIZE with no options takes integers only.
        if unsafe { libc::ptrace(libc::PTRACE_SEIZE, target, 0, 0) } == -1 {
            return FAILED;
        }
        // SAFETY: kill takes integers; the target is a child of the test that has not been waited for.
        unsafe { libc::kill(target, libc::SIGKILL) };
        rustix::io::read(&wait, &mut [0u8; 1]).map_or(FAILED, |_| 0)
    });
    tracer.release();
    assert!(held.child.poll(None).unwrap());
    assert_eq!(held.child.try_wait().unwrap(), None);
    let ended = std::thread::scope(|scope| {
        let waiter = scope.spawn(|| held.child.wait());
        std::thread::sleep(Duration::from_millis(50));
        assert!(!waiter.is_finished());
        rustix::io::write(&gate, b"!").unwrap();
        waiter.join().unwrap().unwrap()
    });
    let signal = libc::SIGKILL;
    assert_eq!(
        ended.how,
        How::Killed {
            signal,
            core: false
        }
    );
    assert_eq!(tracer.child.wait().unwrap().how, How::Exited(0));
}

#[test]
fn a_signal_that_is_handled_does_not_interrupt_waiting() {
    extern "C" fn handler(_: libc::c_int) {}
    let middle = answer(&Clone3::new(), || {
        // SAFETY: all zeroes is a valid sigaction: no flags, so that interrupted calls are not started again.
        let mut action = unsafe { MaybeUninit::<libc::sigaction>::zeroed().assume_init() };
        action.sa_sigaction = handler as extern "C" fn(libc::c_int) as libc::sighandler_t;
        // SAFETY: `action` is live, its handler does nothing, and the old one is not asked for.
        unsafe { libc::sigaction(libc::SIGALRM, &raw const action, std::ptr::null_mut()) };
        let beat = libc::timeval {
            tv_sec: 0,
            tv_usec: 5_000,
        };
        let timer = libc::itimerval {
            it_interval: beat,
            it_value: beat,
        };
        // SAFETY: `timer` is live, and the old one is not asked for.
        unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut()) };
        let child = fork(&Clone3::new(), || {
            let _ = rustix::thread::nanosleep(&rustix::thread::Timespec {
                tv_sec: 0,
                tv_nsec: 60_000_000,
            });
            8
        });
        let Ok(child) = child else { return FAILED };
        match (child.poll(Some(Duration::from_millis(20))), child.wait()) {
            (Ok(false), Ok(ended)) if ended.how == How::Exited(8) => 1,
            _ => 0,
        }
    });
    assert_eq!(middle, How::Exited(1));
}
