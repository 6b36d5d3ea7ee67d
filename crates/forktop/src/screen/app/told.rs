//! What came of a visit that was asked for, told in a box; in the last line where something else has the keys.
use super::{App, Message, Opened};
use crate::log::{Event, ProcessId, Record};
use crate::screen::bindings::Context;
use crate::screen::panes::visits::{details, tried};
use std::sync::Arc;

/// What came of a visit.
#[derive(Clone, Debug)]
pub enum Told {
    /// Calls were tried: a record of that.
    Tried(Arc<Record>),
    /// It did not come about.
    Failed {
        /// The process.
        process: ProcessId,
        /// Why.
        words: String,
    },
}

impl Told {
    /// Of which process it is told.
    #[must_use]
    pub fn process(&self) -> Option<ProcessId> {
        match self {
            Self::Tried(record) => record.event.process(),
            Self::Failed { process, .. } => Some(*process),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Tried(record) => match &record.event {
                Event::Tried { calls, stay, .. } => {
                    let each = details(&record.event).into_iter();
                    let each: Vec<_> = each.map(|(_, words)| words).collect();
                    Message::Done(format!("{}; {}", each.join("; "), tried(calls, stay)))
                }
                _ => Message::Done(String::new()),
            },
            Self::Failed { words, .. } => Message::Refused(words.clone()),
        }
    }
}

impl App {
    pub(super) fn tell(&mut self, told: Told) {
        match self.context() {
            Context::Browse => {
                self.told = Some(told);
                self.opened = Some(Opened::Told(0));
                self.change();
            }
            _ => {
                self.say(told.message());
            }
        }
    }
}
