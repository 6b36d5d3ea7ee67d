//! One thing that differs.
use crate::{CapabilityKind, CapabilitySet, IdKind, IdMap, NamespaceKind, SeccompMode};
use serde::Serialize;

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
