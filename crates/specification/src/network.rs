//! The rules about networks.
use crate::application::{Network, PortRange, Serve, Transport};
use crate::finding::{At, Finding};
use crate::place::Place;
use crate::raw;
use crate::resolve::{Names, Resolver};
use std::net::IpAddr;

/// Applies the rules.
pub(crate) fn resolve(
    resolver: &mut Resolver<'_>,
    raw: &raw::Entrypoint,
    place: &Place,
    names: &Names,
) -> Network {
    let Some(network) = &raw.network else {
        return Network::default();
    };
    let (entrypoint, place) = (place, place.key("network"));
    let serve = all_served(resolver, network, &place, names);
    let (reach, sockets) = crate::reach::resolve(resolver, network, &place, names);
    let unix = network.unix.unwrap_or(false);
    if unix || !(serve.is_empty() && reach.is_empty() && sockets.is_empty()) {
        nothing_around_the_broker(resolver, raw, entrypoint, &place);
    }
    Network {
        loopback: network.loopback.unwrap_or(false),
        unix,
        serve,
        reach,
        sockets,
    }
}

/// io_uring makes its calls past every filter.
pub(crate) fn nothing_around_the_broker(
    resolver: &mut Resolver<'_>,
    raw: &raw::Entrypoint,
    entrypoint: &Place,
    grant: &Place,
) {
    let around = raw
        .syscalls
        .iter()
        .position(|name| name.starts_with("io_uring_"));
    if let Some(index) = around {
        let title = "io_uring and a network grant cannot stand together";
        let finding = Finding::of_value(title, &entrypoint.key("syscalls").index(index))
            .context(At::Key(grant.clone()), "the network grant");
        let help =
            "what io_uring does is seen by no filter of system calls: take one of the two out";
        resolver.findings.push(finding.help(help));
    }
}

fn all_served(
    resolver: &mut Resolver<'_>,
    raw: &raw::Network,
    place: &Place,
    names: &Names,
) -> Vec<Serve> {
    let mut all: Vec<(Serve, Place)> = Vec::new();
    for (index, raw) in raw.serve.iter().enumerate() {
        let place = place.key("serve").index(index);
        let Some(serve) = served(resolver, raw, &place, names) else {
            continue;
        };
        let other = all.iter().find(|(other, _)| collide(other, &serve));
        if let Some((_, other)) = other {
            let title = "two grants for the same port";
            resolver.findings.push(
                Finding::of_value(title, &place)
                    .context(At::Value(other.clone()), "the other")
                    .help("a port that is bound can stand for one address of each family only"),
            );
        }
        all.push((serve, place));
    }
    all.into_iter().map(|(serve, _)| serve).collect()
}

/// Whether the program could bind one socket by either.
fn collide(a: &Serve, b: &Serve) -> bool {
    a.transport == b.transport
        && a.host.is_ipv4() == b.host.is_ipv4()
        && a.inside.first <= b.inside.last
        && b.inside.first <= a.inside.last
}

fn served(
    resolver: &mut Resolver<'_>,
    raw: &raw::Serve,
    place: &Place,
    names: &Names,
) -> Option<Serve> {
    let (transport, field, ports) = match (&raw.tcp, &raw.udp) {
        (Some(ports), None) => (Transport::Tcp, "tcp", ports),
        (None, Some(ports)) => (Transport::Udp, "udp", ports),
        _ => {
            let finding = Finding::of_value("a port is served by one of `tcp` and `udp`", place);
            resolver
                .findings
                .push(finding.help("such as { \"tcp\": 80, \"host\": \"127.0.0.1:8080\" }"));
            return None;
        }
    };
    let inside = ports_inside(resolver, ports, &place.key(field), names);
    let Some(host) = &raw.host else {
        let finding = Finding::of_value("the address of the host's is missing", place);
        resolver.findings.push(finding.help(
            "say which one stands for it: \"host\": \"127.0.0.1:8080\"; on all of them: \"0.0.0.0:8080\"",
        ));
        return None;
    };
    let (host, outside) = host_address(resolver, host, &place.key("host"), names)?;
    let inside = inside?;
    if inside.count() != outside.count() {
        let title = format!(
            "{} inside cannot be {} of the host's",
            inside.in_words(),
            outside.in_words()
        );
        let finding = Finding::of_value(title, &place.key("host"));
        resolver
            .findings
            .push(finding.help("as many ports are needed on both sides"));
    }
    Some(Serve {
        transport,
        inside,
        host,
        outside,
    })
}

fn ports_inside(
    resolver: &mut Resolver<'_>,
    ports: &raw::Ports,
    place: &Place,
    names: &Names,
) -> Option<PortRange> {
    let text = match ports {
        raw::Ports::One(port) => port.to_string(),
        raw::Ports::Text(text) => {
            resolver.nothing_that_widens(text, place);
            resolver.words(text, place, names)?
        }
    };
    let range = PortRange::parse(&text);
    if range.is_none() {
        let finding = Finding::of_value(format!("`{text}` is not a port"), place);
        resolver.findings.push(
            finding.help("a port is a number from 1 to 65535, several are a string: \"8000-8010\""),
        );
    }
    range
}

fn host_address(
    resolver: &mut Resolver<'_>,
    text: &str,
    place: &Place,
    names: &Names,
) -> Option<(IpAddr, PortRange)> {
    resolver.nothing_that_widens(text, place);
    let text = resolver.words(text, place, names)?;
    let address = parse_address(&text);
    if address.is_none() {
        let title = format!("`{text}` is not an address with a port");
        let finding = Finding::of_value(title, place);
        let brackets = "an IPv6 address stands in brackets, and so may a parameter of either family: \"[${address}]:8080\"";
        let forms = "such as \"127.0.0.1:8080\", \"[::1]:8080\", \"0.0.0.0:8000-8010\"";
        let many = text.matches(':').count() > 1 && !text.contains('[');
        let help = if many { brackets } else { forms };
        resolver.findings.push(finding.help(help));
    }
    address
}

pub(crate) fn parse_address(text: &str) -> Option<(IpAddr, PortRange)> {
    let (address, ports) = text.rsplit_once(':')?;
    let address = match address.strip_prefix('[') {
        // Around a parameter, which can be of either family.
        Some(rest) => rest.strip_suffix(']')?.parse().ok()?,
        None => IpAddr::V4(address.parse().ok()?),
    };
    Some((address, PortRange::parse(ports)?))
}

impl PortRange {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let port = |text: &str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|port| *port > 0 && digits)
        };
        let (first, last) = match text.split_once('-') {
            Some((first, last)) => (port(first)?, port(last)?),
            None => (port(text)?, port(text)?),
        };
        (first <= last).then_some(Self { first, last })
    }

    /// How many ports there are.
    fn count(self) -> u32 {
        u32::from(self.last - self.first) + 1
    }

    fn in_words(self) -> String {
        match self.count() {
            1 => format!("port {}", self.first),
            _ => format!("ports {} to {}", self.first, self.last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_port_or_a_range() {
        let parse =
            |text| parse_address(text).map(|(ip, ports)| (ip.to_string(), ports.first, ports.last));
        assert_eq!(
            parse("127.0.0.1:80"),
            Some(("127.0.0.1".to_owned(), 80, 80))
        );
        assert_eq!(
            parse("[::1]:8000-8010"),
            Some(("::1".to_owned(), 8000, 8010))
        );
        assert_eq!(
            parse("[127.0.0.1]:80"),
            Some(("127.0.0.1".to_owned(), 80, 80))
        );
        for wrong in [
            "127.0.0.1",
            "127.0.0.1:",
            "127.0.0.1:0",
            "127.0.0.1:65536",
            "::1:80",
            "[::1]",
            "[::1:80",
            "127.0.0.1:9-8",
            "127.0.0.1:+8",
            "host:80",
            ":80",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
