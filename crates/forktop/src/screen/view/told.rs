//! What came of a visit: the lines of its box.
use crate::log::Event;
use crate::screen::App;
use crate::screen::app::Told;
use crate::screen::panes::{named, visits};
use ratatui::text::Line;

/// No line is longer, however wide the screen is.
const WIDE: usize = 100;

/// What stands above them.
pub fn title(app: &App) -> String {
    let process = app.told.as_ref().and_then(Told::process);
    // It may not be there yet at the time that is shown.
    let whose = process.and_then(|id| app.model().process(id)).map(named);
    match (&app.told, whose) {
        (Some(Told::Failed { .. }), Some(whose)) => format!(" {whose} is not entered "),
        (Some(Told::Failed { .. }), None) => " Not entered ".to_owned(),
        (_, Some(whose)) => format!(" Tried in {whose} "),
        (_, None) => " Tried ".to_owned(),
    }
}

/// They, where there are so many columns.
pub fn lines(app: &App, room: usize) -> Vec<Line<'static>> {
    let room = room.clamp(2, WIDE);
    match &app.told {
        Some(Told::Failed { words, .. }) => visits::refused_lines(words, &app.theme, room),
        Some(Told::Tried(record)) => match &record.event {
            Event::Tried { calls, stay, .. } => visits::tried_lines(calls, stay, &app.theme, room),
            _ => Vec::new(),
        },
        None => Vec::new(),
    }
}
