//! Who a thread is, asked of its pidfd (pidfd_open(2), Linux 6.13): /proc tells more, but takes ten times as long for a
//! process that nobody has looked at yet, and again when it is gone.
use crate::check::check;
use rustix::fs::{Stat, fstat};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// `PIDFD_THREAD`: any thread, not only a leader.
const THREAD: PidfdFlags = PidfdFlags::from_bits_retain(libc::O_EXCL.unsigned_abs());
/// `PIDFD_GET_PID_NAMESPACE`, `_IO(0xff, 5)`.
const GET_PID_NAMESPACE: libc::Ioctl = 0xff05;
/// `PIDFD_GET_INFO`, `_IOWR(0xff, 11, struct pidfd_info)`.
const GET_INFO: libc::Ioctl = 0xc040_ff0b;

/// The kernel's `struct pidfd_info` as it was first.
#[repr(C)]
#[derive(Debug, Default)]
struct Info {
    /// What is asked for, and then what is told. Numbers always are.
    mask: u64,
    cgroup: u64,
    pid: u32,
    tgid: u32,
    ppid: u32,
    _users: [u32; 8],
    _exit_code: i32,
}

const _: () = assert!(size_of::<Info>() == 64);

/// What is known of a thread that is in our own pid namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kin {
    /// Its process.
    pub process: Pid,
    /// The parent of that.
    pub parent: Pid,
}

/// Our own pid namespace, by its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnPidNamespace {
    device: u64,
    inode: u64,
}

impl OwnPidNamespace {
    /// Looks it up in /proc.
    pub fn new() -> Result<Self, Errno> {
        rustix::fs::stat("/proc/self/ns/pid").map(|file| Self::of(&file))
    }

    fn of(file: &Stat) -> Self {
        Self {
            device: file.st_dev,
            inode: file.st_ino,
        }
    }

    /// Who a thread is; `None` if it is in another namespace than this one.
    ///
    /// # Errors
    /// `ESRCH` if there is no such thread, or its parent is in a namespace above; `EINVAL` or `ENOTTY` from a kernel that
    /// does not tell.
    pub fn find(self, thread: Pid) -> Result<Option<Kin>, Errno> {
        let pidfd = pidfd_open(thread, THREAD)?;
        let namespace = fstat(pid_namespace(&pidfd)?)?;
        if Self::of(&namespace) != self {
            return Ok(None);
        }
        let info = info(&pidfd)?;
        let number = |number: u32| i32::try_from(number).ok().and_then(Pid::from_raw);
        Ok(number(info.tgid)
            .zip(number(info.ppid))
            .map(|(process, parent)| Kin { process, parent }))
    }
}

fn pid_namespace(pidfd: &OwnedFd) -> Result<OwnedFd, Errno> {
    // SAFETY: the request takes no pointer, and gives a new descriptor.
    let fd = check(unsafe { libc::ioctl(pidfd.as_raw_fd(), GET_PID_NAMESPACE, 0) }.into())?;
    let fd = i32::try_from(fd).map_err(|_| Errno::BADF)?;
    // SAFETY: the kernel has just made this descriptor, and nothing else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn info(pidfd: &OwnedFd) -> Result<Info, Errno> {
    let mut info = Info::default();
    // SAFETY: the kernel writes as many bytes as the request says, which are those of `info`, all integers.
    check(unsafe { libc::ioctl(pidfd.as_raw_fd(), GET_INFO, &raw mut info) }.into())?;
    Ok(info)
}
