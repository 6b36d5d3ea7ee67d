//! Processes below those that are followed which cannot be: each is told of once, however often it is come across.
use crate::event::{Event, What};
use crate::proc_file;
use crate::refusal::{Reason, SeizeError};
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
        let started = started(process);
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

/// `starttime`, in clock ticks since the boot (proc_pid_stat(5)).
fn started(process: Pid) -> Option<u64> {
    let stat = proc_file::read(&format!("/proc/{}/stat", process.as_raw_pid())).ok()?;
    // The name, in parentheses, can hold anything.
    let rest = stat.rsplit(|byte| *byte == b')').next()?;
    let rest = std::str::from_utf8(rest).ok()?;
    rest.split_whitespace().nth(19)?.parse().ok()
}
