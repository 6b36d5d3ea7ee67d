//! The line above the panes, with their names.
use crate::screen::App;
use crate::screen::layout::{Focus, Layout, Tab};
use crate::screen::shell::Shell;
use crate::screen::text::{columns, width};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

/// So many letters the names of panes have at most.
const LONGEST: usize = 12;

/// A tab in its place.
#[derive(Clone, Debug)]
pub struct Placed {
    tab: Tab,
    text: String,
    /// From this column of the line on.
    x: usize,
}

/// Draws it, and the line between the tree and panes beside it.
pub fn draw(app: &App, layout: &Layout, buffer: &mut Buffer) {
    let area = layout.tabs;
    if area.is_empty() {
        return;
    }
    let line = border(app);
    buffer.set_string(area.x, area.y, "─".repeat(usize::from(area.width)), line);
    if layout.detail.x > area.x {
        buffer.set_string(area.x, area.y, "┬", line);
        for y in layout.detail.top()..layout.detail.bottom() {
            buffer.set_string(area.x, y, "│", line);
        }
    }
    let shown = Some(app.tab());
    let placed = placed(app, &app.tabs(), shown, area);
    draw_names(app, &placed, shown, area, buffer);
}

/// Draws names in their places, and tells where the last one ends.
pub fn draw_names(
    app: &App,
    names: &[Placed],
    shown: Option<Tab>,
    area: Rect,
    buffer: &mut Buffer,
) -> u16 {
    let mut end = area.x;
    for Placed { tab, text, x } in names {
        let style = match (Some(*tab) == shown, is_assisted(app, *tab)) {
            (true, true) => app.theme.warning.patch(app.theme.selected),
            (false, true) => app.theme.warning,
            (true, false) => app.theme.title.patch(app.theme.selected),
            (false, false) if has_ended(app, *tab) => app.theme.dim,
            (false, false) => app.theme.label,
        };
        let place = area.x + columns(*x);
        buffer.set_string(place, area.y, text, style);
        end = place + columns(width(text));
    }
    end
}

/// Whether it is that of a shell which may do more than its process.
fn is_assisted(app: &App, tab: Tab) -> bool {
    shell(app, tab).is_some_and(Shell::is_assisted)
}

fn has_ended(app: &App, tab: Tab) -> bool {
    shell(app, tab).is_some_and(Shell::has_ended)
}

fn shell(app: &App, tab: Tab) -> Option<&Shell> {
    match tab {
        Tab::Terminal(id) => app.terminals.shell(id),
        Tab::Pane(_) => None,
    }
}

fn border(app: &App) -> Style {
    match app.focus {
        Focus::Detail => app.theme.focus,
        _ => app.theme.border,
    }
}

/// Where the names of these tabs stand in a line, as long as there is room for them.
pub fn placed(app: &App, tabs: &[Tab], shown: Option<Tab>, area: Rect) -> Vec<Placed> {
    let room = usize::from(area.width).saturating_sub(3);
    let tabs = fitting(app, tabs, shown, room);
    let texts = named(app, &tabs, shown, room);
    let mut x = 2;
    tabs.into_iter()
        .zip(texts)
        .map(|(tab, text)| {
            let here = x;
            x += width(&text) + 1;
            Placed { tab, text, x: here }
        })
        .collect()
}

/// How many letters of a name there are at least: all of the one that is shown.
fn least(tab: Tab, shown: Option<Tab>) -> usize {
    if Some(tab) == shown { usize::MAX } else { 0 }
}

fn total(texts: &[String]) -> usize {
    texts.iter().map(|text| width(text) + 1).sum()
}

/// All of the tabs if there is room for them, else the terminals if it is one of them that is shown, else that alone.
fn fitting(app: &App, tabs: &[Tab], shown: Option<Tab>, room: usize) -> Vec<Tab> {
    let is_terminal = |tab: &Tab| matches!(tab, Tab::Terminal(_));
    let mut terminals = tabs.to_vec();
    terminals.retain(|tab| is_terminal(tab) && shown.as_ref().is_some_and(is_terminal));
    let fits = |tabs: &Vec<Tab>| {
        let texts = tabs.iter().map(|tab| name(app, *tab, least(*tab, shown)));
        !tabs.is_empty() && total(&texts.collect::<Vec<_>>()) <= room
    };
    let candidates = [tabs.to_vec(), terminals];
    let fitting = candidates.into_iter().find(fits);
    fitting.unwrap_or_else(|| shown.into_iter().collect())
}

/// Their names. Each gets one letter more, from the first on, for as long as there is room.
fn named(app: &App, tabs: &[Tab], shown: Option<Tab>, room: usize) -> Vec<String> {
    let least = |tab: &Tab| least(*tab, shown);
    let mut texts: Vec<_> = tabs.iter().map(|tab| name(app, *tab, least(tab))).collect();
    let each = (1..=LONGEST).flat_map(|letters| (0..tabs.len()).map(move |place| (letters, place)));
    for (letters, place) in each {
        let longer = name(app, tabs[place], least(&tabs[place]).max(letters));
        let before = std::mem::replace(&mut texts[place], longer);
        if total(&texts) > room {
            texts[place] = before;
            break;
        }
    }
    texts
}

/// Its key and as much of its name.
fn name(app: &App, tab: Tab, most: usize) -> String {
    if let Some(shell) = shell(app, tab) {
        return shell_name(shell, most);
    }
    let (key, name) = match tab {
        Tab::Terminal(_) => ('0', "Terminal"),
        Tab::Pane(pane) => (pane.key(), pane.name()),
    };
    let name: String = name.chars().take(most).collect();
    match name.is_empty() {
        true => format!(" {key} "),
        false => format!(" {key} {name} "),
    }
}

/// The number of its process, with as much of the name as there is room for.
fn shell_name(shell: &Shell, most: usize) -> String {
    format!(" sh: {} ", shell.label(width(&shell.name) <= most))
}

/// The tab whose name is here.
pub fn tab_at(app: &App, at: Position) -> Option<Tab> {
    let area = app.layout().tabs;
    named_at(&placed(app, &app.tabs(), Some(app.tab()), area), area, at)
}

/// The one of these whose name is here.
pub fn named_at(names: &[Placed], area: Rect, at: Position) -> Option<Tab> {
    let x = usize::from(at.x.checked_sub(area.x)?);
    names
        .iter()
        .find(|placed| (placed.x..placed.x + width(&placed.text)).contains(&x))
        .map(|placed| placed.tab)
}
