//! A difference in a sentence each for what is gained, what is lost, and the rest: little, for a line of a log.
use super::change::{Change, Changed, Direction};
use super::words::{list, named, which};
use super::{Difference, words};
use crate::{CapabilityKind, CapabilitySet, Essentials, Names, SeccompMode};

impl Difference {
    /// What leads from one to the other, with a verb: `loses capabilities (all 41), groups 4 27`.
    ///
    /// Of the capabilities only those that count now are named, and how ids are mapped follows from a new user namespace.
    /// Users and groups have their names beside their numbers.
    pub fn sentences(&self, names: &Names) -> Vec<(Direction, String)> {
        let verbs = [
            (Direction::Gained, "gains"),
            (Direction::Lost, "loses"),
            (Direction::Other, "gets other"),
        ];
        let sentence = |(direction, verb)| {
            let of = self
                .changes
                .iter()
                .filter(|change| change.direction == direction);
            let parts = parts(&of.collect::<Vec<_>>(), names);
            (!parts.is_empty()).then(|| (direction, format!("{verb} {}", list(parts.iter()))))
        };
        let mut sentences: Vec<_> = verbs.into_iter().filter_map(sentence).collect();
        if sentences.is_empty() && !self.changes.is_empty() {
            let words = "changes what capabilities it may keep or get";
            sentences.push((Direction::Other, words.to_owned()));
        }
        sentences
    }

    /// The sentences of the difference between two essentials, at once where there is none.
    pub fn sentences_between(
        from: &Essentials,
        to: &Essentials,
        names: &Names,
    ) -> Vec<(Direction, String)> {
        // Nearly always, and then they need not be compared part by part.
        match from == to {
            true => Vec::new(),
            false => Self::between_essentials(from, to).sentences(names),
        }
    }
}

fn parts(of: &[&Change], names: &Names) -> Vec<String> {
    let mut effective = CapabilitySet::NONE;
    let (mut groups, mut namespaces, mut others) = (Vec::new(), Vec::new(), Vec::new());
    let (mut mode, mut filters) = (None, None);
    for change in of {
        match &change.what {
            Changed::Capabilities {
                capabilities, sets, ..
            } if sets.contains(&CapabilityKind::Effective) => effective = effective | *capabilities,
            Changed::Capabilities { .. } | Changed::UserMap { .. } | Changed::GroupMap { .. } => {}
            Changed::SupplementaryGroup { group } => groups.push(named(*group, names.groups())),
            Changed::Namespace {
                kind,
                for_children: false,
                ..
            } => namespaces.push(kind.words()),
            // How many there are is told with the mode.
            Changed::SeccompFilters { to, .. } => filters = Some(*to),
            Changed::SeccompMode { to, .. } => mode = Some(*to),
            what => others.push(other(change.direction, what, names)),
        }
    }
    if mode.is_some() || filters.is_some() {
        others.push(system_calls(mode, filters));
    }
    let lists = [
        (!effective.is_empty())
            .then(|| format!("capabilities ({})", effective.difference_summary())),
        (!groups.is_empty()).then(|| format!("groups {}", groups.join(" "))),
        (!namespaces.is_empty()).then(|| format!("namespaces {}", namespaces.join(", "))),
    ];
    lists.into_iter().flatten().chain(others).collect()
}

/// What it is since, or what it is no longer.
fn other(direction: Direction, what: &Changed, names: &Names) -> String {
    let user = |id: u32| named(id, names.users());
    match what {
        Changed::User { ids, from, .. } if direction == Direction::Lost => {
            format!("user {}{}", user(*from), which(ids))
        }
        Changed::User { ids, to, .. } => format!("user {}{}", user(*to), which(ids)),
        Changed::Group { ids, to, .. } => {
            format!("group {}{}", named(*to, names.groups()), which(ids))
        }
        other => words::without_direction(other),
    }
}

fn system_calls(mode: Option<SeccompMode>, filters: Option<u32>) -> String {
    let now = match (mode, filters) {
        (Some(SeccompMode::Off), _) => "not filtered".to_owned(),
        (Some(SeccompMode::Strict), _) => "only read, write, _exit and sigreturn".to_owned(),
        (Some(SeccompMode::Filter) | None, Some(count)) => {
            format!("filtered by {}", words::filters(count))
        }
        (_, None) => "filtered".to_owned(),
    };
    format!("system calls ({now})")
}
