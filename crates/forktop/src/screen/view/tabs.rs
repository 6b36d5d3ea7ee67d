//! The line above the panes, with their names.
use crate::screen::App;
use crate::screen::layout::{Focus, Layout, Tab};
use crate::screen::text::{columns, width};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

/// So many letters the names of panes have at most.
const LONGEST: usize = 12;

/// A tab in its place.
#[derive(Clone, Debug)]
struct Placed {
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
    for Placed { tab, text, x } in placed(app, area) {
        let style = match tab == app.tab() {
            true => app.theme.title.patch(app.theme.selected),
            false => app.theme.label,
        };
        buffer.set_string(area.x + columns(x), area.y, text, style);
    }
}

fn border(app: &App) -> Style {
    match app.focus {
        Focus::Detail => app.theme.focus,
        _ => app.theme.border,
    }
}

fn placed(app: &App, area: Rect) -> Vec<Placed> {
    let room = usize::from(area.width).saturating_sub(3);
    let tabs = app.tabs();
    let shown = app.tab();
    let most = |tab: &Tab| if *tab == shown { usize::MAX } else { 0 };
    let mut texts: Vec<_> = tabs.iter().map(|tab| name(*tab, most(tab))).collect();
    let total = |texts: &[String]| texts.iter().map(|text| width(text) + 1).sum::<usize>();
    // Each name gets one letter more, from the first on, for as long as there is room.
    let each = (1..=LONGEST).flat_map(|letters| (0..tabs.len()).map(move |place| (letters, place)));
    for (letters, place) in each {
        let longer = name(tabs[place], most(&tabs[place]).max(letters));
        let before = std::mem::replace(&mut texts[place], longer);
        if total(&texts) > room {
            texts[place] = before;
            break;
        }
    }
    if total(&texts) > room {
        texts = vec![name(shown, usize::MAX)];
    }
    let mut x = 2;
    tabs.iter()
        .zip(texts)
        .map(|(tab, text)| {
            let here = x;
            x += width(&text) + 1;
            Placed {
                tab: *tab,
                text,
                x: here,
            }
        })
        .collect()
}

/// Its key and as much of its name.
fn name(tab: Tab, most: usize) -> String {
    let (key, name) = match tab {
        Tab::Terminal => ('0', "Terminal"),
        Tab::Pane(pane) => (pane.key(), pane.name()),
    };
    let name: String = name.chars().take(most).collect();
    match name.is_empty() {
        true => format!(" {key} "),
        false => format!(" {key} {name} "),
    }
}

/// The tab whose name is here.
pub fn tab_at(app: &App, at: Position) -> Option<Tab> {
    let area = app.layout().tabs;
    let x = usize::from(at.x.checked_sub(area.x)?);
    placed(app, area)
        .into_iter()
        .find(|placed| (placed.x..placed.x + width(&placed.text)).contains(&x))
        .map(|placed| placed.tab)
}
