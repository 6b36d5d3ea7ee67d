//! The lines that have left the screen of the terminal that is shown. It keeps them, and which of them it shows is its own state,
//! which goes on rightly while it is written to: this only asks for others.
use super::App;
use crate::screen::action::Motion;
use crate::screen::effect::Effect;
use crate::screen::tree::Step;

impl App {
    /// How many lines before the end of what was written there are the last in view; `None` where none are kept, as while a
    /// program has taken the screen for itself.
    pub(in crate::screen) fn kept_lines(&self) -> Option<usize> {
        let (_, screen) = self.shown_screen()?;
        (!screen.alternate_screen()).then(|| screen.scrollback())
    }

    /// Whether what is in view is not the end of what was written, where programs draw, and the mouse points.
    pub(super) fn is_scrolled_back(&self) -> bool {
        self.kept_lines().is_some_and(|lines| lines > 0)
    }

    pub(super) fn scroll_terminal(&self, step: Step) -> Vec<Effect> {
        match (self.kept_lines(), self.terminals.shown()) {
            (Some(_), Some(terminal)) => vec![Effect::Scroll(terminal.id, step)],
            _ => Vec::new(),
        }
    }

    /// As [`scroll_terminal`](Self::scroll_terminal), by screenfuls of which a line stays in view.
    pub(super) fn go_in_terminal(&self, motion: Motion) -> Vec<Effect> {
        let page = usize::from(self.layout().terminal.height).saturating_sub(1);
        self.scroll_terminal(motion.step(page.max(1)))
    }
}
