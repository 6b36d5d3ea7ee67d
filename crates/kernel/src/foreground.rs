//! Who has a terminal's keys.
use crate::check::check;
use rustix::io::Errno;
use std::os::fd::{AsFd, AsRawFd};

/// Whether this process is of the terminal's foreground group, which may read keys and change modes (`TIOCGPGRP`,
/// ioctl_tty(2)).
///
/// Groups of an outer PID namespace have no number here, so where both are such they count as one: that is how a program
/// stands that was started in a new PID namespace at a terminal.
///
/// # Errors
/// `ENOTTY`: it is not this process's controlling terminal.
pub fn is_in_foreground(terminal: impl AsFd) -> Result<bool, Errno> {
    let mut foreground: libc::pid_t = 0;
    // SAFETY: the request writes a number of this type to where it is told.
    let asked = unsafe {
        libc::ioctl(
            terminal.as_fd().as_raw_fd(),
            libc::TIOCGPGRP,
            &raw mut foreground,
        )
    };
    check(asked.into())?;
    // SAFETY: getpgrp(2) takes and touches nothing.
    Ok(foreground == unsafe { libc::getpgrp() })
}
