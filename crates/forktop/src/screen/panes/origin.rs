//! At which event a difference came: the latest one by which it became what it is, of the process's own, or before its
//! birth of those that made it, or of the one with which it is compared.
use super::Subject;
use super::facet::Change;
use super::named::named;
use crate::log::{Event, Noticed, ProcessId, Time};
use crate::model::{Cause, Process, Step};

/// An event by which a difference came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Came {
    at: Time,
    to: ProcessId,
    /// The step's place among those of that process.
    step: usize,
}

/// Where the change came from, if that was seen.
pub fn came(subject: &Subject<'_>, base: &Process, change: &Change) -> Option<Came> {
    let makes = |step: &Step| {
        let before = step
            .before
            .as_deref()
            .map(|before| change.facet.value(before));
        change.facet.value(&step.after) == change.after && before.as_ref() != Some(&change.after)
    };
    let mut until = Time(u64::MAX);
    let mut here = Some(subject.process);
    while let Some(process) = here.filter(|process| process.id != base.id) {
        if let Some(came) = latest(process, until, &makes) {
            return Some(came);
        }
        until = process.born;
        here = subject.model.creator(process);
    }
    let left = |step: &Step| {
        let before = step
            .before
            .as_deref()
            .map(|before| change.facet.value(before));
        change.facet.value(&step.after) == change.before && before.as_ref() != Some(&change.before)
    };
    latest(base, Time(u64::MAX), &left)
}

fn latest(process: &Process, until: Time, makes: &dyn Fn(&Step) -> bool) -> Option<Came> {
    let steps = process.steps.iter().enumerate().rev();
    let mut earlier = steps.filter(|(_, step)| step.tid.is_none() && step.at <= until);
    let (place, step) = earlier.find(|(_, step)| makes(step))?;
    Some(Came {
        at: step.at,
        to: process.id,
        step: place,
    })
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
    }
}
