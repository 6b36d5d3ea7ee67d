//! A session that outlives the program that has its terminal: a small process leads it, and does nothing else.
//!
//! When the leader of a session ends, the kernel sends `SIGHUP` to the foreground of its terminal, and takes the terminal
//! away from all others of the session (`disassociate_ctty`). So if a program that leaves something running led it, that
//! would not run on, as it does under a shell.
use clone3::{Child, Clone3, Parent};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::Pid;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

/// A session, led by a process of ours. It ends when this is dropped, or when this process ends, however that comes: then
/// the foreground of its terminal is sent `SIGHUP`, as when a terminal's window is closed.
///
/// The leader is an untraced child of the thread that began it, has no descriptor but a pipe, and blocks every signal.
#[derive(Debug)]
pub(crate) struct Session {
    leader: Child,
    /// The leader ends when this is closed.
    _life: OwnedFd,
}

impl Session {
    /// Begins one, of which this is the controlling terminal, and in it a process that carries out `member`, which is told
    /// if the terminal could not be had. The process is a child of the calling thread.
    ///
    /// All signals have to be blocked.
    ///
    /// # Safety
    /// Those of [`Clone3::fork`]: `member` makes system calls only.
    pub(crate) unsafe fn begin(
        terminal: BorrowedFd<'_>,
        member: impl FnOnce(Result<(), Errno>) -> u8,
    ) -> io::Result<(Pid, Self)> {
        let (until, life) = pipe_with(PipeFlags::CLOEXEC)?;
        let (word, say) = pipe_with(PipeFlags::CLOEXEC)?;
        let lead = || {
            let taken = take(terminal);
            // SAFETY: as this process is a copy in which nothing but system calls has been made, it is as good as that
            // which it is a copy of.
            let made = unsafe {
                Clone3::new()
                    .parent(Parent::CallersParent)
                    .fork(|| member(taken))
            };
            lead(made, &say, &until)
        };
        // SAFETY: the child makes system calls only, and the caller answers for what `member` does.
        let leader = unsafe { Clone3::new().fork(lead) }?;
        let session = Self {
            leader,
            _life: life,
        };
        // So that the leader's end, if it says nothing, is the end of the pipe.
        drop(say);
        let pid = heard(&word)?;
        Ok((pid, session))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // It may have been stopped. Errors are that it has ended, and been waited for with the others that are followed.
        let _ = self.leader.signal(libc::SIGKILL);
        let _ = self.leader.wait();
    }
}

/// Makes it the controlling terminal of a new session.
fn take(terminal: BorrowedFd<'_>) -> Result<(), Errno> {
    rustix::process::setsid()?;
    rustix::process::ioctl_tiocsctty(terminal)
}

/// What a leader does when it has made the process that is the reason for it.
fn lead(made: io::Result<Child>, say: &OwnedFd, until: &OwnedFd) -> u8 {
    let word = match &made {
        Ok(child) => child.pid().as_raw_pid(),
        Err(error) => -error.raw_os_error().unwrap_or(libc::EIO),
    };
    // Its descriptor is closed once only.
    drop(made);
    // If nobody listens the other end of the next pipe is closed, too.
    let _ = rustix::io::write(say, &word.to_ne_bytes());
    let _ = rustix::thread::set_name(c"session-leader");
    // It is not to keep anything busy.
    let _ = rustix::process::chdir(c"/");
    close_all_but(until);
    while rustix::io::read(until, &mut [0u8; 1]) == Err(Errno::INTR) {}
    0
}

/// Closes every other descriptor, for good.
fn close_all_but(kept: &OwnedFd) {
    let kept = kept.as_raw_fd().unsigned_abs();
    if kept > 0 {
        close(0, kept - 1);
    }
    close(kept + 1, libc::c_uint::MAX);
}

/// close_range(2).
fn close(first: u32, last: u32) {
    // SAFETY: this process is a copy that uses and drops no `OwnedFd` but the one kept before it exits.
    unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
}

/// The number of the process that a leader has made.
fn heard(word: &OwnedFd) -> io::Result<Pid> {
    let mut number = [0; 4];
    loop {
        match rustix::io::read(word, &mut number) {
            Ok(4) => break,
            Err(Errno::INTR) => {}
            // It was killed before it could say anything.
            Ok(_) => return Err(Errno::SRCH.into()),
            Err(errno) => return Err(errno.into()),
        }
    }
    let number = i32::from_ne_bytes(number);
    Pid::from_raw(number)
        .filter(|_| number > 0)
        .ok_or_else(|| io::Error::from_raw_os_error(-number))
}
