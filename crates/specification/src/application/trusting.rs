//! Addresses at which somebody trusts whoever reaches them. They are part of no network that a grant names, and of no `*`:
//! each must be named by itself.
use super::network::masked;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const V4: &[(Ipv4Addr, u8)] = &[
    (Ipv4Addr::UNSPECIFIED, 8),              // this host
    (Ipv4Addr::new(127, 0, 0, 0), 8),        // this host
    (Ipv4Addr::new(169, 254, 0, 0), 16),     // the link; where clouds hand out credentials
    (Ipv4Addr::new(100, 100, 100, 200), 32), // the same at Alibaba
    (Ipv4Addr::new(168, 63, 129, 16), 32),   // at Azure
    (Ipv4Addr::new(192, 0, 0, 192), 32),     // at Oracle
    (Ipv4Addr::new(224, 0, 0, 0), 4),        // groups of hosts
    (Ipv4Addr::BROADCAST, 32),               // all of them
];

const V6: &[(Ipv6Addr, u8)] = &[
    (Ipv6Addr::UNSPECIFIED, 128),                              // this host
    (Ipv6Addr::LOCALHOST, 128),                                // this host
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),          // the link
    (Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), 128), // credentials at Amazon
    (Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23), 128),  // the same for containers
    (Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254), 128),  // at Google
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8),           // groups of hosts
];

/// Whether an address must be named by itself. IPv6 addresses that a gateway turns into IPv4 ones are what they are turned
/// into.
pub fn must_be_named(address: IpAddr) -> bool {
    let bits = if address.is_ipv4() { 32 } else { 128 };
    all_must_be_named(address, bits)
}

/// Whether all addresses of a network must.
pub(crate) fn all_must_be_named(network: IpAddr, bits: u8) -> bool {
    let lies_in = |whole: IpAddr, of: u8| bits >= of && masked(network, of) == whole;
    match network {
        IpAddr::V4(_) => V4.iter().any(|(whole, of)| lies_in((*whole).into(), *of)),
        IpAddr::V6(address) => {
            V6.iter().any(|(whole, of)| lies_in((*whole).into(), *of))
                || (bits == 128 && embedded(address).is_some_and(|it| must_be_named(it.into())))
        }
    }
}

/// The IPv4 address in an IPv6 one: of NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056), and the old compatible form.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let words = address.segments();
    let joined = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match words {
        [0x64, 0xff9b, 0 | 1, _, _, _, high, low] | [0, 0, 0, 0, 0, 0, high, low] => {
            Some(joined(high, low))
        }
        [0x2002, high, low, ..] => Some(joined(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_nothing_else_must_be_named() {
        let all = |network: &str, bits| all_must_be_named(network.parse().unwrap(), bits);
        assert!(all("127.0.0.0", 8) && all("127.1.0.0", 16) && all("169.254.169.254", 32));
        assert!(all("fe80::", 10) && all("::1", 128));
        assert!(!all("0.0.0.0", 0) && !all("126.0.0.0", 7) && !all("10.0.0.0", 8));
        assert!(!all("::", 0) && !all("fc00::", 7));
    }
}
