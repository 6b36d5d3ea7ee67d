//! User and group numbers, and how a user namespace maps them.
use serde::{Deserialize, Serialize};

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
