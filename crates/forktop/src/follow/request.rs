//! What the interface asks of the thread that follows.
use crate::log::ProcessId;
use crate::screen::effect::Breaks;
use std::sync::mpsc::Sender;
use tracee::Bell;

/// Something to be done by the thread that follows: no other may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// All that this process may do is read, and told.
    Look(ProcessId),
    /// This process is held still.
    Freeze(ProcessId),
    /// This process goes on.
    Continue(ProcessId),
    /// This process is sent this signal.
    Signal(ProcessId, i32),
    /// Processes are held still at these events from now on.
    BreakOn(Breaks),
    /// Everything is let go.
    Detach,
    /// Everything is killed.
    Kill,
}

/// Where requests are handed in.
#[derive(Clone, Debug)]
pub struct Desk {
    requests: Sender<Request>,
    bell: Bell,
}

impl Desk {
    /// Requests go to `requests`, and `bell` wakes who takes them from there.
    #[must_use]
    pub const fn new(requests: Sender<Request>, bell: Bell) -> Self {
        Self { requests, bell }
    }

    /// Hands in a request. One that comes after the end of following is lost: there is nothing left that it could be
    /// about.
    pub fn hand_in(&self, request: Request) {
        if self.requests.send(request).is_ok() {
            self.bell.ring();
        }
    }
}
