//! Looks for programs: a list, an object a process, in which its privileges are as `docs/log.md` describes them.
use crate::json;
use privileges::{Difference, Look, Privileges};
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer as _};
use std::io::{self, Write};

/// A process.
#[derive(Serialize)]
struct Shown<'a> {
    /// Its command line, if that can be read.
    arguments: Vec<String>,
    /// As proc_pid_status(5) has it.
    state: char,
    privileges: &'a Privileges,
    /// From the first to this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<Difference>,
}

impl<'a> Shown<'a> {
    fn of(look: &'a Look, first: Option<&Privileges>) -> Self {
        Self {
            arguments: super::arguments(look),
            state: look.state,
            privileges: &look.privileges,
            difference: first.map(|first| Difference::between(first, &look.privileges)),
        }
    }
}

/// Writes the looks, with the difference of each to the first, as they come.
pub fn json(into: &mut impl Write, looks: impl IntoIterator<Item = Look>) -> io::Result<()> {
    let mut first = None;
    let mut serializer = json::for_people(into);
    let mut list = serializer.serialize_seq(None)?;
    for look in looks {
        list.serialize_element(&Shown::of(&look, first.as_ref()))?;
        first.get_or_insert(look.privileges);
    }
    list.end()?;
    serializer.into_inner().write_all(b"\n")
}
