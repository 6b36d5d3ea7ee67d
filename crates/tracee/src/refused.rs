//! Processes below those that are followed which cannot be: each is told of once, however often it is come across.
use crate::event::{Event, What};
use crate::refusal::{Reason, SeizeError};
use crate::stat::Stat;
use crate::tracer::{News, Tracer};
use rustix::process::Pid;
use std::collections::HashMap;

/// Those that were told of, with when each started: its number may become another's.
pub(crate) type Refused = HashMap<Pid, Option<u64>>;

impl Tracer {
    /// Tells of a child of a process that is followed, unless that has been done.
    pub(crate) fn tell_refused(&mut self, refused: SeizeError, parent: Pid) {
        let SeizeError { process, reason } = refused;
        // What is over is not missed.
        if matches!(reason, Reason::NoSuchProcess | Reason::Ended) {
            return;
        }
        let started = Stat::read(process).ok().and_then(|stat| stat.start_time());
        if self.refused.insert(process, started) == Some(started) {
            return;
        }
        let event = Event {
            at: self.now(),
            process,
            thread: process,
            what: What::Refused { parent, reason },
        };
        self.told.push_back(News::Event(event, None));
    }
}
