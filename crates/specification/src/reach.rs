//! The rules about destinations: `tcp:HOSTS:PORTS`, `udp:HOSTS:PORTS`, `icmp:HOSTS`, `unix:PATH`, `unixgram:PATH`.
use crate::application::{
    HostSocket, HostSocketKind, Hosts, PortRange, Reach, Transport, all_must_be_named, masked,
};
use crate::finding::Finding;
use crate::place::Place;
use crate::raw;
use crate::resolve::{Names, Resolver};
use std::net::IpAddr;
use std::path::{Component, Path};

const FORMS: &str = "such as \"tcp:192.0.2.1:443\", \"udp:10.0.0.0/8:1-1024\", \"tcp:[2001:db8::1]:80\", \
                     \"tcp:example.org:443\", \"tcp:*:443\", \"icmp:192.0.2.1\", \"unix:/run/its.sock\", \"unixgram:/dev/log\"";

const KINDS: &[&str] = &["tcp", "udp", "icmp", "unix", "unixgram"];

/// The longest path that an address of AF_UNIX has room for, with the NUL after it (unix(7)).
pub(crate) const LONGEST_PATH: usize = 107;

/// Applies the rules to each.
pub(crate) fn resolve(
    resolver: &mut Resolver<'_>,
    raw: &raw::Network,
    place: &Place,
    names: &Names,
) -> (Vec<Reach>, Vec<HostSocket>) {
    let (mut all, mut sockets) = (Vec::new(), Vec::new());
    for (index, text) in raw.reach.iter().enumerate() {
        let place = place.key("reach").index(index);
        if !resolver.kind_is_written(text, KINDS, &place) {
            continue;
        }
        match text.starts_with("unix") {
            true => resolver.without_bounds(text, &place),
            false => resolver.nothing_that_widens(text, &place),
        }
        let Some(text) = resolver.words(text, &place, names) else {
            continue;
        };
        match destination(&text) {
            Ok(Destination::Hosts(reach)) => all.push(reach),
            Ok(Destination::Socket(socket)) => sockets.push(socket),
            Err(problem) => resolver.findings.push(problem.finding(&text, &place)),
        }
    }
    (all, sockets)
}

/// What may be reached.
#[derive(Debug, PartialEq, Eq)]
enum Destination {
    Hosts(Reach),
    Socket(HostSocket),
}

/// Why a text is no destination.
#[derive(Debug, PartialEq, Eq)]
enum Problem {
    Form,
    /// An address in a network, in place of the network's own.
    Bits(String),
    /// A network of addresses that are part of none.
    Named,
    /// What is wrong with the path of a socket.
    Path(&'static str),
}

impl Problem {
    fn finding(self, text: &str, place: &Place) -> Finding {
        match self {
            Self::Form => {
                Finding::of_value(format!("`{text}` is not a destination"), place).help(FORMS)
            }
            Self::Bits(network) => {
                let title = format!("`{text}` has more bits than its network");
                Finding::of_value(title, place).help(format!("the network is {network}"))
            }
            Self::Named => {
                let title = format!("`{text}` names no address that a network can grant");
                let reason = "whoever is there trusts those who reach it";
                let help = "name each address by itself, such as \"tcp:127.0.0.1:5432\"";
                Finding::of_value(title, place).label(reason).help(help)
            }
            Self::Path(reason) => {
                let title = format!("`{text}` does not name a socket of the host's");
                let finding = Finding::of_value(title, place).label(reason);
                finding.help("write its absolute path, such as \"unix:/run/its.sock\"")
            }
        }
    }
}

fn destination(text: &str) -> Result<Destination, Problem> {
    let (kind, rest) = text.split_once(':').ok_or(Problem::Form)?;
    match kind {
        "tcp" => with_ports(Transport::Tcp, rest),
        "udp" => with_ports(Transport::Udp, rest),
        "icmp" => Ok(Destination::Hosts(Reach {
            transport: Transport::Icmp,
            hosts: parse_hosts(rest)?,
            ports: PortRange::ALL,
        })),
        "unix" => socket(HostSocketKind::Connections, rest),
        "unixgram" => socket(HostSocketKind::Datagrams, rest),
        _ => Err(Problem::Form),
    }
}

fn with_ports(transport: Transport, text: &str) -> Result<Destination, Problem> {
    let (hosts, ports) = text.rsplit_once(':').ok_or(Problem::Form)?;
    let ports = match ports {
        "*" => PortRange::ALL,
        ports => PortRange::parse(ports).ok_or(Problem::Form)?,
    };
    Ok(Destination::Hosts(Reach {
        transport,
        hosts: parse_hosts(hosts)?,
        ports,
    }))
}

fn socket(kind: HostSocketKind, path: &str) -> Result<Destination, Problem> {
    if path.len() > LONGEST_PATH {
        return Err(Problem::Path("an address has room for 107 bytes"));
    }
    let path = Path::new(path);
    let mut components = path.components();
    if components.any(|component| component == Component::ParentDir) {
        return Err(Problem::Path("it contains `..`"));
    }
    if !path.is_absolute() || path.file_name().is_none() {
        return Err(Problem::Path("it is not an absolute path of a file"));
    }
    let path = path.components().collect();
    Ok(Destination::Socket(HostSocket { kind, path }))
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
        Err(_) if plain.is_none() && bits.is_none() && is_name(address) => {
            return Ok(Hosts::Named(address.to_ascii_lowercase()));
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
    if network != address {
        return Err(Problem::Bits(format!("{network}/{bits}")));
    }
    match all_must_be_named(address, bits) {
        true => Err(Problem::Named),
        false => Ok(Hosts::Within(address, bits)),
    }
}

/// The name of a host (RFC 1123), with the underscores that some have.
fn is_name(text: &str) -> bool {
    const LONGEST_LABEL: usize = 63;
    const LONGEST: usize = 253;
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let is_label = |label: &str| {
        let ends = !label.starts_with('-') && !label.ends_with('-');
        (1..=LONGEST_LABEL).contains(&label.len()) && ends && label.bytes().all(letter)
    };
    // A last label of digits would make it an address that is written in another way.
    let last = text.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= LONGEST && !is_number && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_is_written_as_it_is_shown() {
        for text in [
            "tcp:192.0.2.1:443",
            "tcp:10.0.0.0/8:1-1024",
            "udp:0.0.0.0/0:80",
            "tcp:*:443",
            "tcp:192.0.2.1:*",
            "udp:[2001:db8::1]:80",
            "tcp:[2001:db8::/32]:80",
            "tcp:[::/0]:*",
            "tcp:example.org:443",
            "udp:a-b.c_d.x1:53",
            "icmp:*",
            "icmp:[::1]",
            "icmp:10.0.0.0/8",
            "icmp:localhost",
            "unix:/run/a socket",
            "unixgram:/dev/log",
        ] {
            let shown = match destination(text).unwrap() {
                Destination::Hosts(reach) => reach.to_string(),
                Destination::Socket(socket) => socket.to_string(),
            };
            assert_eq!(shown, text);
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
            "tcp:example.1:80",
            "tcp:0x7f000001.1:80",
            "tcp:-a.org:80",
            "tcp:a..org:80",
            "tcp:example.org/8:80",
            "tcp:[example.org]:80",
            "tcp:[::1:80",
            "tcp:::1:80",
            "tcp:10.0.0.0/33:80",
            "tcp:10.0.0.0/:80",
            "tcp:10.0.0.0/+8:80",
            "icmp:10.0.0.1:80",
            "icmp:",
            "sctp:*:80",
        ] {
            assert_eq!(destination(text), Err(Problem::Form), "{text}");
        }
        let bits = destination("tcp:10.1.2.3/8:80");
        assert_eq!(bits, Err(Problem::Bits("10.0.0.0/8".to_owned())));
        let long = format!("unix:/{}", "a".repeat(LONGEST_PATH));
        for text in ["unix:", "unix:run", "unix:/a/../b", "unixgram:/", &long] {
            assert!(matches!(destination(text), Err(Problem::Path(_))), "{text}");
        }
    }

    #[test]
    fn a_network_contains_its_addresses() {
        let contains = |network: &str, address: &str| {
            parse_hosts(network)
                .unwrap()
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
        assert!(!contains("example.org", "10.0.0.1"));
    }
}
