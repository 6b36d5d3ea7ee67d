//! What a process may do, taken apart, so that two states can be compared and a change found again among many.
use super::capability::{Capability, Set, names};
use super::identity::four;
use super::page::Sign;
use super::sharing::kind_words;
use super::unread::or_why;
use privileges::{Essentials, IdMap, Ids, NamespaceKind, Seccomp, SeccompMode, Seen};

/// One thing that can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// The user ids.
    User,
    /// The group ids.
    Group,
    /// Being in a supplementary group.
    InGroup(u32),
    /// A capability in a set.
    Capability(Set, Capability),
    /// `PR_SET_NO_NEW_PRIVS`.
    NoNewPrivs,
    /// The filters of system calls.
    Seccomp,
    /// A namespace.
    Namespace(NamespaceKind),
    /// The pid namespace of the next children.
    PidForChildren,
    /// The time namespace of the next children.
    TimeForChildren,
    /// How user ids are mapped.
    UserMap,
    /// How group ids are mapped.
    GroupMap,
}

/// What a facet is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Whether it has it.
    Has(bool),
    /// In words.
    Is(String),
}

/// A facet that is not the same in two states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub facet: Facet,
    /// Whether by it something is gained or lost.
    pub sign: Sign,
    /// As it was.
    pub before: Value,
    /// As it is.
    pub after: Value,
}

impl Facet {
    /// Those that either state can have.
    fn all(before: &Essentials, after: &Essentials) -> Vec<Self> {
        let mut facets = vec![Self::User, Self::Group, Self::NoNewPrivs, Self::Seccomp];
        facets.extend([
            Self::PidForChildren,
            Self::TimeForChildren,
            Self::UserMap,
            Self::GroupMap,
        ]);
        facets.extend(
            before
                .groups
                .iter()
                .chain(&after.groups)
                .map(|gid| Self::InGroup(*gid)),
        );
        facets.extend(NamespaceKind::ALL.map(Self::Namespace));
        for set in Set::ALL {
            facets.extend((0..64).map(|number| Self::Capability(set, Capability(number))));
        }
        facets.sort_unstable();
        facets.dedup();
        facets
    }

    /// Its value in this state.
    pub fn value(self, of: &Essentials) -> Value {
        let inode = |inode: &Option<Seen<u64>>| {
            let inode = inode.as_ref();
            inode.map_or("its own".to_owned(), |inode| {
                or_why(inode, ToString::to_string)
            })
        };
        match self {
            Self::User => Value::Is(ids(&of.uid)),
            Self::Group => Value::Is(ids(&of.gid)),
            Self::InGroup(gid) => Value::Has(of.groups.contains(&gid)),
            Self::Capability(set, capability) => {
                Value::Has(set.of(&of.capabilities).0 >> (capability.0 & 63) & 1 == 1)
            }
            Self::NoNewPrivs => Value::Has(of.no_new_privs),
            Self::Seccomp => Value::Is(seccomp(of.seccomp)),
            Self::Namespace(kind) => Value::Is(or_why(of.namespaces.of(kind), ToString::to_string)),
            Self::PidForChildren => Value::Is(inode(&of.namespaces.pid_for_children)),
            Self::TimeForChildren => Value::Is(inode(&of.namespaces.time_for_children)),
            Self::UserMap => Value::Is(map(of.uid_map.as_ref())),
            Self::GroupMap => Value::Is(map(of.gid_map.as_ref())),
        }
    }

    /// Whether something is gained or lost where it changes.
    fn sign(self, before: &Essentials, after: &Essentials) -> Sign {
        let gained = match self {
            Self::User => four(&after.uid)
                .contains(&0)
                .cmp(&four(&before.uid).contains(&0)),
            Self::Group => four(&after.gid)
                .contains(&0)
                .cmp(&four(&before.gid).contains(&0)),
            Self::NoNewPrivs => before.no_new_privs.cmp(&after.no_new_privs),
            Self::Seccomp => strictness(before.seccomp).cmp(&strictness(after.seccomp)),
            _ => match (self.value(before), self.value(after)) {
                (Value::Has(before), Value::Has(after)) => after.cmp(&before),
                _ => std::cmp::Ordering::Equal,
            },
        };
        match gained {
            std::cmp::Ordering::Greater => Sign::Gained,
            std::cmp::Ordering::Less => Sign::Lost,
            std::cmp::Ordering::Equal => Sign::Changed,
        }
    }

    /// What changes, as the beginning of a line.
    pub fn words(self) -> String {
        match self {
            Self::User => "user".to_owned(),
            Self::Group => "group".to_owned(),
            Self::InGroup(gid) => format!("supplementary group {gid}"),
            Self::Capability(set, capability) => format!("{} {}", set.name(), capability.name()),
            Self::NoNewPrivs => "gaining privileges by exec (no_new_privs)".to_owned(),
            Self::Seccomp => "system calls".to_owned(),
            Self::Namespace(kind) => format!("{} namespace", kind_words(kind)),
            Self::PidForChildren => "pid namespace of its next children".to_owned(),
            Self::TimeForChildren => "clock namespace of its next children".to_owned(),
            Self::UserMap => "map of users".to_owned(),
            Self::GroupMap => "map of groups".to_owned(),
        }
    }
}

/// What leads from one state to the other.
pub fn changes(before: &Essentials, after: &Essentials) -> Vec<Change> {
    let all = Facet::all(before, after).into_iter();
    let each = all.map(|facet| Change {
        facet,
        sign: facet.sign(before, after),
        before: facet.value(before),
        after: facet.value(after),
    });
    each.filter(|change| change.before != change.after)
        .collect()
}

/// Changes in a line.
pub fn summary(changes: &[Change]) -> String {
    let sentences = sentences(changes).into_iter().map(|(_, words)| words);
    match sentences.collect::<Vec<_>>().as_slice() {
        [] => "changes nothing".to_owned(),
        sentences => sentences.join("; "),
    }
}

/// What leads from one state to the other, in a sentence each for what is gained, what is lost, and the rest.
pub fn change_in_words(before: &Essentials, after: &Essentials) -> Vec<(Sign, String)> {
    // Nearly always, and then it need not be taken apart.
    if before == after {
        return Vec::new();
    }
    sentences(&changes(before, after))
}

/// Changes in a sentence each for what is gained, what is lost, and the rest.
pub fn sentences(changes: &[Change]) -> Vec<(Sign, String)> {
    let verbs = [
        (Sign::Gained, "gains"),
        (Sign::Lost, "loses"),
        (Sign::Changed, "gets other"),
    ];
    let mut sentences = Vec::new();
    for (sign, verb) in verbs {
        let of = changes.iter().filter(|change| change.sign == sign);
        let words = parts(&of.collect::<Vec<_>>());
        if !words.is_empty() {
            sentences.push((sign, format!("{verb} {words}")));
        }
    }
    if sentences.is_empty() && !changes.is_empty() {
        let words = "changes what capabilities it may keep or get";
        sentences.push((Sign::Changed, words.to_owned()));
    }
    sentences
}

/// Of the capabilities only those that count now: the other sets tell more than a line.
fn parts(of: &[&Change]) -> String {
    let (mut capabilities, mut groups, mut namespaces) = (Vec::new(), Vec::new(), Vec::new());
    let mut others = Vec::new();
    for change in of {
        match (change.facet, &change.after) {
            (Facet::Capability(Set::Effective, capability), _) => capabilities.push(capability),
            (Facet::InGroup(gid), _) => groups.push(gid.to_string()),
            (Facet::Namespace(kind), _) => namespaces.push(kind_words(kind)),
            (Facet::Capability(..) | Facet::UserMap | Facet::GroupMap, _) => {}
            (facet, Value::Is(after)) => others.push(format!("{} {after}", facet.words())),
            (facet, _) => others.push(facet.words()),
        }
    }
    let lists = [
        (!capabilities.is_empty()).then(|| format!("capabilities ({})", names(&capabilities))),
        (!groups.is_empty()).then(|| format!("groups {}", groups.join(" "))),
        (!namespaces.is_empty()).then(|| format!("namespaces {}", namespaces.join(", "))),
    ];
    lists
        .into_iter()
        .flatten()
        .chain(others)
        .collect::<Vec<_>>()
        .join(", ")
}

fn ids(ids: &Ids) -> String {
    let [real, effective, saved, files] = four(ids);
    match four(ids).iter().all(|id| *id == real) {
        true => real.to_string(),
        false => format!("real {real}, effective {effective}, saved {saved}, files {files}"),
    }
}

fn strictness(seccomp: Seccomp) -> (u8, u32) {
    match seccomp.mode {
        SeccompMode::Off => (0, 0),
        SeccompMode::Filter => (1, seccomp.filters.unwrap_or(0)),
        SeccompMode::Strict => (2, 0),
    }
}

fn seccomp(seccomp: Seccomp) -> String {
    match (seccomp.mode, seccomp.filters) {
        (SeccompMode::Off, _) => "not filtered".to_owned(),
        (SeccompMode::Strict, _) => "strict: only read, write, _exit, sigreturn".to_owned(),
        (SeccompMode::Filter, None) => "filtered".to_owned(),
        (SeccompMode::Filter, Some(filters)) => {
            format!(
                "filtered by {}",
                super::named::count(filters as usize, "filter")
            )
        }
    }
}

fn map(map: Option<&Seen<Vec<IdMap>>>) -> String {
    let Some(map) = map else {
        return "forktop's own".to_owned();
    };
    or_why(map, |lines| {
        let each: Vec<_> = lines.iter().map(map_line).collect();
        match each.is_empty() {
            true => "nobody is mapped".to_owned(),
            false => each.join(", "),
        }
    })
}

/// `0 is 1000`, or `0–65535 are 100000–165535`: the numbers inside, and outside.
pub fn map_line(line: &IdMap) -> String {
    let last = |first: u32| u64::from(first) + u64::from(line.count.max(1)) - 1;
    match line.count {
        1 => format!("{} is {}", line.inside, line.outside),
        _ => format!(
            "{}–{} are {}–{}",
            line.inside,
            last(line.inside),
            line.outside,
            last(line.outside)
        ),
    }
}
