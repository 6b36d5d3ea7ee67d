//! The interfaces of a network namespace (netdevice(7)).
use crate::check::check;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use std::os::fd::{AsRawFd, BorrowedFd};

/// The size of the kernel's `struct ifreq`.
pub const INTERFACE_REQUEST: usize = size_of::<libc::ifreq>();
const _: () = assert!(INTERFACE_REQUEST == 40);

/// The requests that ask for something about an interface that a `struct ifreq` names, and get it in there:
/// `SIOCGIFNAME`, `SIOCGIFFLAGS`, `SIOCGIFADDR`, `SIOCGIFDSTADDR`, `SIOCGIFBRDADDR`, `SIOCGIFNETMASK`, `SIOCGIFMETRIC`,
/// `SIOCGIFMTU`, `SIOCGIFHWADDR`, `SIOCGIFINDEX`, `SIOCGIFTXQLEN`.
pub const INTERFACE_REQUESTS: [u32; 11] = [
    0x8910, 0x8913, 0x8915, 0x8917, 0x8919, 0x891b, 0x891d, 0x8921, 0x8927, 0x8933, 0x8942,
];

/// Makes one of [`INTERFACE_REQUESTS`] about the network that `socket` belongs to; `EINVAL` for any other.
pub fn ask_interface(
    socket: BorrowedFd<'_>,
    request: u32,
    interface: &mut [u8; INTERFACE_REQUEST],
) -> Result<(), Errno> {
    if !INTERFACE_REQUESTS.contains(&request) {
        return Err(Errno::INVAL);
    }
    // SAFETY: each of these requests reads and writes one `ifreq` at the place, which has its size; it holds no pointer
    // that they follow, and any bytes are one.
    let result = unsafe {
        libc::ioctl(
            socket.as_raw_fd(),
            libc::Ioctl::from(request),
            interface.as_mut_ptr(),
        )
    };
    check(result.into()).map(drop)
}

/// Brings `lo` of the calling process's network namespace up (netdevice(7), `SIOCSIFFLAGS`).
pub(crate) fn raise_loopback() -> Result<(), Errno> {
    let socket = rustix::net::socket_with(
        AddressFamily::INET,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC,
        None,
    )?;
    let mut name: [libc::c_char; libc::IFNAMSIZ] = [0; libc::IFNAMSIZ];
    for (place, letter) in name.iter_mut().zip(b"lo") {
        *place = libc::c_char::from_ne_bytes([*letter]);
    }
    let up = i16::try_from(libc::IFF_UP | libc::IFF_RUNNING).map_err(|_| Errno::INVAL)?;
    let request = libc::ifreq {
        ifr_name: name,
        ifr_ifru: libc::__c_anonymous_ifr_ifru { ifru_flags: up },
    };
    // SAFETY: the kernel reads an `ifreq`, which is live and has its flags set.
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) };
    check(result.into()).map(drop)
}
