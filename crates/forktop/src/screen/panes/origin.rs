//! At which event a difference came: the latest one by which it became what it is, of the process's own, or before its
//! birth of those that made it, or of the one with which it is compared.
use super::Subject;
use super::named::named;
use crate::log::{Event, Noticed, ProcessId, Time};
use crate::model::{Cause, Process, Step};
use privileges::{Change, Difference, Essentials};

/// An event by which a difference came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Came {
    at: Time,
    to: ProcessId,
    /// The step's place among those of that process.
    step: usize,
}

/// Where each part of a difference came from, if that was seen: at the latest event after which it was as it is and
/// before which it was not.
pub fn came(
    subject: &Subject<'_>,
    base: &Process,
    (before, after): (&Essentials, &Essentials),
    parts: Vec<Change>,
) -> Vec<(Change, Option<Came>)> {
    let mut search = Search {
        left: parts,
        found: Vec::new(),
    };
    let mut until = Time(u64::MAX);
    let mut here = Some(subject.process);
    while let Some(process) = here.filter(|process| process.id != base.id) {
        search.look(process, until, after);
        until = process.born;
        here = subject.model.creator(process);
    }
    search.look(base, Time(u64::MAX), before);
    let unseen = search.left.into_iter().map(|part| (part, None));
    search.found.into_iter().chain(unseen).collect()
}

/// The parts whose event is sought, and those whose is found.
struct Search {
    left: Vec<Change>,
    found: Vec<(Change, Option<Came>)>,
}

impl Search {
    /// Looks among the steps of a process, the latest first, for those that led to this state.
    fn look(&mut self, process: &Process, until: Time, state: &Essentials) {
        let steps = process.steps.iter().enumerate().rev();
        for (place, step) in steps.filter(|(_, step)| step.tid.is_none() && step.at <= until) {
            if self.left.is_empty() {
                return;
            }
            let came = Came {
                at: step.at,
                to: process.id,
                step: place,
            };
            let led = Led::of(step, state);
            let led = self.left.extract_if(.., |part| led.to(part));
            self.found.extend(led.map(|part| (part, Some(came))));
        }
    }
}

/// What differs from a state before a step, and after it.
struct Led {
    /// Not known if there was nothing before.
    before: Option<Vec<Change>>,
    after: Vec<Change>,
}

impl Led {
    fn of(step: &Step, state: &Essentials) -> Self {
        let parts = |other: &Essentials| {
            let difference = Difference::between_essentials(other, state);
            difference.changes.iter().flat_map(Change::parts).collect()
        };
        Self {
            before: step.before.as_deref().map(parts),
            after: parts(&step.after),
        }
    }

    /// Whether by the step the part became what it is in the state.
    fn to(&self, part: &Change) -> bool {
        let is_in = |changes: &[Change]| changes.iter().any(|change| change.is_of_same(part));
        !is_in(&self.after) && self.before.as_deref().is_none_or(is_in)
    }
}

impl Came {
    /// In words.
    pub fn words(self, subject: &Subject<'_>) -> String {
        let Some(process) = subject.model.process(self.to) else {
            return String::new();
        };
        let Some(step) = process.steps.get(self.step) else {
            return String::new();
        };
        let whose = match self.to == subject.process.id {
            true => String::new(),
            false => format!(" of {}", named(process)),
        };
        let occasion = occasion(subject, process, step.cause);
        format!("{occasion}{whose} at {} s", step.at)
    }
}

fn occasion(subject: &Subject<'_>, process: &Process, cause: Cause) -> String {
    match cause {
        Cause::Birth => "birth".to_owned(),
        Cause::Exec(number) => {
            let place = process.execs.get(number.wrapping_sub(1));
            let name = place.and_then(|place| match &subject.model.log().get(*place)?.event {
                Event::Executed(execution) => Some(super::harmless::harmless(&execution.name)),
                _ => None,
            });
            format!("exec {number} ({})", name.unwrap_or_default())
        }
        Cause::Before(Noticed::Creation) => "by itself, noticed when it made a child".to_owned(),
        Cause::Before(Noticed::End) => "by itself, noticed at its end".to_owned(),
        Cause::Before(Noticed::Look) => "by itself, noticed at a look".to_owned(),
        Cause::Before(Noticed::Glance) => "by itself, noticed at a glance".to_owned(),
    }
}
