//! Which destinations of the launcher's network are granted.
use super::address::unmapped;
use specification::application::{Hosts, Reach, Transport, must_be_named};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

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
