//! Whether a child is traced, by its parent's tracer.
use crate::process::{FAILED, Held, eventually, fork, status};
use clone3::{Child, Clone3, Namespaces};
use rustix::pipe::{PipeFlags, pipe_with};

/// The tracer of the child that a traced process starts by this, while its tracer has these options; 0 if none.
fn tracer_of_the_child(clone: &Clone3<'_>, options: libc::c_int) -> i32 {
    // Both are in a pid namespace of their own, and so end together.
    let first = Clone3::new().namespaces(Namespaces::USER | Namespaces::PID);
    let (never, _gate) = pipe_with(PipeFlags::CLOEXEC).expect("a pipe");
    let parent = Held::start(&first, || {
        let wait = || rustix::io::read(&never, &mut [0u8; 1]).map_or(FAILED, |_| 0);
        fork(clone, wait)
            .and_then(|child| child.wait())
            .map_or(FAILED, |_| 0)
    });
    trace(&parent.child, options);
    parent.release();
    let pid = parent.child.pid().as_raw_pid();
    let mut child = 0;
    assert!(eventually(|| {
        let children =
            std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).expect("a list");
        child = children.trim().parse().unwrap_or(0);
        child != 0
    }));
    let tracer = status(child, "TracerPid").parse().expect("a number");
    parent.child.signal(libc::SIGKILL).expect("a child");
    if tracer != 0 {
        reap(child);
    }
    tracer
}

fn trace(child: &Child, options: libc::c_int) {
    // SAFETY: PTRACE_SEIZE takes integers only.
    let done = unsafe {
        libc::ptrace(
            libc::PTRACE_SEIZE,
            child.pid().as_raw_pid(),
            0usize,
            libc::c_long::from(options),
        )
    };
    assert_eq!(done, 0, "{}", std::io::Error::last_os_error());
}

/// Takes the end of a tracee that is another's child: until then its pid 1 cannot end.
fn reap(tracee: i32) {
    let mut status = 0;
    while {
        // SAFETY: `status` is a live integer.
        unsafe { libc::waitpid(tracee, &raw mut status, libc::__WALL) };
        !libc::WIFSIGNALED(status)
    } {}
}

#[test]
fn a_child_is_traced_as_asked() {
    // SAFETY: gettid takes nothing.
    let own = unsafe { libc::gettid() };
    let follow = libc::PTRACE_O_TRACEFORK | libc::PTRACE_O_TRACECLONE;
    assert_eq!(tracer_of_the_child(&Clone3::new(), 0), 0);
    assert_eq!(tracer_of_the_child(&Clone3::new().traced(), 0), own);
    assert_eq!(tracer_of_the_child(&Clone3::new(), follow), own);
    assert_eq!(tracer_of_the_child(&Clone3::new().untraced(), follow), 0);
}
