//! Visits to a process in words: shells in copies of it, and calls that were tried.
use super::happening::ended;
use super::harmless::harmless;
use super::named::{count, duration};
use super::page::Sign;
use super::unread::failure;
use super::wrap::wrap;
use crate::log::{Answer, Departure, Entrance, Event, Stay, Tried};
use crate::screen::theme::Theme;
use ratatui::text::{Line, Span};
use std::time::Duration;

/// A shell is open.
pub fn entered(entrance: &Entrance) -> String {
    let filters = match entrance.assisted {
        true => ", its filters passed over",
        false => "",
    };
    format!(
        "entered by {}{filters}; {}",
        harmless(&entrance.program),
        stay(&entrance.stay)
    )
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
    format!("tried {}; {}", count(calls.len(), "call"), stay(held))
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
    let but = uncompared(&stay.uncompared);
    match stay.differs.is_empty() {
        true => format!("held for {held}, and returned to normal{but}"),
        false => format!(
            "held for {held}; since then differ {}{but}",
            harmless(&stay.differs.join(", "))
        ),
    }
}

/// What of a process nothing is said about, to be written behind what is; nothing if that is all of it.
pub fn uncompared(parts: &[String]) -> String {
    let Some((first, others)) = parts.split_first() else {
        return String::new();
    };
    // "its descriptors and mappings": it is the same process's each time.
    let others = others.iter().map(|part| part.trim_start_matches("its "));
    let mut all: Vec<_> = std::iter::once(first.as_str()).chain(others).collect();
    let last = all.pop().unwrap_or_default();
    let named = match all.is_empty() {
        true => last.to_owned(),
        false => format!("{} and {last}", all.join(", ")),
    };
    format!(" ({} were not compared)", harmless(&named))
}

/// What there is to tell of a shell beside that it is open: what it lacks, and what its filters refuse it.
pub fn reservations(entrance: &Entrance) -> Vec<(Sign, String)> {
    let lacks = entrance.lacks.iter().map(|words| (Sign::Lost, words));
    let outlook = entrance.outlook.iter();
    let all = lacks.chain(outlook.map(|words| (Sign::Warning, words)));
    all.map(|(sign, words)| (sign, harmless(words))).collect()
}

/// What there is to tell of an event beside its line: of a shell, and what came of each call that was tried.
pub fn details(event: &Event) -> Vec<(Sign, String)> {
    match event {
        Event::Entered(entrance) => reservations(entrance),
        Event::Tried { calls, .. } => calls
            .iter()
            .map(|tried| (sign(&tried.answer), one(tried)))
            .collect(),
        _ => Vec::new(),
    }
}

fn one(tried: &Tried) -> String {
    format!("{}: {}", harmless(&tried.call), answer(&tried.answer))
}

/// What is let is a privilege, and what is refused is none.
const fn sign(answer: &Answer) -> Sign {
    match answer {
        Answer::Done { .. } => Sign::Gained,
        Answer::Refused { .. } => Sign::Lost,
        Answer::Killed { .. } | Answer::Trapped => Sign::Warning,
        Answer::TimedOut | Answer::Untried { .. } => Sign::Changed,
    }
}

/// So many columns the calls have at most, where answers stand beside them.
const CALLS: usize = 40;

/// A line a call, with its answer beside it, and how the process was held.
pub fn tried_lines(calls: &[Tried], held: &Stay, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let named: Vec<_> = calls.iter().map(|tried| harmless(&tried.call)).collect();
    let longest = named.iter().map(|call| Line::from(&**call).width()).max();
    let longest = longest.unwrap_or(0).min(CALLS).min(room / 2);
    let line = |(tried, call): (&Tried, String)| {
        let sign = sign(&tried.answer);
        let gap = " ".repeat(longest.saturating_sub(Line::from(&*call).width()) + 2);
        let line = Line::from(vec![
            Span::styled(format!("{} {call}{gap}", sign.character()), theme.text),
            Span::styled(answer(&tried.answer), sign.style(theme)),
        ]);
        wrap(line, room, 4)
    };
    let mut lines: Vec<_> = calls.iter().zip(named).flat_map(line).collect();
    lines.push(Line::default());
    lines.extend(wrap(Line::styled(stay(held), theme.dim), room, 0));
    lines
}

/// Why a process was not entered.
pub fn refused_lines(words: &str, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let line = Line::styled(harmless(words), theme.text);
    wrap(line, room, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(all: &[&str]) -> Vec<String> {
        all.iter().map(|&it| it.to_owned()).collect()
    }

    #[test]
    fn normal_is_said_of_no_more_than_was_compared() {
        for (differs, uncompared, expected) in [
            (&[][..], &[][..], ", and returned to normal"),
            (
                &[],
                &["its descriptors", "its mappings"],
                ", and returned to normal (its descriptors and mappings were not compared)",
            ),
            (
                &["its timers"],
                &["its limits", "its descriptors", "its mappings"],
                "; since then differ its timers (its limits, descriptors and mappings were not compared)",
            ),
        ] {
            let held = Stay {
                held_us: 412,
                lent_us: 131,
                differs: words(differs),
                uncompared: words(uncompared),
            };
            assert_eq!(stay(&held), format!("held for 412 µs{expected}"));
        }
    }
}
