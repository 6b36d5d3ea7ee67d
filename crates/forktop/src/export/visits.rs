//! What forktop itself did in a process: shells, and calls that were tried.
use crate::log::{Event, Record};
use crate::model::{Model, Process};

/// The records that tell of it.
pub fn visits<'a>(model: &'a Model, process: &'a Process) -> impl Iterator<Item = &'a Record> {
    let records = process.events.iter().filter_map(|place| {
        let record: &Record = model.log().get(*place)?;
        Some(record)
    });
    records.filter(|record| {
        matches!(
            record.event,
            Event::Entered(_) | Event::NotEntered { .. } | Event::Tried { .. } | Event::Left(_)
        )
    })
}
