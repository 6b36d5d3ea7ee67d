//! User and group numbers, and how a user namespace maps them.
use serde::{Deserialize, Serialize};
use std::fmt;

/// The four user, or group, ids of a process, as numbers of the reader's user namespace (credentials(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ids {
    /// Who started it.
    pub real: u32,
    /// By which it is judged.
    pub effective: u32,
    /// To which it may return.
    pub saved: u32,
    /// By which its use of files is judged.
    pub filesystem: u32,
}

/// Which of the four user, or group, ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdKind {
    /// Who started it.
    Real,
    /// By which it is judged.
    Effective,
    /// To which it may return.
    Saved,
    /// By which its use of files is judged.
    Filesystem,
}

impl IdKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Real, Self::Effective, Self::Saved, Self::Filesystem];

    /// Its name in credentials(7).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Effective => "effective",
            Self::Saved => "saved",
            Self::Filesystem => "filesystem",
        }
    }
}

impl Ids {
    /// The one of this kind.
    pub const fn of(&self, kind: IdKind) -> u32 {
        match kind {
            IdKind::Real => self.real,
            IdKind::Effective => self.effective,
            IdKind::Saved => self.saved,
            IdKind::Filesystem => self.filesystem,
        }
    }
}

/// A line of `/proc/PID/uid_map` or `gid_map` (user_namespaces(7)), as the reader's user namespace sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IdMap {
    /// The first number inside.
    pub inside: u32,
    /// The first number outside, in the reader's namespace.
    pub outside: u32,
    /// How many follow each other.
    pub count: u32,
}

/// `0 is 1000`, or of several ids `0–9 are 1000–1009`.
impl fmt::Display for IdMap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (inside, outside) = (self.inside, self.outside);
        let Some(further) = self.count.checked_sub(2) else {
            return write!(formatter, "{inside} is {outside}");
        };
        let last = |first: u32| first.saturating_add(further).saturating_add(1);
        write!(
            formatter,
            "{inside}–{} are {outside}–{}",
            last(inside),
            last(outside)
        )
    }
}
