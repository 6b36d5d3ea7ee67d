//! What the user looks for: words, of which all must hold. Filters and searches are written in it alike.
mod parse;
mod term;

pub use parse::{Misspelt, TERMS};
pub use term::Term;

use super::surroundings::Surroundings;
use crate::model::Process;
use std::fmt;

/// Terms that must all hold; none hold always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    clauses: Vec<Clause>,
    /// As it was written, with single blanks.
    written: String,
}

/// A term, or that it does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Clause {
    negated: bool,
    term: Term,
}

impl Filter {
    /// Whether it lets everything through.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// Whether everything that it asks for is so.
    #[must_use]
    pub fn admits(&self, process: &Process, surroundings: &Surroundings<'_>) -> bool {
        self.clauses
            .iter()
            .all(|clause| clause.term.holds(process, surroundings) != clause.negated)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.written)
    }
}
