//! A value that the kernel may have kept from us: what cannot be read is marked so, and never looks empty.
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What was read, or why it could not be.
///
/// As JSON the value itself, or `{"unreadable": …}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// There is none: of a process that has ended and waits to be reaped, of a thread of the kernel's, or of a namespace
    /// for children in which nobody is yet.
    Absent,
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

    /// Why it could not be read, if so.
    pub const fn unreadable(&self) -> Option<Why> {
        match self {
            Self::Known(_) => None,
            Self::Unreadable { unreadable } => Some(*unreadable),
        }
    }
}

impl Why {
    pub(crate) fn new(errno: Errno) -> Self {
        match errno {
            Errno::ACCESS | Errno::PERM => Self::NotPermitted,
            Errno::NOENT | Errno::SRCH => Self::Absent,
            Errno::NOSYS | Errno::OPNOTSUPP | Errno::NOTTY => Self::NotSupported,
            other => Self::Failed(other.raw_os_error()),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPermitted => formatter.write_str("not permitted"),
            Self::Absent => formatter.write_str("there is none"),
            Self::NotSupported => formatter.write_str("this kernel does not tell"),
            Self::NeedsTracing => formatter.write_str("only its tracer is told"),
            Self::NotRead => formatter.write_str("not read"),
            Self::Failed(errno) => Errno::from_raw_os_error(*errno).fmt(formatter),
        }
    }
}

impl<T> From<Why> for Seen<T> {
    fn from(why: Why) -> Self {
        Self::Unreadable { unreadable: why }
    }
}

impl<T> From<Result<T, Errno>> for Seen<T> {
    fn from(read: Result<T, Errno>) -> Self {
        match read {
            Ok(value) => Self::Known(value),
            Err(errno) => Why::new(errno).into(),
        }
    }
}
