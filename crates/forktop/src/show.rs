//! `forktop show`: what running processes may do, at one time, for people and for programs.
//!
//! It is shown by the interface's panes: a look at each process is a log like any other.
mod json;
mod parents;
mod read;
mod sections;

pub use json::json;
pub use read::{LookError, Looks, Shown};

use crate::log::{Birth, Event, Execution, Header, Origin, ProcessId, Record, Time};
use crate::model::{Model, Process};
use crate::paint::paint;
use crate::screen::panes::{Beside, Pane, Sign, Subject, command_line, harmless, named};
use crate::screen::theme::{Palette, Theme};
use privileges::{Difference, Look, Names, Seen, Strings};
use ratatui::text::{Line, Span};
use sections::Sections;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

/// Writes the looks as text, with the difference of each to the first.
pub fn text(
    into: &mut impl Write,
    header: Header,
    shown: impl IntoIterator<Item = Shown>,
    names: &Names,
    palette: Palette,
    width: u16,
) -> io::Result<()> {
    // The other ends of what the first has open may be with the last.
    let mut others = Vec::new();
    let looks = shown.into_iter().map(|shown| {
        others.push((shown.look.state, shown.parent));
        shown.look
    });
    let model = model(header, looks);
    let theme = Theme::of(palette);
    let mut sections = Sections::new(palette);
    let first = model.processes().next();
    for (process, (state, parent)) in model.processes().zip(others) {
        let subject = Subject {
            model: &model,
            process,
            base: first,
            beside: Beside::Looks(parent.as_deref()),
            names,
            theme: &theme,
            width,
        };
        let mut lines = vec![heading(process, state, &theme)];
        if let Some(first) = first.filter(|first| first.id != process.id) {
            difference(&mut lines, first, &subject);
        }
        let mut text = String::new();
        for line in &lines {
            paint(line, palette, &mut text);
        }
        into.write_all(text.as_bytes())?;
        for pane in Pane::OF_A_LOOK {
            into.write_all(sections.of(pane, &subject).as_bytes())?;
        }
        into.write_all(b"\n")?;
    }
    Ok(())
}

/// The log that the looks make: each process was running, was looked at, and let go.
fn model(header: Header, looks: impl Iterator<Item = Look>) -> Model {
    let mut events = vec![Event::Opened(Box::new(header))];
    for (look, id) in looks.zip(0..) {
        let process = ProcessId(id);
        events.push(Event::Born(Box::new(birth(process, &look))));
        events.push(Event::Looked {
            process,
            privileges: Arc::new(look.privileges),
            ends: None,
        });
        events.push(Event::Released { process });
    }
    let at = Time::default();
    Model::of(events.into_iter().map(|event| Record { at, event }))
}

fn birth(process: ProcessId, look: &Look) -> Birth {
    let privileges = &look.privileges;
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
            program: path(&privileges.program),
            name: privileges.name.clone(),
            arguments: arguments(look),
            directory: path(&privileges.directory),
            environment: None,
            essentials: None,
            taken_away: None,
        })),
        lived_us: None,
    }
}

fn path(path: &Seen<PathBuf>) -> Option<String> {
    let path = path.known()?;
    Some(path.to_string_lossy().into_owned())
}

fn arguments(look: &Look) -> Vec<String> {
    let all = look.arguments.known().into_iter().flat_map(Strings::iter);
    all.map(|one| String::from_utf8_lossy(one).into_owned())
        .collect()
}

fn heading(process: &Process, letter: char, theme: &Theme) -> Line<'static> {
    let arguments = &process.program.arguments;
    let command = match arguments.first() {
        // As ps(1) writes those that have none.
        None => format!("[{}]", harmless(&process.program.name)),
        Some(name) => command_line(name, arguments),
    };
    let parent = match process.parent {
        0 => String::new(),
        parent => format!("  made by or given to {parent}"),
    };
    Line::from(vec![
        Span::styled(format!("{} {command}", process.pid), theme.title),
        Span::styled(format!("  {}{parent}", state(letter)), theme.dim),
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

fn difference(lines: &mut Vec<Line<'static>>, first: &Process, subject: &Subject<'_>) {
    let (theme, names) = (subject.theme, subject.names);
    let looks = [first, subject.process].map(|process| process.looked.as_ref());
    let [Some((_, from)), Some((_, to))] = looks else {
        return;
    };
    let difference = Difference::between(from, to);
    let title = format!("── Compared with {} ──", named(first));
    lines.extend([Line::default(), Line::styled(title, theme.label)]);
    if difference.is_none() {
        lines.push(Line::raw("  may do the same"));
    }
    for change in &difference.changes {
        let sign = Sign::from(change.direction);
        let words = format!(
            "{} {}",
            sign.character(),
            harmless(&change.what.words(names))
        );
        lines.push(Line::styled(words, sign.style(theme)));
    }
    for unknown in &difference.unknown {
        let words = format!("? {}", harmless(&unknown.to_string()));
        lines.push(Line::styled(words, theme.dim));
    }
}

#[cfg(test)]
mod tests;
