//! What a void began with, and has given up since.
use super::reached;
use super::sockets::LISTENS;
use super::{Finding, Grants};
use privileges::{Descriptor, Object, Privileges, Seen};

/// Findings of mounts. What was as granted when the process was first looked at has been given up; of the rest nobody
/// knows that it was ever held.
pub(super) fn mounts(
    grants: &Grants,
    privileges: &Privileges,
    first: Option<&Privileges>,
) -> Vec<Finding> {
    let mut findings = reached::mounts(grants, privileges);
    let lacks = |finding: &Finding| matches!(finding, Finding::NotHeld(_));
    let Some(first) = first.filter(|_| findings.iter().any(lacks)) else {
        return findings;
    };
    let at_first = reached::mounts(grants, first);
    for finding in &mut findings {
        if let Finding::NotHeld(what) = finding
            && first.mounts.known().is_some()
            && !at_first.contains(&Finding::NotHeld(what.clone()))
        {
            *finding = Finding::GivenUp(std::mem::take(what));
        }
    }
    findings
}

/// Descriptors that the void's program began with, as it cannot begin without them, and has closed, or put something else
/// in the place of. The null device is nothing to give up.
pub(super) fn descriptors(grants: &Grants, privileges: &Privileges) -> Vec<Finding> {
    let Seen::Known(open) = &privileges.descriptors else {
        return Vec::new();
    };
    let granted = |number: u32| grants.descriptors.get(number as usize);
    let given_up = |(words, number): (&String, u32)| {
        let kind = Kind::of(words)?;
        let is_there = |one: &Descriptor| one.number == number && kind.admits(&one.object);
        if open.iter().any(is_there) {
            return None;
        }
        // One that was granted itself is no copy of this one.
        let may_be_a_copy = |one: &Descriptor| {
            let own = granted(one.number).and_then(|words| Kind::of(words));
            kind.admits(&one.object) && own != Some(kind) && !is_null(&one.object)
        };
        let unless = match open.iter().any(may_be_a_copy) {
            true => ", unless it has another number now",
            false => "",
        };
        let what = format!("descriptor {number} ({words}){unless}");
        Some(Finding::GivenUp(what))
    };
    let all = grants.descriptors.iter().zip(0..);
    all.filter_map(given_up).collect()
}

/// Character device 1:3 on every Linux.
const fn is_null(object: &Object) -> bool {
    matches!(
        object,
        Object::Device {
            block: false,
            major: 1,
            minor: 3,
            ..
        }
    )
}

/// What a descriptor of the plan is to the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Pipe,
    Terminal,
    Listener,
    File,
}

impl Kind {
    /// By the plan's words; nothing for the null device.
    fn of(words: &str) -> Option<Self> {
        let begins = |start| words.starts_with(start);
        match words {
            "null" => None,
            _ if words.contains(LISTENS) => Some(Self::Listener),
            _ if begins("a pseudo-terminal ") => Some(Self::Terminal),
            _ if begins("a pipe ") || begins("the launcher's ") => Some(Self::Pipe),
            _ => Some(Self::File),
        }
    }

    const fn admits(self, object: &Object) -> bool {
        match object {
            Object::Unreadable => true,
            Object::Pipe { path: None, .. } => matches!(self, Self::Pipe),
            Object::Pipe { path: Some(_), .. } | Object::File { .. } => matches!(self, Self::File),
            Object::Device { .. } => matches!(self, Self::Terminal | Self::File),
            Object::Socket(_) => matches!(self, Self::Listener),
            _ => false,
        }
    }
}
