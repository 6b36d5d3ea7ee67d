//! Networks other than the calling process's: which one a socket belongs to, and how to make one in a void's.
use crate::check::check;
use clone3::{Clone3, Sharing, Stack};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType};
use rustix::process::Pid;
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

/// A network namespace's number, which is never used twice (`SO_NETNS_COOKIE`, socket(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(u64);

impl Network {
    /// That of a socket; `ENOTSOCK` for what is none.
    pub fn of(socket: impl AsFd) -> Result<Self, Errno> {
        let mut cookie = 0u64;
        let mut length: libc::socklen_t = 8;
        // SAFETY: the kernel writes at most `length` bytes to `cookie`, which has as many, and the length to `length`.
        let result = unsafe {
            libc::getsockopt(
                socket.as_fd().as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_NETNS_COOKIE,
                (&raw mut cookie).cast(),
                &raw mut length,
            )
        };
        check(result.into())?;
        Ok(Self(cookie))
    }
}

/// The address of a socket's own end (getsockname(2)), as the kernel writes it.
pub fn local_address(socket: impl AsFd) -> Result<Vec<u8>, Errno> {
    let mut bytes = [0u8; 128];
    let mut length: libc::socklen_t = 128;
    // SAFETY: the kernel writes at most `length` bytes to `bytes`, which has as many, and the length to `length`.
    let result = unsafe {
        libc::getsockname(
            socket.as_fd().as_raw_fd(),
            bytes.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    check(result.into())?;
    Ok(bytes.get(..length as usize).ok_or(Errno::INVAL)?.to_vec())
}

/// The network of a void, which lives on while this does.
#[derive(Debug)]
pub struct VoidNetwork {
    user: OwnedFd,
    network: OwnedFd,
}

impl VoidNetwork {
    /// That of `process`, which must be dumpable and a child that has not been waited for.
    pub fn of(process: Pid) -> Result<Self, Errno> {
        let open = |kind| {
            let path = format!("/proc/{}/ns/{kind}", process.as_raw_pid());
            rustix::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
        };
        Ok(Self {
            user: open("user")?,
            network: open("net")?,
        })
    }

    /// Makes a socket there, which closes at exec.
    ///
    /// A process without memory of its own goes there (setns(2)) and makes it, and dies; it shares its descriptors with
    /// this one.
    pub fn socket(&self, family: AddressFamily, kind: SocketType) -> io::Result<OwnedFd> {
        const STACK_SIZE: usize = 16 * 1024;
        let (family, kind) = (
            i32::from(family.as_raw()),
            kind.as_raw().cast_signed() | libc::SOCK_CLOEXEC,
        );
        let (user, network) = (self.user.as_raw_fd(), self.network.as_raw_fd());
        let mut made = Err(Errno::CANCELED);
        let mut stack = Stack::new(STACK_SIZE)?;
        let clone = Clone3::new().share(Sharing::FILES).share_memory();
        // SAFETY: the closure makes system calls that take integers, and neither allocates nor drops anything. The process
        // can be killed between making the socket and saying so by a signal to it alone, which nobody sends.
        let child = unsafe {
            clone.vfork(&mut stack, || {
                made = go_and_make(user, network, family, kind);
                0
            })
        }?;
        child.wait()?;
        let made = made?;
        // SAFETY: the other process has just made this descriptor in the table that both share, and has ended.
        Ok(unsafe { OwnedFd::from_raw_fd(made) })
    }
}

fn go_and_make(user: i32, network: i32, family: i32, kind: i32) -> Result<i32, Errno> {
    // SAFETY: setns(2) takes integers. The calling process is about to end, and shares no namespace with another.
    check(unsafe { libc::setns(user, libc::CLONE_NEWUSER) }.into())?;
    // SAFETY: as above.
    check(unsafe { libc::setns(network, libc::CLONE_NEWNET) }.into())?;
    // SAFETY: socket(2) takes integers.
    let socket = check(unsafe { libc::socket(family, kind, 0) }.into())?;
    i32::try_from(socket).map_err(|_| Errno::BADF)
}
