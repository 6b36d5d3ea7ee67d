//! The terminals beside the user's: the command's, and one for each shell in a process. One of them is shown at a time, and
//! has the keys when it is given them.
use super::effect::TerminalScreen;
use super::shell::Shell;
use crate::log::VisitId;

/// Which terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TerminalId {
    /// The command's.
    Command,
    /// That of the shell of this visit.
    Shell(VisitId),
}

/// A terminal.
#[derive(Clone, Debug)]
pub struct Terminal {
    /// Which one.
    pub id: TerminalId,
    /// What it shows.
    pub screen: TerminalScreen,
    /// The shell in it, if it is not the command's.
    pub shell: Option<Box<Shell>>,
    /// The size that it was last given.
    pub given: Option<(u16, u16)>,
}

/// All of them, in the order in which they were opened.
#[derive(Clone, Debug, Default)]
pub struct Terminals {
    each: Vec<Terminal>,
    /// The place of the one that is shown.
    at: usize,
}

impl Terminals {
    /// Opens one, which is shown from now on.
    pub fn open(&mut self, id: TerminalId, shell: Option<Box<Shell>>) {
        self.at = self.each.len();
        self.each.push(Terminal {
            id,
            screen: TerminalScreen::default(),
            shell,
            given: None,
        });
    }

    /// Takes one away. If it was shown, the one before is.
    pub fn close(&mut self, id: TerminalId) -> Option<Terminal> {
        let place = self.each.iter().position(|one| one.id == id)?;
        if place <= self.at {
            self.at = self.at.saturating_sub(1);
        }
        Some(self.each.remove(place))
    }

    /// The one that is shown.
    #[must_use]
    pub fn shown(&self) -> Option<&Terminal> {
        self.each.get(self.at)
    }

    /// Shows this one, if it is there.
    pub fn show(&mut self, id: TerminalId) {
        if let Some(place) = self.each.iter().position(|one| one.id == id) {
            self.at = place;
        }
    }

    /// Shows the next one; after the last comes the first.
    pub fn next(&mut self) {
        self.at = (self.at + 1) % self.each.len().max(1);
    }

    /// Shows the one before; before the first comes the last.
    pub fn previous(&mut self) {
        let last = self.each.len().saturating_sub(1);
        self.at = self.at.checked_sub(1).unwrap_or(last);
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.each.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.each.is_empty()
    }

    /// This one.
    #[must_use]
    pub fn get(&self, id: TerminalId) -> Option<&Terminal> {
        self.iter().find(|one| one.id == id)
    }

    /// The shell in this one.
    #[must_use]
    pub fn shell(&self, id: TerminalId) -> Option<&Shell> {
        self.get(id)?.shell.as_deref()
    }

    /// All.
    pub fn iter(&self) -> impl Iterator<Item = &Terminal> {
        self.each.iter()
    }

    /// All, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Terminal> {
        self.each.iter_mut()
    }

    /// The shells, open or over.
    pub fn shells(&self) -> impl Iterator<Item = &Shell> {
        self.iter().filter_map(|one| one.shell.as_deref())
    }

    /// The shells, to be told of something.
    pub fn shells_mut(&mut self) -> impl Iterator<Item = &mut Shell> {
        self.iter_mut().filter_map(|one| one.shell.as_deref_mut())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(number: u32) -> TerminalId {
        TerminalId::Shell(VisitId(number))
    }

    #[test]
    fn one_is_shown_as_long_as_there_are_some() {
        let mut terminals = Terminals::default();
        assert!(terminals.shown().is_none());
        terminals.next();
        terminals.previous();
        for id in [TerminalId::Command, shell(1), shell(2)] {
            terminals.open(id, None);
            assert_eq!(terminals.shown().unwrap().id, id);
        }
        let shown = |terminals: &Terminals| terminals.shown().unwrap().id;
        terminals.next();
        assert_eq!(shown(&terminals), TerminalId::Command);
        terminals.previous();
        assert_eq!(shown(&terminals), shell(2));
        terminals.previous();
        assert_eq!(shown(&terminals), shell(1));
        // Another than that which is shown.
        assert!(terminals.close(shell(2)).is_some());
        assert_eq!(shown(&terminals), shell(1));
        terminals.close(TerminalId::Command);
        assert_eq!(shown(&terminals), shell(1));
        assert!(terminals.close(shell(7)).is_none());
        terminals.show(shell(7));
        assert_eq!(shown(&terminals), shell(1));
        terminals.close(shell(1));
        assert!(terminals.shown().is_none() && terminals.is_empty());
    }
}
