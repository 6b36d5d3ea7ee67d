//! The lines of the tree that lead to a row, and its sign of being folded.
use crate::screen::App;
use crate::screen::tree::TreeRow;

/// How many columns of the command's the lines may take: one in so many.
const SHARE: usize = 2;

/// What stands before a row's command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guides {
    /// The lines, as far as there is room for them.
    pub lines: String,
    /// How many columns they take.
    pub width: usize,
    /// The sign, which stands after them.
    pub sign: Sign,
}

/// Whether a row has others below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It has.
    Open,
    /// It has some that are left out.
    Closed,
    /// It has none.
    Leaf,
}

impl Guides {
    /// Those of the row at this place, where the command has so many columns.
    pub fn of(app: &App, place: usize, row: &TreeRow, room: usize) -> Self {
        let levels = (room / SHARE / 2).max(1);
        let mut lines = String::new();
        // The nearest are shown; the others are said to be there.
        let cut = row.depth > levels;
        if cut {
            lines.push('…');
        }
        let shown = row.depth.min(levels);
        for last in chain(app.tree.rows(), row, shown)
            .iter()
            .rev()
            .skip(usize::from(cut))
        {
            lines.push_str(if *last { "  " } else { "│ " });
        }
        if row.depth > 0 {
            lines.push(if row.last { '└' } else { '├' });
        }
        let width = lines.chars().count();
        Self {
            lines,
            width,
            sign: Sign::of(app, place, row),
        }
    }

    /// The lines with the sign, and the blank before the command.
    pub fn text(&self, depth: usize) -> String {
        let sign = match (self.sign, depth) {
            (Sign::Open, _) => '▾',
            (Sign::Closed, _) => '▸',
            (Sign::Leaf, 0) => ' ',
            (Sign::Leaf, _) => '─',
        };
        format!("{}{sign} ", self.lines)
    }
}

impl Sign {
    fn of(app: &App, place: usize, row: &TreeRow) -> Self {
        let below = app
            .tree
            .rows()
            .get(place + 1)
            .is_some_and(|next| next.depth > row.depth);
        let process = app.model().process(row.place.process);
        let made_some = process.is_some_and(|process| !process.children.is_empty());
        match (row.place.tid, app.tree.folds(row.place.process)) {
            (None, true) if made_some => Self::Closed,
            _ if below => Self::Open,
            _ => Self::Leaf,
        }
    }
}

/// Whether the rows above this one, but for the root, are the last of theirs; from the nearest up, so many at most.
fn chain(rows: &[TreeRow], row: &TreeRow, most: usize) -> Vec<bool> {
    let mut lasts = Vec::new();
    let mut above = row.above;
    while let Some(here) = above.and_then(|above| rows.get(above)) {
        if here.depth == 0 || lasts.len() + 1 >= most {
            break;
        }
        lasts.push(here.last);
        above = here.above;
    }
    lasts
}
