//! Limits of resources (getrlimit(2)).
use serde::{Deserialize, Serialize};
use std::fmt;

/// A line of `/proc/PID/limits`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Limit {
    /// As the kernel words it: `Max open files`.
    pub name: String,
    /// `None` is unlimited.
    pub soft: Option<u64>,
    /// `None` is unlimited.
    pub hard: Option<u64>,
    /// `bytes`, `files`, `seconds`, …; empty where the kernel names none.
    pub unit: String,
}

impl Limit {
    /// Both limits: `1024, at most 4096`.
    pub(crate) fn amounts(&self) -> String {
        let amount =
            |limit: Option<u64>| limit.map_or("unlimited".to_owned(), |limit| limit.to_string());
        if self.soft == self.hard {
            amount(self.soft)
        } else {
            format!("{}, at most {}", amount(self.soft), amount(self.hard))
        }
    }
}

/// `open files 1024, at most 4096`
impl fmt::Display for Limit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.strip_prefix("Max ").unwrap_or(&self.name);
        write!(formatter, "{name} {}", self.amounts())
    }
}
