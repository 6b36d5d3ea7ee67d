//! The last line: a line that is typed, or a message, or the keys.
use crate::screen::App;
use crate::screen::action::Action;
use crate::screen::app::{self, Message};
use crate::screen::panes::{harmless, wrap};
use crate::screen::text::{columns, cut, width};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Clear, Widget};

/// Draws it.
pub fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    match (&app.line, &app.message) {
        (Some(line), _) => typed(app, line, area, buffer),
        (None, Some(message)) => said(app, message, area, buffer),
        (None, None) => keys(app, area, buffer),
    }
}

fn typed(app: &App, line: &app::Line, area: Rect, buffer: &mut Buffer) {
    let room = usize::from(area.width);
    let (x, _) = buffer.set_stringn(area.x, area.y, &line.prompt, room, app.theme.title);
    let room = usize::from(area.right() - x);
    let (before, after) = line.typed.in_view(room);
    let (x, _) = buffer.set_stringn(x, area.y, before, room, app.theme.text);
    let room = usize::from(area.right() - x);
    let (x, _) = buffer.set_stringn(x, area.y, after, room, app.theme.text);
    if let Some(finding) = line.finding() {
        let beside = Rect {
            x,
            width: area.right() - x,
            ..area
        };
        found(app, &finding, beside, area, buffer);
    }
}

/// What is to be said of what is typed: beside it, or where that has no room for it, above.
fn found(app: &App, finding: &str, beside: Rect, area: Rect, buffer: &mut Buffer) {
    let words = format!("   {finding}");
    let room = usize::from(beside.width);
    if width(&words) <= room || area.y == app.area.y {
        buffer.set_string(beside.x, area.y, cut(&words, room), app.theme.warning);
        return;
    }
    let text = Line::styled(format!(" {}", harmless(finding)), app.theme.warning);
    let lines = wrap(text, usize::from(area.width), 1);
    let above = Rect {
        height: area.bottom() - 1 - app.area.y,
        y: app.area.y,
        ..area
    };
    put(&lines, at_the_end(above, &lines), buffer);
}

/// The last lines of this place, as many as there are.
fn at_the_end(place: Rect, lines: &[Line<'_>]) -> Rect {
    let high = columns(lines.len()).min(place.height);
    Rect {
        y: place.bottom() - high,
        height: high,
        ..place
    }
}

/// Draws lines over what is there.
fn put(lines: &[Line<'_>], place: Rect, buffer: &mut Buffer) {
    Clear.render(place, buffer);
    for (row, line) in place.rows().zip(lines) {
        buffer.set_line(row.x, row.y, line, row.width);
    }
}

/// Where the next character that is typed will stand.
pub fn line_cursor(app: &App) -> Position {
    let area = app.layout().footer;
    let line = app.line.as_ref();
    let prompt = line.map_or(0, |line| width(&line.prompt));
    let room = usize::from(area.width).saturating_sub(prompt);
    let text = line.map_or(0, |line| width(line.typed.in_view(room).0));
    let x = area.x + columns(prompt + text);
    Position::new(x.min(area.right().saturating_sub(1)), area.y)
}

fn said(app: &App, message: &Message, area: Rect, buffer: &mut Buffer) {
    let (sign, words, style) = match message {
        Message::Done(words) => ('✓', words, app.theme.text),
        Message::Refused(words) => ('✗', words, app.theme.warning),
    };
    let text = Line::styled(format!(" {sign} {}", harmless(words)), style);
    let lines = wrap(text, usize::from(area.width), 3);
    // What is longer than the line has those above it, too: a reason is of no use without its end.
    let whole = Rect {
        y: app.area.y,
        height: area.bottom() - app.area.y,
        ..area
    };
    put(&lines, at_the_end(whole, &lines), buffer);
}

fn keys(app: &App, area: Rect, buffer: &mut Buffer) {
    for item in items(app, area) {
        buffer.set_string(item.x, area.y, &item.key, app.theme.key);
        let x = item.x + columns(width(&item.key));
        buffer.set_string(x + 1, area.y, item.short, app.theme.text);
    }
}

/// A key of the line.
struct Item {
    key: String,
    short: &'static str,
    action: Action,
    x: u16,
    end: u16,
}

/// The keys that do something now, as many as fit; the last one always, which ends things.
fn items(app: &App, area: Rect) -> Vec<Item> {
    let all: Vec<_> = app
        .bindings()
        .filter(|binding| !binding.short.is_empty())
        .map(|binding| (binding.keys[0].to_string(), binding.short, binding.action))
        .collect();
    let size = |(key, short, _): &(String, &str, Action)| columns(width(key) + width(short) + 3);
    let reserved = all.last().map_or(0, size);
    let mut x = area.x + 1;
    let mut items = Vec::new();
    let count = all.len();
    for (nth, item) in all.into_iter().enumerate() {
        let needed = size(&item);
        let kept = if nth + 1 == count { 0 } else { reserved };
        if x + needed + kept <= area.right() + 2 {
            let (key, short, action) = item;
            items.push(Item {
                key,
                short,
                action,
                x,
                end: x + needed - 2,
            });
            x += needed;
        }
    }
    items
}

/// What the key that is named here does.
pub fn key_at(app: &App, at: Position) -> Option<Action> {
    if app.line.is_some() || app.message.is_some() {
        return None;
    }
    items(app, app.layout().footer)
        .into_iter()
        .find(|item| (item.x..item.end).contains(&at.x))
        .map(|item| item.action)
}
