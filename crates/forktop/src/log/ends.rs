//! Who else has open what a process has, or is at the other end of it.
use super::ProcessId;
use serde::{Deserialize, Serialize};

/// Those among the processes that were followed when a process was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherEnds {
    /// What was found, in the order of the process's own descriptors.
    pub found: Vec<Others>,
    /// How many processes were not asked, as there were too many, or could not be.
    #[serde(skip_serializing_if = "is_none", default)]
    pub unread: usize,
}

/// The descriptors that belong to one of the process's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Others {
    /// The process's own.
    pub number: u32,
    /// What the others are to that.
    pub are: Relation,
    /// The first of them, by the processes' numbers.
    pub descriptors: Vec<Held>,
    /// How many there are beyond these.
    #[serde(skip_serializing_if = "is_none", default)]
    pub more: usize,
}

/// What a descriptor is to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// At the other end.
    Opposite,
    /// Of the same socket.
    Same,
}

/// A descriptor, and who has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The process.
    pub process: ProcessId,
    /// Its number there.
    pub number: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
const fn is_none(count: &usize) -> bool {
    *count == 0
}
