//! The pane that is shown: its lines from the one on to which it is scrolled, and how much more there is.
use crate::screen::App;
use crate::screen::text::{columns, width};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws it.
pub fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let lines = app.detail_lines(area.width);
    for (row, line) in area.rows().zip(lines.iter().skip(app.scrolled)) {
        buffer.set_line(row.x, row.y, line, row.width);
    }
    let below = lines
        .len()
        .saturating_sub(app.scrolled + usize::from(area.height));
    let more = match (app.scrolled, below) {
        (0, 0) => return,
        (0, below) => format!(" ↓ {below} "),
        (above, 0) => format!(" ↑ {above} "),
        (above, below) => format!(" ↑ {above} ↓ {below} "),
    };
    let x = area.right().saturating_sub(columns(width(&more)));
    if x > area.x {
        buffer.set_string(x, area.bottom() - 1, more, app.theme.label);
    }
}
