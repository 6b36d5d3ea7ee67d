//! Changes in words.
use super::change::{Change, Changed, Direction};
use crate::{CapabilitySet, IdKind, IdMap, Names, SeccompMode, capability_meaning};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

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

impl Changed {
    /// What differs, to stand below a heading that tells the direction: capabilities with what they mean, users and groups
    /// with their names.
    #[must_use]
    pub fn words(&self, names: &Names) -> String {
        let user = |id: u32| named(id, names.users());
        let group = |id: u32| named(id, names.groups());
        match self {
            Self::User { ids, from, to } => {
                format!("user{}: {} → {}", which(ids), user(*from), user(*to))
            }
            Self::Group { ids, from, to } => {
                format!("group{}: {} → {}", which(ids), group(*from), group(*to))
            }
            Self::SupplementaryGroup { group: id } => {
                format!("supplementary group {}", group(*id))
            }
            other => without_direction(other),
        }
    }
}

/// So few capabilities are told with what they mean.
const FEW: usize = 6;

pub(super) fn without_direction(what: &Changed) -> String {
    match what {
        Changed::Capabilities {
            capabilities, sets, ..
        } => {
            let sets = list(sets.iter().map(|set| set.name()));
            let each: Vec<_> = capabilities.iter().map(capability_meaning).collect();
            match each.len() <= FEW {
                true => format!("{sets}: may {}", each.join("; ")),
                false => format!("{sets}: {}", capabilities.difference_summary()),
            }
        }
        Changed::NoNewPrivs => "gaining privileges by exec (no_new_privs)".to_owned(),
        Changed::SeccompMode { from, to } => {
            format!("system calls: {} → {}", mode(*from), mode(*to))
        }
        Changed::SeccompFilters { from, to } => {
            format!("system calls: {from} → {}", filters(*to))
        }
        Changed::Namespace {
            kind,
            for_children: true,
            to,
            ..
        } => format!("{} namespace of its next children {to}", kind.words()),
        Changed::Namespace { kind, from, to, .. } => {
            format!("{} namespace: {from} → {to}", kind.words())
        }
        Changed::UserMap { from, to } => {
            let [from, to] = [from, to].map(|lines| map(lines.as_deref()));
            format!("map of users: {from} → {to}")
        }
        Changed::GroupMap { from, to } => {
            let [from, to] = [from, to].map(|lines| map(lines.as_deref()));
            format!("map of groups: {from} → {to}")
        }
        Changed::Mount { from, to } => both("mount", from.as_ref(), to.as_ref()),
        Changed::Descriptor { from, to } => both("descriptor", from.as_ref(), to.as_ref()),
        around => words_around(Direction::Other, around),
    }
}

/// `33 (www-data)`, or the number alone.
pub(super) fn named(id: u32, names: &BTreeMap<u32, String>) -> String {
    match names.get(&id) {
        Some(name) => format!("{id} ({name})"),
        None => id.to_string(),
    }
}

pub(super) const fn mode(mode: SeccompMode) -> &'static str {
    match mode {
        SeccompMode::Off => "not filtered",
        SeccompMode::Strict => "only read, write, _exit and sigreturn",
        SeccompMode::Filter => "filtered",
    }
}

pub(super) fn filters(count: u32) -> String {
    match count {
        1 => "1 filter".to_owned(),
        count => format!("{count} filters"),
    }
}

/// Of a pair of which one may be missing.
fn both<T: fmt::Display>(what: &str, from: Option<&T>, to: Option<&T>) -> String {
    match (from, to) {
        (Some(from), Some(to)) => format!("{what} {from} → {to}"),
        (Some(one), None) | (None, Some(one)) => format!("{what} {one}"),
        (None, None) => String::new(),
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
        Changed::SeccompMode { from, to } => format!("seccomp {} → {}", from.name(), to.name()),
        Changed::SeccompFilters { from, to } => format!("seccomp filters {from} → {to}"),
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
        Changed::UserMap { from, to } => {
            format!("uid map {} → {}", map(from.as_deref()), map(to.as_deref()))
        }
        Changed::GroupMap { from, to } => {
            format!("gid map {} → {}", map(from.as_deref()), map(to.as_deref()))
        }
        around => words_around(direction, around),
    }
}

/// What is not of the thread itself, but around it.
fn words_around(direction: Direction, what: &Changed) -> String {
    match what {
        Changed::Root { from, to } => format!("root {} → {}", from.display(), to.display()),
        Changed::Directory { from, to } => {
            format!("directory {} → {}", from.display(), to.display())
        }
        Changed::Mount { from, to } => pair(direction, "mount", from.as_ref(), to.as_ref()),
        Changed::Descriptor { from, to } => {
            pair(direction, "descriptor", from.as_ref(), to.as_ref())
        }
        Changed::Limit { from, to } => format!("limit {from} → {}", to.amounts()),
        Changed::Cgroup {
            controllers,
            from,
            to,
        } => {
            let [from, to] =
                [from, to].map(|path| path.as_deref().unwrap_or(Path::new("none")).display());
            let separator = if controllers.is_empty() { "" } else { " " };
            format!("cgroup{separator}{controllers} {from} → {to}")
        }
        Changed::Label { from, to } => {
            let [from, to] = [from, to].map(|label| label.as_deref().unwrap_or("none"));
            format!("label {from} → {to}")
        }
        Changed::Thread {
            tid,
            name,
            of_second,
            from_leader,
        } => {
            let whose = if *of_second {
                "the second"
            } else {
                "the first"
            };
            format!("thread {tid} ({name}) of {whose} differs from its leader: {from_leader}")
        }
        // The others are above.
        _ => String::new(),
    }
}

fn pair<T: fmt::Display>(
    direction: Direction,
    what: &str,
    from: Option<&T>,
    to: Option<&T>,
) -> String {
    match (from, to) {
        (Some(_), Some(_)) => both(what, from, to),
        _ => format!("{direction} {}", both(what, from, to)),
    }
}

/// Nothing if it is all four.
pub(super) fn which(ids: &[IdKind]) -> String {
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
        None => "none of its own".to_owned(),
        Some([]) => "nobody".to_owned(),
        Some(lines) => list(lines.iter().map(ToString::to_string)),
    }
}

pub(super) fn list<T: AsRef<str>>(words: impl Iterator<Item = T>) -> String {
    let words: Vec<T> = words.collect();
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    words.join(", ")
}
