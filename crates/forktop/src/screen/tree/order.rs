//! In which order those stand that one process made.
use crate::model::{Model, Process, Row};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::time::Duration;

/// In which order siblings stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub key: Key,
    /// Least or greatest first.
    pub direction: Direction,
}

/// By what siblings are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Key {
    /// When they were first seen.
    #[default]
    Birth,
    /// Their numbers.
    Pid,
    /// The names of their programs.
    Name,
    /// How long they have lived.
    Age,
    /// The processor time that they used, known of those that have ended.
    Processor,
}

/// Which comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// The least.
    #[default]
    Up,
    /// The greatest.
    Down,
}

impl Direction {
    /// The other one.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }
}

impl Key {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Birth,
        Self::Pid,
        Self::Name,
        Self::Age,
        Self::Processor,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Birth => "birth",
            Self::Pid => "number",
            Self::Name => "name",
            Self::Age => "age",
            Self::Processor => "processor time",
        }
    }

    /// What it is, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Birth => "birth, in the order of time",
            Self::Pid => "number",
            Self::Name => "name of the program",
            Self::Age => "age, the youngest first",
            Self::Processor => "processor time (known at the end)",
        }
    }

    fn compare(self, model: &Model, one: &Process, other: &Process) -> Ordering {
        let used = |process: &Process| {
            process
                .used
                .map_or(Duration::ZERO, |(user, system)| user + system)
        };
        match self {
            Self::Birth => one.id.cmp(&other.id),
            Self::Pid => one.pid.cmp(&other.pid),
            Self::Name => one.program.name.cmp(&other.program.name),
            Self::Age => one.age(model.now()).cmp(&other.age(model.now())),
            Self::Processor => used(one).cmp(&used(other)),
        }
    }
}

/// The rows with siblings in this order. They come in that of their birth.
pub fn ordered(rows: Vec<Row>, model: &Model, order: Order) -> Vec<Row> {
    if order == Order::default() {
        return rows;
    }
    let mut siblings = siblings(&rows);
    for places in siblings.values_mut() {
        sort(places, &rows, model, order);
    }
    let mut sorted = Vec::with_capacity(rows.len());
    let mut left = siblings
        .remove(&None)
        .map_or_else(Vec::new, |roots| placed(&roots, None));
    while let Some((place, above, last)) = left.pop() {
        let here = sorted.len();
        sorted.push(Row {
            above,
            last,
            ..rows[place]
        });
        if let Some(below) = siblings.get(&Some(place)) {
            left.extend(placed(below, Some(here)));
        }
    }
    sorted
}

fn siblings(rows: &[Row]) -> BTreeMap<Option<usize>, Vec<usize>> {
    let mut siblings: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        siblings.entry(row.above).or_default().push(place);
    }
    siblings
}

fn sort(places: &mut [usize], rows: &[Row], model: &Model, order: Order) {
    let process = |place: &usize| model.process(rows[*place].process);
    places.sort_by(|one, other| {
        let compared = match (process(one), process(other)) {
            (Some(one), Some(other)) => order.key.compare(model, one, other),
            _ => Ordering::Equal,
        };
        match order.direction {
            Direction::Up => compared,
            Direction::Down => compared.reverse(),
        }
    });
}

/// Siblings, the first one last, each with the place of the row above it and whether it is the last of them.
fn placed(siblings: &[usize], above: Option<usize>) -> Vec<(usize, Option<usize>, bool)> {
    let last = siblings.len().saturating_sub(1);
    siblings
        .iter()
        .enumerate()
        .rev()
        .map(|(nth, place)| (*place, above, nth == last))
        .collect()
}
