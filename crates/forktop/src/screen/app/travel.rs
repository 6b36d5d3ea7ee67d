//! Other times: the display held, and gone through.
use super::App;
use crate::log::Time;
use crate::screen::action::Travel;
use crate::screen::history::Pace;
use crate::screen::settings::Follows;

const SECOND: u64 = 1_000_000_000;

impl App {
    /// Holds the display, or lets it go on.
    pub(super) fn pause(&mut self) {
        match self.history.pace() {
            Pace::Follows => self.history.stay(),
            Pace::Stays => self.history.follow(),
        }
        self.tree.invalidate();
    }

    pub(super) fn travel(&mut self, travel: Travel) {
        let (here, now) = (self.history.position(), self.model().now());
        let before = here.saturating_sub(1).max(1);
        let position = match travel {
            Travel::Earlier => before,
            Travel::Later => here + 1,
            Travel::SecondEarlier => {
                let then = Time(now.0.saturating_sub(SECOND));
                self.history.at(then).clamp(1, before)
            }
            Travel::SecondLater => self
                .history
                .at(Time(now.0.saturating_add(SECOND)))
                .max(here + 1),
            Travel::Start => 1,
            Travel::End if self.settings.follows != Follows::File => {
                self.history.follow();
                self.history.position()
            }
            Travel::End => self.history.records().len(),
        };
        if travel != Travel::End || self.settings.follows == Follows::File {
            self.seek(position);
        }
        self.tree.invalidate();
    }

    /// Shows the time of this record.
    pub(super) fn seek(&mut self, position: usize) {
        self.history.seek(position);
        self.tree.invalidate();
    }
}
