//! Looks for programs: a list, an object a process, in which its privileges are as `docs/log.md` describes them.
use super::Look;
use crate::json;
use privileges::{Difference, Privileges};
use serde::Serialize;

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

/// The looks, with the difference of each to the first.
pub fn json(looks: &[Look]) -> serde_json::Result<Vec<u8>> {
    let first = looks.first().map(|first| &first.privileges);
    let shown = looks.iter().enumerate().map(|(number, look)| {
        let first = first.filter(|_| number > 0);
        Shown {
            arguments: super::arguments(&look.facts),
            state: look.facts.state,
            privileges: &look.privileges,
            difference: first.map(|first| Difference::between(first, &look.privileges)),
        }
    });
    let mut text = json::for_people(&shown.collect::<Vec<_>>())?;
    text.push(b'\n');
    Ok(text)
}
