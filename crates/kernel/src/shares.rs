//! What two threads have in common.
use crate::check::check;
use rustix::io::Errno;
use rustix::process::Pid;

/// `KCMP_FILES` of linux/kcmp.h.
const FILES: libc::c_int = 2;

/// Whether two threads have one table of descriptors, so that what the one opens is the other's too (kcmp(2), `KCMP_FILES`).
///
/// # Errors
/// - `ESRCH`: one of them is gone.
/// - `EPERM`: the caller may not look into one of them.
/// - `ENOSYS`: this kernel does not compare.
pub fn share_descriptors(one: Pid, other: Pid) -> Result<bool, Errno> {
    let [one, other] = [one, other].map(Pid::as_raw_pid);
    // SAFETY: kcmp(2) takes numbers here, and touches nothing.
    let order = check(unsafe { libc::syscall(libc::SYS_kcmp, one, other, FILES, 0, 0) })?;
    Ok(order == 0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use rustix::thread::{UnshareFlags, gettid, unshare_unsafe};
    use std::thread::spawn;

    #[test]
    fn a_thread_has_the_descriptors_of_its_process_unless_it_left_them() {
        let first = gettid();
        if share_descriptors(first, first) == Err(Errno::NOSYS) {
            return eprintln!("skipped: this kernel has no kcmp(2)");
        }
        let shares = move || share_descriptors(first, gettid());
        let [before, after] = spawn(move || {
            let before = shares();
            // SAFETY: what it has open stays open to it, and it opens and closes nothing.
            unsafe { unshare_unsafe(UnshareFlags::FILES) }.unwrap();
            [before, shares()]
        })
        .join()
        .unwrap();
        assert_eq!((before, after), (Ok(true), Ok(false)));
    }
}
