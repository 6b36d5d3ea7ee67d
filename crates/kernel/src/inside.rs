//! What the shim does in a void's own namespaces: by a process without memory of its own, which goes there (setns(2)), does
//! it, and dies. It shares its descriptors with the shim, and nothing else that a void could see.
use crate::capability;
use crate::check::check;
use crate::signals::SignalSet;
use clone3::{Clone3, Sharing, Stack};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType};
use rustix::process::Pid;
use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// The namespaces of a void that the shim may need, which live on while this does.
#[derive(Debug)]
pub struct VoidNamespaces {
    user: OwnedFd,
    network: OwnedFd,
    mounts: OwnedFd,
}

/// Where a program's paths lead, and how what it makes there is made.
#[derive(Debug)]
pub struct Bearings {
    /// Its working directory (`O_PATH`), a folder of the void.
    pub directory: OwnedFd,
    /// Its file mode creation mask.
    pub umask: u32,
}

impl VoidNamespaces {
    /// Those of `process`, which must be dumpable and a child that has not been waited for.
    pub fn of(process: Pid) -> Result<Self, Errno> {
        let open = |kind| {
            let path = format!("/proc/{}/ns/{kind}", process.as_raw_pid());
            rustix::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
        };
        Ok(Self {
            user: open("user")?,
            network: open("net")?,
            mounts: open("mnt")?,
        })
    }

    /// Makes a socket in the void's network, which closes at exec.
    pub fn socket(&self, family: AddressFamily, kind: SocketType) -> io::Result<OwnedFd> {
        let (family, kind) = (
            i32::from(family.as_raw()),
            kind.as_raw().cast_signed() | libc::SOCK_CLOEXEC,
        );
        let (user, network) = (Some(self.user.as_fd()), self.network.as_raw_fd());
        act(user, || {
            enter(network, libc::CLONE_NEWNET)?;
            // SAFETY: socket(2) takes integers.
            check(unsafe { libc::socket(family, kind, 0) }.into())
        })
    }

    /// Finds what lies at a path for a program of the void (`O_PATH`); symlinks are followed.
    pub fn find(&self, path: &CStr, bearings: &Bearings) -> io::Result<OwnedFd> {
        let (user, mounts) = (Some(self.user.as_fd()), self.mounts.as_raw_fd());
        act(user, || {
            enter(mounts, libc::CLONE_NEWNS)?;
            rustix::process::fchdir(&bearings.directory)?;
            let flags = libc::O_PATH | libc::O_CLOEXEC;
            // SAFETY: the path is a C string, which is only read.
            check(unsafe { libc::open(path.as_ptr(), flags) }.into())
        })
    }

    /// Binds an AF_UNIX socket of the void's to a path (bind(2)), with no privilege, as a program of the void would. Gives
    /// the file that this made (`O_PATH`, `SIOCUNIXFILE`), whatever is at the path by then.
    pub fn bind(
        &self,
        socket: BorrowedFd<'_>,
        address: &[u8],
        bearings: &Bearings,
    ) -> io::Result<OwnedFd> {
        /// `SIOCUNIXFILE`, for whoever has CAP_NET_ADMIN over the socket's network (linux/un.h).
        const FILE_OF_SOCKET: libc::Ioctl = 0x89e0;
        let user = Some(self.user.as_fd());
        let (mounts, socket) = (self.mounts.as_raw_fd(), socket.as_raw_fd());
        let length = libc::socklen_t::try_from(address.len()).unwrap_or(0);
        act(user, || {
            enter(mounts, libc::CLONE_NEWNS)?;
            rustix::process::fchdir(&bearings.directory)?;
            rustix::process::umask(Mode::from_raw_mode(bearings.umask));
            capability::lay_down()?;
            // SAFETY: the kernel reads `length` bytes of the address, which has as many.
            check(unsafe { libc::bind(socket, address.as_ptr().cast(), length) }.into())?;
            capability::take_up()?;
            // SAFETY: this request takes no argument.
            check(unsafe { libc::ioctl(socket, FILE_OF_SOCKET) }.into())
        })
    }
}

/// Does something in a user namespace, with all capabilities over it, or in the caller's own, that makes a descriptor. `work`
/// makes system calls, and neither allocates nor drops anything.
pub(crate) fn act(
    user: Option<BorrowedFd<'_>>,
    mut work: impl FnMut() -> Result<libc::c_long, Errno>,
) -> io::Result<OwnedFd> {
    const STACK_SIZE: usize = 16 * 1024;
    let user = user.map(|user| user.as_raw_fd());
    let mut made = Err(Errno::CANCELED);
    let mut stack = Stack::new(STACK_SIZE)?;
    let clone = Clone3::new().share(Sharing::FILES).share_memory();
    // What it has made would be nobody's if a signal came in between.
    let mask = SignalSet::ALL.make_mask()?;
    // SAFETY: the closure makes system calls on what was made before, and neither allocates nor drops anything; every
    // `work` is in this crate. The process can be killed between making the descriptor and saying so by a signal to it
    // alone, which nobody sends.
    let child = unsafe {
        clone.vfork(&mut stack, || {
            let entered = user.map_or(Ok(()), |user| enter(user, libc::CLONE_NEWUSER));
            made = entered.and_then(|()| work());
            0
        })
    };
    let ended = child.and_then(|child| child.wait());
    mask.make_mask()?;
    ended?;
    let made = i32::try_from(made?).map_err(|_| Errno::BADF)?;
    // SAFETY: the other process has just made this descriptor in the table that both share, and has ended.
    Ok(unsafe { OwnedFd::from_raw_fd(made) })
}

/// The calling process is about to end, and shares no namespace, root or directory with another that it would take along.
pub(crate) fn enter(namespace: i32, kind: i32) -> Result<(), Errno> {
    // SAFETY: setns(2) takes integers.
    check(unsafe { libc::setns(namespace, kind) }.into()).map(drop)
}
