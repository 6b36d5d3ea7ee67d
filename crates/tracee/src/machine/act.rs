//! What is to be done about a report.
use crate::event::Event;
use rustix::process::Pid;

/// One thing to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Tell of an event, and hand out the stop that it came with.
    Tell { event: Event, hold: Option<Hold> },
    /// Let a thread go on.
    Resume { thread: Pid, way: Way },
    /// Have a thread stop soon.
    Interrupt { thread: Pid },
    /// Let a thread go on, and follow it no longer.
    Detach { thread: Pid, way: Way },
    /// Kill a process.
    Kill { process: Pid },
    /// Look for children of a thread that were made without our being told.
    Look { process: Pid, thread: Pid },
}

/// A stop that is handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hold {
    pub(crate) thread: Pid,
    pub(crate) process: Pid,
    pub(crate) number: u64,
}

/// How a thread goes on from a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// As it is.
    On,
    /// As if it had not been stopped: that was only on our account, and a call may have come back for it.
    Undisturbed,
    /// With a signal that is delivered to it. If it ignores that, then as if it had not been stopped.
    Signal(i32),
    /// With the signal that ended a stop of its process: that stop was to be felt.
    Continued(i32),
    /// Staying in the stop of its process.
    Listen,
}
