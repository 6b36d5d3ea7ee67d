//! A line that the user types: what to search or to show, or a file's name.
use super::{App, Message};
use crate::screen::action::{Action, Question};
use crate::screen::effect::Effect;
use crate::screen::filter::{Filter, Misspelt};
use crate::screen::tree::Place;

/// A line that is being typed.
#[derive(Clone, Debug)]
pub struct Line {
    /// For what.
    pub question: Question,
    /// What was typed so far.
    pub text: String,
    /// What was selected, to go back to.
    origin: Option<Place>,
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

    /// What is wrong with the text so far.
    #[must_use]
    pub fn finding(&self) -> Option<Misspelt> {
        match self.question {
            Question::Export => None,
            Question::Search | Question::Filter | Question::User => {
                self.text.parse::<Filter>().err()
            }
        }
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
            origin: self.tree.selected(),
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
        let Some(line) = self
            .line
            .as_ref()
            .filter(|line| line.question == Question::Search)
        else {
            return;
        };
        let (origin, parsed) = (line.origin, line.text.parse::<Filter>());
        if let (Some(origin), Ok(filter)) = (origin, parsed) {
            self.tree.select(origin);
            self.settle();
            self.match_from_here(&filter);
        }
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
            (Ok(filter), Question::Search) => return self.take_search(filter),
            (Ok(filter), _) => self.tree.filter_by(filter),
        }
        Vec::new()
    }

    fn take_search(&mut self, filter: Filter) -> Vec<Effect> {
        let surroundings = self.surroundings();
        let found = filter.is_empty()
            || self
                .model()
                .processes()
                .any(|process| filter.admits(process, &surroundings));
        self.sought = filter;
        match found {
            true => Vec::new(),
            false => self.say(Message::Refused("no process is like that".to_owned())),
        }
    }

    pub(super) fn leave_line(&mut self) {
        if let Some(Line {
            question: Question::Search,
            origin: Some(origin),
            ..
        }) = self.line.take()
        {
            self.tree.select(origin);
        }
    }
}
