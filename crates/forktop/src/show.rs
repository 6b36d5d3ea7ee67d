//! `forktop show`: what running processes may do, at one time, for people and for programs.
//!
//! It is shown by the interface's panes: a look at each process is a log like any other.
mod json;
mod read;

pub use json::json;
pub use read::{LookError, look_at};

use crate::log::{Birth, Event, Execution, Header, Origin, ProcessId, Record, Time};
use crate::model::{Model, Process};
use crate::paint::paint;
use crate::screen::panes::{Pane, Sign, Subject, command_line, harmless, named};
use crate::screen::theme::{Palette, Theme};
use privileges::{Difference, Direction, Facts, Names, Privileges, Seen, Strings};
use ratatui::text::{Line, Span};
use std::path::PathBuf;
use std::sync::Arc;

/// What was read of a process.
#[derive(Clone, Debug)]
pub struct Look {
    /// What it is doing, and as what.
    pub facts: Facts,
    /// What it may do.
    pub privileges: Privileges,
}

/// The looks as text, with the difference of each to the first.
#[must_use]
pub fn text(header: Header, looks: &[Look], palette: Palette, width: u16) -> String {
    let model = model(header, looks);
    let (theme, names) = (Theme::of(palette), Names::default());
    let mut lines = Vec::new();
    for (process, look) in model.processes().zip(looks) {
        let subject = Subject {
            model: &model,
            process,
            base: model.processes().next(),
            names: &names,
            theme: &theme,
            width,
        };
        lines.push(heading(process, look, &theme));
        let first = model.processes().next().zip(looks.first());
        if let Some((first, base)) = first.filter(|(first, _)| first.id != process.id) {
            let differs = Difference::between(&base.privileges, &look.privileges);
            difference(&mut lines, first, &differs, &theme);
        }
        for pane in Pane::OF_A_LOOK {
            section(&mut lines, pane, &subject);
        }
        lines.push(Line::default());
    }
    let lines = lines.iter().map(|line| paint(line, palette) + "\n");
    lines.collect()
}

/// The log that the looks make: each process was running, was looked at, and let go.
fn model(header: Header, looks: &[Look]) -> Model {
    let mut events = vec![Event::Opened(Box::new(header))];
    for (look, id) in looks.iter().zip(0..) {
        let process = ProcessId(id);
        let privileges = Arc::new(look.privileges.clone());
        events.push(Event::Born(Box::new(birth(process, look))));
        events.push(Event::Looked {
            process,
            privileges,
            ends: None,
        });
        events.push(Event::Released { process });
    }
    let at = Time::default();
    Model::of(events.into_iter().map(|event| Record { at, event }))
}

fn birth(process: ProcessId, look: &Look) -> Birth {
    let (privileges, facts) = (&look.privileges, &look.facts);
    Birth {
        process,
        origin: Origin::Seized,
        pid: privileges.pid,
        pids: privileges.pids.clone(),
        creator: None,
        creator_tid: None,
        parent: privileges.parent,
        essentials: Some(Arc::new(privileges.essentials.clone())),
        entrypoint: None,
        running: Some(Box::new(Execution {
            process,
            former_tid: None,
            program: path(&facts.program),
            name: facts.name.clone(),
            arguments: arguments(facts),
            directory: path(&facts.directory),
            environment: None,
            essentials: None,
            taken_away: None,
        })),
    }
}

fn path(path: &Seen<PathBuf>) -> Option<String> {
    let path = path.known()?;
    Some(path.to_string_lossy().into_owned())
}

fn arguments(facts: &Facts) -> Vec<String> {
    let all = facts.arguments.known().into_iter().flat_map(Strings::iter);
    all.map(|one| String::from_utf8_lossy(one).into_owned())
        .collect()
}

fn heading(process: &Process, look: &Look, theme: &Theme) -> Line<'static> {
    let arguments = &process.program.arguments;
    let command = match arguments.first() {
        // As ps(1) writes those that have none.
        None => format!("[{}]", harmless(&process.program.name)),
        Some(name) => command_line(name, arguments),
    };
    let parent = match look.privileges.parent {
        0 => String::new(),
        parent => format!("  made by or given to {parent}"),
    };
    Line::from(vec![
        Span::styled(format!("{} {command}", process.pid), theme.title),
        Span::styled(format!("  {}{parent}", state(look.facts.state)), theme.dim),
    ])
}

/// As proc_pid_status(5) has them.
const fn state(letter: char) -> &'static str {
    match letter {
        'R' => "running",
        'S' | 'I' => "sleeping",
        'D' => "waiting, uninterruptibly",
        'T' => "stopped",
        't' => "stopped by its tracer",
        'Z' => "ended, not reaped",
        _ => "in another state",
    }
}

fn section(lines: &mut Vec<Line<'static>>, pane: Pane, subject: &Subject<'_>) {
    lines.push(Line::default());
    lines.push(Line::styled(
        format!("── {} ──", pane.name()),
        subject.theme.label,
    ));
    // All of it is of one time.
    let when = format!("as of {} s", Time::default());
    let told = pane.lines(subject).into_iter();
    for line in told.filter(|line| line.to_string() != when) {
        let spans = line.spans.into_iter();
        let spans =
            spans.map(|span| Span::styled(span.content.into_owned(), line.style.patch(span.style)));
        lines.push(Line::from(spans.collect::<Vec<_>>()));
    }
}

fn difference(
    lines: &mut Vec<Line<'static>>,
    first: &Process,
    difference: &Difference,
    theme: &Theme,
) {
    let title = format!("── Compared with {} ──", named(first));
    lines.extend([Line::default(), Line::styled(title, theme.label)]);
    if difference.is_none() {
        lines.push(Line::raw("  may do the same"));
    }
    for change in &difference.changes {
        let sign = match change.direction {
            Direction::Gained => Sign::Gained,
            Direction::Lost => Sign::Lost,
            Direction::Other => Sign::Changed,
        };
        let words = format!("{} {}", sign.character(), harmless(&change.to_string()));
        lines.push(Line::styled(words, sign.style(theme)));
    }
    for unknown in &difference.unknown {
        let words = format!("? {}", harmless(&unknown.to_string()));
        lines.push(Line::styled(words, theme.dim));
    }
}

#[cfg(test)]
mod tests;
