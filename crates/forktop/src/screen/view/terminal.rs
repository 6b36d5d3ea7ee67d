//! The command's terminal.
use crate::screen::App;
use crate::screen::layout::{Focus, Layout};
use crate::screen::text::{columns, width};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::Widget;
use tui_term::widget::{Cursor, PseudoTerminal};

/// Draws it, and the line above it where it has one of its own.
pub fn draw(app: &App, layout: &Layout, buffer: &mut Buffer) {
    title(app, layout.terminal_title, buffer);
    if layout.terminal.is_empty() {
        return;
    }
    let Some(screen) = &app.command.0 else {
        let place = layout.terminal;
        let words = "nothing was written yet";
        buffer.set_stringn(
            place.x,
            place.y,
            words,
            usize::from(place.width),
            app.theme.dim,
        );
        return;
    };
    // The terminal's own cursor is put there while it takes the keys.
    let cursor = Cursor::default().visibility(!takes_keys(app));
    PseudoTerminal::new(screen.as_ref())
        .cursor(cursor)
        .render(layout.terminal, buffer);
    if let Some(back @ 1..) = app.kept_lines() {
        draw_back(app, back, layout.terminal, buffer);
    }
}

/// How much more there is below.
fn draw_back(app: &App, back: usize, area: Rect, buffer: &mut Buffer) {
    // What has left the screen keeps its width when that is made narrower: half of a character would be drawn beside it.
    for row in area.rows() {
        let last = &mut buffer[(row.right() - 1, row.y)];
        if width(last.symbol()) > 1 {
            last.set_symbol(" ");
        }
    }
    let words = format!(" ↓ {back} ");
    let x = area.right().saturating_sub(columns(width(&words)));
    buffer.set_stringn(
        x.max(area.x),
        area.bottom() - 1,
        words,
        usize::from(area.width),
        app.theme.label,
    );
}

fn title(app: &App, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let (line, words) = match takes_keys(app) {
        true => (app.theme.focus, " The command's terminal: takes the keys "),
        false => (app.theme.border, " The command's terminal: t types "),
    };
    buffer.set_string(area.x, area.y, "─".repeat(usize::from(area.width)), line);
    let room = usize::from(area.width).saturating_sub(2);
    buffer.set_stringn(area.x + 2, area.y, words, room, app.theme.title);
}

const fn takes_keys(app: &App) -> bool {
    matches!(app.focus, Focus::Terminal | Focus::WholeTerminal)
}

/// Where its cursor is, if it is shown.
pub fn terminal_cursor(app: &App) -> Option<Position> {
    let place: Rect = app.layout().terminal;
    let screen = app
        .command
        .0
        .as_ref()
        .filter(|screen| !screen.hide_cursor())?;
    let (row, column) = screen.cursor_position();
    let row = usize::from(row) + screen.scrollback();
    let at = Position::new(place.x + column, place.y.saturating_add(columns(row)));
    place.contains(at).then_some(at)
}
