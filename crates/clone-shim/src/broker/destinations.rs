//! Which destinations of the launcher's network are granted.
use super::address::unmapped;
use specification::application::{Hosts, Reach, Transport};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The addresses of the hosts that grants name, as the launcher finds them.
pub type Addresses = BTreeMap<String, BTreeSet<IpAddr>>;

/// Whether a grant names `to`.
pub fn is_granted(
    grants: &[Reach],
    addresses: &Addresses,
    transport: Transport,
    to: SocketAddr,
) -> bool {
    let address = unmapped(to.ip());
    grants.iter().any(|reach| {
        let has_ports = reach.transport != Transport::Icmp;
        reach.transport == transport
            && (!has_ports || reach.ports.contains(to.port()))
            && names(&reach.hosts, addresses, address)
    })
}

fn names(hosts: &Hosts, addresses: &Addresses, address: IpAddr) -> bool {
    match hosts {
        Hosts::One(one) => unmapped(*one) == address,
        Hosts::Named(name) => addresses
            .get(name)
            .is_some_and(|found| found.contains(&address)),
        Hosts::Any | Hosts::Within(..) => hosts.contain(address) && !must_be_named(address),
    }
}

/// Whether an address is part of no network that a grant names: what is there trusts whoever reaches it.
///
/// The host's own loopback, which `0.0.0.0` is too; link-local addresses, and others at which clouds hand out credentials;
/// groups of hosts. IPv6 addresses that a gateway turns into IPv4 ones are what they are turned into.
pub fn must_be_named(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => v4_must_be_named(address),
        IpAddr::V6(address) => {
            const CLOUDS: [Ipv6Addr; 3] = [
                Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), // Amazon
                Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),  // Amazon, containers
                Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),  // Google
            ];
            address.is_loopback()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_unicast_link_local()
                || CLOUDS.contains(&address)
                || embedded(address).is_some_and(v4_must_be_named)
        }
    }
}

fn v4_must_be_named(address: Ipv4Addr) -> bool {
    const CLOUDS: [Ipv4Addr; 3] = [
        Ipv4Addr::new(100, 100, 100, 200), // Alibaba
        Ipv4Addr::new(168, 63, 129, 16),   // Azure
        Ipv4Addr::new(192, 0, 0, 192),     // Oracle
    ];
    address.is_loopback()
        || address.octets()[0] == 0
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || CLOUDS.contains(&address)
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
    use specification::application::PortRange;

    fn reach(hosts: Hosts, first: u16, last: u16) -> Reach {
        Reach {
            transport: Transport::Tcp,
            hosts,
            ports: PortRange { first, last },
        }
    }

    fn granted(hosts: Hosts, to: &str) -> bool {
        let grants = [reach(hosts, 80, 90)];
        let to = to.parse().unwrap();
        is_granted(&grants, &Addresses::new(), Transport::Tcp, to)
    }

    #[test]
    fn a_destination_is_an_address_and_a_port() {
        let one = || Hosts::One("192.0.2.1".parse().unwrap());
        assert!(granted(one(), "192.0.2.1:80") && granted(one(), "192.0.2.1:90"));
        assert!(!granted(one(), "192.0.2.1:91") && !granted(one(), "192.0.2.2:80"));
        assert!(granted(one(), "[::ffff:192.0.2.1]:80"));
        let grants = [reach(one(), 80, 90)];
        let granted = |transport, to: &str| {
            is_granted(&grants, &Addresses::new(), transport, to.parse().unwrap())
        };
        assert!(!granted(Transport::Udp, "192.0.2.1:80"));
        assert!(!granted(Transport::Icmp, "192.0.2.1:0"));
    }

    #[test]
    fn echo_requests_have_no_ports() {
        let grants = [Reach {
            transport: Transport::Icmp,
            hosts: Hosts::One("192.0.2.1".parse().unwrap()),
            ports: PortRange::ALL,
        }];
        let to = "192.0.2.1:0".parse().unwrap();
        assert!(is_granted(&grants, &Addresses::new(), Transport::Icmp, to));
        let to = "192.0.2.2:0".parse().unwrap();
        assert!(!is_granted(&grants, &Addresses::new(), Transport::Icmp, to));
    }

    #[test]
    fn a_name_is_the_addresses_that_were_found_for_it() {
        let grants = [reach(Hosts::Named("a.example".to_owned()), 80, 80)];
        let addresses = |found: &str| {
            let found = BTreeSet::from([found.parse().unwrap()]);
            Addresses::from([("a.example".to_owned(), found)])
        };
        let to = "192.0.2.1:80".parse().unwrap();
        let granted = |addresses| is_granted(&grants, &addresses, Transport::Tcp, to);
        assert!(granted(addresses("192.0.2.1")));
        assert!(!granted(addresses("192.0.2.2")) && !granted(Addresses::new()));
    }

    #[test]
    fn what_trusts_whoever_reaches_it_must_be_named() {
        let everything = [
            Hosts::Any,
            Hosts::Within("0.0.0.0".parse().unwrap(), 0),
            Hosts::Within("::".parse().unwrap(), 0),
            Hosts::Within("127.0.0.0".parse().unwrap(), 8),
            Hosts::Within("169.254.169.254".parse().unwrap(), 32),
        ];
        for address in [
            "127.0.0.1",
            "127.255.0.1",
            "0.0.0.0",
            "0.0.0.1",
            "169.254.169.254",
            "169.254.170.2",
            "168.63.129.16",
            "100.100.100.200",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::a9fe:a9fe",
            "2002:7f00:1::1",
            "fe80::1",
            "ff02::1",
            "fd00:ec2::254",
        ] {
            let address: IpAddr = address.parse().unwrap();
            let to = SocketAddr::new(address, 80).to_string();
            for all in &everything {
                assert!(!granted(all.clone(), &to), "{all:?} has {to}");
            }
            assert!(granted(Hosts::One(unmapped(address)), &to), "{to}");
        }
        assert!(granted(Hosts::Any, "203.0.113.1:80") && granted(Hosts::Any, "[2001:db8::1]:80"));
        assert!(granted(Hosts::Any, "10.0.0.1:80"));
    }
}
