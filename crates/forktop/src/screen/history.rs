//! The records that have come in, and the model of as many of them as are shown: all, or those up to some time.
//!
//! A model cannot be wound back. So an earlier one is made again: the first time from the beginning, leaving copies on the
//! way, and from then on from the latest copy before it, one of which is left close before each step back. Who follows the
//! log again needs none of them.
use crate::log::{Record, Time};
use crate::model::Model;
use std::sync::Arc;

/// How many records lie between two kept copies.
const SPACING: usize = 16_384;
/// How far before the shown time the nearest copy is kept.
const NEAR: usize = 256;

/// Whether the shown time goes with the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// What is shown is what was last learnt.
    #[default]
    Follows,
    /// It stays where it is.
    Stays,
}

/// A time that stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    position: usize,
    now: Time,
}

/// Records, and the model of those that are shown.
#[derive(Debug, Default)]
pub struct History {
    records: Vec<Arc<Record>>,
    shown: Model,
    pace: Pace,
    /// The time at which it is looked at, which is at or after that of the last record shown.
    now: Time,
    /// The latest time that it was told of, by a record or, when nothing happened, without one.
    latest: Time,
    /// Copies on the way to an earlier time, in their order.
    kept: Vec<Model>,
    /// The copy close before the shown time.
    near: Option<Model>,
}

impl History {
    /// Takes in one more record.
    pub fn learn(&mut self, record: Arc<Record>) {
        self.records.push(record.clone());
        self.tell(record.at);
        if self.pace == Pace::Follows {
            self.shown.apply(record);
        }
    }

    /// It is now this time.
    pub fn tell(&mut self, now: Time) {
        self.latest = self.latest.max(now);
        if self.pace == Pace::Follows {
            self.now = self.latest;
        }
    }

    /// The time that is shown stays from now on.
    pub const fn stay(&mut self) {
        self.pace = Pace::Stays;
    }

    /// The time that is shown, if that stays.
    #[must_use]
    pub fn held(&self) -> Option<Held> {
        let held = Held {
            position: self.position(),
            now: self.now,
        };
        (self.pace == Pace::Stays).then_some(held)
    }

    /// Shows a time that stayed before, and stays there.
    pub fn hold(&mut self, held: Held) {
        self.seek(held.position);
        self.now = held.now;
    }

    /// All that was learnt is shown, now and from now on.
    pub fn follow(&mut self) {
        self.seek(self.records.len());
        self.pace = Pace::Follows;
        // Now is not when something last happened: it may have been quiet since.
        self.now = self.latest;
        self.kept.clear();
        self.near = None;
    }

    /// Whether the shown time goes with the log.
    #[must_use]
    pub const fn pace(&self) -> Pace {
        self.pace
    }

    /// What the shown records tell.
    #[must_use]
    pub const fn model(&self) -> &Model {
        &self.shown
    }

    /// All records.
    #[must_use]
    pub fn records(&self) -> &[Arc<Record>] {
        &self.records
    }

    /// The time at which it is looked at.
    #[must_use]
    pub const fn now(&self) -> Time {
        self.now
    }

    /// How many records are shown.
    #[must_use]
    pub fn position(&self) -> usize {
        self.shown.log().len()
    }

    /// How many records are not shown, since they are later.
    #[must_use]
    pub fn ahead(&self) -> usize {
        self.records.len() - self.position()
    }

    /// The time of the last record of all.
    #[must_use]
    pub fn end(&self) -> Time {
        self.records.last().map_or(Time(0), |record| record.at)
    }

    /// How many records there are up to this time.
    #[must_use]
    pub fn at(&self, time: Time) -> usize {
        self.records.partition_point(|record| record.at <= time)
    }

    /// Shows the first `position` records, and stays there.
    pub fn seek(&mut self, position: usize) {
        let position = position.min(self.records.len());
        self.stay();
        if position < self.position() {
            self.wind_back(position);
        }
        self.advance(position);
        self.now = self.shown.now();
    }

    /// Shows the latest copy that is not after `position`.
    fn wind_back(&mut self, position: usize) {
        self.kept.retain(|model| model.log().len() <= position);
        let near = self.near.take();
        self.shown = near
            .filter(|near| near.log().len() <= position)
            .or_else(|| self.kept.last().cloned())
            .unwrap_or_default();
    }

    fn advance(&mut self, position: usize) {
        // Only who went back once will do so again: a log that is read, or followed, leaves no copies.
        let goes_back = position < self.records.len();
        for place in self.position()..position {
            if goes_back {
                self.keep(place, position);
            }
            self.shown.apply(self.records[place].clone());
        }
    }

    fn keep(&mut self, place: usize, position: usize) {
        let last = self.kept.last().map_or(0, |model| model.log().len());
        if place >= last + SPACING {
            self.kept.push(self.shown.clone());
        }
        if place + NEAR == position {
            self.near = Some(self.shown.clone());
        }
    }
}
