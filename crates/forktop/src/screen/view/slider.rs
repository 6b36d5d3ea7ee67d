//! The line that shows which time is shown, of all that there is.
use crate::screen::App;
use crate::screen::text::{columns, width};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

/// Draws it.
pub fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let (before, after) = around(app);
    buffer.set_string(area.x, area.y, &before, app.theme.label);
    let track = track(app, area);
    if track.width == 0 {
        return;
    }
    buffer.set_string(
        track.x,
        track.y,
        "─".repeat(usize::from(track.width)),
        app.theme.border,
    );
    let (shown, all) = (app.history.position(), app.history.records().len().max(1));
    let place = shown * usize::from(track.width - 1) / all;
    buffer.set_string(track.x + columns(place), track.y, "●", app.theme.focus);
    buffer.set_string(track.right(), area.y, after, app.theme.label);
}

/// What stands on both sides of the track.
fn around(app: &App) -> (String, String) {
    let (shown, all) = (app.history.position(), app.history.records().len());
    let before = format!(" {} s, record {shown} of {all} ", app.model().now());
    (before, format!(" {} s ", app.history.end()))
}

fn track(app: &App, area: Rect) -> Rect {
    let (before, after) = around(app);
    let before = columns(width(&before));
    Rect {
        x: area.x + before,
        width: area.width.saturating_sub(before + columns(width(&after))),
        ..area
    }
}

/// How many records are shown where the mark is here.
pub fn position_at(app: &App, at: Position) -> usize {
    let track = track(app, app.layout().slider);
    let x = usize::from(at.x.saturating_sub(track.x));
    let steps = usize::from(track.width.saturating_sub(1)).max(1);
    (app.history.records().len() * x.min(steps) / steps).max(1)
}
