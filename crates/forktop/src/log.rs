//! The log: what is known of a tree of processes, a record an event, in the order in which it was learnt.
//!
//! It is everything: the display, the exports and the replay are made of it, and nothing else of what they show. As a
//! file it is JSON, a record a line; `docs/log.md` describes it, and it is stable.
mod date;
mod ends;
mod environment;
mod event;
mod lines;
mod read;
mod record;
mod visit;
mod write;

pub use ends::{Held, OtherEnds, Others, Relation};
pub use environment::{Environment, EnvironmentChange};
pub use event::{
    Birth, Ending, Event, Execution, FrozenAt, Header, Noticed, Origin, ProcessId, Refusal,
    TakenAway,
};
pub use lines::Lines;
pub use read::{ReadError, Recording, read};
pub use record::{FORMAT, Record, Time};
pub use visit::{Answer, Departure, Entrance, Stay, Tried, VisitId};
pub use write::Writer;

#[cfg(test)]
pub(crate) mod tests;
