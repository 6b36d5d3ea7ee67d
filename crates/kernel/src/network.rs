//! Sockets of other networks than the calling process's, and of other processes: which network one belongs to, and calls
//! with addresses and messages as a program wrote them.
use crate::check::check;
use rustix::io::Errno;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

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

/// Binds a socket to an address as a program wrote it (bind(2)).
pub fn bind(socket: BorrowedFd<'_>, address: &[u8]) -> Result<(), Errno> {
    let (place, length) = address_argument(address)?;
    // SAFETY: the kernel reads `length` bytes at the place, which has as many.
    let result = unsafe { libc::bind(socket.as_raw_fd(), place, length) };
    check(result.into()).map(drop)
}

/// Connects a socket to an address as a program wrote it (connect(2)).
pub fn connect(socket: BorrowedFd<'_>, address: &[u8]) -> Result<(), Errno> {
    let (place, length) = address_argument(address)?;
    // SAFETY: as in `bind`.
    let result = unsafe { libc::connect(socket.as_raw_fd(), place, length) };
    check(result.into()).map(drop)
}

fn address_argument(address: &[u8]) -> Result<(*const libc::sockaddr, libc::socklen_t), Errno> {
    let length = address.len().try_into().map_err(|_| Errno::INVAL)?;
    Ok((address.as_ptr().cast(), length))
}

/// A message to be sent, as a program wrote it: bytes that have been looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Message<'a> {
    /// To whom, as the kernel reads it (`struct sockaddr`); empty for whom the socket is connected to.
    pub to: &'a [u8],
    /// What.
    pub data: &'a [u8],
    /// Control messages (cmsg(3)); descriptors among them are the calling process's.
    pub control: &'a [u8],
}

/// Sends it, with these `MSG_*` flags, and never raises `SIGPIPE` (sendmsg(2)). Returns how many bytes were sent.
pub fn send(socket: BorrowedFd<'_>, message: Message<'_>, flags: u32) -> Result<usize, Errno> {
    let Message { to, data, control } = message;
    let part = libc::iovec {
        iov_base: data.as_ptr().cast_mut().cast(),
        iov_len: data.len(),
    };
    let pointer = |bytes: &[u8]| match bytes {
        [] => std::ptr::null_mut(),
        bytes => bytes.as_ptr().cast_mut().cast(),
    };
    let header = libc::msghdr {
        msg_name: pointer(to),
        msg_namelen: u32::try_from(to.len()).map_err(|_| Errno::INVAL)?,
        msg_iov: (&raw const part).cast_mut(),
        msg_iovlen: 1,
        msg_control: pointer(control),
        msg_controllen: control.len(),
        msg_flags: 0,
    };
    let flags = flags.cast_signed() | libc::MSG_NOSIGNAL;
    // SAFETY: the kernel only reads what the header leads to, all of it slices that live, with their own lengths.
    let sent = unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const header, flags) };
    let sent = check(sent as libc::c_long)?;
    usize::try_from(sent).map_err(|_| Errno::IO)
}
