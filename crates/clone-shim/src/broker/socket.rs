//! Sockets of a program: what one is, and how the broker makes one for it.
use kernel::{Call, Network};
use rustix::fd::OwnedFd;
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::net::{AddressFamily, Protocol, SocketFlags, SocketType, ipproto, sockopt};
use specification::application::Transport;
use std::num::NonZeroU32;

/// A socket of a call, and what the call needs to know of it.
#[derive(Debug)]
pub struct Socket {
    pub fd: OwnedFd,
    /// Its number in the program.
    pub number: i32,
    /// Whether it belongs to the launcher's network.
    pub of_host: bool,
    pub family: AddressFamily,
    pub kind: SocketType,
    /// Whether it is for echo requests.
    echo: bool,
}

impl Socket {
    /// What `fd` is, `number` in the program; `host` is the launcher's network. `ENOTSOCK` if it is no socket.
    pub fn of(fd: OwnedFd, number: i32, host: Network) -> Result<Self, Errno> {
        let (family, kind) = (sockopt::socket_domain(&fd)?, sockopt::socket_type(&fd)?);
        let protocol = match kind {
            SocketType::DGRAM => sockopt::socket_protocol(&fd)?,
            _ => None,
        };
        Ok(Self {
            of_host: Network::of(&fd)? == host,
            number,
            echo: protocol.is_some_and(|it| [ipproto::ICMP, ipproto::ICMPV6].contains(&it)),
            family,
            kind,
            fd,
        })
    }

    /// What carries its data, if that is something that grants are about.
    pub fn transport(&self) -> Option<Transport> {
        match (self.family, self.kind) {
            (AddressFamily::INET | AddressFamily::INET6, SocketType::STREAM) => {
                Some(Transport::Tcp)
            }
            (AddressFamily::INET | AddressFamily::INET6, SocketType::DGRAM) => match self.echo {
                true => Some(Transport::Icmp),
                false => Some(Transport::Udp),
            },
            _ => None,
        }
    }
}

/// Of `int` arguments the kernel looks at the low half.
pub fn low(argument: u64) -> u32 {
    u32::try_from(argument & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}

/// A socket as the program asks for it, and whether its descriptor there closes at exec.
pub fn make(family: u16, kind: u32, protocol: u32) -> Result<(OwnedFd, bool), Errno> {
    const TYPE: u32 = 0xf;
    let flags = SocketFlags::from_bits(kind & !TYPE).ok_or(Errno::INVAL)?;
    let socket = rustix::net::socket_with(
        AddressFamily::from_raw(family),
        SocketType::from_raw(kind & TYPE),
        flags | SocketFlags::CLOEXEC,
        NonZeroU32::new(protocol).map(Protocol::from_raw),
    )?;
    Ok((socket, flags.contains(SocketFlags::CLOEXEC)))
}

/// Whether a descriptor of the calling process closes at exec (proc_pid_fdinfo(5)).
pub fn closes_on_exec(call: &Call, number: i32) -> Option<bool> {
    let path = format!("/proc/{}/fdinfo/{number}", call.thread.as_raw_pid());
    let text = std::fs::read_to_string(path).ok()?;
    let flags = text.lines().find_map(|line| line.strip_prefix("flags:"))?;
    let flags = u32::from_str_radix(flags.trim(), 8).ok()?;
    Some(OFlags::from_bits_retain(flags).contains(OFlags::CLOEXEC))
}
