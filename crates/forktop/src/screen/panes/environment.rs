//! The environment with which the process's program was started, and what each exec changed of it.
use super::Subject;
use super::harmless::harmless;
use super::page::{Page, Sign};
use super::wrap::cut;
use crate::log::{Environment, EnvironmentChange, Event, Execution, Record, Time};
use crate::model::Process;
use ratatui::text::{Line, Span};

/// A value is shown on so many lines, at most.
const MOST_LINES: usize = 4;

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
    let mut before = inherited(subject);
    for (number, record) in execs(subject, process, Time(u64::MAX)).enumerate() {
        let Some(execution) = execution(record) else {
            continue;
        };
        let name = harmless(&execution.name);
        page.heading(format!("Exec {} ({name}) at {} s", number + 1, record.at));
        match &execution.environment {
            None => page.say(Sign::Warning, "what it changed could not be read"),
            Some(change) if change.is_empty() => page.say(Sign::Plain, "changed nothing"),
            Some(change) => one_change(page, subject, &before, change),
        }
        before = applied(execution, &before);
    }
}

fn one_change<'a>(
    page: &mut Page<'a>,
    subject: &Subject<'a>,
    before: &Environment,
    change: &EnvironmentChange,
) {
    let width = usize::from(subject.width).max(2) * MOST_LINES;
    let mut say = |sign, text: String| page.say(sign, cut(Line::from(text), width));
    for (name, value) in &change.set {
        let (name, value) = (harmless(name), harmless(value));
        match before.get(&name) {
            None => say(Sign::Gained, format!("{name}={value}")),
            Some(former) => say(
                Sign::Changed,
                format!("{name}: {} → {value}", harmless(former)),
            ),
        }
    }
    for name in &change.unset {
        say(Sign::Lost, harmless(name));
    }
}

/// What the process had before its first exec: what came of the execs of those that made it, before its birth.
fn inherited(subject: &Subject<'_>) -> Environment {
    let mut line = Vec::new();
    let mut here = subject.process;
    while let Some(creator) = subject.model.creator(here) {
        line.push((creator, here.born));
        here = creator;
    }
    let mut environment = Environment::new();
    for (process, until) in line.into_iter().rev() {
        for execution in execs(subject, process, until).filter_map(execution) {
            environment = applied(execution, &environment);
        }
    }
    environment
}

fn applied(execution: &Execution, before: &Environment) -> Environment {
    match &execution.environment {
        None => Environment::new(),
        Some(change) => change.applied_to(before),
    }
}

/// The execs of a process before a time.
fn execs<'a>(
    subject: &Subject<'a>,
    process: &'a Process,
    until: Time,
) -> impl Iterator<Item = &'a Record> {
    let log = subject.model.log();
    let records = process.execs.iter().filter_map(|place| {
        let record: &Record = log.get(*place)?;
        Some(record)
    });
    records.filter(move |record| record.at <= until)
}

fn execution(record: &Record) -> Option<&Execution> {
    match &record.event {
        Event::Executed(execution) => Some(execution),
        Event::Born(birth) => birth.running.as_deref(),
        _ => None,
    }
}
