//! Lines that were typed before, which Up and Down bring back where the same is asked.
use super::App;
use crate::screen::action::{Question, Recall};
use crate::screen::typed::Typed;

/// A line that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    question: Question,
    text: String,
}

impl App {
    /// Keeps a line that is taken: once, as the latest.
    pub(super) fn remember(&mut self, question: Question, text: &str) {
        let former = Former {
            question: same(question),
            text: text.to_owned(),
        };
        self.former.retain(|kept| *kept != former);
        self.former.push(former);
    }

    /// Puts a former line in place of the one that is typed, or that one again after the latest.
    pub(super) fn recall(&mut self, recall: Recall) {
        let Some(line) = &mut self.line else { return };
        let asked = same(line.question);
        let former = self.former.iter().rev();
        let former: Vec<_> = former.filter(|kept| kept.question == asked).collect();
        let back = match recall {
            Recall::Earlier => (line.back + 1).min(former.len()),
            Recall::Later => line.back.saturating_sub(1),
        };
        if back == line.back {
            return;
        }
        if line.back == 0 {
            line.own = std::mem::take(&mut line.typed);
        }
        line.typed = match back.checked_sub(1) {
            Some(place) => Typed::of(&former[place].text),
            None => std::mem::take(&mut line.own),
        };
        line.back = back;
        self.search_while_typing();
    }
}

/// A user's processes are shown by a filter like any other.
const fn same(question: Question) -> Question {
    match question {
        Question::User => Question::Filter,
        other => other,
    }
}
