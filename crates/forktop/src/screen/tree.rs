//! The tree as the user looks at it: which rows there are, which one is selected, and which of them are in view.
//!
//! The rows are made anew only when something changed of which they are made, and then once, however much it was.
mod order;
mod rows;
mod selection;

pub use order::{Direction, Key, Order};
pub use rows::{Place, TreeRow};
pub use selection::{Mark, Step};

use super::filter::Filter;
use super::surroundings::Surroundings;
use crate::log::ProcessId;
use crate::model::{Descent, Model, Process, Row};
use std::collections::HashSet;

/// The tree as the user looks at it.
#[derive(Debug, Default)]
pub struct Tree {
    folded: HashSet<ProcessId>,
    filter: Filter,
    order: Order,
    threads: Threads,
    ended: Ended,
    rows: Vec<TreeRow>,
    widths: Widths,
    selected: Option<Place>,
    /// The selected row, as the rows were when they were last made.
    at: usize,
    top: usize,
    /// How many rows can be in view.
    height: usize,
    stale: bool,
}

/// Which threads have rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Threads {
    /// None.
    #[default]
    Hidden,
    /// Those that may do something else than their leader.
    Differing,
    /// All.
    Shown,
}

/// Whether what has ended has rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ended {
    /// It has.
    #[default]
    Shown,
    /// It has not, and what it made stands in its place.
    Hidden,
}

/// How wide numbers are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Widths {
    /// The longest process number's.
    pub pid: usize,
    /// The longest of those inside another pid namespace; 0 if there is none.
    pub inner: usize,
}

impl Tree {
    /// Something was learnt, or another time is shown.
    pub const fn invalidate(&mut self) {
        self.stale = true;
    }

    /// The rows, as they were last made.
    #[must_use]
    pub fn rows(&self) -> &[TreeRow] {
        &self.rows
    }

    /// How wide numbers are.
    #[must_use]
    pub const fn widths(&self) -> Widths {
        self.widths
    }

    /// In which order siblings stand.
    #[must_use]
    pub const fn order(&self) -> Order {
        self.order
    }

    /// Which threads have rows.
    #[must_use]
    pub const fn threads(&self) -> Threads {
        self.threads
    }

    /// Whether what has ended has rows.
    #[must_use]
    pub const fn ended(&self) -> Ended {
        self.ended
    }

    /// What a process must be to have a row.
    #[must_use]
    pub const fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Whether what this process made is left out.
    #[must_use]
    pub fn folds(&self, process: ProcessId) -> bool {
        self.folded.contains(&process)
    }

    /// Makes the rows anew if they have to be, and keeps the selected one in view of `height` rows.
    pub fn settle(&mut self, surroundings: &Surroundings<'_>, height: usize) {
        // While the tree is not on the screen, it keeps the place that it had there.
        if height > 0 || self.height == 0 {
            self.height = height.max(1);
        }
        if self.stale {
            self.stale = false;
            let former = self.rows.get(self.at).map(|row| row.place);
            self.rows = self.made(surroundings);
            self.widths = Widths::of(surroundings.model);
            self.find_selected(former, surroundings.model);
        }
        self.keep_in_view();
    }

    /// The processes that have rows, or would if nothing were folded, in their order.
    #[must_use]
    pub fn unfolded(&self, surroundings: &Surroundings<'_>) -> Vec<ProcessId> {
        let rows = self.descended(surroundings, &|_| false);
        rows.into_iter().map(|row| row.process).collect()
    }

    fn made(&self, surroundings: &Surroundings<'_>) -> Vec<TreeRow> {
        let rows = self.descended(surroundings, &|process| self.folds(process.id));
        rows::with_threads(&rows, surroundings.model, self.threads)
    }

    fn descended(
        &self,
        surroundings: &Surroundings<'_>,
        folds: &dyn Fn(&Process) -> bool,
    ) -> Vec<Row> {
        let shows = |process: &Process| {
            (self.ended == Ended::Shown || !process.has_ended())
                && self.filter.admits(process, surroundings)
        };
        let rows = surroundings.model.rows(&Descent {
            shows: &shows,
            folds,
        });
        order::ordered(rows, surroundings.model, self.order)
    }

    /// Only such processes have rows from now on.
    pub fn filter_by(&mut self, filter: Filter) {
        self.filter = filter;
        self.invalidate();
    }

    /// Siblings stand in this order from now on; in the reverse one if it is theirs already.
    pub fn sort_by(&mut self, key: Key) {
        self.order = match self.order {
            Order {
                key: former,
                direction,
            } if former == key => Order {
                key,
                direction: direction.reversed(),
            },
            _ => Order {
                key,
                direction: Direction::Up,
            },
        };
        self.invalidate();
    }

    /// Shows more threads, or after all of them none.
    pub const fn cycle_threads(&mut self) {
        self.threads = match self.threads {
            Threads::Hidden => Threads::Differing,
            Threads::Differing => Threads::Shown,
            Threads::Shown => Threads::Hidden,
        };
        self.invalidate();
    }

    /// Hides what has ended, or shows it again.
    pub const fn toggle_ended(&mut self) {
        self.ended = match self.ended {
            Ended::Shown => Ended::Hidden,
            Ended::Hidden => Ended::Shown,
        };
        self.invalidate();
    }

    /// Leaves out what this process made.
    pub fn fold(&mut self, process: ProcessId) {
        self.folded.insert(process);
        self.invalidate();
    }

    /// Shows what this process made.
    pub fn unfold(&mut self, process: ProcessId) {
        self.folded.remove(&process);
        self.invalidate();
    }

    /// Leaves out what was made by any but those at the root.
    pub fn fold_all(&mut self, model: &Model) {
        let made_some = model
            .processes()
            .filter(|process| !process.children.is_empty() && process.creator.is_some());
        self.folded = made_some.map(|process| process.id).collect();
        self.invalidate();
    }

    /// Shows what was made by any.
    pub fn unfold_all(&mut self) {
        self.folded.clear();
        self.invalidate();
    }

    /// Whether anything is folded.
    #[must_use]
    pub fn folds_any(&self) -> bool {
        !self.folded.is_empty()
    }
}

impl Widths {
    fn of(model: &Model) -> Self {
        let digits = |pid: u32| pid.checked_ilog10().map_or(1, |digits| digits as usize + 1);
        let mut widths = Self::default();
        for process in model.processes() {
            widths.pid = widths.pid.max(digits(process.pid));
            if let [_, .., inner] = process.pids[..] {
                widths.inner = widths.inner.max(digits(inner));
            }
        }
        widths
    }
}
