//! A tree of processes as events, by ptrace(2).
#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod event;

pub use event::{Ending, Event, Origin, What};
