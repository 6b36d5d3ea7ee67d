//! Addresses with ports as a plan writes them: `127.0.0.1:8080`, `[::1]:6000-6010`, `10.0.0.0/8:*`, `example.org:443`, `*:443`.
use specification::application::must_be_named;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

/// Some addresses, and some of their ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    hosts: Hosts,
    ports: RangeInclusive<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hosts {
    Any,
    Within(IpAddr, u8),
    One(IpAddr),
    /// By a name, which is looked up again and again: what is found is not known here.
    Named,
}

impl Place {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (hosts, ports) = text.rsplit_once(':')?;
        let bare = hosts.trim_start_matches('[').trim_end_matches(']');
        let hosts = match bare.split_once('/') {
            _ if bare == "*" => Hosts::Any,
            Some((network, bits)) => Hosts::Within(network.parse().ok()?, bits.parse().ok()?),
            None => bare.parse().map_or(Hosts::Named, Hosts::One),
        };
        let ports = match ports.split_once('-') {
            _ if ports == "*" => 0..=u16::MAX,
            Some((first, last)) => first.parse().ok()?..=last.parse().ok()?,
            None => {
                let port = ports.parse().ok()?;
                port..=port
            }
        };
        Some(Self { hosts, ports })
    }

    /// Whether who may reach this place may reach that address.
    pub(super) fn leads_to(&self, address: SocketAddr) -> bool {
        let ip = address.ip().to_canonical();
        let is_there = match self.hosts {
            Hosts::Any => !must_be_named(ip),
            Hosts::Within(network, bits) => is_within(ip, network, bits) && !must_be_named(ip),
            // Who connects to no address is connected to the loopback.
            Hosts::One(one) => one.to_canonical() == ip || one.is_unspecified() && ip.is_loopback(),
            Hosts::Named => true,
        };
        is_there && self.ports.contains(&address.port())
    }

    /// Whether what is served at this place is served at that address.
    pub(super) fn is_at(&self, address: SocketAddr) -> bool {
        let ip = address.ip().to_canonical();
        let is_there = match self.hosts {
            // At all addresses; those of version 6 are open to version 4.
            Hosts::One(one) if one.is_unspecified() => one.is_ipv6() || ip.is_ipv4(),
            Hosts::One(one) => one.to_canonical() == ip,
            Hosts::Any | Hosts::Within(..) | Hosts::Named => true,
        };
        is_there && self.ports.contains(&address.port())
    }
}

fn is_within(ip: IpAddr, network: IpAddr, bits: u8) -> bool {
    let bits = u32::from(bits);
    match (ip, network) {
        (IpAddr::V4(ip), IpAddr::V4(network)) => {
            let differ = ip.to_bits() ^ network.to_bits();
            differ.leading_zeros() >= bits
        }
        (IpAddr::V6(ip), IpAddr::V6(network)) => {
            let differ = ip.to_bits() ^ network.to_bits();
            differ.leading_zeros() >= bits
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_leads_to_what_its_grant_does() {
        for (place, address, leads) in [
            ("192.0.2.1:443", "192.0.2.1:443", true),
            ("192.0.2.1:443", "[::ffff:192.0.2.1]:443", true),
            ("192.0.2.1:443", "192.0.2.1:80", false),
            ("192.0.2.1:*", "192.0.2.2:80", false),
            ("10.0.0.0/8:1-1024", "10.255.0.1:1024", true),
            ("10.0.0.0/8:1-1024", "11.0.0.1:80", false),
            ("0.0.0.0/0:80", "192.0.2.1:80", true),
            ("0.0.0.0/0:80", "[2001:db8::1]:80", false),
            ("0.0.0.0/0:80", "127.0.0.1:80", false),
            ("[2001:db8::/32]:*", "[2001:db8:1::1]:9", true),
            ("*:443", "[2001:db8::1]:443", true),
            ("*:443", "169.254.169.254:443", false),
            ("*:443", "[::1]:443", false),
            ("*:443", "168.63.129.16:443", false),
            ("168.0.0.0/6:443", "168.63.129.16:443", false),
            ("*:443", "[64:ff9b::7f00:1]:443", false),
            ("[::1]:443", "[::1]:443", true),
            ("0.0.0.0:80", "127.0.0.1:80", true),
            ("example.org:443", "192.0.2.7:443", true),
            ("example.org:443", "192.0.2.7:80", false),
        ] {
            let found = Place::parse(place)
                .unwrap()
                .leads_to(address.parse().unwrap());
            assert_eq!(found, leads, "{place} {address}");
        }
    }

    #[test]
    fn a_place_is_served_at_its_addresses() {
        for (place, address, is_at) in [
            ("127.0.0.1:8080", "127.0.0.1:8080", true),
            ("127.0.0.1:8080", "[::ffff:127.0.0.1]:8080", true),
            ("127.0.0.1:8080", "0.0.0.0:8080", false),
            ("[::1]:6000-6010", "[::1]:6005", true),
            ("[::1]:6000-6010", "[::1]:6011", false),
            ("0.0.0.0:80", "192.0.2.1:80", true),
            ("0.0.0.0:80", "[2001:db8::1]:80", false),
            ("[::]:80", "192.0.2.1:80", true),
        ] {
            let found = Place::parse(place).unwrap().is_at(address.parse().unwrap());
            assert_eq!(found, is_at, "{place} {address}");
        }
    }
}
