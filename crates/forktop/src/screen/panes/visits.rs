//! Visits to a process in words: shells in copies of it, and calls that were tried.
use super::happening::ended;
use super::harmless::harmless;
use super::named::duration;
use super::unread::failure;
use crate::log::{Answer, Departure, Entrance, Stay, Tried};
use std::time::Duration;

/// A shell is open.
pub fn entered(entrance: &Entrance) -> String {
    let filters = match entrance.assisted {
        true => ", its filters passed over",
        false => "",
    };
    let program = harmless(&entrance.program);
    let first = format!("entered by {program}{filters}; {}", stay(&entrance.stay));
    let more = entrance.lacks.iter().chain(&entrance.outlook);
    let all = std::iter::once(first).chain(more.map(|words| harmless(words)));
    all.collect::<Vec<_>>().join("; ")
}

/// A visit is over.
pub fn left(departure: &Departure) -> String {
    let shell = departure.ending.map(ended);
    let shell = shell.map(|words| format!("its shell {words}; "));
    let held = departure.stay.as_ref().map(stay);
    format!(
        "left again: {}{}",
        shell.unwrap_or_default(),
        held.unwrap_or_else(|| "it had ended before".to_owned())
    )
}

/// Calls were tried.
pub fn tried(calls: &[Tried], held: &Stay) -> String {
    let each = calls
        .iter()
        .map(|tried| format!("{}: {}", harmless(&tried.call), answer(&tried.answer)));
    let each: Vec<_> = each.collect();
    format!("tried {}; {}", each.join("; "), stay(held))
}

/// What came of a call.
pub fn answer(answer: &Answer) -> String {
    match answer {
        Answer::Done { words } if words.is_empty() => "let".to_owned(),
        Answer::Done { words } => format!("let ({})", harmless(words)),
        Answer::Refused { by, errno } => {
            let name = privileges::errno_name(*errno);
            let name = name.map(|name| format!(" ({name})")).unwrap_or_default();
            format!("refused by {by}: {}{name}", failure(*errno))
        }
        Answer::Killed { signal } => {
            format!("killed for it, by {}", super::named::signal(*signal))
        }
        Answer::Trapped => "made a signal of by a filter (SIGSYS)".to_owned(),
        Answer::TimedOut => "not answered in time".to_owned(),
        Answer::Untried { words } => format!("could not be tried: {}", harmless(words)),
    }
}

/// How a process was held.
pub fn stay(stay: &Stay) -> String {
    let held = duration(Duration::from_micros(stay.held_us));
    match stay.differs.is_empty() {
        true => format!("held for {held}, and returned to normal"),
        false => format!(
            "held for {held}; since then differ {}",
            stay.differs.join(", ")
        ),
    }
}
