//! The tree as a list, from the roots down, in which many that are alike are one entry.
use super::card::{Card, Voids};
use crate::model::{Descent, Model};
use privileges::Names;

/// So many in a row, that differ in nothing, are told as one.
const MANY: usize = 6;

/// One process, or many.
#[derive(Clone, Debug)]
pub enum Entry<'a> {
    /// A process that is told by itself.
    One(Box<Card<'a>>),
    /// Processes that one made in a row, that made none themselves, and that differ only in numbers and times.
    Alike(Vec<Card<'a>>),
}

impl<'a> Entry<'a> {
    /// The process, or the first of them.
    pub fn first(&self) -> &Card<'a> {
        match self {
            Self::One(card) => card,
            Self::Alike(cards) => &cards[0],
        }
    }
}

/// All processes, each after the one that made it.
pub fn cards<'a>(model: &'a Model, names: &'a Names) -> impl Iterator<Item = Card<'a>> {
    let rows = model.rows(&Descent {
        shows: &|_| true,
        folds: &|_| false,
    });
    let voids = Voids::of(model);
    let rows = rows.into_iter().enumerate();
    rows.filter_map(move |row| {
        let process = model.process(row.1.process)?;
        Some(Card::of(model, process, row, voids, names))
    })
}

/// All processes, many that are alike as one entry.
pub fn entries<'a>(model: &'a Model, names: &'a Names) -> Vec<Entry<'a>> {
    let mut entries = Vec::new();
    let mut run: Vec<Card<'_>> = Vec::new();
    for card in cards(model, names) {
        let continues = run.last().is_some_and(|last| last.is_like(&card));
        if !continues {
            settle(&mut run, &mut entries);
        }
        match card.process.children.is_empty() {
            true => run.push(card),
            false => entries.push(Entry::One(Box::new(card))),
        }
    }
    settle(&mut run, &mut entries);
    entries
}

fn settle<'a>(run: &mut Vec<Card<'a>>, entries: &mut Vec<Entry<'a>>) {
    match run.len() >= MANY {
        true => entries.push(Entry::Alike(std::mem::take(run))),
        false => entries.extend(run.drain(..).map(|card| Entry::One(Box::new(card)))),
    }
}
