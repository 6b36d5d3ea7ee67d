//! The rules about descriptors that listen: `tcp:ADDRESS:PORT`, `unix:/path` and their kin.
use crate::application::{Listen, ListenAddress, UnixKind};
use crate::finding::{At, Finding};
use crate::nearest::nearest;
use crate::network::{nothing_around_the_broker, parse_address};
use crate::place::Place;
use crate::raw;
use crate::reach::LONGEST_PATH;
use crate::resolve::{Names, Resolver};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::os::unix::ffi::OsStrExt;

const KINDS: [&str; 5] = ["tcp", "udp", "unix", "unixgram", "unixpacket"];
const FORMS: &str = "such as \"tcp:127.0.0.1:8080\", \"udp:[::1]:5353\", \"unix:/run/it/socket\"; `unixgram` is for \
                     datagrams, `unixpacket` for packets";

/// The variables that tell a program which of its descriptors listen (sd_listen_fds(3)).
const VARIABLES: [&str; 3] = ["LISTEN_FDNAMES", "LISTEN_FDS", "LISTEN_PID"];

/// Applies the rules to one, whose kind must be written: no value of a parameter decides that.
pub(crate) fn resolve(
    resolver: &mut Resolver<'_>,
    raw: &raw::DescriptorGrant,
    place: &Place,
    names: &Names,
) -> Option<Listen> {
    let place = place.key("listen");
    let text = raw.listen.as_ref()?;
    let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
    let address = match kind {
        "tcp" => internet(resolver, rest, &place, names).map(ListenAddress::Tcp),
        "udp" => internet(resolver, rest, &place, names).map(ListenAddress::Udp),
        "unix" => unix(resolver, UnixKind::Stream, rest, &place, names),
        "unixgram" => unix(resolver, UnixKind::Datagram, rest, &place, names),
        "unixpacket" => unix(resolver, UnixKind::Packet, rest, &place, names),
        other => {
            let title = format!("`{other}` is not a kind of socket that can listen");
            let meant = nearest(other, KINDS).map(|meant| format!("did you mean `{meant}`?"));
            let help = meant.unwrap_or_else(|| FORMS.to_owned());
            let finding = Finding::of_value(title, &place);
            resolver.findings.push(finding.help(help));
            None
        }
    };
    Some(Listen {
        address: address?,
        activation: raw.activation.unwrap_or(false),
    })
}

fn internet(
    resolver: &mut Resolver<'_>,
    text: &str,
    place: &Place,
    names: &Names,
) -> Option<SocketAddr> {
    resolver.nothing_that_widens(text, place);
    let text = resolver.words(text, place, names)?;
    let (title, help) = match parse_address(&text) {
        Some((address, ports)) if ports.first == ports.last => {
            return Some(SocketAddr::new(address.to_canonical(), ports.first));
        }
        Some(_) => (
            "a descriptor listens at one port".to_owned(),
            "grant a descriptor for each port",
        ),
        None if text.ends_with(":0") => (
            "port 0 is whichever is free, and nobody would know which".to_owned(),
            "name the port",
        ),
        None => (format!("`{text}` is not an address with a port"), FORMS),
    };
    resolver
        .findings
        .push(Finding::of_value(title, place).help(help));
    None
}

fn unix(
    resolver: &mut Resolver<'_>,
    kind: UnixKind,
    text: &str,
    place: &Place,
    names: &Names,
) -> Option<ListenAddress> {
    if text.starts_with('@') {
        let finding = Finding::of_value("an abstract name is open to every user", place);
        resolver
            .findings
            .push(finding.help("name a path, whose folder says who may reach it"));
        return None;
    }
    resolver.without_bounds(text, place);
    let path = resolver.path(text, &At::Value(place.clone()), names)?;
    let length = path.as_os_str().as_bytes().len();
    if length > LONGEST_PATH {
        let title =
            format!("this path has {length} bytes, and a socket's has {LONGEST_PATH} at most");
        let finding = Finding::of_value(title, place);
        resolver.findings.push(finding.help("choose a shorter one"));
    }
    Some(ListenAddress::Unix(kind, path))
}

/// The first descriptor that listens.
fn listens(raw: &raw::Entrypoint, entrypoint: &Place) -> Option<Place> {
    let mut all = raw.descriptors.iter();
    let (name, _) = all.find(|(_, grant)| grant.listen.is_some())?;
    Some(entrypoint.key("descriptors").key(name))
}

/// What cannot stand beside a descriptor that listens.
pub(crate) fn beside_others(
    resolver: &mut Resolver<'_>,
    raw: &raw::Entrypoint,
    entrypoint: &Place,
    served: bool,
) {
    let Some(listens) = listens(raw, entrypoint) else {
        return;
    };
    for variable in VARIABLES {
        if raw.environment.contains_key(variable) {
            let title = format!("`{variable}` is set for the descriptors that listen");
            let place = entrypoint.key("environment").key(variable);
            let finding = Finding::of_key(title, &place).context(At::Key(listens.clone()), "here");
            resolver
                .findings
                .push(finding.help("take it out: the program is told what it has"));
        }
    }
    if !served {
        nothing_around_the_broker(resolver, raw, entrypoint, &listens);
    }
}

/// A service manager's socket goes to one grant, which it knows by name.
pub(crate) fn one_grant_a_name(resolver: &mut Resolver<'_>, raw: &raw::Specification) {
    let mut places: BTreeMap<&str, Place> = BTreeMap::new();
    for (entrypoint, raw) in &raw.entrypoints {
        let place = Place::root().key("entrypoints").key(entrypoint);
        let place = place.key("descriptors");
        let activated = raw
            .descriptors
            .iter()
            .filter(|(_, grant)| grant.activation == Some(true));
        for (name, _) in activated {
            let place = place.key(name);
            if let Some(first) = places.insert(name, place.clone()) {
                let title = format!("two grants take the socket that is handed in as `{name}`");
                let finding =
                    Finding::of_key(title, &place).context(At::Key(first), "the other one");
                resolver
                    .findings
                    .push(finding.help("give one of the two another name"));
            }
        }
    }
}
