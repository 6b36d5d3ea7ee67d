//! The line above a shell's terminal: whose permissions these are.
use crate::screen::App;
use crate::screen::text::{columns, cut, width};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// What stands between its parts.
const BETWEEN: &str = " · ";

/// Draws it.
pub fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let Some(shell) = app.shown_shell().filter(|_| !area.is_empty()) else {
        return;
    };
    let mut x = usize::from(area.x) + 1;
    for (nth, (words, style)) in shell.title(&app.theme).into_iter().enumerate() {
        let between = if nth == 0 { "" } else { BETWEEN };
        for (text, style) in [(between, app.theme.dim), (&*words, style)] {
            let room = usize::from(area.right()).saturating_sub(x);
            let text = cut(text, room);
            if !text.is_empty() {
                buffer.set_string(columns(x), area.y, &text, style);
            }
            x += width(&text);
        }
    }
}
