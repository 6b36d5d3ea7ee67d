//! Calls that are tried in a copy of a process: as they are written, and as the kernel is asked.
//!
//! Probes stand between `|`. Each is a verb and its words: `open /etc/shadow r | connect tcp:10.0.0.1:80`.
mod attempt;
mod bytes;
mod calls;
mod endpoint;
mod files;
mod hand;
mod mistake;
mod number;
mod sockets;
mod tables;
mod trying;
mod verbs;
mod words;

pub use mistake::Mistake;
pub use trying::try_all;

use attempt::Attempt;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use words::Word;

/// Something that is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    words: String,
    attempt: Attempt,
}

impl Probe {
    /// The probes of a text, with quotes as a shell has them.
    ///
    /// ```
    /// use forktop::probe::Probe;
    ///
    /// let probes = Probe::all_of("open '/etc/my shadow' r | kill 1")?;
    /// assert_eq!(probes[1].words(), "kill 1");
    /// # Ok::<(), forktop::probe::Mistake>(())
    /// ```
    pub fn all_of(text: &str) -> Result<Vec<Self>, Mistake> {
        Self::all(&words::split(text.as_bytes())?)
    }

    /// The probes of a command line, whose words a shell has split already. A `|` between them is a word of its own; a word
    /// with blanks where a verb is expected is a text ([`Probe::all_of`]).
    pub fn all_of_words<T: AsRef<OsStr>>(
        words: impl IntoIterator<Item = T>,
    ) -> Result<Vec<Self>, Mistake> {
        let mut all = Vec::new();
        for word in words {
            let word = word.as_ref().as_bytes();
            let begins = all.last().is_none_or(Word::is_bar);
            let is_text = word
                .iter()
                .any(|byte| byte.is_ascii_whitespace() || *byte == b'|');
            match begins && is_text {
                true => all.extend(words::split(word)?),
                false => all.push(Word::bare(word)),
            }
        }
        Self::all(&all)
    }

    /// As it was written.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.words
    }

    /// What can be tried, each as it is written.
    pub fn forms() -> impl Iterator<Item = &'static str> {
        verbs::VERBS.iter().map(|verb| verb.form)
    }

    fn all(words: &[Word]) -> Result<Vec<Self>, Mistake> {
        words.split(Word::is_bar).map(Self::read).collect()
    }

    fn read(words: &[Word]) -> Result<Self, Mistake> {
        let written: Vec<_> = words.iter().map(Word::written).collect();
        let written = written.join(" ");
        match verbs::read(words) {
            Ok(attempt) => Ok(Self {
                words: written,
                attempt,
            }),
            Err(wrong) => Err(wrong.within(written)),
        }
    }
}

#[cfg(test)]
mod tests;
