//! What the kernel said of a thread.
use crate::event::{Ending, Origin};
use crate::status::Identity;
use kernel::{CloneFlags, Usage};
use rustix::process::Pid;
use std::time::Duration;

pub(super) const SIGCHLD: i32 = 17;

/// One report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    /// Of which thread.
    pub(crate) thread: Pid,
    /// When it was taken.
    pub(crate) at: Duration,
    pub(crate) kind: Kind,
    /// Who the thread is, where that was asked for and could be read.
    pub(crate) identity: Option<Identity>,
    /// The thread has been killed out of this stop, and may be in another one: it cannot be resumed from this.
    pub(crate) stale: bool,
}

impl Kind {
    /// Whether children that were withheld from us are looked for now.
    pub(crate) fn may_leave_children(&self) -> bool {
        let told_of_a_child = Self::Signalled { signal: SIGCHLD };
        matches!(self, Self::Executed { .. } | Self::Exiting { .. }) || *self == told_of_a_child
    }
}

/// What happened. All but the end are stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It has made a thread or process, of which the kernel may have been too busy killing it to tell the number.
    Made {
        origin: Origin,
        new: Option<Pid>,
        flags: Option<CloneFlags>,
        /// Who the new one is, where that is known without asking.
        child: Option<Identity>,
    },
    /// It has executed a program.
    Executed { former: Option<Pid> },
    /// It is about to end.
    Exiting { ending: Ending },
    /// It stopped for us, for the first time, or because a stop of its process has ended.
    Trapped,
    /// A signal has stopped its process.
    GroupStopped { signal: i32 },
    /// It is about to be given a signal.
    Signalled { signal: i32 },
    /// A program could not be executed.
    ExecFailed { errno: i32, path: Vec<u8> },
    /// It stopped at nothing of interest.
    Idle,
    /// It is no more.
    Ended { ending: Ending, usage: Usage },
}
