//! The selected row. It stays on its process, and on its line of the screen, while rows come and go around it. Another one that
//! is selected leaves the rows where they are, if it is in view.
use super::{Place, Tree};
use crate::log::ProcessId;
use crate::model::Model;
use std::collections::{HashMap, HashSet};

/// How far to go, and which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Towards the first row.
    Up(usize),
    /// Towards the last row.
    Down(usize),
    /// To the first row.
    First,
    /// To the last row.
    Last,
}

impl Step {
    /// Where it leads from `place`, of `length` places.
    #[must_use]
    pub fn from(self, place: usize, length: usize) -> usize {
        let last = length.saturating_sub(1);
        match self {
            Self::Up(by) => place.saturating_sub(by),
            Self::Down(by) => place.saturating_add(by).min(last),
            Self::First => 0,
            Self::Last => last,
        }
    }
}

/// What is selected, in view and folded, to go back to.
#[derive(Clone, Debug)]
pub struct Mark {
    selected: Option<Place>,
    top: usize,
    folded: HashSet<ProcessId>,
}

impl Tree {
    /// What is selected, in view and folded now.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark {
            selected: self.selected,
            top: self.top,
            folded: self.folded.clone(),
        }
    }

    /// Selects, shows and folds what was so before.
    pub fn go_back(&mut self, mark: &Mark) {
        self.selected = mark.selected;
        self.top = mark.top;
        self.folded.clone_from(&mark.folded);
        self.invalidate();
    }

    /// What is selected.
    #[must_use]
    pub const fn selected(&self) -> Option<Place> {
        self.selected
    }

    /// The place of the selected row among the rows.
    #[must_use]
    pub fn selected_row(&self) -> Option<usize> {
        self.selected.map(|_| self.at)
    }

    /// The place of the first row in view.
    #[must_use]
    pub const fn top(&self) -> usize {
        self.top
    }

    /// How many rows can be in view.
    #[must_use]
    pub const fn height(&self) -> usize {
        self.height
    }

    /// Selects a process, whose row may not have been made yet.
    pub fn select(&mut self, place: Place) {
        self.selected = Some(place);
        self.invalidate();
    }

    /// Selects the row at this place, if there is one.
    pub fn select_row(&mut self, row: usize) {
        if let Some(found) = self.rows.get(row) {
            self.selected = Some(found.place);
            self.at = row;
            self.keep_in_view();
        }
    }

    /// Selects another row.
    pub fn go(&mut self, step: Step) {
        self.select_row(step.from(self.at, self.rows.len()));
    }

    /// Moves the rows through the view. The selection stays in it.
    pub fn scroll(&mut self, step: Step) {
        let last = self.rows.len().saturating_sub(self.height);
        self.top = step.from(self.top, last + 1);
        let bottom = (self.top + self.height)
            .min(self.rows.len())
            .saturating_sub(1);
        self.select_row(self.at.clamp(self.top, bottom.max(self.top)));
    }

    /// Selects the row above the selected one in the tree.
    pub fn go_above(&mut self) {
        if let Some(above) = self.rows.get(self.at).and_then(|row| row.above) {
            self.select_row(above);
        }
    }

    /// Unfolds all that hides a process, and selects it.
    pub fn reveal(&mut self, process: ProcessId, model: &Model) {
        let mut above = model.process(process).and_then(|process| process.creator);
        while let Some(id) = above {
            self.folded.remove(&id);
            above = model.process(id).and_then(|process| process.creator);
        }
        self.select(Place::of(process));
    }

    /// Finds the row of what is selected; or what made that; or the row that is now where it was. `former` is what was
    /// selected when the rows were last made.
    pub(super) fn find_selected(&mut self, former: Option<Place>, model: &Model) {
        let line = self.at.saturating_sub(self.top);
        let stays = former == self.selected;
        let found = self.selected.and_then(|place| self.nearest(place, model));
        let last = self.rows.len().saturating_sub(1);
        self.at = found.unwrap_or_else(|| self.at.min(last));
        self.selected = self.rows.get(self.at).map(|row| row.place);
        if stays {
            self.top = self.at.saturating_sub(line);
        } else {
            self.approach();
        }
    }

    /// Has what was selected anew in view: where it is, if it is there already or near, and in the middle otherwise.
    const fn approach(&mut self) {
        let half = self.height / 2;
        let near = self.top.saturating_sub(half)..self.top + self.height + half;
        if self.at < near.start || self.at >= near.end {
            self.top = self.at.saturating_sub(half);
        }
    }

    fn nearest(&self, place: Place, model: &Model) -> Option<usize> {
        if let Some(found) = self.rows.iter().position(|row| row.place == place) {
            return Some(found);
        }
        // By how many steps up the tree each is away.
        let mut ancestors = HashMap::new();
        let mut next = Some(place.process);
        while let Some(id) = next {
            ancestors.insert(id, ancestors.len());
            next = model.process(id).and_then(|process| process.creator);
        }
        self.rows
            .iter()
            .enumerate()
            .filter(|(_, row)| row.place.tid.is_none())
            .filter_map(|(at, row)| Some((*ancestors.get(&row.place.process)?, at)))
            .min()
            .map(|(_, at)| at)
    }

    pub(super) fn keep_in_view(&mut self) {
        let last_top = self.rows.len().saturating_sub(self.height);
        self.top = self
            .top
            .min(self.at)
            .max((self.at + 1).saturating_sub(self.height))
            .min(last_top);
    }
}
