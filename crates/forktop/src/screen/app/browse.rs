//! Moving and folding in the tree, and moving in the panes.
use super::{App, Newest};
use crate::model::Process;
use crate::screen::action::{Motion, Turn};
use crate::screen::effect::Effect;
use crate::screen::filter::Filter;
use crate::screen::layout::{Focus, Tab, Tabbed};
use crate::screen::panes::Pane;
use crate::screen::tree::{Place, Step};

impl Motion {
    /// How far that is where `page` lines are in view.
    pub(super) const fn step(self, page: usize) -> Step {
        match self {
            Self::Up => Step::Up(1),
            Self::Down => Step::Down(1),
            Self::PageUp => Step::Up(page),
            Self::PageDown => Step::Down(page),
            Self::HalfUp => Step::Up(page.div_ceil(2)),
            Self::HalfDown => Step::Down(page.div_ceil(2)),
            Self::First => Step::First,
            Self::Last => Step::Last,
        }
    }

    /// The first line in view after it, of so many lines, of which `page` are in view and `top` was the first.
    pub(super) fn scroll(self, top: usize, lines: usize, page: usize) -> usize {
        self.step(page).from(top, lines.saturating_sub(page) + 1)
    }
}

impl App {
    pub(super) fn go_in_tree(&mut self, motion: Motion) {
        let step = motion.step(self.tree.height());
        self.leaving_newest(|app| app.tree.go(step));
    }

    pub(super) fn go_to_creator(&mut self) {
        self.leaving_newest(|app| app.tree.go_above());
    }

    /// Who goes elsewhere no longer follows the newest process; and a pane begins at its beginning.
    pub(super) fn leaving_newest(&mut self, go: impl FnOnce(&mut Self)) {
        let before = self.tree.selected();
        go(self);
        if self.tree.selected() != before {
            self.newest = Newest::Ignored;
            self.scrolled = 0;
        }
    }

    pub(super) fn toggle(&mut self) {
        match self.selected_process() {
            Some(place) if self.tree.folds(place.process) => self.tree.unfold(place.process),
            Some(place) if self.has_made_some(place) => self.tree.fold(place.process),
            _ => {}
        }
    }

    pub(super) fn left(&mut self) {
        if self.focus == Focus::Detail {
            self.turn(Turn::Before);
            return;
        }
        match self.selected_process() {
            Some(place) if !self.tree.folds(place.process) && self.has_made_some(place) => {
                self.tree.fold(place.process);
            }
            _ => self.go_to_creator(),
        }
    }

    pub(super) fn right(&mut self) {
        if self.focus == Focus::Detail {
            self.turn(Turn::After);
            return;
        }
        match self.selected_process() {
            Some(place) if self.tree.folds(place.process) => self.tree.unfold(place.process),
            Some(place) if self.has_made_some(place) => self.go_in_tree(Motion::Down),
            _ => {}
        }
    }

    /// What is selected, if that is a process and not a thread.
    fn selected_process(&self) -> Option<Place> {
        self.tree.selected().filter(|place| place.tid.is_none())
    }

    fn has_made_some(&self, place: Place) -> bool {
        let process = self.model().process(place.process);
        process.is_some_and(|process| !process.children.is_empty())
    }

    /// How many processes were made by this one, by those, and so on.
    pub(in crate::screen) fn made_by(&self, process: &Process) -> usize {
        let mut count = 0;
        let mut left = vec![process];
        while let Some(process) = left.pop() {
            count += process.children.len();
            left.extend(
                process
                    .children
                    .iter()
                    .filter_map(|id| self.model().process(*id)),
            );
        }
        count
    }

    pub(super) const fn next_focus(&mut self) {
        self.focus = match self.focus {
            Focus::Tree => Focus::Detail,
            Focus::Detail | Focus::Terminal | Focus::WholeTerminal => Focus::Tree,
        };
    }

    /// Shows a pane. What it needs that was never read is read.
    pub(super) fn show(&mut self, tab: Tab) -> Vec<Effect> {
        self.tab = tab;
        self.scrolled = 0;
        match tab {
            Tab::Pane(pane) => self.pane = pane,
            Tab::Terminal(terminal) => self.terminals.show(terminal),
        }
        let hidden = {
            let layout = self.layout();
            layout.tabs.is_empty() && layout.terminal.is_empty()
        };
        if hidden {
            self.focus = Focus::Detail;
        }
        self.look_for(tab)
    }

    pub(super) fn go_in_detail(&mut self, motion: Motion) {
        let place = self.layout().detail;
        let page = usize::from(place.height);
        let lines = self.detail_lines(place.width).len();
        self.scrolled = motion.scroll(self.scrolled, lines, page);
    }

    /// The tabs that there are.
    pub(in crate::screen) fn tabs(&self) -> Vec<Tab> {
        let terminals = match self.layout().tabbed {
            Tabbed::Terminals => self.terminal_tabs(),
            Tabbed::Apart => Vec::new(),
        };
        terminals
            .into_iter()
            .chain(Pane::ALL.map(Tab::Pane))
            .collect()
    }

    /// The tab that is shown.
    pub(in crate::screen) fn tab(&self) -> Tab {
        match (self.tab, self.layout().tabbed) {
            (Tab::Terminal(_), Tabbed::Terminals) => self.tab,
            _ => Tab::Pane(self.pane),
        }
    }

    fn turn(&mut self, turn: Turn) {
        let (tabs, shown) = (self.tabs(), self.tab());
        let at = tabs.iter().position(|tab| *tab == shown).unwrap_or(0);
        let next = match turn {
            Turn::Before => at.checked_sub(1),
            Turn::After => Some(at + 1),
        };
        if let Some(tab) = next.and_then(|next| tabs.get(next)) {
            self.show(*tab);
        }
    }

    pub(super) fn escape(&mut self) {
        if self.focus != Focus::Tree {
            self.focus = Focus::Tree;
        } else if !self.sought.is_empty() {
            self.sought = Filter::default();
        } else if !self.tree.filter().is_empty() {
            self.tree.filter_by(Filter::default());
        }
    }
}
