//! Namespaces by descriptors: to whom they belong (ioctl_ns(2)), and a socket made in one of them.
use crate::check::check;
use crate::inside::{act, enter};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// A namespace, which is there as long as this is.
#[derive(Debug)]
pub struct Namespace(OwnedFd);

impl Namespace {
    /// The one that a descriptor of a file in `/proc/PID/ns` is of.
    pub const fn new(descriptor: OwnedFd) -> Self {
        Self(descriptor)
    }

    /// By which the kernel tells it apart.
    pub fn inode(&self) -> Result<u64, Errno> {
        Ok(rustix::fs::fstat(&self.0)?.st_ino)
    }

    /// The user namespace that owns it; for a user namespace its parent (`NS_GET_USERNS`, Linux 4.9).
    ///
    /// # Errors
    /// `EPERM` if that is not the caller's or one below, `ENOTTY` if this is no namespace.
    pub fn owner(&self) -> Result<Self, Errno> {
        const NS_GET_USERNS: libc::Ioctl = 0xb701;
        let namespace = self.0.as_raw_fd();
        // SAFETY: this request takes no argument.
        let owner = check(unsafe { libc::ioctl(namespace, NS_GET_USERNS) }.into())?;
        let owner = i32::try_from(owner).map_err(|_| Errno::BADF)?;
        // SAFETY: the kernel has just made this descriptor, and nobody else knows of it.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(owner) }))
    }

    /// The owner of a user namespace, as a number of the caller's, in which an owner without a number is the overflow id
    /// (`NS_GET_OWNER_UID`, Linux 4.11).
    ///
    /// # Errors
    /// `EINVAL` if this is a namespace of another kind, `ENOTTY` if it is none.
    pub fn owner_uid(&self) -> Result<u32, Errno> {
        const NS_GET_OWNER_UID: libc::Ioctl = 0xb704;
        let mut uid: libc::uid_t = 0;
        // SAFETY: the kernel writes a `uid_t` where the argument points, which is one.
        check(unsafe { libc::ioctl(self.0.as_raw_fd(), NS_GET_OWNER_UID, &raw mut uid) }.into())?;
        Ok(uid)
    }

    /// Makes a netlink socket in this network namespace, which closes at exec, with a protocol such as `NETLINK_SOCK_DIAG`.
    ///
    /// # Errors
    /// Those of setns(2) and socket(2): the caller needs CAP_SYS_ADMIN over the namespace's owner, or to own that.
    pub fn netlink(&self, protocol: i32) -> io::Result<OwnedFd> {
        match self.netlink_as(None, protocol) {
            // Whoever owns a user namespace gets all capabilities over it by entering it. That comes second: others who
            // enter, though they need not, lose their being dumpable by it.
            Err(error) if error.raw_os_error() == Some(libc::EPERM) => {
                self.netlink_as(Some(self.owner()?.0.as_fd()), protocol)
            }
            made => made,
        }
    }

    fn netlink_as(&self, user: Option<BorrowedFd<'_>>, protocol: i32) -> io::Result<OwnedFd> {
        let network = self.0.as_raw_fd();
        let family = i32::from(AddressFamily::NETLINK.as_raw());
        let kind = SocketType::RAW.as_raw().cast_signed() | libc::SOCK_CLOEXEC;
        act(user, || {
            enter(network, libc::CLONE_NEWNET)?;
            // SAFETY: socket(2) takes integers.
            check(unsafe { libc::socket(family, kind, protocol) }.into())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    fn own(kind: &str) -> Namespace {
        Namespace::new(File::open(format!("/proc/self/ns/{kind}")).unwrap().into())
    }

    #[test]
    fn the_owner_of_a_namespace_is_a_user_namespace() {
        let owner = own("net").owner().unwrap();
        assert_eq!(owner.inode().unwrap(), own("user").inode().unwrap());
        assert_eq!(owner.owner_uid().unwrap(), 0);
        assert_eq!(own("net").owner_uid(), Err(Errno::INVAL));
        let file = Namespace::new(File::open("/proc/self/status").unwrap().into());
        assert_eq!(file.owner().unwrap_err(), Errno::NOTTY);
    }

    #[test]
    fn the_parent_of_the_callers_user_namespace_is_not_told() {
        assert_eq!(own("user").owner().unwrap_err(), Errno::PERM);
    }
}
