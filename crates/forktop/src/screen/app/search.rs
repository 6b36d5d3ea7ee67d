//! Searching: the next process in the tree's order of which everything is so that was asked for, folded ones too.
//!
//! While it is typed, the first that is like it is shown, from the selected row on, and that row is the first to be tried.
//! What goes on from there begins after the selected row. Both go around: after the last comes the first.
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

/// How a search came out, where that is to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is nothing like that.
    Missed,
    /// The selected one is the only one.
    Alone,
    /// It went on from the first, or from the last.
    Around(Way),
}

impl Outcome {
    /// It, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Missed => "no process is like that",
            Self::Alone => "no other process is like that",
            Self::Around(Way::Forward) => "none further down: on from the first",
            Self::Around(Way::Back) => "none further up: on from the last",
        }
    }

    fn message(self) -> Message {
        let words = self.words().to_owned();
        match self {
            Self::Missed | Self::Alone => Message::Refused(words),
            Self::Around(_) => Message::Done(words),
        }
    }
}

impl App {
    /// Selects the next process that was searched for.
    pub(super) fn next_match(&mut self, way: Way) -> Vec<Effect> {
        if self.sought.is_empty() {
            return self.say(Message::Refused(
                "nothing was searched for yet: press /".to_owned(),
            ));
        }
        let matches = self.matches(&self.sought);
        let found = match way {
            Way::Forward => matches.after(matches.at + 1),
            Way::Back => matches.before(matches.at),
        };
        match self.go_to(found) {
            Some(outcome) => self.say(outcome.message()),
            None => Vec::new(),
        }
    }

    /// Selects the first process from the selected one on that is like this.
    pub(super) fn match_from_here(&mut self, filter: &Filter) -> Option<Outcome> {
        let matches = self.matches(filter);
        let found = matches.after(matches.at);
        // That the selected one is the only one is no news here: it is what was looked for.
        self.go_to(found)
            .filter(|outcome| *outcome != Outcome::Alone)
    }

    fn go_to(&mut self, found: Option<Found>) -> Option<Outcome> {
        let Some(found) = found else {
            return Some(Outcome::Missed);
        };
        let before = self.tree.selected().map(|place| place.process);
        let process = found.process;
        self.leaving_newest(|app| app.tree.reveal(process, app.history.model()));
        match before == Some(process) {
            true => Some(Outcome::Alone),
            false => found.around.map(Outcome::Around),
        }
    }

    fn matches(&self, filter: &Filter) -> Matches {
        let surroundings = self.surroundings();
        let all = self.tree.unfolded(&surroundings);
        let selected = self.tree.selected().map(|place| place.process);
        let admits = |id: ProcessId| {
            let process = self.model().process(id);
            process.is_some_and(|process| filter.admits(process, &surroundings))
        };
        let places = all.iter().enumerate();
        Matches {
            at: all.iter().position(|id| Some(*id) == selected).unwrap_or(0),
            found: places
                .filter(|(_, id)| admits(**id))
                .map(|(place, id)| (place, *id))
                .collect(),
        }
    }
}

/// What was found, with their places in the tree, and where the selected process is.
#[derive(Debug)]
struct Matches {
    found: Vec<(usize, ProcessId)>,
    at: usize,
}

/// One that was found.
#[derive(Clone, Copy, Debug)]
struct Found {
    process: ProcessId,
    /// Which way one went around to it.
    around: Option<Way>,
}

impl Matches {
    /// The first from this place on.
    fn after(&self, place: usize) -> Option<Found> {
        let mut each = self.found.iter();
        let next = each.find(|(at, _)| *at >= place);
        Found::of(next, self.found.first(), Way::Forward)
    }

    /// The last before this place.
    fn before(&self, place: usize) -> Option<Found> {
        let mut each = self.found.iter().rev();
        let next = each.find(|(at, _)| *at < place);
        Found::of(next, self.found.last(), Way::Back)
    }
}

impl Found {
    fn of(
        next: Option<&(usize, ProcessId)>,
        around: Option<&(usize, ProcessId)>,
        way: Way,
    ) -> Option<Self> {
        let (_, process) = *next.or(around)?;
        Some(Self {
            process,
            around: next.is_none().then_some(way),
        })
    }
}
