//! The rules about destinations: `tcp:HOSTS:PORTS`.
use crate::application::{Hosts, PortRange, Reach, Transport};
use crate::finding::Finding;
use crate::place::Place;
use crate::raw;
use crate::resolve::{Names, Resolver};
use std::net::IpAddr;

const FORMS: &str = "such as \"tcp:192.0.2.1:443\", \"tcp:10.0.0.0/8:1-1024\", \"tcp:[2001:db8::1]:80\", \"tcp:*:443\"";

/// Applies the rules to each.
pub(crate) fn resolve(
    resolver: &mut Resolver<'_>,
    raw: &raw::Network,
    place: &Place,
    names: &Names,
) -> Vec<Reach> {
    let mut all = Vec::new();
    for (index, text) in raw.reach.iter().enumerate() {
        let place = place.key("reach").index(index);
        let Some(text) = resolver.words(text, &place, names) else {
            continue;
        };
        match destination(&text) {
            Ok(reach) => all.push(reach),
            Err(Problem::NotYet(what)) => {
                let finding = Finding::of_value(format!("{what} is not yet supported"), &place);
                resolver.findings.push(finding.help(FORMS));
            }
            Err(Problem::Form) => {
                let finding = Finding::of_value(format!("`{text}` is not a destination"), &place);
                resolver.findings.push(finding.help(FORMS));
            }
            Err(Problem::Bits(network)) => {
                let title = format!("`{text}` has more bits than its network");
                let finding = Finding::of_value(title, &place);
                resolver
                    .findings
                    .push(finding.help(format!("the network is {network}")));
            }
        }
    }
    all
}

/// Why a text is no destination.
#[derive(Debug, PartialEq, Eq)]
enum Problem {
    NotYet(&'static str),
    Form,
    /// An address in a network, in place of the network's own.
    Bits(String),
}

fn destination(text: &str) -> Result<Reach, Problem> {
    let (kind, rest) = text.split_once(':').ok_or(Problem::Form)?;
    match kind {
        "tcp" => {}
        "udp" => return Err(Problem::NotYet("reaching over UDP")),
        "icmp" => return Err(Problem::NotYet("reaching by ICMP")),
        "unix" => return Err(Problem::NotYet("reaching a socket of the host's")),
        _ => return Err(Problem::Form),
    }
    let (hosts, ports) = rest.rsplit_once(':').ok_or(Problem::Form)?;
    let ports = match ports {
        "*" => PortRange::ALL,
        ports => PortRange::parse(ports).ok_or(Problem::Form)?,
    };
    Ok(Reach {
        transport: Transport::Tcp,
        hosts: parse_hosts(hosts)?,
        ports,
    })
}

fn parse_hosts(text: &str) -> Result<Hosts, Problem> {
    if text == "*" {
        return Ok(Hosts::Any);
    }
    let bracketed = text
        .strip_prefix('[')
        .map(|rest| rest.strip_suffix(']').ok_or(Problem::Form));
    let plain = bracketed.transpose()?;
    let (address, bits) = match plain.unwrap_or(text).split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (plain.unwrap_or(text), None),
    };
    let address = match address.parse::<IpAddr>() {
        Ok(address) if plain.is_some() || address.is_ipv4() => address,
        Err(_) if plain.is_none() && is_name(address) => {
            return Err(Problem::NotYet("reaching a host by its name"));
        }
        Ok(_) | Err(_) => return Err(Problem::Form),
    };
    let Some(bits) = bits else {
        return Ok(Hosts::One(address));
    };
    let most = if address.is_ipv4() { 32 } else { 128 };
    let digits = bits.bytes().all(|byte| byte.is_ascii_digit());
    let bits = bits
        .parse::<u8>()
        .ok()
        .filter(|bits| *bits <= most && digits);
    let bits = bits.ok_or(Problem::Form)?;
    let network = masked(address, bits);
    match network == address {
        true => Ok(Hosts::Within(address, bits)),
        false => Err(Problem::Bits(format!("{network}/{bits}"))),
    }
}

fn is_name(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    text.bytes().all(letter) && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// The first `bits` of an address, and zeroes.
fn masked(address: IpAddr, bits: u8) -> IpAddr {
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

impl Hosts {
    /// Whether an address is of these, of the same family.
    pub fn contain(&self, address: IpAddr) -> bool {
        match *self {
            Self::Any => true,
            Self::One(one) => one == address,
            Self::Within(network, bits) => {
                network.is_ipv4() == address.is_ipv4() && masked(address, bits) == network
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_is_written_as_it_is_shown() {
        for text in [
            "tcp:192.0.2.1:443",
            "tcp:10.0.0.0/8:1-1024",
            "tcp:0.0.0.0/0:80",
            "tcp:*:443",
            "tcp:192.0.2.1:*",
            "tcp:[2001:db8::1]:80",
            "tcp:[2001:db8::/32]:80",
            "tcp:[::/0]:*",
        ] {
            assert_eq!(destination(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "",
            "tcp",
            "tcp:",
            "tcp:80",
            "tcp:*",
            "tcp:*:0",
            "tcp:*:65536",
            "tcp::80",
            "tcp:1.2.3:80",
            "tcp:[::1:80",
            "tcp:::1:80",
            "tcp:10.0.0.0/33:80",
            "tcp:10.0.0.0/:80",
            "tcp:10.0.0.0/+8:80",
            "sctp:*:80",
        ] {
            assert_eq!(destination(text), Err(Problem::Form), "{text}");
        }
        let bits = destination("tcp:10.1.2.3/8:80");
        assert_eq!(bits, Err(Problem::Bits("10.0.0.0/8".to_owned())));
    }

    #[test]
    fn a_network_contains_its_addresses() {
        let contains = |network: &str, address: &str| {
            destination(&format!("tcp:{network}:80"))
                .unwrap()
                .hosts
                .contain(address.parse().unwrap())
        };
        assert!(contains("10.0.0.0/8", "10.255.255.255") && !contains("10.0.0.0/8", "11.0.0.0"));
        assert!(contains("0.0.0.0/0", "203.0.113.9") && !contains("0.0.0.0/0", "::1"));
        assert!(contains("192.0.2.1/32", "192.0.2.1") && !contains("192.0.2.1/32", "192.0.2.2"));
        assert!(
            contains("[2001:db8::/32]", "2001:db8:ffff::1")
                && !contains("[2001:db8::/32]", "2001:db9::")
        );
        assert!(contains("[::/0]", "::1") && contains("*", "::1") && contains("*", "10.0.0.1"));
    }
}
