//! A line that the user types: what to search or to show, or a file's name.
use super::search::{Outcome, Way};
use super::{App, Message};
use crate::screen::action::{Action, Question};
use crate::screen::effect::Effect;
use crate::screen::filter::Filter;
use crate::screen::tree::Mark;

/// A line that is being typed.
#[derive(Clone, Debug)]
pub struct Line {
    /// For what.
    pub question: Question,
    /// What was typed so far.
    pub text: String,
    /// What a search has to say of it.
    pub outcome: Option<Outcome>,
    /// The tree as it was before, to go back to.
    origin: Mark,
}

impl Line {
    /// What stands before the text.
    #[must_use]
    pub const fn prompt(&self) -> &'static str {
        match self.question {
            Question::Search => "search: ",
            Question::Filter | Question::User => "show only: ",
            Question::Export => "write to: ",
        }
    }

    /// What is to be said of the text so far.
    #[must_use]
    pub fn finding(&self) -> Option<String> {
        let misspelt = match self.question {
            Question::Export => None,
            Question::Search | Question::Filter | Question::User => {
                self.text.parse::<Filter>().err()
            }
        };
        misspelt
            .map(|misspelt| misspelt.to_string())
            .or_else(|| self.outcome.map(|outcome| outcome.words().to_owned()))
    }
}

impl App {
    pub(super) fn ask(&mut self, question: Question) {
        let text = match question {
            Question::Search | Question::Filter => String::new(),
            Question::User => "user:".to_owned(),
            Question::Export => "forktop.json".to_owned(),
        };
        self.line = Some(Line {
            question,
            text,
            outcome: None,
            origin: self.tree.mark(),
        });
    }

    /// Types some text. Control characters have no place in a line.
    pub(super) fn write(&mut self, text: &str) -> Vec<Effect> {
        if let Some(line) = &mut self.line {
            line.text
                .extend(text.chars().filter(|character| !character.is_control()));
            self.search_while_typing();
        }
        self.change()
    }

    pub(super) fn erase(&mut self, what: Action) {
        let Some(line) = &mut self.line else { return };
        match what {
            Action::Erase => {
                line.text.pop();
            }
            Action::EraseWord => {
                let kept = line.text.trim_end().rfind(' ').map_or(0, |blank| blank + 1);
                line.text.truncate(kept);
            }
            _ => line.text.clear(),
        }
        self.search_while_typing();
    }

    fn search_while_typing(&mut self) {
        let Some(mut line) = self.line.take() else {
            return;
        };
        if let (Question::Search, Ok(filter)) = (line.question, line.text.parse::<Filter>()) {
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
        if line.question == Question::Export {
            return match line.text.trim() {
                "" => Vec::new(),
                name => vec![Effect::Export(name.into())],
            };
        }
        match (line.text.parse::<Filter>(), line.question) {
            (Err(_), _) => self.line = Some(line),
            (Ok(filter), Question::Search) => return self.take_search(filter, line.outcome),
            (Ok(filter), _) => self.tree.filter_by(filter),
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
