//! What is done with the selected process.
use super::{App, Message};
use crate::log::ProcessId;
use crate::screen::bindings::Applies;
use crate::screen::effect::Effect;
use crate::screen::layout::Tab;
use crate::screen::panes::{Beside, Pane, Subject, named};
use crate::screen::view::row_text;
use ratatui::text::Line;

impl App {
    /// An effect on the selected process.
    pub(super) fn of_selected(&self, effect: fn(ProcessId) -> Effect) -> Vec<Effect> {
        self.selected()
            .map(|process| effect(process.id))
            .into_iter()
            .collect()
    }

    /// Reads what a pane shows, if that was never read.
    pub(super) fn look_for(&self, tab: Tab) -> Vec<Effect> {
        let needs = matches!(
            tab,
            Tab::Pane(
                Pane::Namespaces
                    | Pane::Descriptors
                    | Pane::Mounts
                    | Pane::Seccomp
                    | Pane::Limits
                    | Pane::Granted
            )
        );
        let unread = self
            .selected()
            .is_some_and(|process| process.looked.is_none());
        match needs && unread && self.applies(Applies::Alive) {
            true => self.of_selected(Effect::Look),
            false => Vec::new(),
        }
    }

    /// Compares with the selected process from now on; with the creator, if it is that already.
    pub(super) fn mark_base(&mut self) {
        let selected = self.selected().map(|process| process.id);
        self.base = match selected == self.base {
            true => None,
            false => selected,
        };
    }

    pub(super) fn copied(&mut self) -> Vec<Effect> {
        let (Some(text), Some(process)) = (row_text(self), self.selected()) else {
            return Vec::new();
        };
        let words = format!("copied the row of {}", named(process));
        self.say(Message::Done(words));
        vec![Effect::Copy(text)]
    }

    /// The lines of the pane that is shown.
    pub(in crate::screen) fn detail_lines(&self, width: u16) -> Vec<Line<'_>> {
        let Some(process) = self.selected() else {
            return vec![Line::styled("no process is selected", self.theme.dim)];
        };
        let base = self.base.and_then(|id| self.model().process(id));
        let subject = Subject {
            model: self.model(),
            process,
            base: base.or_else(|| self.model().creator(process)),
            beside: Beside::Tree,
            names: &self.settings.names,
            theme: &self.theme,
            width,
        };
        self.pane.lines(&subject)
    }
}
