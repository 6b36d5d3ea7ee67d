//! The rules about descriptors: what each is, and its number.
use crate::application::{Descriptor, DescriptorGrant, HostPath, OpenAccess, Stream};
use crate::finding::{At, Finding};
use crate::listen;
use crate::place::Place;
use crate::raw;
use crate::resolve::{Names, Resolver, check_name};

const ONE_OF: &str = "name a file, { \"open\": \"/path\", \"access\": \"r\" }, or where it listens, \
                      { \"listen\": \"tcp:127.0.0.1:8080\" }";

impl raw::Entrypoint {
    /// Its descriptors by their numbers, from 3 up. Those that listen come first, as programs look for them there
    /// (sd_listen_fds(3)); of each kind, they are in the order of their names.
    pub fn numbered(&self) -> impl Iterator<Item = (u16, &str, &raw::DescriptorGrant)> {
        let of = |listens: bool| {
            self.descriptors
                .iter()
                .filter(move |(_, grant)| grant.listen.is_some() == listens)
        };
        let named = of(true).chain(of(false));
        named
            .zip(3u16..)
            .map(|((name, grant), number)| (number, name.as_str(), grant))
    }
}

/// Applies the rules to those beyond the standard streams.
pub(crate) fn resolve(
    resolver: &mut Resolver<'_>,
    raw: &raw::Entrypoint,
    place: &Place,
    names: &Names,
) -> Vec<Descriptor> {
    let place = place.key("descriptors");
    let mut descriptors = Vec::new();
    for (number, name, raw) in raw.numbered() {
        let place = place.key(name);
        check_name("descriptor", name, &place, &mut resolver.findings);
        let grant = descriptor(resolver, raw, &place, names);
        // What is not known yet has its number all the same.
        let open = DescriptorGrant::Open {
            path: HostPath::default(),
            access: OpenAccess::Read,
        };
        descriptors.push(Descriptor {
            name: name.to_owned(),
            number,
            grant: grant.unwrap_or(open),
        });
    }
    descriptors
}

fn descriptor(
    resolver: &mut Resolver<'_>,
    raw: &raw::DescriptorGrant,
    place: &Place,
    names: &Names,
) -> Option<DescriptorGrant> {
    let later = not_yet(resolver, raw, place);
    misplaced(resolver, raw, place);
    match (&raw.open, &raw.listen) {
        (Some(path), None) => open(resolver, path, raw.access, place, names),
        (None, Some(_)) => {
            listen::resolve(resolver, raw, place, names).map(DescriptorGrant::Listen)
        }
        (Some(_), Some(_)) => {
            let finding = Finding::of_key("a descriptor is one thing", &place.key("listen"));
            resolver.findings.push(finding.help(ONE_OF));
            None
        }
        (None, None) => {
            if !later {
                let finding = Finding::of_value("this grants no descriptor", place);
                resolver.findings.push(finding.help(ONE_OF));
            }
            None
        }
    }
}

/// Whether there is something that this version does not do.
fn not_yet(resolver: &mut Resolver<'_>, raw: &raw::DescriptorGrant, place: &Place) -> bool {
    let later = [
        ("pipe", &raw.pipe),
        ("socket", &raw.socket),
        ("end", &raw.end),
        ("requests", &raw.requests),
    ];
    let later = later.into_iter().filter(|(_, value)| value.is_some());
    let mut any = false;
    for (field, _) in later {
        any = true;
        resolver.not_yet(field, &place.key(field));
    }
    any
}

/// What says more about a grant of another kind.
fn misplaced(resolver: &mut Resolver<'_>, raw: &raw::DescriptorGrant, place: &Place) {
    let fields = [
        ("access", raw.access.is_some(), "open", raw.open.is_some()),
        (
            "activation",
            raw.activation.is_some(),
            "listen",
            raw.listen.is_some(),
        ),
    ];
    for (field, given, of, there) in fields {
        if given && !there {
            let finding = Finding::of_key(format!("`{field}` goes with `{of}`"), &place.key(field));
            resolver
                .findings
                .push(finding.help("take it out: it has no meaning for this kind of grant"));
        }
    }
}

fn open(
    resolver: &mut Resolver<'_>,
    path: &str,
    access: Option<raw::OpenAccess>,
    place: &Place,
    names: &Names,
) -> Option<DescriptorGrant> {
    let path = resolver.host_file(path, &At::Value(place.key("open")), names)?;
    let access = match access {
        Some(raw::OpenAccess::R) | None => OpenAccess::Read,
        Some(raw::OpenAccess::W) => OpenAccess::Write,
        Some(raw::OpenAccess::Rw) => OpenAccess::ReadWrite,
        Some(raw::OpenAccess::A) => OpenAccess::Append,
    };
    Some(DescriptorGrant::Open { path, access })
}

/// Applies the rules to a standard stream.
pub(crate) fn stream(
    resolver: &mut Resolver<'_>,
    raw: Option<&raw::Stream>,
    place: &Place,
    names: &Names,
) -> Stream {
    match raw {
        None => Stream::Null,
        Some(raw::Stream::Word(word)) => match word.as_str() {
            "null" => Stream::Null,
            "inherit" => Stream::Inherit,
            other => {
                let finding = Finding::of_value(format!("`{other}` is not a stream"), place);
                let help = "a stream is \"null\", \"inherit\" or a file: { \"open\": \"/path\", \"access\": \"w\" }";
                resolver.findings.push(finding.help(help));
                Stream::Null
            }
        },
        Some(raw::Stream::Grant(grant)) if grant.listen.is_some() => {
            let title = "a standard stream cannot listen";
            let finding = Finding::of_key(title, &place.key("listen"));
            let help = "grant it among `descriptors`: `LISTEN_FDS` tells the program, and `${fd.NAME}` is its number";
            resolver.findings.push(finding.help(help));
            Stream::Null
        }
        Some(raw::Stream::Grant(grant)) => {
            descriptor(resolver, grant, place, names).map_or(Stream::Null, Stream::Grant)
        }
    }
}
