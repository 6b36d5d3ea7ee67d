//! A line that the user types: what to search or to show, a file's name, or calls to try.
use super::search::{Outcome, Way};
use super::{App, Message};
use crate::log::ProcessId;
use crate::screen::action::{Edit, Question};
use crate::screen::effect::Effect;
use crate::screen::filter::Filter;
use crate::screen::panes::named;
use crate::screen::settings::Probes;
use crate::screen::tree::Mark;
use crate::screen::typed::Typed;

/// A line that is being typed.
#[derive(Clone, Debug)]
pub struct Line {
    /// For what.
    pub question: Question,
    /// What was typed so far.
    pub typed: Typed,
    /// How many lines back the one is that was brought back; 0 is what was typed itself.
    pub(super) back: usize,
    /// What was typed itself, while another one was brought back.
    pub(super) own: Typed,
    /// What a search has to say of it.
    pub outcome: Option<Outcome>,
    /// What stands before the text.
    pub prompt: String,
    /// The process that it is about, if it is one.
    about: Option<ProcessId>,
    /// How calls to try are read.
    probes: Probes,
    /// The tree as it was before, to go back to.
    origin: Mark,
}

impl Line {
    /// What is to be said of the text so far.
    #[must_use]
    pub fn finding(&self) -> Option<String> {
        let outcome = self.outcome.map(|outcome| outcome.words().to_owned());
        self.misspelt().or(outcome)
    }

    /// Why the text cannot be taken, if that is so.
    fn misspelt(&self) -> Option<String> {
        let text = self.typed.text();
        match self.question {
            Question::Export => None,
            Question::Try if text.trim().is_empty() => None,
            Question::Try => (self.probes)(&text).err(),
            Question::Search | Question::Filter | Question::User => text
                .parse::<Filter>()
                .err()
                .map(|misspelt| misspelt.to_string()),
        }
    }
}

impl App {
    pub(super) fn ask(&mut self, question: Question) {
        let text = match question {
            Question::Search | Question::Filter | Question::Try => "",
            Question::User => "user:",
            Question::Export => "forktop.json",
        };
        self.line = Some(Line {
            question,
            typed: Typed::of(text),
            back: 0,
            own: Typed::default(),
            outcome: None,
            prompt: self.prompt(question),
            about: self.selected().map(|process| process.id),
            probes: self.settings.probes,
            origin: self.tree.mark(),
        });
    }

    fn prompt(&self, question: Question) -> String {
        match question {
            Question::Search => "search: ".to_owned(),
            Question::Filter | Question::User => "show only: ".to_owned(),
            Question::Export => "write to: ".to_owned(),
            Question::Try => match self.selected() {
                Some(process) => format!("try in {}: ", named(process)),
                None => "try: ".to_owned(),
            },
        }
    }

    /// Types some text.
    pub(super) fn write(&mut self, text: &str) -> Vec<Effect> {
        if let Some(line) = &mut self.line {
            line.typed.write(text);
            self.search_while_typing();
        }
        self.change()
    }

    pub(super) fn edit(&mut self, edit: Edit) {
        if let Some(line) = &mut self.line {
            line.typed.edit(edit);
            self.search_while_typing();
        }
    }

    pub(super) fn search_while_typing(&mut self) {
        let Some(mut line) = self.line.take() else {
            return;
        };
        let filter = line.typed.text().parse::<Filter>();
        if let (Question::Search, Ok(filter)) = (line.question, filter) {
            // Each letter begins anew where the search began: only what is found now is unfolded for it.
            self.tree.go_back(&line.origin);
            self.settle();
            line.outcome = match filter.is_empty() {
                true => None,
                false => self.match_from_here(&filter),
            };
        }
        self.line = Some(line);
    }

    /// Takes what was typed; what is misspelt stays.
    pub(super) fn take_line(&mut self) -> Vec<Effect> {
        let Some(line) = self.line.take() else {
            return Vec::new();
        };
        if line.misspelt().is_some() {
            self.line = Some(line);
            return Vec::new();
        }
        let text = line.typed.text();
        let text = text.trim();
        if !text.is_empty() {
            self.remember(line.question, text);
        }
        let filter = || text.parse().unwrap_or_default();
        match (line.question, line.about) {
            (Question::Search, _) => return self.take_search(filter(), line.outcome),
            (Question::Filter | Question::User, _) => self.tree.filter_by(filter()),
            (Question::Export | Question::Try, _) if text.is_empty() => {}
            (Question::Export, _) => return vec![Effect::Export(text.into())],
            (Question::Try, Some(process)) => return self.try_calls(process, text),
            (Question::Try, None) => {}
        }
        Vec::new()
    }

    /// What was found stays selected, and marked in the tree. Of nothing, what was last searched for is searched on, as in
    /// less and in vim.
    fn take_search(&mut self, filter: Filter, outcome: Option<Outcome>) -> Vec<Effect> {
        if filter.is_empty() {
            return self.next_match(Way::Forward);
        }
        self.sought = filter;
        match outcome {
            Some(Outcome::Missed) => self.say(Message::Refused(Outcome::Missed.words().to_owned())),
            _ => Vec::new(),
        }
    }

    pub(super) fn leave_line(&mut self) {
        if let Some(line) = self.line.take()
            && line.question == Question::Search
        {
            self.tree.go_back(&line.origin);
        }
    }
}
