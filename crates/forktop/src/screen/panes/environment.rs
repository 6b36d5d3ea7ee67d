//! The environment with which the process's program was started, and what each exec changed of it.
use super::Subject;
use super::harmless::harmless;
use super::named::count;
use super::page::{Page, Sign};
use super::wrap::cut;
use crate::log::{Environment, EnvironmentChange, Event, Execution, Record};
use crate::model::Process;
use ratatui::text::{Line, Span};
use std::collections::HashMap;

/// A value is shown on so many lines, at most.
const MOST_LINES: usize = 4;
/// So many execs are shown, the latest.
const MOST_EXECS: usize = 500;

pub fn lines<'a>(subject: &Subject<'a>) -> Vec<Line<'a>> {
    let mut page = Page::of(subject);
    changes(&mut page, subject);
    match &subject.process.program.environment {
        None if subject.process.execs.is_empty() && subject.process.creator.is_none() => {
            page.note("No program of it was seen to start: its environment is not known.");
        }
        None => page.note("Its environment could not be read when its program was started."),
        Some(environment) => {
            page.heading(format!(
                "Variables ({}), as its program was given them",
                environment.len()
            ));
            for (name, value) in environment.iter() {
                variable(&mut page, subject, name, value);
            }
        }
    }
    page.lines()
}

fn variable<'a>(page: &mut Page<'a>, subject: &Subject<'a>, name: &str, value: &str) {
    let width = usize::from(subject.width).max(2) * MOST_LINES;
    let label = Span::styled(format!("{}=", harmless(name)), subject.theme.label);
    page.hang(
        cut(Line::from(vec![label, Span::raw(harmless(value))]), width),
        2,
    );
}

fn changes<'a>(page: &mut Page<'a>, subject: &Subject<'a>) {
    let process = subject.process;
    if process.execs.is_empty() {
        return page.note(
            "It has executed nothing itself: this is the environment of the process that made it.",
        );
    }
    let earlier = process.execs.len().saturating_sub(MOST_EXECS);
    if earlier > 0 {
        page.note(format!("… {} earlier", count(earlier, "exec")));
    }
    let mut before = Before::inherited_by(process);
    for (place, record) in execs(subject).enumerate() {
        let Some(execution) = execution(record) else {
            continue;
        };
        let change = execution.environment.as_ref();
        if place >= earlier {
            let name = harmless(&execution.name);
            page.heading(format!("Exec {} ({name}) at {} s", place + 1, record.at));
            match change {
                None => page.say(Sign::Warning, "what it changed could not be read"),
                Some(change) if change.is_empty() => page.say(Sign::Plain, "changed nothing"),
                Some(change) => one_change(page, subject, &before, change),
            }
        }
        before.undergo(change);
    }
}

fn one_change<'a>(
    page: &mut Page<'a>,
    subject: &Subject<'a>,
    before: &Before<'a>,
    change: &EnvironmentChange,
) {
    let width = usize::from(subject.width).max(2) * MOST_LINES;
    let mut say = |sign, text: String| page.say(sign, cut(Line::from(text), width));
    for (name, value) in &change.set {
        let former = before.value(name).map(harmless);
        let (name, value) = (harmless(name), harmless(value));
        match former {
            None => say(Sign::Gained, format!("{name}={value}")),
            Some(former) => say(Sign::Changed, format!("{name}: {former} → {value}")),
        }
    }
    for name in &change.unset {
        say(Sign::Lost, harmless(name));
    }
}

/// The environment before an exec: one that was, and what is otherwise since. No environment is copied for it, as there
/// can be thousands of execs, and they are gone through whenever the pane is drawn.
struct Before<'a> {
    begun: Option<&'a Environment>,
    since: HashMap<&'a str, Option<&'a str>>,
}

impl<'a> Before<'a> {
    /// With which the process was born.
    fn inherited_by(process: &'a Process) -> Self {
        Self {
            begun: process.inherited.as_deref(),
            since: HashMap::new(),
        }
    }

    /// What an exec changed; after one of which that is not known, nothing is.
    fn undergo(&mut self, change: Option<&'a EnvironmentChange>) {
        let Some(change) = change else {
            self.begun = None;
            self.since.clear();
            return;
        };
        let unset = change.unset.iter().map(|name| (name.as_str(), None));
        let set = change.set.iter();
        let set = set.map(|(name, value)| (name.as_str(), Some(value.as_str())));
        self.since.extend(unset.chain(set));
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        match self.since.get(name) {
            Some(value) => *value,
            None => self.begun?.get(name).map(String::as_str),
        }
    }
}

/// The execs of the process.
fn execs<'a>(subject: &Subject<'a>) -> impl Iterator<Item = &'a Record> {
    let log = subject.model.log();
    subject.process.execs.iter().filter_map(|place| {
        let record: &Record = log.get(*place)?;
        Some(record)
    })
}

fn execution(record: &Record) -> Option<&Execution> {
    match &record.event {
        Event::Executed(execution) => Some(execution),
        Event::Born(birth) => birth.running.as_deref(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
