//! What is drawn, a file for each part of the screen: the state comes in, cells go out. What a click on a part means is told
//! by the same file.
mod cells;
mod columns;
mod detail;
mod footer;
mod guides;
mod header;
mod help;
mod rows;
mod shell;
mod slider;
mod tabs;
mod terminal;
mod told;
mod windows;

pub(super) use footer::{key_at, line_cursor};
pub(super) use rows::{is_fold_sign, order_at, row_text};
pub(super) use slider::position_at;
pub(super) use tabs::tab_at;
pub(super) use terminal::{terminal_at, terminal_cursor};
pub(super) use windows::{entry_at, in_view};

use super::App;
use super::charset::to_ascii;
use super::settings::Charset;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

impl Widget for &App {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        // Less than it was told of is there only while the terminal changes its size.
        if area != self.area {
            return;
        }
        let layout = self.layout();
        header::draw(self, layout.header, buffer);
        rows::draw(self, &layout, buffer);
        tabs::draw(self, &layout, buffer);
        detail::draw(self, layout.detail, buffer);
        terminal::draw(self, &layout, buffer);
        shell::draw(self, layout.shell_title, buffer);
        slider::draw(self, layout.slider, buffer);
        footer::draw(self, layout.footer, buffer);
        windows::draw(self, buffer);
        if self.settings.charset == Charset::Ascii {
            to_ascii(buffer);
        }
    }
}
