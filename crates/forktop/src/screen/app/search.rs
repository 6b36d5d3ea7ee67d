//! Searching: the next process in the tree's order of which everything is so that was asked for, folded ones too.
use super::{App, Message};
use crate::log::ProcessId;
use crate::screen::effect::Effect;
use crate::screen::filter::Filter;

/// Which way to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the end, and then from the beginning.
    Forward,
    /// To the beginning, and then from the end.
    Back,
}

impl App {
    /// Selects the next process that was searched for.
    pub(super) fn next_match(&mut self, way: Way) -> Vec<Effect> {
        if self.sought.is_empty() {
            return self.say(Message::Refused(
                "nothing was searched for yet: press /".to_owned(),
            ));
        }
        let found = self.found(&self.sought);
        let Some(found) = found else {
            return self.say(Message::Refused("no process is like that".to_owned()));
        };
        let next = match way {
            Way::Forward => found.after,
            Way::Back => found.before,
        };
        self.go_to(next);
        Vec::new()
    }

    /// Selects the first process from the selected one on that is like this.
    pub(super) fn match_from_here(&mut self, filter: &Filter) {
        if let Some(found) = self.found(filter).filter(|_| !filter.is_empty()) {
            self.go_to(found.here);
        }
    }

    fn go_to(&mut self, process: ProcessId) {
        self.leaving_newest(|app| app.tree.reveal(process, app.history.model()));
    }

    fn found(&self, filter: &Filter) -> Option<Found> {
        let surroundings = self.surroundings();
        let all = self.tree.unfolded(&surroundings);
        let selected = self.tree.selected().map(|place| place.process);
        let at = all.iter().position(|id| Some(*id) == selected).unwrap_or(0);
        let admits = |place: &usize| {
            self.model()
                .process(all[*place])
                .is_some_and(|process| filter.admits(process, &surroundings))
        };
        let found: Vec<_> = (0..all.len()).filter(admits).collect();
        let (first, last) = (*found.first()?, *found.last()?);
        let from = |from: usize| {
            found
                .iter()
                .copied()
                .find(|place| *place >= from)
                .unwrap_or(first)
        };
        let before = found
            .iter()
            .rev()
            .copied()
            .find(|place| *place < at)
            .unwrap_or(last);
        Some(Found {
            here: all[from(at)],
            after: all[from(at + 1)],
            before: all[before],
        })
    }
}

/// What was found, around the selected process.
#[derive(Debug)]
struct Found {
    here: ProcessId,
    after: ProcessId,
    before: ProcessId,
}
