//! What one process may do that another, or itself at another time, may not.
mod capabilities;
mod change;
mod essentials;
mod mounts;
mod parts;
mod sentences;
#[cfg(test)]
mod tests;
mod whole;
mod words;

#[cfg(test)]
pub(crate) use tests::whole as sample;

use crate::{Essentials, Limit, Mount, Privileges, Why};
pub use change::{Change, Changed, Direction};
use serde::Serialize;
use std::fmt;

/// The difference between two, from the first to the second.
///
/// As text it is words of a person's, in one line: `lost CAP_NET_RAW (effective, permitted); no_new_privs set`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What is known to differ.
    pub changes: Vec<Change>,
    /// What may differ: it could not be read of one of the two, or of both.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<Unknown>,
}

/// Something that cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unknown {
    /// What, in words: `mounts`, `mnt namespace`, …
    pub what: &'static str,
    /// Why it could not be read.
    pub why: Why,
}

impl Difference {
    /// Between the essentials of two threads, quickly.
    ///
    /// ```
    /// # use privileges::{Difference, Process};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let process = Process::open(rustix::process::getpid())?;
    /// let before = process.essentials()?;
    /// // Something happens.
    /// let difference = Difference::between_essentials(&before, &process.essentials()?);
    /// assert!(difference.is_none());
    /// assert_eq!(difference.to_string(), "no difference");
    /// # Ok(())
    /// # }
    /// ```
    pub fn between_essentials(from: &Essentials, to: &Essentials) -> Self {
        let mut difference = Self::default();
        essentials::compare(from, to, &mut difference);
        difference
    }

    /// Between all that can be said about two processes, or about one at two times.
    pub fn between(from: &Privileges, to: &Privileges) -> Self {
        let mut difference = Self::default();
        whole::compare(from, to, &mut difference);
        difference
    }

    /// Between two mount tables.
    pub fn between_mounts(from: &[Mount], to: &[Mount]) -> Self {
        let mut difference = Self::default();
        mounts::compare(from, to, &mut difference);
        difference
    }

    /// Between the limits of two processes.
    pub fn between_limits(from: &[Limit], to: &[Limit]) -> Self {
        let mut difference = Self::default();
        whole::limits(from, to, &mut difference);
        difference
    }

    /// Whether both are known to be the same.
    pub fn is_none(&self) -> bool {
        self.changes.is_empty() && self.unknown.is_empty()
    }

    fn push(&mut self, direction: Direction, what: Changed) {
        self.changes.push(Change { direction, what });
    }

    fn push_unknown(&mut self, what: &'static str, why: Why) {
        self.unknown.push(Unknown { what, why });
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_none() {
            return formatter.write_str("no difference");
        }
        let changes = self.changes.iter().map(ToString::to_string);
        let unknown = self.unknown.iter().map(ToString::to_string);
        formatter.write_str(&changes.chain(unknown).collect::<Vec<_>>().join("; "))
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} cannot be compared ({})", self.what, self.why)
    }
}
