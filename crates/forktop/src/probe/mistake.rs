//! A mistake in probes as they were written: where it is, and what was expected there.

/// What was written is no probe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// A quote is opened and not closed.
    #[error("in `{text}`: the {quote} that is opened here is not closed: `{rest}`")]
    Unclosed {
        /// The text.
        text: String,
        /// The quote.
        quote: char,
        /// What stands from there on.
        rest: String,
    },
    /// A text of the kernel's ends at a NUL.
    #[error("in `{0}`: there is a NUL, at which all that the kernel is handed ends")]
    Nul(String),
    /// There is no probe where one is expected.
    #[error(
        "a probe is missing: before, between and after each `|` stands one, such as `open /etc/shadow r`"
    )]
    Missing,
    /// A word is wrong.
    #[error("in `{probe}`, at `{at}`: {what}")]
    Wrong {
        /// The probe.
        probe: String,
        /// The word.
        at: String,
        /// What is wrong with it, and what was expected.
        what: String,
    },
    /// A word is missing at the end.
    #[error("in `{probe}`, at its end: {what}")]
    Short {
        /// The probe.
        probe: String,
        /// What was expected.
        what: String,
    },
}

/// The same, of a probe that is being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Nothing,
    At(String, String),
    End(String),
}

impl Wrong {
    pub(super) fn within(self, probe: String) -> Mistake {
        match self {
            Self::Nothing => Mistake::Missing,
            Self::At(at, what) => Mistake::Wrong { probe, at, what },
            Self::End(what) => Mistake::Short { probe, what },
        }
    }
}
