//! The rows of the tree: processes, and threads below theirs.
use super::Threads;
use crate::log::ProcessId;
use crate::model::{Model, Process, Row};

/// What a row is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The process.
    pub process: ProcessId,
    /// One of its threads beside the leader, if the row is only of that.
    pub tid: Option<u32>,
}

impl Place {
    /// The row of a process.
    #[must_use]
    pub const fn of(process: ProcessId) -> Self {
        Self { process, tid: None }
    }
}

/// A row of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeRow {
    /// What it is of.
    pub place: Place,
    /// The place of the row below which it stands.
    pub above: Option<usize>,
    /// How many rows stand above it, one below the other.
    pub depth: usize,
    /// Whether no other row follows below the same one.
    pub last: bool,
}

/// The rows, with those of threads first below their processes.
pub fn with_threads(rows: &[Row], model: &Model, threads: Threads) -> Vec<TreeRow> {
    // Where each row of a process has come to be, by where it was.
    let mut moved = Vec::with_capacity(rows.len());
    let mut all = Vec::with_capacity(rows.len());
    for (place, row) in rows.iter().enumerate() {
        let here = all.len();
        moved.push(here);
        all.push(TreeRow {
            place: Place::of(row.process),
            above: row.above.map(|above| moved[above]),
            depth: row.depth,
            last: row.last,
        });
        let below = rows
            .get(place + 1)
            .is_some_and(|next| next.depth > row.depth);
        let process = model.process(row.process);
        let shown: Vec<_> = process.map_or_else(Vec::new, |process| shown(process, threads));
        let count = shown.len();
        all.extend(shown.into_iter().enumerate().map(|(nth, tid)| TreeRow {
            place: Place {
                process: row.process,
                tid: Some(tid),
            },
            above: Some(here),
            depth: row.depth + 1,
            last: nth + 1 == count && !below,
        }));
    }
    all
}

fn shown(process: &Process, threads: Threads) -> Vec<u32> {
    process
        .threads
        .iter()
        .filter(|(_, thread)| match threads {
            Threads::Hidden => false,
            Threads::Differing => thread.essentials.is_some(),
            Threads::Shown => true,
        })
        .map(|(tid, _)| *tid)
        .collect()
}
