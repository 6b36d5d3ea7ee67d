//! The terminal that is shown, and the line above it where that is its own: of the command, or of several with their names.
use super::tabs::{self, Placed};
use crate::screen::App;
use crate::screen::layout::{Focus, Layout, Tab};
use crate::screen::terminals::TerminalId;
use crate::screen::text::{columns, width};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::Widget;
use tui_term::widget::{Cursor, PseudoTerminal};

/// Draws it, and the line above it where it has one of its own.
pub fn draw(app: &App, layout: &Layout, buffer: &mut Buffer) {
    title(app, layout.terminal_title, buffer);
    if layout.terminal.is_empty() || app.terminals.is_empty() {
        return;
    }
    let Some((_, screen)) = app.shown_screen() else {
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
    PseudoTerminal::new(screen)
        .cursor(cursor)
        .render(layout.terminal, buffer);
    straighten(layout.terminal, buffer);
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

/// Takes what has no sign of its own off the cells: it could turn around what stands beside the command's pane, too.
fn straighten(area: Rect, buffer: &mut Buffer) {
    for place in area.intersection(buffer.area).positions() {
        let cell = &mut buffer[place];
        if cell.symbol().is_ascii() || !cell.symbol().contains(is_format) {
            continue;
        }
        let rest: String = cell.symbol().chars().filter(|c| !is_format(*c)).collect();
        cell.set_symbol(if rest.is_empty() { " " } else { &rest });
    }
}

/// Controls, what orders text that is written from right to left, what joins and separates, and tags: Unicode's classes Cc,
/// Cf, Zl and Zp, but for signs that are written before numbers. Signs of nobody's, which some fonts have, stay.
fn is_format(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
}

fn title(app: &App, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let line = match takes_keys(app) {
        true => app.theme.focus,
        false => app.theme.border,
    };
    buffer.set_string(area.x, area.y, "─".repeat(usize::from(area.width)), line);
    let (x, words) = match (is_only_the_commands(app), takes_keys(app)) {
        (true, true) => (area.x + 2, " The command's terminal: takes the keys "),
        (true, false) => (area.x + 2, " The command's terminal: t types "),
        (false, true) => (draw_names(app, area, buffer), " takes the keys "),
        (false, false) => (draw_names(app, area, buffer), " t types, w turns "),
    };
    let room = usize::from(area.right().saturating_sub(x));
    buffer.set_stringn(x, area.y, words, room, app.theme.title);
}

fn is_only_the_commands(app: &App) -> bool {
    app.terminals
        .iter()
        .all(|terminal| terminal.id == TerminalId::Command)
}

/// The names of the terminals; and where there is room for more.
fn draw_names(app: &App, area: Rect, buffer: &mut Buffer) -> u16 {
    tabs::draw_names(app, &names(app, area), app.shown_terminal(), area, buffer) + 1
}

/// The names in their places.
fn names(app: &App, area: Rect) -> Vec<Placed> {
    tabs::placed(app, &app.terminal_tabs(), app.shown_terminal(), area)
}

/// The terminal whose name is here.
pub fn terminal_at(app: &App, at: Position) -> Option<Tab> {
    let area = app.layout().terminal_title;
    if !area.contains(at) || is_only_the_commands(app) {
        return None;
    }
    tabs::named_at(&names(app, area), area, at)
}

const fn takes_keys(app: &App) -> bool {
    matches!(app.focus, Focus::Terminal | Focus::WholeTerminal)
}

/// Where its cursor is, if it is shown.
pub fn terminal_cursor(app: &App) -> Option<Position> {
    let place: Rect = app.layout().terminal;
    let (_, screen) = app.shown_screen()?;
    if screen.hide_cursor() {
        return None;
    }
    let (row, column) = screen.cursor_position();
    let row = usize::from(row) + screen.scrollback();
    let at = Position::new(place.x + column, place.y.saturating_add(columns(row)));
    place.contains(at).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tui_term::vt100::Parser;

    #[test]
    fn what_could_turn_around_what_stands_beside_it_is_not_drawn() {
        let mut parser = Parser::new(1, 12, 0);
        parser.process("a\u{202e}b\u{2066}e\u{301}\u{200d}漢\u{feff}\u{e0b0}.".as_bytes());
        let area = Rect::new(0, 0, 12, 1);
        let mut buffer = Buffer::empty(area);
        PseudoTerminal::new(parser.screen()).render(area, &mut buffer);
        straighten(area, &mut buffer);
        let drawn: String = area
            .positions()
            .map(|place| buffer[place].symbol())
            .collect();
        assert!(drawn.starts_with("abe\u{301}漢"), "{drawn:?}");
        assert!(
            drawn.contains("\u{e0b0}.") && !drawn.contains(is_format),
            "{drawn:?}"
        );
    }
}
