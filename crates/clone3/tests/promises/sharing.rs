//! What is shared is one thing for both, and a copy where it is not.
use crate::process::{FAILED, Held, alone, code};
use clone3::{Clone3, How, Sharing};

/// Whether a descriptor that a child opens is open in its parent.
fn descriptor_follows(clone: &Clone3<'_>) -> u8 {
    const FREE: i32 = 200;
    // SAFETY: dup2 takes integers; nothing uses that number.
    let child = code(clone, || match unsafe { libc::dup2(0, FREE) } {
        FREE => 0,
        _ => FAILED,
    });
    // SAFETY: F_GETFD takes no further argument.
    let open = unsafe { libc::fcntl(FREE, libc::F_GETFD) } != -1;
    match child {
        0 => open.into(),
        failed => failed,
    }
}

#[test]
fn descriptors_are_shared_only_if_asked_for() {
    let shared = Clone3::new().share(Sharing::FILES);
    assert_eq!(alone(|| descriptor_follows(&shared)), How::Exited(1));
    assert_eq!(alone(|| descriptor_follows(&Clone3::new())), How::Exited(0));
}

/// Whether a child has the same I/O context as this thread (kcmp(2)); `None` where the kernel does not compare.
fn same_io_context(clone: &Clone3<'_>) -> Option<bool> {
    const KCMP_IO: libc::c_int = 5;
    let held = Held::start(clone, || 0);
    let child = held.child.pid().as_raw_pid();
    // SAFETY: gettid takes nothing.
    let own = unsafe { libc::gettid() };
    // SAFETY: kcmp takes integers only.
    match unsafe { libc::syscall(libc::SYS_kcmp, own, child, KCMP_IO, 0, 0) } {
        -1 => None,
        order => Some(order == 0),
    }
}

#[test]
fn the_io_context_is_shared_only_if_asked_for() {
    const WHO_PROCESS: libc::c_int = 1;
    const BEST_EFFORT_4: libc::c_int = (2 << 13) | 4;
    // A thread has no context until it has a priority.
    // SAFETY: ioprio_set takes integers only.
    let set = unsafe { libc::syscall(libc::SYS_ioprio_set, WHO_PROCESS, 0, BEST_EFFORT_4) };
    assert_eq!(set, 0);
    match same_io_context(&Clone3::new().share(Sharing::IO)) {
        None => println!("skipped: this kernel has no kcmp(2)"),
        shared => {
            assert_eq!(shared, Some(true));
            assert_eq!(same_io_context(&Clone3::new()), Some(false));
        }
    }
}
