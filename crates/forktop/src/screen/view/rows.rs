//! The tree: its titles and the rows in view.
use super::cells::Entry;
use super::columns::{Placed, placed};
use super::guides::{Guides, Sign};
use crate::screen::App;
use crate::screen::layout::{Focus, Layout};
use crate::screen::text::{columns, cut, left, right, width};
use crate::screen::tree::{Direction, Key, TreeRow};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

/// What stands above the command.
const COMMAND: &str = "COMMAND";

/// Draws the tree.
pub fn draw(app: &App, layout: &Layout, buffer: &mut Buffer) {
    if layout.tree.is_empty() {
        return;
    }
    titles(app, layout.titles, buffer);
    if app.tree.rows().is_empty() {
        let words = match app.model().is_empty() {
            true => "no process yet",
            false => "no process is like that: Esc shows all, \\ changes what is shown",
        };
        buffer.set_stringn(
            layout.tree.x + 1,
            layout.tree.y,
            words,
            usize::from(layout.tree.width),
            app.theme.dim,
        );
    }
    let rows = app.tree.rows().iter().enumerate().skip(app.tree.top());
    for (area, (place, row)) in layout.tree.rows().zip(rows) {
        draw_row(app, place, row, area, buffer);
    }
}

fn titles(app: &App, area: Rect, buffer: &mut Buffer) {
    let (columns, command) = placed(usize::from(area.width), app.tree.widths());
    let style = match app.focus {
        Focus::Tree => app.theme.title.patch(app.theme.focus),
        _ => app.theme.title,
    };
    buffer.set_style(area, style);
    let order = app.tree.order();
    let marked = |title: &str, key: Option<Key>| match (key == Some(order.key), order.direction) {
        (false, _) => title.to_owned(),
        (true, Direction::Up) => format!("{title}↑"),
        (true, Direction::Down) => format!("{title}↓"),
    };
    for column in columns {
        let title = marked(column.column.title(), column.column.key());
        put(buffer, area, column, &title, style);
    }
    let title = marked(COMMAND, Some(Key::Name));
    write(buffer, area, command, &title, style);
}

fn draw_row(app: &App, place: usize, row: &TreeRow, area: Rect, buffer: &mut Buffer) {
    let Some(entry) = entry(app, row) else { return };
    let ended = !entry.process.is_alive();
    let base = if ended { app.theme.dim } else { app.theme.text };
    buffer.set_style(area, base);
    let (placed, command) = placed(usize::from(area.width), app.tree.widths());
    for column in placed {
        let (text, style) = entry.cell(column.column);
        // What has ended is dim as a whole, but for how.
        let style = match ended && style != app.theme.warning {
            true => base,
            false => style,
        };
        put(buffer, area, column, &text, style);
    }
    let rest = Rect {
        x: area.x + columns(command).min(area.width),
        width: area.width.saturating_sub(columns(command)),
        ..area
    };
    let guides = Guides::of(app, place, row, usize::from(rest.width));
    draw_command(
        app,
        &guides.text(row.depth),
        guides.sign,
        &entry,
        rest,
        buffer,
    );
    if app.tree.selected_row() == Some(place) {
        buffer.set_style(area, app.theme.selected);
    }
}

fn draw_command(
    app: &App,
    guides: &str,
    sign: Sign,
    entry: &Entry<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let mut x = write(buffer, area, 0, guides, app.theme.border);
    if sign == Sign::Closed {
        let hidden = format!("+{} ", app.made_by(entry.process));
        x = write(buffer, area, x, &hidden, app.theme.label);
    }
    if let (Some(name), None) = (&entry.process.entrypoint, entry.thread) {
        let name = format!("[{}] ", crate::screen::panes::harmless(name));
        x = write(buffer, area, x, &name, app.theme.title);
    }
    if let (findings @ 1.., None) = (entry.findings, entry.thread) {
        let words = format!("!{findings} ");
        x = write(buffer, area, x, &words, app.theme.warning);
    }
    if let (visits @ 1.., None) = (entry.visits, entry.thread) {
        let style = match entry.is_visited_assisted {
            true => app.theme.warning,
            false => app.theme.changed,
        };
        x = write(buffer, area, x, &format!("»{visits} "), style);
    }
    let style = command_style(app, entry);
    write(buffer, area, x, &entry.command(), style);
}

fn command_style(app: &App, entry: &Entry<'_>) -> Style {
    let found = !app.sought.is_empty() && app.sought.admits(entry.process, &app.surroundings());
    match (found, entry.is_assisted) {
        (true, true) => app.theme.warning.patch(app.theme.found),
        (true, false) => app.theme.found,
        (false, true) => app.theme.warning,
        (false, false) if entry.is_forktops() => app.theme.label,
        (false, false) => Style::new(),
    }
}

fn put(buffer: &mut Buffer, area: Rect, column: Placed, text: &str, style: Style) {
    let text = match column.column.is_number() {
        true => right(text, column.width),
        false => left(text, column.width),
    };
    write(buffer, area, column.x, &text, style);
}

/// Writes a text from a column of the area on, cut at its end, and tells where it ends.
fn write(buffer: &mut Buffer, area: Rect, x: usize, text: &str, style: Style) -> usize {
    let text = cut(text, usize::from(area.width).saturating_sub(x));
    if !text.is_empty() {
        buffer.set_string(area.x + columns(x), area.y, &text, style);
    }
    x + width(&text)
}

fn entry<'a>(app: &'a App, row: &TreeRow) -> Option<Entry<'a>> {
    let surroundings = app.surroundings();
    let process = app.model().process(row.place.process)?;
    let thread = match row.place.tid {
        Some(tid) => Some((tid, process.threads.get(&tid)?)),
        None => None,
    };
    let before = match thread {
        Some(_) => process.essentials.as_deref(),
        None => surroundings.before(process),
    };
    let findings = app.model().findings(process);
    let alarms = findings.iter().filter(|finding| finding.is_alarm());
    Some(Entry {
        process,
        thread,
        findings: alarms.count(),
        visits: app.model().visits(process),
        is_visited_assisted: app.model().is_visited_assisted(process),
        is_assisted: app.model().is_assisted(process),
        before,
        own: surroundings.own(),
        now: app.history.now(),
        names: &app.settings.names,
        theme: &app.theme,
    })
}

/// The selected row as a line of text, with all of its columns and its whole command.
pub fn row_text(app: &App) -> Option<String> {
    let row = app.tree.rows().get(app.tree.selected_row()?)?;
    let entry = entry(app, row)?;
    let (columns, _) = placed(usize::MAX, app.tree.widths());
    let cells = columns.iter().map(|column| entry.cell(column.column).0);
    let findings = (entry.findings > 0).then(|| format!("!{}", entry.findings));
    let visits = (entry.visits > 0).then(|| format!("»{}", entry.visits));
    let signs = findings.into_iter().chain(visits);
    let text: Vec<_> = cells.chain(signs).chain([entry.command()]).collect();
    Some(text.join("  "))
}

/// By what a click on this title sorts.
pub fn order_at(app: &App, at: Position) -> Option<Key> {
    let area = app.layout().titles;
    let (columns, command) = placed(usize::from(area.width), app.tree.widths());
    let x = usize::from(at.x - area.x);
    let hit = |column: &&Placed| (column.x..=column.x + column.width).contains(&x);
    match columns.iter().find(hit) {
        Some(column) => column.column.key(),
        None => (x >= command).then_some(Key::Name),
    }
}

/// Whether a row's sign of being folded is here.
pub fn is_fold_sign(app: &App, at: Position) -> bool {
    let area = app.layout().tree;
    let place = app.tree.top() + usize::from(at.y - area.y);
    let (_, command) = placed(usize::from(area.width), app.tree.widths());
    let room = usize::from(area.width).saturating_sub(command);
    app.tree.rows().get(place).is_some_and(|row| {
        let guides = Guides::of(app, place, row, room);
        let sign = command + guides.width;
        guides.sign != Sign::Leaf && (sign..=sign + 1).contains(&usize::from(at.x - area.x))
    })
}
