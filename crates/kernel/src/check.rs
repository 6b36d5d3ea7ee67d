//! The one place where the -1 of a C library call becomes an [`Errno`].
use rustix::io::Errno;

/// `Err` with the calling thread's errno if `result` is -1, else `result`.
pub(crate) fn check(result: libc::c_long) -> Result<libc::c_long, Errno> {
    if result == -1 {
        // SAFETY: the call takes nothing, and gives the place of the calling thread's own errno.
        let place = unsafe { libc::__errno_location() };
        // SAFETY: that place is valid as long as the thread is.
        let errno = unsafe { *place };
        Err(Errno::from_raw_os_error(errno))
    } else {
        Ok(result)
    }
}
