//! What is clicked on, and what the wheel turns.
use super::{App, Opened};
use crate::screen::action::{Action, Motion};
use crate::screen::bindings::Applies;
use crate::screen::effect::Effect;
use crate::screen::layout::{Focus, Layout};
use crate::screen::tree::Step;
use crate::screen::view;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

/// How many lines the wheel turns.
const NOTCH: usize = 3;

fn in_terminal(layout: &Layout, at: Position) -> bool {
    [layout.terminal_title, layout.shell_title, layout.terminal]
        .iter()
        .any(|place| place.contains(at))
}

impl App {
    pub(super) fn point(&mut self, mouse: MouseEvent) -> Vec<Effect> {
        let at = Position::new(mouse.column, mouse.row);
        match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                self.message = None;
                self.change();
                self.click(at)
            }
            MouseEventKind::ScrollUp => self.turn_wheel(at, Step::Up(NOTCH)),
            MouseEventKind::ScrollDown => self.turn_wheel(at, Step::Down(NOTCH)),
            _ => Vec::new(),
        }
    }

    fn click(&mut self, at: Position) -> Vec<Effect> {
        let layout = self.layout();
        if layout.footer.contains(at) {
            return view::key_at(self, at).map_or_else(Vec::new, |action| self.perform(action));
        }
        if let Some(opened) = self.opened {
            return self.click_in_window(opened, at);
        }
        if layout.tree.contains(at) {
            self.click_in_tree(at);
        } else if layout.titles.contains(at) {
            if let Some(key) = view::order_at(self, at) {
                self.tree.sort_by(key);
            }
        } else if layout.tabs.contains(at) {
            self.focus = Focus::Detail;
            return view::tab_at(self, at).map_or_else(Vec::new, |tab| self.show(tab));
        } else if layout.detail.contains(at) {
            self.focus = Focus::Detail;
        } else if layout.slider.contains(at) {
            self.seek(view::position_at(self, at));
        } else if let Some(tab) = view::terminal_at(self, at) {
            return self.show(tab);
        } else if in_terminal(&layout, at) {
            return self.click_on_terminal();
        }
        Vec::new()
    }

    fn click_on_terminal(&mut self) -> Vec<Effect> {
        match self.focus == Focus::WholeTerminal || !self.applies(Applies::Terminal) {
            true => Vec::new(),
            false => self.perform(Action::Type),
        }
    }

    fn click_in_tree(&mut self, at: Position) {
        self.focus = Focus::Tree;
        let row = self.tree.top() + usize::from(at.y - self.layout().tree.y);
        if row < self.tree.rows().len() {
            self.leaving_newest(|app| app.tree.select_row(row));
            if view::is_fold_sign(self, at) {
                self.toggle();
            }
        }
    }

    fn click_in_window(&mut self, opened: Opened, at: Position) -> Vec<Effect> {
        match (opened, view::entry_at(self, at)) {
            (Opened::List(choice, _), Some(entry)) => {
                self.opened = Some(Opened::List(choice, entry));
                self.choose(choice, entry)
            }
            _ => Vec::new(),
        }
    }

    fn turn_wheel(&mut self, at: Position, step: Step) -> Vec<Effect> {
        let layout = self.layout();
        let motion = match step {
            Step::Up(_) => Motion::Up,
            _ => Motion::Down,
        };
        if self.opened.is_some() {
            (0..NOTCH).for_each(|_| self.go_in_window(motion));
        } else if layout.tree.contains(at) || layout.titles.contains(at) {
            self.leaving_newest(|app| app.tree.scroll(step));
        } else if layout.detail.contains(at) || layout.tabs.contains(at) {
            (0..NOTCH).for_each(|_| self.go_in_detail(motion));
        } else if in_terminal(&layout, at) {
            return self.scroll_terminal(step);
        }
        self.change()
    }
}
