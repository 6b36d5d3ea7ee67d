//! The tree's rows, from the roots down: each process after the one that made it.
use super::{Model, Process};
use crate::log::ProcessId;
use std::fmt;

/// Where a process stands in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The process.
    pub process: ProcessId,
    /// The place of the row below which it stands.
    pub above: Option<usize>,
    /// How many rows stand above it, one below the other.
    pub depth: usize,
    /// Whether no other row follows below the same one.
    pub last: bool,
}

/// How to walk the tree.
pub struct Descent<'a> {
    /// Which processes have a row.
    pub shows: &'a dyn Fn(&Process) -> bool,
    /// Whether what a process made is left out.
    pub folds: &'a dyn Fn(&Process) -> bool,
}

impl fmt::Debug for Descent<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Descent").finish_non_exhaustive()
    }
}

impl Model {
    /// The rows of the tree. What is not shown has no row, and what it made stands where it would.
    #[must_use]
    pub fn rows(&self, descent: &Descent<'_>) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut left = self.below(&self.roots, None, 0, descent);
        while let Some(row) = left.pop() {
            let place = rows.len();
            if let Some(process) = self.process(row.process)
                && !(descent.folds)(process)
            {
                left.extend(self.below(&process.children, Some(place), row.depth + 1, descent));
            }
            rows.push(row);
        }
        rows
    }

    /// Rows for those of `siblings` that are shown, or what they made in their place; the first one last.
    fn below(
        &self,
        siblings: &[ProcessId],
        above: Option<usize>,
        depth: usize,
        descent: &Descent<'_>,
    ) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        let mut left: Vec<_> = siblings.iter().collect();
        while let Some(process) = left.pop().and_then(|id| self.process(*id)) {
            if !(descent.shows)(process) {
                left.extend(&process.children);
                continue;
            }
            rows.push(Row {
                process: process.id,
                above,
                depth,
                last: rows.is_empty(),
            });
        }
        rows
    }
}
