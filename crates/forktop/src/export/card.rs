//! What is told of one process, in words, by every export that is for people.
use super::signs::{Sign, signs};
use crate::log::{Ending, Event, Origin};
use crate::model::{Model, Process, Row, State};
use crate::plan::Finding;
use crate::screen::panes::{self, change_in_words, command_line, duration, harmless};
use privileges::{Essentials, Names};
use std::fmt::Write;

/// How many characters of a command line are told.
const LONGEST: usize = 400;

/// A process, told.
#[derive(Clone, Debug)]
pub struct Card<'a> {
    /// It.
    pub process: &'a Process,
    /// The names of users and groups.
    pub names: &'a Names,
    /// Where it stands.
    pub row: Row,
    /// The place of its row.
    pub place: usize,
    /// What it executes.
    pub command: String,
    /// Whether that is its creator's, since it has executed nothing itself.
    pub is_copy: bool,
    /// What it executed before, oldest first.
    pub before: Vec<String>,
    /// The entrypoint of whose void it is the first process.
    pub entrypoint: Option<String>,
    /// What it may do, in the order of the columns.
    pub signs: [Sign; 5],
    /// How that differs from what its creator could when it made it, and what of its void's grants it has given up since.
    pub changes: Vec<(panes::Sign, String)>,
    /// What should be seen: what its file would have given, or what its void's plan does not explain.
    pub warnings: Vec<String>,
    /// What it does, or how it ended.
    pub state: String,
    /// How that is to be taken.
    pub mood: Mood,
    /// How long it lived, or has lived.
    pub age: String,
}

/// Whether anything was planned with which what is there can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voids {
    /// Nothing: there is no need to look for the void of each process among those that made it.
    None,
    /// A clone-shim's voids.
    Some,
}

impl Voids {
    /// Those of a tree.
    pub fn of(model: &Model) -> Self {
        match model.processes().any(|process| process.plan.is_some()) {
            true => Self::Some,
            false => Self::None,
        }
    }
}

/// How the state of a process is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mood {
    /// It is there.
    Alive,
    /// It has ended well, or is out of sight.
    Over,
    /// It has ended otherwise.
    Failed,
}

impl<'a> Card<'a> {
    /// Tells of a process.
    pub fn of(
        model: &'a Model,
        process: &'a Process,
        (place, row): (usize, Row),
        voids: Voids,
        names: &'a Names,
    ) -> Self {
        let here = process.essentials.as_deref();
        let own = model.header().map(|header| &*header.own);
        let creator = at_birth(model, process);
        let findings = match voids {
            Voids::None => Vec::new(),
            Voids::Some => model.findings(process),
        };
        let (alarms, given_up): (Vec<_>, Vec<_>) =
            findings.iter().partition(|finding| finding.is_alarm());
        let changes = creator
            .zip(here)
            .map(|(before, after)| change_in_words(before, after, names));
        let told = |finding: &Finding| (finding.into(), harmless(&finding.to_string()));
        let given_up = given_up.into_iter().map(told);
        let (state, mood) = state(process.state);
        Self {
            process,
            names,
            row,
            place,
            command: command(process),
            is_copy: process.execs.is_empty() && process.refusal.is_none(),
            before: before(model, process),
            entrypoint: process.entrypoint.as_deref().map(harmless),
            signs: signs(here, creator, own, names),
            changes: changes.into_iter().flatten().chain(given_up).collect(),
            warnings: warnings(process, &alarms, names),
            state,
            mood,
            age: age(model, process),
        }
    }

    /// Whether they differ in nothing but their numbers and times, and there is nothing more to say of either.
    pub fn is_like(&self, other: &Self) -> bool {
        let says_nothing = |card: &Self| card.changes.is_empty() && card.warnings.is_empty();
        says_nothing(self)
            && says_nothing(other)
            && (self.row.above, self.is_copy) == (other.row.above, other.is_copy)
            && (&self.command, &self.state, &self.before)
                == (&other.command, &other.state, &other.before)
            && self.signs == other.signs
    }
}

/// What the creator could when it made the process; of a root what forktop could.
fn at_birth<'a>(model: &'a Model, process: &'a Process) -> Option<&'a Essentials> {
    let mut own = process.steps.iter().filter(|step| step.tid.is_none());
    let first = own.next();
    match (process.creator, first) {
        (None, _) => model.header().map(|header| &*header.own),
        (Some(_), Some(first)) => first.before.as_deref(),
        (Some(_), None) => process.essentials.as_deref(),
    }
}

fn command(process: &Process) -> String {
    match process.origin {
        // What it is called is its creator's.
        Some(Origin::Keeper) => "keeper of a shell".to_owned(),
        Some(Origin::Shell) => format!("shell of forktop's: {}", executed(process)),
        _ => executed(process),
    }
}

fn executed(process: &Process) -> String {
    let program = &process.program;
    let name = program.arguments.first().unwrap_or(&program.name);
    match name.as_str() {
        "" if program.arguments.is_empty() => "?".to_owned(),
        name => shortened(command_line(name, &program.arguments)),
    }
}

/// Its execs but the last.
fn before(model: &Model, process: &Process) -> Vec<String> {
    let places = process
        .execs
        .split_last()
        .map_or(&[][..], |(_, before)| before);
    let told = places.iter().filter_map(|place| {
        let execution = match &model.log().get(*place)?.event {
            Event::Executed(execution) => execution,
            Event::Born(birth) => birth.running.as_ref()?,
            _ => return None,
        };
        let name = execution.arguments.first().unwrap_or(&execution.name);
        Some(shortened(command_line(name, &execution.arguments)))
    });
    told.collect()
}

fn warnings(process: &Process, alarms: &[&Finding], names: &Names) -> Vec<String> {
    let taken = process
        .taken_away
        .map(|taken| panes::taken_away(taken, names));
    let refused = process.refusal.as_deref().map(panes::not_followed);
    let findings = alarms.iter().map(|finding| harmless(&finding.to_string()));
    taken.into_iter().chain(findings).chain(refused).collect()
}

fn state(state: State) -> (String, Mood) {
    match state {
        State::Running => ("runs".to_owned(), Mood::Alive),
        State::Stopped(_) => ("stopped".to_owned(), Mood::Alive),
        State::Frozen(_) => ("held still".to_owned(), Mood::Alive),
        State::Released => ("let go".to_owned(), Mood::Over),
        State::Refused => ("not followed".to_owned(), Mood::Over),
        State::Ended(Ending::Code(0)) => ("exit 0".to_owned(), Mood::Over),
        State::Ended(Ending::Code(code)) => (format!("exit {code}"), Mood::Failed),
        State::Ended(Ending::Signal(signal)) => (panes::signal(signal), Mood::Failed),
        State::Ended(Ending::Core(signal)) => {
            (format!("{} core", panes::signal(signal)), Mood::Failed)
        }
    }
}

fn age(model: &Model, process: &Process) -> String {
    match process.state {
        State::Refused => "?".to_owned(),
        _ => duration(process.age(model.now())),
    }
}

fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// What the whole tree is of, in a line, and the facts about it, in another.
pub fn heading(model: &Model) -> (String, String) {
    let header = model.header();
    let command = header.and_then(|header| {
        let program = header.command.first()?;
        Some(shortened(command_line(program, &header.command)))
    });
    let title = command.unwrap_or_else(|| "running processes".to_owned());
    let mut facts = panes::count(model.len(), "process");
    // Writing to a string cannot fail.
    let _ = match model.alive() {
        0 => write!(facts, ", all over"),
        alive => write!(facts, ", {alive} alive"),
    };
    if model.refused() > 0 {
        let _ = write!(facts, ", {} not followed", model.refused());
    }
    let _ = write!(facts, " after {} s", model.now());
    if let Some(header) = header {
        let _ = write!(facts, " · {} · {}", harmless(&header.host), header.date());
    }
    (title, facts)
}
