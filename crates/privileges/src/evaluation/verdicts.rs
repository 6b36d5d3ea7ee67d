//! What may become of a system call that is not wholly known.
use super::Verdict;
use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};

/// All that may become of a call.
///
/// A verdict that is not among them cannot come. One that is may depend on arguments that do not exist: of those that a
/// filter calculates with, only what it compares them with is kept in mind, not what is calculated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdicts {
    /// One of these, the mildest first; at least one.
    OneOf(BTreeSet<Verdict>),
    /// It cannot be said: a filter returns what is not known, or there are too many ways through.
    Unsaid,
}

impl Verdicts {
    /// Whether the call is carried out, and nobody else asked; `None` if that depends.
    pub fn lets_through(&self) -> Option<bool> {
        self.all(Verdict::lets_through)
    }

    /// Whether the thread that calls ends; `None` if that depends.
    pub fn kills(&self) -> Option<bool> {
        self.all(Verdict::kills)
    }

    /// The verdict, if there is but one.
    pub(super) fn only(&self) -> Option<Verdict> {
        match self {
            Self::OneOf(verdicts) if verdicts.len() == 1 => verdicts.first().copied(),
            _ => None,
        }
    }

    fn all(&self, holds: fn(Verdict) -> bool) -> Option<bool> {
        let Self::OneOf(verdicts) = self else {
            return None;
        };
        let mut answers = verdicts.iter().map(|verdict| holds(*verdict));
        let first = answers.next()?;
        answers.all(|answer| answer == first).then_some(first)
    }
}

/// The words stand after "the call", as a verdict's.
impl Display for Verdicts {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self::OneOf(verdicts) = self else {
            return f.write_str("has a fate that cannot be told");
        };
        let words: Vec<_> = verdicts.iter().map(Verdict::to_string).collect();
        f.write_str(&words.join("; or it "))
    }
}
