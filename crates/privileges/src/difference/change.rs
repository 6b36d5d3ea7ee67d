//! One thing that differs.
use super::Difference;
use crate::{
    CapabilityKind, CapabilitySet, Descriptor, IdKind, IdMap, Limit, Mount, NamespaceKind,
    SeccompMode,
};
use serde::Serialize;
use std::path::PathBuf;

/// Something that differs, and what that means for power.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Whether the second may do more or less by it.
    pub direction: Direction,
    /// What differs.
    #[serde(flatten)]
    pub what: Changed,
}

/// Who may do more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// The second may do something that the first may not.
    Gained,
    /// The first may do something that the second may not.
    Lost,
    /// Neither, or it depends.
    Other,
}

/// What differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Changed {
    /// User ids.
    User {
        /// Which of the four.
        ids: Vec<IdKind>,
        /// The first one's.
        from: u32,
        /// The second one's.
        to: u32,
    },
    /// Group ids.
    Group {
        /// Which of the four.
        ids: Vec<IdKind>,
        /// The first one's.
        from: u32,
        /// The second one's.
        to: u32,
    },
    /// A supplementary group that one of them has.
    SupplementaryGroup {
        /// Its number.
        group: u32,
    },
    /// Capabilities that one of them has in these sets.
    Capabilities {
        /// Which ones.
        capabilities: CapabilitySet,
        /// In which sets, the same ones in all.
        sets: Vec<CapabilityKind>,
        /// What the second has in these sets, if it has the same in all.
        #[serde(skip_serializing_if = "Option::is_none")]
        now: Option<CapabilitySet>,
    },
    /// Whether an exec may give something: lost where the second has no_new_privs.
    NoNewPrivs,
    /// In which way system calls are filtered.
    SeccompMode {
        /// The first one's.
        from: SeccompMode,
        /// The second one's.
        to: SeccompMode,
    },
    /// How many filters there are.
    SeccompFilters {
        /// The first one's.
        from: u32,
        /// The second one's.
        to: u32,
    },
    /// Another namespace.
    Namespace {
        /// Of this kind.
        kind: NamespaceKind,
        /// Whether it is only that of the next children.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        for_children: bool,
        /// The first one's.
        from: u64,
        /// The second one's.
        to: u64,
    },
    /// How user ids are mapped; none in the reader's own user namespace.
    UserMap {
        /// The first one's.
        from: Option<Vec<IdMap>>,
        /// The second one's.
        to: Option<Vec<IdMap>>,
    },
    /// How group ids are mapped; none in the reader's own user namespace.
    GroupMap {
        /// The first one's.
        from: Option<Vec<IdMap>>,
        /// The second one's.
        to: Option<Vec<IdMap>>,
    },
    /// As many filters, but others.
    Filters,
    /// Another root.
    Root {
        /// The first one's.
        #[serde(serialize_with = "crate::written::serialize")]
        from: PathBuf,
        /// The second one's.
        #[serde(serialize_with = "crate::written::serialize")]
        to: PathBuf,
    },
    /// Another current directory.
    Directory {
        /// The first one's.
        #[serde(serialize_with = "crate::written::serialize")]
        from: PathBuf,
        /// The second one's.
        #[serde(serialize_with = "crate::written::serialize")]
        to: PathBuf,
    },
    /// A mount that one of them has, or that is another at the same point.
    Mount {
        /// The first one's.
        from: Option<Mount>,
        /// The second one's.
        to: Option<Mount>,
    },
    /// A descriptor that one of them has, or that is another by the same number.
    Descriptor {
        /// The first one's.
        from: Option<Descriptor>,
        /// The second one's.
        to: Option<Descriptor>,
    },
    /// A limit that is not the same: gained where nothing of it is lower.
    Limit {
        /// The first one's.
        from: Limit,
        /// The second one's.
        to: Limit,
    },
    /// Another control group.
    Cgroup {
        /// The hierarchy's controllers, none for version 2.
        controllers: String,
        /// The first one's.
        #[serde(serialize_with = "crate::written::serialize")]
        from: Option<PathBuf>,
        /// The second one's.
        #[serde(serialize_with = "crate::written::serialize")]
        to: Option<PathBuf>,
    },
    /// Another security label.
    Label {
        /// The first one's.
        from: Option<String>,
        /// The second one's.
        to: Option<String>,
    },
    /// A thread of one of them that may do something else than its leader, and than any thread of the other.
    Thread {
        /// Its number.
        tid: u32,
        /// Its name.
        name: String,
        /// Whether it is the second one's.
        of_second: bool,
        /// In what it differs from its leader.
        from_leader: Difference,
    },
}

impl Direction {
    /// Gained, if the second has it and the first does not.
    pub(super) fn of_having(to: bool) -> Self {
        if to { Self::Gained } else { Self::Lost }
    }

    /// By something of which more is more power.
    pub(super) fn of_amount<T: Ord>(from: &T, to: &T) -> Self {
        match from.cmp(to) {
            std::cmp::Ordering::Less => Self::Gained,
            std::cmp::Ordering::Equal => Self::Other,
            std::cmp::Ordering::Greater => Self::Lost,
        }
    }
}
