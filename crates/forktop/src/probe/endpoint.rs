//! Where a socket is connected to, or bound: `tcp:ADDRESS:PORT`, `unix:PATH` and their kin, as specifications have them.
use std::net::SocketAddr;

const AF_UNIX: u16 = 1;
const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;

const SOCK_STREAM: u32 = 1;
const SOCK_DGRAM: u32 = 2;
const SOCK_SEQPACKET: u32 = 5;

/// A path of a socket has room for so many bytes (unix(7)), with the NUL at its end.
const LONGEST: usize = 108;

pub(super) const FORMS: &str = "an address was expected, such as tcp:10.0.0.1:80, udp:[::1]:53, unix:/run/it/socket or \
                                unix:@name for an abstract one; unixgram: is for datagrams, unixpacket: for packets";

/// An address, and what kind of socket it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    kind: Kind,
    address: Address,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Stream,
    Datagram,
    Packet,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Address {
    Internet(SocketAddr),
    Path(Vec<u8>),
    Abstract(Vec<u8>),
}

impl Endpoint {
    /// What was written; if it is none, why.
    pub(super) fn read(text: &[u8]) -> Result<Self, String> {
        let place = text.iter().position(|byte| *byte == b':');
        let (kind, rest) = match place.and_then(|place| text.split_at_checked(place)) {
            Some((kind, rest)) => (kind, rest.get(1..).unwrap_or_default()),
            None => (text, &b""[..]),
        };
        let (kind, address) = match kind {
            b"tcp" => (Kind::Stream, internet(rest)?),
            b"udp" => (Kind::Datagram, internet(rest)?),
            b"unix" => (Kind::Stream, unix(rest)?),
            b"unixgram" => (Kind::Datagram, unix(rest)?),
            b"unixpacket" => (Kind::Packet, unix(rest)?),
            _ => return Err(FORMS.to_owned()),
        };
        Ok(Self { kind, address })
    }

    /// The numbers of its family and type, for socket(2).
    pub(super) const fn socket(&self) -> (u16, u32) {
        let family = match self.address {
            Address::Internet(SocketAddr::V4(_)) => AF_INET,
            Address::Internet(SocketAddr::V6(_)) => AF_INET6,
            Address::Path(_) | Address::Abstract(_) => AF_UNIX,
        };
        let kind = match self.kind {
            Kind::Stream => SOCK_STREAM,
            Kind::Datagram => SOCK_DGRAM,
            Kind::Packet => SOCK_SEQPACKET,
        };
        (family, kind)
    }

    /// Whether there is somebody at the other end when it is connected, and whether it can listen.
    pub(super) const fn has_connections(&self) -> bool {
        !matches!(self.kind, Kind::Datagram)
    }

    /// Whether it is of a network, where a datagram's address need not be anybody's.
    pub(super) const fn is_internet(&self) -> bool {
        matches!(self.address, Address::Internet(_))
    }

    /// Its path, where it has one.
    pub(super) fn path(&self) -> Option<&[u8]> {
        match &self.address {
            Address::Path(path) => Some(path),
            _ => None,
        }
    }

    /// Its `struct sockaddr` (sockaddr(3type)).
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.socket().0.to_ne_bytes().to_vec();
        match &self.address {
            Address::Internet(SocketAddr::V4(address)) => {
                bytes.extend(address.port().to_be_bytes());
                bytes.extend(address.ip().octets());
                bytes.extend([0; 8]);
            }
            Address::Internet(SocketAddr::V6(address)) => {
                bytes.extend(address.port().to_be_bytes());
                bytes.extend(address.flowinfo().to_be_bytes());
                bytes.extend(address.ip().octets());
                bytes.extend(address.scope_id().to_ne_bytes());
            }
            Address::Path(path) => {
                bytes.extend(path);
                bytes.push(0);
            }
            Address::Abstract(name) => {
                bytes.push(0);
                bytes.extend(name);
            }
        }
        bytes
    }
}

fn internet(text: &[u8]) -> Result<Address, String> {
    let text = String::from_utf8_lossy(text);
    if let Ok(address) = text.parse() {
        return Ok(Address::Internet(address));
    }
    let host = text.rsplit_once(':').map_or(&*text, |(host, _)| host);
    let what = match host {
        host if host.contains(':') && !host.starts_with('[') => {
            "an IPv6 address stands in brackets, such as tcp:[::1]:80"
        }
        host if host
            .contains(|letter: char| letter.is_ascii_alphabetic() && !host.starts_with('[')) =>
        {
            "names are not looked up, since those of the process may be others: write an address, such as tcp:127.0.0.1:80"
        }
        _ => {
            "an address and a port from 0 to 65535 were expected, such as tcp:10.0.0.1:80 or udp:[::1]:53"
        }
    };
    Err(what.to_owned())
}

fn unix(text: &[u8]) -> Result<Address, String> {
    let (address, name) = match text.strip_prefix(b"@") {
        Some(name) => (Address::Abstract(name.to_vec()), name),
        None => (Address::Path(text.to_vec()), text),
    };
    match name.len() {
        0 => Err("the path is missing, or @ and a name".to_owned()),
        LONGEST.. => Err(format!(
            "the path of a socket has {} bytes at most, and this has {}",
            LONGEST.saturating_sub(1),
            name.len()
        )),
        _ => Ok(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_laid_out_as_the_kernel_takes_them() {
        let bytes = |text: &str| Endpoint::read(text.as_bytes()).map(|it| it.bytes());
        assert_eq!(
            bytes("tcp:10.0.0.1:80").unwrap(),
            [2, 0, 0, 80, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]
        );
        let six = bytes("udp:[::1%3]:258").unwrap();
        assert_eq!(six.len(), 28);
        assert_eq!((&six[..4], six[23], six[24]), (&[10, 0, 1, 2][..], 1, 3));
        assert_eq!(bytes("unix:/a").unwrap(), b"\x01\0/a\0");
        assert_eq!(bytes("unixgram:@a:b").unwrap(), b"\x01\0\0a:b");
    }

    #[test]
    fn kinds_are_told_apart() {
        for (text, socket) in [
            ("tcp:1.2.3.4:0", (2, 1)),
            ("udp:[::]:5", (10, 2)),
            ("unix:x", (1, 1)),
            ("unixgram:x", (1, 2)),
            ("unixpacket:x", (1, 5)),
        ] {
            assert_eq!(
                Endpoint::read(text.as_bytes()).unwrap().socket(),
                socket,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_address_is_told_from_one() {
        for (text, expected) in [
            ("", "tcp:10.0.0.1:80"),
            ("10.0.0.1:80", "tcp:10.0.0.1:80"),
            ("sctp:10.0.0.1:80", "an address was expected"),
            ("tcp:10.0.0.1", "a port from 0"),
            ("tcp:10.0.0.1:65536", "a port from 0"),
            ("tcp:10.0.0.256:80", "a port from 0"),
            ("tcp:::1:80", "in brackets"),
            ("tcp:localhost:80", "not looked up"),
            ("tcp:[::1]", "a port from 0"),
            ("unix:", "path is missing"),
            ("unix:@", "path is missing"),
            (&format!("unix:{}", "x".repeat(108)), "107 bytes"),
        ] {
            let wrong = Endpoint::read(text.as_bytes()).unwrap_err();
            assert!(wrong.contains(expected), "{text}: {wrong}");
        }
        assert!(Endpoint::read(format!("unix:{}", "x".repeat(107)).as_bytes()).is_ok());
    }
}
