//! What an entrypoint may do with networks, and where it listens.
use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// What an entrypoint may do with networks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Whether the loopback interface of its own network is up.
    pub loopback: bool,
    /// Whether it may have AF_UNIX sockets among its own paths.
    pub unix: bool,
    /// The ports that it may bind; no two for one port, transport and family.
    pub serve: Vec<Serve>,
    /// What it may connect or send to.
    pub reach: Vec<Reach>,
    /// The AF_UNIX sockets of the host's that it may connect or send to.
    pub sockets: Vec<HostSocket>,
}

impl Network {
    /// The names of hosts among its destinations.
    pub fn names(&self) -> BTreeSet<&str> {
        let named = self.reach.iter().filter_map(|reach| match &reach.hosts {
            Hosts::Named(name) => Some(name.as_str()),
            Hosts::Any | Hosts::Within(..) | Hosts::One(_) => None,
        });
        named.collect()
    }
}

/// An AF_UNIX socket of the host's that a program may connect or send to, by the same path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostSocket {
    /// What is sent there.
    pub kind: HostSocketKind,
    /// Its path on the host, absolute.
    pub path: PathBuf,
}

/// What an AF_UNIX socket of the host's is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HostSocketKind {
    /// `unix`: connections (`SOCK_STREAM`, `SOCK_SEQPACKET`).
    Connections,
    /// `unixgram`: datagrams (`SOCK_DGRAM`).
    Datagrams,
}

impl fmt::Display for HostSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            HostSocketKind::Connections => "unix",
            HostSocketKind::Datagrams => "unixgram",
        };
        write!(f, "{kind}:{}", self.path.display())
    }
}

/// A destination that a program may connect or send to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// By what.
    pub transport: Transport,
    /// Which hosts.
    pub hosts: Hosts,
    /// Which of their ports; all, where there are none.
    pub ports: PortRange,
}

/// Hosts by their addresses, or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// Any, but for those that must be named.
    Any,
    /// Those of a network, by its address and how many of its bits count; but for those that must be named.
    Within(IpAddr, u8),
    /// One, whatever it is.
    One(IpAddr),
    /// Whatever addresses the launcher finds for this name, but for those that must be named by themselves.
    Named(String),
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (transport, ports) = (self.transport.name(), self.ports);
        let bracket = |address: IpAddr, rest: &str| match address {
            IpAddr::V4(address) => format!("{address}{rest}"),
            IpAddr::V6(address) => format!("[{address}{rest}]"),
        };
        let hosts = match &self.hosts {
            Hosts::Any => "*".to_owned(),
            Hosts::Within(address, bits) => bracket(*address, &format!("/{bits}")),
            Hosts::One(address) => bracket(*address, ""),
            Hosts::Named(name) => name.clone(),
        };
        match (self.transport, ports) {
            (Transport::Icmp, _) => write!(f, "{transport}:{hosts}"),
            (_, PortRange::ALL) => write!(f, "{transport}:{hosts}:*"),
            (_, ports) => write!(f, "{transport}:{hosts}:{ports}"),
        }
    }
}

/// Ports that a program may bind, and what stands for them on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serve {
    /// Of which kind they are.
    pub transport: Transport,
    /// The ports that the program binds.
    pub inside: PortRange,
    /// The address of the host's.
    pub host: IpAddr,
    /// Its ports: as many as there are inside.
    pub outside: PortRange,
}

impl Serve {
    /// The address of the host's, with its ports.
    pub fn host_address(&self) -> String {
        match self.host {
            IpAddr::V4(host) => format!("{host}:{}", self.outside),
            IpAddr::V6(host) => format!("[{host}]:{}", self.outside),
        }
    }
}

impl fmt::Display for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (transport, host) = (self.transport.name(), self.host_address());
        write!(f, "{transport} {} at {host}", self.inside)
    }
}

/// What carries data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// A byte stream.
    Tcp,
    /// Datagrams.
    Udp,
    /// Echo requests and their answers, which have no ports.
    Icmp,
}

impl Transport {
    /// Its name in the language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp => "icmp",
        }
    }
}

/// Ports from the first to the last, which is no smaller; none is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRange {
    /// The first.
    pub first: u16,
    /// The last.
    pub last: u16,
}

impl PortRange {
    /// Every port.
    pub const ALL: Self = Self {
        first: 1,
        last: u16::MAX,
    };

    /// Whether `port` is one of them.
    pub const fn contains(self, port: u16) -> bool {
        self.first <= port && port <= self.last
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.first == self.last {
            true => self.first.fmt(f),
            false => write!(f, "{}-{}", self.first, self.last),
        }
    }
}

/// A socket that listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// Where.
    pub address: ListenAddress,
    /// Whether one that a service manager hands in is taken in its place.
    pub activation: bool,
}

/// Where a socket listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenAddress {
    /// Over TCP, at an address of the host's; its port is not 0, and no IPv6 address stands for an IPv4 one.
    Tcp(SocketAddr),
    /// The same over UDP.
    Udp(SocketAddr),
    /// At an absolute path of the host's.
    Unix(UnixKind, PathBuf),
}

impl ListenAddress {
    /// Its kind in the language.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Tcp(_) => "tcp",
            Self::Udp(_) => "udp",
            Self::Unix(UnixKind::Stream, _) => "unix",
            Self::Unix(UnixKind::Datagram, _) => "unixgram",
            Self::Unix(UnixKind::Packet, _) => "unixpacket",
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) | Self::Udp(address) => write!(f, "{}:{address}", self.kind()),
            Self::Unix(_, path) => write!(f, "{}:{}", self.kind(), path.display()),
        }
    }
}

/// How a socket of the file system carries data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnixKind {
    /// `SOCK_STREAM`
    Stream,
    /// `SOCK_DGRAM`
    Datagram,
    /// `SOCK_SEQPACKET`
    Packet,
}

impl Hosts {
    /// Whether an address is of these, of the same family. Which are those of a name is not known here.
    pub fn contain(&self, address: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::One(one) => *one == address,
            Self::Within(network, bits) => {
                network.is_ipv4() == address.is_ipv4() && masked(address, *bits) == *network
            }
            Self::Named(_) => false,
        }
    }
}

/// The first `bits` of an address, and zeroes.
pub(crate) fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            IpAddr::V4((u32::from(address) & mask).into())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            IpAddr::V6((u128::from(address) & mask).into())
        }
    }
}
