//! A child that has been started.
use crate::check;
use crate::ended::{Ended, How, Usage};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::Pid;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::{Duration, Instant};

/// A child. Its pidfd is its identity; its number is for showing, and is another's once it has been waited for.
///
/// Dropping it closes the pidfd and leaves the child as it is: running, or waiting to be waited for.
///
/// ```
/// use clone3::{Clone3, How};
/// use std::time::Duration;
///
/// // SAFETY: the child makes only system calls.
/// let child = unsafe {
///     Clone3::new().fork(|| loop {
///         rustix::thread::sched_yield();
///     })
/// }?;
/// assert!(!child.poll(Some(Duration::from_millis(1)))?);
/// assert_eq!(child.try_wait()?, None);
/// child.signal(9)?;
/// let ended = child.wait()?;
/// assert_eq!(ended.how, How::Killed { signal: 9, core: false });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Child {
    pid: Pid,
    pidfd: OwnedFd,
}

impl Child {
    /// From what clone3 returned and stored.
    pub(crate) fn from_kernel(pid: libc::c_long, pidfd: libc::c_int) -> io::Result<Self> {
        let pid = i32::try_from(pid)
            .ok()
            .and_then(Pid::from_raw)
            .ok_or_else(|| io::Error::other("not a pid"))?;
        // SAFETY: CLONE_PIDFD had the kernel store a new descriptor there, and nothing else has seen it.
        let pidfd = unsafe { OwnedFd::from_raw_fd(pidfd) };
        Ok(Self { pid, pidfd })
    }

    /// Its number in the caller's pid namespace.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Waits until it has ended (waitid(2)). Whoever waits first gets the end: for others it is `ECHILD`, as it is for a
    /// child of the caller's parent, and for every child of a process that ignores `SIGCHLD`.
    ///
    /// If this process traces the child, its stops are left to whoever waits for them.
    pub fn wait(&self) -> io::Result<Ended> {
        // waitid would take a stop, although nobody asked it for one. The pidfd speaks of the end alone.
        self.poll(None)?;
        loop {
            // Still without WNOHANG: if another process traces the child, that one must learn of the end first.
            if let Some(ended) = self.wait_once(0)? {
                return Ok(ended);
            }
        }
    }

    /// Its end, if it has ended. Otherwise as [`Child::wait`].
    pub fn try_wait(&self) -> io::Result<Option<Ended>> {
        if self.poll(Some(Duration::ZERO))? {
            self.wait_once(libc::WNOHANG)
        } else {
            Ok(None)
        }
    }

    /// One waitid(2), by itself since the C library's does not tell the use. `None` if it was interrupted, if there is
    /// nothing to tell, or if it tells of anything but an end. `__WALL` is for children whose exit signal is not `SIGCHLD`.
    fn wait_once(&self, options: libc::c_int) -> io::Result<Option<Ended>> {
        let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
        let mut usage = MaybeUninit::<libc::rusage>::zeroed();
        // SAFETY: `info` and `usage` are live and of the types that the kernel fills.
        let waited = check(unsafe {
            libc::syscall(
                libc::SYS_waitid,
                libc::P_PIDFD,
                self.pidfd.as_raw_fd(),
                info.as_mut_ptr(),
                libc::WEXITED | libc::__WALL | options,
                usage.as_mut_ptr(),
            )
        });
        match waited {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(None),
            waited => waited?,
        };
        // SAFETY: all zeroes is a valid siginfo_t, and the kernel has written to it since.
        let info = unsafe { info.assume_init() };
        // SAFETY: all zeroes is a valid rusage, and the kernel has written to it since.
        let usage = unsafe { usage.assume_init() };
        // SAFETY: the kernel filled the fields of a SIGCHLD, or left all at 0.
        let status = unsafe { info.si_status() };
        let how = match info.si_code {
            libc::CLD_EXITED => How::Exited(status),
            libc::CLD_KILLED => How::Killed {
                signal: status,
                core: false,
            },
            libc::CLD_DUMPED => How::Killed {
                signal: status,
                core: true,
            },
            _ => return Ok(None),
        };
        Ok(Some(Ended {
            how,
            usage: Usage::from(&usage),
        }))
    }

    /// Sends it a signal (pidfd_send_signal(2)); 0 only asks whether it could be sent. `ESRCH` if it has ended and been
    /// waited for.
    pub fn signal(&self, signal: i32) -> io::Result<()> {
        // SAFETY: a null siginfo asks for an ordinary one; no memory is read.
        check(unsafe {
            libc::syscall(
                libc::SYS_pidfd_send_signal,
                self.pidfd.as_raw_fd(),
                signal,
                std::ptr::null::<libc::siginfo_t>(),
                0u32,
            )
        })
        .map(drop)
    }

    /// Whether it has ended, after at most this time; without one, waits until it has. It stays to be waited for.
    pub fn poll(&self, timeout: Option<Duration>) -> io::Result<bool> {
        // A time that the clock cannot reach is as good as none.
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            let left = deadline.map(|deadline| timespec(deadline.duration_since(Instant::now())));
            match poll(
                &mut [PollFd::new(&self.pidfd, PollFlags::IN)],
                left.as_ref(),
            ) {
                Err(Errno::INTR) => {}
                ready => return Ok(ready? > 0),
            }
        }
    }
}

/// At most the largest that there is, which nobody lives to see.
fn timespec(time: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: time.subsec_nanos().into(),
    }
}

impl AsFd for Child {
    /// The pidfd, for pidfd_open(2)'s uses: readable when the child has ended, closed by exec.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}
