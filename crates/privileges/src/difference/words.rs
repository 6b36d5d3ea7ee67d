//! Changes in words.
use super::change::{Change, Changed, Direction};
use crate::{CapabilitySet, IdKind, IdMap};
use std::fmt;

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
        let direction = self.direction;
        match &self.what {
            Changed::User { ids, from, to } => write!(formatter, "uid {from} → {to}{}", which(ids)),
            Changed::Group { ids, from, to } => {
                write!(formatter, "gid {from} → {to}{}", which(ids))
            }
            Changed::SupplementaryGroup { group } => write!(formatter, "{direction} group {group}"),
            Changed::Capabilities {
                capabilities,
                sets,
                now,
            } => {
                let names = capability_words(direction, *capabilities, *now);
                let sets = list(sets.iter().map(|set| set.name()));
                write!(formatter, "{direction} {names} ({sets})")
            }
            Changed::NoNewPrivs if direction == Direction::Lost => {
                formatter.write_str("no_new_privs set")
            }
            Changed::NoNewPrivs => formatter.write_str("no_new_privs not set"),
            Changed::SeccompMode { from, to } => {
                write!(formatter, "seccomp {} → {}", from.name(), to.name())
            }
            Changed::SeccompFilters { from, to } => {
                write!(formatter, "seccomp filters {from} → {to}")
            }
            Changed::Namespace {
                kind,
                for_children,
                from,
                to,
            } => {
                let children = if *for_children { " for children" } else { "" };
                write!(
                    formatter,
                    "other {} namespace{children} ({from} → {to})",
                    kind.name()
                )
            }
            Changed::UserMap { from, to } => {
                write!(
                    formatter,
                    "uid map {} → {}",
                    map(from.as_deref()),
                    map(to.as_deref())
                )
            }
            Changed::GroupMap { from, to } => {
                write!(
                    formatter,
                    "gid map {} → {}",
                    map(from.as_deref()),
                    map(to.as_deref())
                )
            }
        }
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

fn map(map: Option<&[IdMap]>) -> String {
    match map {
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
