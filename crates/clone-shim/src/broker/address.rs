//! Addresses as a program hands them to the kernel: bytes of its memory, copied once, and parsed.
use rustix::io::Errno;
use std::ffi::{CString, OsStr};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The kernel takes no longer ones (`struct sockaddr_storage`).
pub const LONGEST: usize = 128;

const AF_UNSPEC: u16 = 0;
const AF_UNIX: u16 = 1;
const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;
const AF_NETLINK: u16 = 16;

/// An address that a call names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// `AF_UNSPEC`
    None,
    /// `AF_INET` or `AF_INET6`
    Internet(SocketAddr),
    /// `AF_UNIX`
    Local(Name),
    /// `AF_NETLINK`: the port, and the groups.
    Netlink(u32, u32),
    /// Another family.
    Other,
}

/// Where an AF_UNIX socket is (unix(7)).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// Nowhere: the kernel chooses an abstract name.
    None,
    /// At a name of its network's, without a file.
    Abstract(Vec<u8>),
    /// At a path.
    Path(CString),
}

impl Name {
    /// The longest that the kernel takes (`struct sockaddr_un`), with the family before it.
    const LONGEST: usize = 110;

    fn parse(bytes: &[u8]) -> Result<Self, Errno> {
        if bytes.len() > Self::LONGEST {
            return Err(Errno::INVAL);
        }
        match bytes.get(2..).unwrap_or_default() {
            [] => Ok(Self::None),
            [0, name @ ..] => Ok(Self::Abstract(name.to_vec())),
            path => {
                let path = path.split(|byte| *byte == 0).next().unwrap_or_default();
                CString::new(path).map(Self::Path).map_err(|_| Errno::INVAL)
            }
        }
    }
}

impl Name {
    /// As the kernel reads it (`struct sockaddr_un`).
    pub fn as_bytes(&self) -> Vec<u8> {
        let family = AF_UNIX.to_ne_bytes();
        match self {
            Self::None => family.to_vec(),
            Self::Abstract(name) => [&family[..], &[0], name].concat(),
            Self::Path(path) => [&family[..], path.as_bytes()].concat(),
        }
    }
}

/// A path that a program names.
pub fn as_path(name: &CString) -> &Path {
    Path::new(OsStr::from_bytes(name.as_bytes()))
}

impl Address {
    /// As the kernel reads it.
    pub fn parse(bytes: &[u8]) -> Result<Self, Errno> {
        let family = u16::from_ne_bytes(field(bytes, 0)?);
        let port = || Ok(u16::from_be_bytes(field(bytes, 2)?));
        let word = |at| Ok(u32::from_ne_bytes(field(bytes, at)?));
        match family {
            AF_UNSPEC => Ok(Self::None),
            AF_UNIX => Name::parse(bytes).map(Self::Local),
            AF_INET if bytes.len() >= 16 => {
                let address = Ipv4Addr::from(field::<4>(bytes, 4)?);
                Ok(Self::Internet((address, port()?).into()))
            }
            AF_INET6 if bytes.len() >= 24 => {
                let address = Ipv6Addr::from(field::<16>(bytes, 8)?);
                let scope = word(24).unwrap_or(0);
                Ok(Self::Internet(
                    SocketAddrV6::new(address, port()?, word(4)?, scope).into(),
                ))
            }
            AF_NETLINK if bytes.len() >= 12 => Ok(Self::Netlink(word(4)?, word(8)?)),
            AF_INET | AF_INET6 | AF_NETLINK => Err(Errno::INVAL),
            _ => Ok(Self::Other),
        }
    }
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], Errno> {
    let field = bytes
        .get(at..at + N)
        .and_then(|field| field.try_into().ok());
    field.ok_or(Errno::INVAL)
}

/// The IPv4 address that an IPv6 one stands for, if it does.
pub fn unmapped(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_read_as_the_kernel_reads_them() {
        let v4 = [&2u16.to_ne_bytes()[..], &[0, 53, 127, 0, 0, 1], &[0; 8]].concat();
        let expected = Address::Internet("127.0.0.1:53".parse().unwrap());
        assert_eq!(Address::parse(&v4), Ok(expected));
        assert_eq!(Address::parse(&v4[..15]), Err(Errno::INVAL));
        let mut v6 = [&10u16.to_ne_bytes()[..], &[0, 80], &[0; 24]].concat();
        v6[23] = 1;
        let expected = Address::Internet("[::1]:80".parse().unwrap());
        assert_eq!(Address::parse(&v6), Ok(expected.clone()));
        assert_eq!(Address::parse(&v6[..24]), Ok(expected));
        assert_eq!(Address::parse(&[0, 0]), Ok(Address::None));
        assert_eq!(Address::parse(&[0]), Err(Errno::INVAL));
    }

    #[test]
    fn a_path_ends_where_the_kernel_ends_it() {
        let name = |rest: &[u8]| Address::parse(&[&1u16.to_ne_bytes(), rest].concat());
        let path = |text: &str| Ok(Address::Local(Name::Path(CString::new(text).unwrap())));
        assert_eq!(name(b"/run/s"), path("/run/s"));
        assert_eq!(name(b"/run/s\0/etc"), path("/run/s"));
        assert_eq!(name(b""), Ok(Address::Local(Name::None)));
        assert_eq!(
            name(b"\0hidden"),
            Ok(Address::Local(Name::Abstract(b"hidden".to_vec())))
        );
        assert_eq!(name(&[b'a'; 108]), path(&"a".repeat(108)));
        assert_eq!(name(&[b'a'; 109]), Err(Errno::INVAL));
        for rest in [&b"/run/s"[..], b"\0hidden\0", b""] {
            let bytes = [&1u16.to_ne_bytes(), rest].concat();
            let Ok(Address::Local(name)) = Address::parse(&bytes) else {
                panic!("{bytes:?}");
            };
            assert_eq!(name.as_bytes(), bytes);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..LONGEST)) {
            let _ = Address::parse(&bytes);
        }
    }
}
