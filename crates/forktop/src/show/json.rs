//! Looks for programs: a list, an object a process, in which its privileges are as `docs/log.md` describes them.
use super::read::Shown;
use crate::json;
use crate::log::Header;
use privileges::{Difference, Essentials, NamespaceKind, Namespaces, Privileges, Seen};
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer as _};
use std::io::{self, Write};

/// A process.
#[derive(Serialize)]
struct Object<'a> {
    /// Its command line, if that can be read.
    arguments: Vec<String>,
    /// As proc_pid_status(5) has it.
    state: char,
    privileges: &'a Privileges,
    shared: Shared,
    /// From the first to this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<Difference>,
}

/// Which of its namespaces it shares with others, in the order of [`NamespaceKind::ALL`].
#[derive(Serialize)]
struct Shared {
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<[Seen<bool>; 8]>,
    forktop: [Seen<bool>; 8],
    #[serde(skip_serializing_if = "Option::is_none")]
    init: Option<[Seen<bool>; 8]>,
}

impl Shared {
    fn of(shown: &Shown, header: &Header) -> Self {
        let own = &shown.look.privileges.essentials.namespaces;
        let with = |other: &Essentials| shared(own, &other.namespaces.own);
        let parent = shown.parent.as_deref();
        Self {
            parent: parent.map(|parent| shared(own, &parent.namespaces)),
            forktop: with(&header.own),
            init: header.init.as_deref().map(with),
        }
    }
}

fn shared(own: &Namespaces, others: &[Seen<u64>; 8]) -> [Seen<bool>; 8] {
    NamespaceKind::ALL.map(|kind| match (own.of(kind), &others[kind as usize]) {
        (Seen::Known(own), Seen::Known(other)) => Seen::Known(own == other),
        (Seen::Unreadable { unreadable }, _) | (_, Seen::Unreadable { unreadable }) => {
            (*unreadable).into()
        }
    })
}

impl<'a> Object<'a> {
    fn of(shown: &'a Shown, header: &Header, first: Option<&Privileges>) -> Self {
        let look = &shown.look;
        Self {
            shared: Shared::of(shown, header),
            arguments: super::arguments(look),
            state: look.state,
            privileges: &look.privileges,
            difference: first.map(|first| Difference::between(first, &look.privileges)),
        }
    }
}

/// Writes the looks, with the difference of each to the first, as they come.
pub fn json(
    into: &mut impl Write,
    header: &Header,
    shown: impl IntoIterator<Item = Shown>,
) -> io::Result<()> {
    let mut first = None;
    let mut serializer = json::for_people(into);
    let mut list = serializer.serialize_seq(None)?;
    for shown in shown {
        list.serialize_element(&Object::of(&shown, header, first.as_ref()))?;
        first.get_or_insert(shown.look.privileges);
    }
    list.end()?;
    serializer.into_inner().write_all(b"\n")
}
