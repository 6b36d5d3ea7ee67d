//! The terminals beside the user's: which one is shown, which has the keys, and how large they are.
use super::App;
use crate::screen::action::Turn;
use crate::screen::effect::{Effect, TerminalScreen};
use crate::screen::layout::{Focus, Layout, Tab};
use crate::screen::shell::Shell;
use crate::screen::terminals::{Terminal, TerminalId};
use tui_term::vt100::Screen;

impl App {
    /// A terminal shows something else than before.
    pub(super) fn show_screen(&mut self, id: TerminalId, screen: TerminalScreen) -> Vec<Effect> {
        if let Some(terminal) = self.terminals.iter_mut().find(|one| one.id == id) {
            terminal.screen = screen;
        }
        self.change()
    }

    /// What the terminal that is shown shows.
    pub(in crate::screen) fn shown_screen(&self) -> Option<(TerminalId, &Screen)> {
        let terminal = self.terminals.shown()?;
        Some((terminal.id, terminal.screen.0.as_deref()?))
    }

    /// The shell whose terminal is shown.
    pub(in crate::screen) fn shown_shell(&self) -> Option<&Shell> {
        self.terminals.shown()?.shell.as_deref()
    }

    /// The terminals, as tabs.
    pub(in crate::screen) fn terminal_tabs(&self) -> Vec<Tab> {
        self.terminals
            .iter()
            .map(|terminal| Tab::Terminal(terminal.id))
            .collect()
    }

    /// The one that is shown, as a tab.
    pub(in crate::screen) fn shown_terminal(&self) -> Option<Tab> {
        let terminal = self.terminals.shown()?;
        Some(Tab::Terminal(terminal.id))
    }

    /// The terminal that is shown takes the keys.
    pub(super) fn give_keys(&mut self, focus: Focus) {
        if let Some(tab) = self.shown_terminal() {
            self.focus = focus;
            self.tab = tab;
        }
    }

    /// Shows another terminal; the one that is shown, if it is not in view.
    pub(super) fn turn_terminals(&mut self, turn: Turn) {
        if self.terminal_is_in_view() {
            match turn {
                Turn::Before => self.terminals.previous(),
                Turn::After => self.terminals.next(),
            }
        }
        if let Some(tab) = self.shown_terminal() {
            self.show(tab);
        }
    }

    /// Whether the place of the terminals is on the screen, or is what stands there as soon as it has the keys.
    pub(super) fn terminal_is_in_view(&self) -> bool {
        matches!(self.tab, Tab::Terminal(_)) || !self.layout().terminal.is_empty()
    }

    /// Takes a terminal away. What had its keys, or its place, is given to what there is.
    pub(super) fn remove_terminal(&mut self, id: TerminalId) -> Vec<Effect> {
        let was_shown = self.terminals.shown().is_some_and(|shown| shown.id == id);
        if self.terminals.close(id).is_none() {
            return Vec::new();
        }
        if was_shown {
            if matches!(self.focus, Focus::Terminal | Focus::WholeTerminal) {
                self.focus = Focus::Tree;
            }
            if let Tab::Terminal(_) = self.tab {
                self.tab = self.shown_terminal().unwrap_or(Tab::Pane(self.pane));
            }
        }
        self.change();
        vec![Effect::Close(id)]
    }

    /// The terminals follow their place, those too that are not shown now.
    pub(super) fn resize(&mut self) -> Vec<Effect> {
        let (area, shape) = (self.area, self.shape());
        let resize = |terminal: &mut Terminal| {
            let size = Layout::terminal_size(area, shape, terminal.id);
            let (columns, rows) = size;
            if terminal.given == Some(size) || columns * rows == 0 {
                return None;
            }
            terminal.given = Some(size);
            Some(Effect::Resize {
                terminal: terminal.id,
                columns,
                rows,
            })
        };
        self.terminals.iter_mut().filter_map(resize).collect()
    }
}
