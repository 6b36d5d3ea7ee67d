//! Limits of resources (getrlimit(2)).
use serde::{Deserialize, Serialize};

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
