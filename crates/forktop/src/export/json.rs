//! The tree for programs: everything that is known at the end of the log, but environments. `docs/export.md` describes it.
use super::card::Card;
use super::forest::cards;
use super::visits::visits;
use crate::json;
use crate::log::{Ending, Event, FORMAT, Header, Origin, OtherEnds, ProcessId, Record, Time};
use crate::model::{Model, Process, State};
use crate::screen::panes::Sign;
use privileges::{Essentials, Names, Privileges};
use serde::Serialize;

#[derive(Serialize)]
struct Tree<'a> {
    format: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    opened: Option<&'a Header>,
    now: Time,
    processes: Vec<Node<'a>>,
}

/// One process. They stand from the roots down, each after the one that made it.
#[derive(Serialize)]
struct Node<'a> {
    process: ProcessId,
    #[serde(skip_serializing_if = "Option::is_none")]
    creator: Option<ProcessId>,
    children: &'a [ProcessId],
    pid: u32,
    pids: &'a [u32],
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<Origin>,
    born: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<Time>,
    state: Doing,
    execs: Vec<Exec<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entrypoint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    essentials: Option<&'a Essentials>,
    difference: Difference,
    warnings: Vec<String>,
    threads: Vec<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<Used>,
    #[serde(skip_serializing_if = "Option::is_none")]
    looked: Option<Looked<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<Refused<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    visits: Vec<&'a Record>,
}

/// What it does, or how it ended.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Doing {
    Running,
    Stopped(i32),
    Frozen,
    Released,
    Refused,
    #[serde(untagged)]
    Ended(Ending),
}

#[derive(Serialize)]
struct Exec<'a> {
    at: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<&'a str>,
    name: &'a str,
    arguments: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    directory: Option<&'a str>,
}

/// In words.
#[derive(Default, Serialize)]
struct Difference {
    gained: Vec<String>,
    lost: Vec<String>,
    other: Vec<String>,
}

#[derive(Serialize)]
struct Used {
    user_us: u64,
    system_us: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_kib: Option<u64>,
}

/// Why it is not followed, and what it was when it was found.
#[derive(Serialize)]
struct Refused<'a> {
    reason: &'a str,
    words: &'a str,
    name: &'a str,
    arguments: &'a [String],
}

#[derive(Serialize)]
struct Looked<'a> {
    at: Time,
    privileges: &'a Privileges,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends: Option<&'a OtherEnds>,
}

/// The document, in which each process has a line.
pub fn json(model: &Model) -> serde_json::Result<Vec<u8>> {
    // Programs find a name themselves, if they want one.
    let names = Names::default();
    let tree = Tree {
        format: FORMAT,
        opened: model.header(),
        now: model.now(),
        processes: cards(model, &names).map(|card| node(model, card)).collect(),
    };
    json::in_rows(&tree)
}

fn node<'a>(model: &'a Model, card: Card<'a>) -> Node<'a> {
    let process = card.process;
    let micros =
        |duration: std::time::Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    Node {
        process: process.id,
        creator: process.creator,
        children: &process.children,
        pid: process.pid,
        pids: &process.pids,
        origin: process.origin,
        born: process.born,
        ended: process.ended,
        state: doing(process.state),
        execs: execs(model, process),
        entrypoint: process.entrypoint.as_deref(),
        essentials: process.essentials.as_deref(),
        difference: difference(card.changes),
        warnings: card.warnings,
        threads: process.threads.keys().copied().collect(),
        used: process.used.map(|(user, system)| Used {
            user_us: micros(user),
            system_us: micros(system),
            peak_kib: process.peak_kib,
        }),
        looked: process.looked.as_ref().map(|(at, privileges)| Looked {
            at: *at,
            privileges,
            ends: process.ends.as_deref(),
        }),
        refused: process.refusal.as_deref().map(|refusal| Refused {
            reason: &refusal.reason,
            words: &refusal.words,
            name: &refusal.name,
            arguments: &refusal.arguments,
        }),
        visits: visits(model, process).collect(),
    }
}

const fn doing(state: State) -> Doing {
    match state {
        State::Running => Doing::Running,
        State::Stopped(signal) => Doing::Stopped(signal),
        State::Frozen(_) => Doing::Frozen,
        State::Released => Doing::Released,
        State::Refused => Doing::Refused,
        State::Ended(ending) => Doing::Ended(ending),
    }
}

fn execs<'a>(model: &'a Model, process: &'a Process) -> Vec<Exec<'a>> {
    let exec = |place: &usize| {
        let record = model.log().get(*place)?;
        let execution = match &record.event {
            Event::Executed(execution) => execution,
            Event::Born(birth) => birth.running.as_ref()?,
            _ => return None,
        };
        Some(Exec {
            at: record.at,
            program: execution.program.as_deref(),
            name: &execution.name,
            arguments: &execution.arguments,
            directory: execution.directory.as_deref(),
        })
    };
    process.execs.iter().filter_map(exec).collect()
}

fn difference(changes: Vec<(Sign, String)>) -> Difference {
    let mut difference = Difference::default();
    for (sign, words) in changes {
        match sign {
            Sign::Gained => difference.gained.push(words),
            Sign::Lost => difference.lost.push(words),
            Sign::Plain | Sign::Changed | Sign::Warning => difference.other.push(words),
        }
    }
    difference
}
