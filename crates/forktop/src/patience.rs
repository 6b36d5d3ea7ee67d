//! How long forktop waits for its own end. What is followed may have its tracer wait where no request reaches it: for memory or
//! a device that does not answer. Then forktop ends without it, and the kernel does the rest: it lets go of what is followed,
//! or kills it where that was asked for.
use crate::backlog::Backlog;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// How long may nothing happen, and what is done then.
#[derive(Clone, Debug)]
pub struct Patience {
    limit: Duration,
    records: Backlog,
    give_up: fn(),
}

/// The end is being waited for. Dropping this says that it has come.
#[derive(Debug)]
pub struct Waiting(#[expect(dead_code, reason = "its end is what is told")] Sender<()>);

impl Patience {
    /// Longer than a tracer takes that lets everything go, and longer still where it reads everything before.
    pub fn new(reads_all: bool, records: Backlog, give_up: fn()) -> Self {
        let limit = Duration::from_secs(if reads_all { 60 } else { 5 });
        Self {
            limit,
            records,
            give_up,
        }
    }

    /// From now on. As long as records are told or taken it is not at its end. Without a thread, patience is endless.
    pub fn begin(&self) -> Option<Waiting> {
        let (waiting, over) = mpsc::channel();
        let patience = self.clone();
        let wait = move || {
            let mut before = patience.records.progress();
            while over.recv_timeout(patience.limit) == Err(RecvTimeoutError::Timeout) {
                let now = patience.records.progress();
                if now == before {
                    return (patience.give_up)();
                }
                before = now;
            }
        };
        let thread = thread::Builder::new().name("patience".to_owned());
        thread.spawn(wait).ok().map(|_| Waiting(waiting))
    }
}
