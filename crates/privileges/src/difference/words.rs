//! Changes in words.
#![expect(clippy::ref_option, reason = "what is shown is the field as it is")]
use super::change::{Change, Changed, Direction};
use crate::{CapabilitySet, IdKind, IdMap};
use std::fmt;
use std::path::{Path, PathBuf};

impl fmt::Display for Direction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Gained => "gained",
            Self::Lost => "lost",
            Self::Other => "changed",
        })
    }
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&words(self.direction, &self.what))
    }
}

fn words(direction: Direction, what: &Changed) -> String {
    match what {
        Changed::User { ids, from, to } => format!("uid {from} → {to}{}", which(ids)),
        Changed::Group { ids, from, to } => format!("gid {from} → {to}{}", which(ids)),
        Changed::SupplementaryGroup { group } => format!("{direction} group {group}"),
        Changed::Capabilities {
            capabilities,
            sets,
            now,
        } => {
            let names = capability_words(direction, *capabilities, *now);
            let sets = list(sets.iter().map(|set| set.name()));
            format!("{direction} {names} ({sets})")
        }
        Changed::NoNewPrivs if direction == Direction::Lost => "no_new_privs set".to_owned(),
        Changed::NoNewPrivs => "no_new_privs not set".to_owned(),
        Changed::SeccompMode { from, to } => arrow("seccomp", from.name(), to.name()),
        Changed::SeccompFilters { from, to } => arrow("seccomp filters", from, to),
        Changed::Filters => "other seccomp filters".to_owned(),
        Changed::Namespace {
            kind,
            for_children,
            from,
            to,
        } => {
            let children = if *for_children { " for children" } else { "" };
            format!("other {} namespace{children} ({from} → {to})", kind.name())
        }
        Changed::UserMap { from, to } => arrow("uid map", map(from), map(to)),
        Changed::GroupMap { from, to } => arrow("gid map", map(from), map(to)),
        Changed::Root { from, to } => arrow("root", from.display(), to.display()),
        Changed::Directory { from, to } => arrow("directory", from.display(), to.display()),
        Changed::Mount { from, to } => pair(direction, "mount", from, to),
        Changed::Descriptor { from, to } => pair(direction, "descriptor", from, to),
        Changed::Limit { from, to } => arrow("limit", from, to.amounts()),
        Changed::Cgroup {
            controllers,
            from,
            to,
        } => arrow(
            format!("cgroup {controllers}").trim_end(),
            group(from),
            group(to),
        ),
        Changed::Label { from, to } => arrow("label", label(from), label(to)),
        Changed::Thread {
            tid,
            name,
            of_second,
            from_leader,
        } => {
            let whose = if *of_second { "second" } else { "first" };
            format!("thread {tid} ({name}) of the {whose} differs from its leader: {from_leader}")
        }
    }
}

fn arrow(what: &str, from: impl fmt::Display, to: impl fmt::Display) -> String {
    format!("{what} {from} → {to}")
}

fn group(path: &Option<PathBuf>) -> std::path::Display<'_> {
    path.as_deref().unwrap_or(Path::new("none")).display()
}

fn label(label: &Option<String>) -> &str {
    label.as_deref().unwrap_or("none")
}

fn pair<T: fmt::Display>(
    direction: Direction,
    what: &str,
    from: &Option<T>,
    to: &Option<T>,
) -> String {
    match (from, to) {
        (Some(from), Some(to)) => arrow(what, from, to),
        (Some(one), None) | (None, Some(one)) => format!("{direction} {what} {one}"),
        (None, None) => format!("no {what}"),
    }
}

/// Nothing if it is all four.
fn which(ids: &[IdKind]) -> String {
    if ids.len() == IdKind::ALL.len() {
        return String::new();
    }
    format!(" ({})", list(ids.iter().map(|id| id.name())))
}

/// The names, unless it is quicker said what is left.
fn capability_words(
    direction: Direction,
    which: CapabilitySet,
    now: Option<CapabilitySet>,
) -> String {
    const FEW: usize = 6;
    match now {
        _ if which.len() <= FEW => which.to_string(),
        Some(now) if direction == Direction::Lost && now.is_empty() => {
            "every capability".to_owned()
        }
        Some(now) if direction == Direction::Lost && now.len() <= FEW => {
            format!("every capability but {now}")
        }
        _ if which == CapabilitySet::ALL => "every capability".to_owned(),
        _ => format!("{} capabilities", which.len()),
    }
}

fn map(map: &Option<Vec<IdMap>>) -> String {
    match map.as_deref() {
        None => "as the reader's".to_owned(),
        Some([]) => "nobody".to_owned(),
        Some(lines) => list(lines.iter().map(ToString::to_string)),
    }
}

pub(super) fn list<T: AsRef<str>>(words: impl Iterator<Item = T>) -> String {
    let words: Vec<T> = words.collect();
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    words.join(", ")
}
