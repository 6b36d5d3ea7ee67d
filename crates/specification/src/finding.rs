//! A rule that is broken: what, where, and what can be done. Data; how it is shown is the program's business.
use crate::place::Place;
use std::ops::Range;

/// Where a finding is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// At no place of the document.
    Nowhere,
    /// At these bytes of its text.
    Bytes(Range<usize>),
    /// At a value; where there is none, at what is nearest above it.
    Value(Place),
    /// At the key of a value.
    Key(Place),
}

/// A rule that is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong, in a sentence without a full stop.
    pub title: String,
    /// Where.
    pub at: At,
    /// What to say at that place, beyond the title.
    pub label: Option<String>,
    /// Other places that explain it, with what they are.
    pub context: Vec<(At, String)>,
    /// What the author can do about it.
    pub help: Option<String>,
}

impl Finding {
    /// A finding with a title and a place.
    pub fn new(title: impl Into<String>, at: At) -> Self {
        Self {
            title: title.into(),
            at,
            label: None,
            context: Vec::new(),
            help: None,
        }
    }

    /// A finding about a value.
    pub fn of_value(title: impl Into<String>, place: &Place) -> Self {
        Self::new(title, At::Value(place.clone()))
    }

    /// A finding about a key.
    pub fn of_key(title: impl Into<String>, place: &Place) -> Self {
        Self::new(title, At::Key(place.clone()))
    }

    /// With words at the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// With another place that explains it.
    #[must_use]
    pub fn context(mut self, at: At, words: impl Into<String>) -> Self {
        self.context.push((at, words.into()));
        self
    }

    /// With what can be done.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
