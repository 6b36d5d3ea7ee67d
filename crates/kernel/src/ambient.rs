//! What a process has without having asked for it, beside namespaces and descriptors: put back to what it would be in
//! an empty machine. One function a thing.
use crate::check::check;
use rustix::io::Errno;

/// Leaves the launcher's session keyring for a new, empty one (keyctl(2), `KEYCTL_JOIN_SESSION_KEYRING`).
/// A kernel without keyrings has none to leave.
pub(crate) fn new_session_keyring() -> Result<(), Errno> {
    const JOIN_SESSION_KEYRING: libc::c_ulong = 1;
    // SAFETY: a null name asks for an anonymous keyring; no memory is read.
    let joined = unsafe { libc::syscall(libc::SYS_keyctl, JOIN_SESSION_KEYRING, 0usize) };
    match check(joined) {
        Ok(_) | Err(Errno::NOSYS) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// `PER_LINUX` without any of the flags that weaken a process (personality(2)).
pub(crate) fn default_personality() -> Result<(), Errno> {
    // SAFETY: personality(2) takes one integer.
    check(unsafe { libc::personality(0) }.into()).map(drop)
}

/// 50 µs, what the first process of a machine has. 0 would mean the default that was inherited (`PR_SET_TIMERSLACK`).
pub(crate) fn default_timer_slack() -> Result<(), Errno> {
    const NANOSECONDS: libc::c_ulong = 50_000;
    // SAFETY: PR_SET_TIMERSLACK takes integers only.
    check(unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, NANOSECONDS, 0, 0, 0) }.into()).map(drop)
}

/// The securebits of capabilities(7), as one word (`PR_SET_SECUREBITS`).
pub(crate) fn secure_bits(bits: u32) -> Result<(), Errno> {
    // SAFETY: PR_SET_SECUREBITS takes integers only.
    check(
        unsafe { libc::prctl(libc::PR_SET_SECUREBITS, libc::c_ulong::from(bits), 0, 0, 0) }.into(),
    )
    .map(drop)
}

/// Sets both limits of a resource (setrlimit(2)).
pub(crate) fn limit(resource: crate::operation::Resource, value: u64) -> Result<(), Errno> {
    let limit = libc::rlimit {
        rlim_cur: value,
        rlim_max: value,
    };
    // SAFETY: `limit` is a live rlimit, which the call only reads.
    check(unsafe { libc::setrlimit(resource as _, &raw const limit) }.into()).map(drop)
}

/// Sets the soft limit of a resource, and leaves the hard one (getrlimit(2), setrlimit(2)).
pub(crate) fn soft_limit(resource: crate::operation::Resource, value: u64) -> Result<(), Errno> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` is a live rlimit, which the call writes.
    check(unsafe { libc::getrlimit(resource as _, &raw mut limit) }.into())?;
    limit.rlim_cur = value;
    // SAFETY: `limit` is a live rlimit, which the call only reads.
    check(unsafe { libc::setrlimit(resource as _, &raw const limit) }.into()).map(drop)
}

/// Joins a time namespace of its own from the next exec on (`CLONE_NEWTIME`). With clone3 itself the offsets could no
/// longer be written.
pub(crate) fn unshare_time() -> Result<(), Errno> {
    // SAFETY: unshare(2) of a time namespace touches neither memory nor descriptors.
    check(unsafe { libc::unshare(libc::CLONE_NEWTIME) }.into()).map(drop)
}

/// Makes the cgroup that the process is in the root of all that it sees (`CLONE_NEWCGROUP`).
pub(crate) fn unshare_cgroup() -> Result<(), Errno> {
    // SAFETY: unshare(2) of a cgroup namespace touches neither memory nor descriptors.
    check(unsafe { libc::unshare(libc::CLONE_NEWCGROUP) }.into()).map(drop)
}

/// Whether this program was given a privilege when it was executed: it is setuid or setgid, or has file capabilities
/// (`AT_SECURE`, getauxval(3)).
pub fn program_is_privileged() -> bool {
    // SAFETY: getauxval(3) takes an integer, and reads what the kernel put on this process's own stack.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}
