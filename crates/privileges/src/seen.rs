//! A value that the kernel may have kept from us: what cannot be read is marked so, and never looks empty.
use serde::{Deserialize, Serialize};

/// What was read, or why it could not be.
///
/// As JSON the value itself, or `{"unreadable": …}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Seen<T> {
    /// The kernel would not tell.
    Unreadable {
        /// For this reason.
        unreadable: Why,
    },
    /// It is this.
    Known(T),
}

/// Why something could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The reader may not (`EACCES`, `EPERM`).
    NotPermitted,
    /// This kernel does not tell it.
    NotSupported,
    /// Only of a process that is stopped by its tracer.
    NeedsTracing,
    /// It was not looked at.
    NotRead,
    /// It went wrong otherwise, with this errno.
    Failed(i32),
}

impl<T> Seen<T> {
    /// The value, if it could be read.
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unreadable { .. } => None,
        }
    }
}
