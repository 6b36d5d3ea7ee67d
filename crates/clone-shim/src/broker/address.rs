//! Addresses as a program hands them to the kernel: bytes of its memory, copied once, and parsed.
use rustix::io::Errno;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

/// The kernel takes no longer ones (`struct sockaddr_storage`).
pub const LONGEST: usize = 128;

const AF_UNSPEC: u16 = 0;
const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;
const AF_NETLINK: u16 = 16;

/// An address that a call names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `AF_UNSPEC`
    None,
    /// `AF_INET` or `AF_INET6`
    Internet(SocketAddr),
    /// `AF_NETLINK`: the port, and the groups.
    Netlink(u32, u32),
    /// Another family.
    Other,
}

impl Address {
    /// As the kernel reads it.
    pub fn parse(bytes: &[u8]) -> Result<Self, Errno> {
        let family = u16::from_ne_bytes(field(bytes, 0)?);
        let port = || Ok(u16::from_be_bytes(field(bytes, 2)?));
        let word = |at| Ok(u32::from_ne_bytes(field(bytes, at)?));
        match family {
            AF_UNSPEC => Ok(Self::None),
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

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..LONGEST)) {
            let _ = Address::parse(&bytes);
        }
    }
}
