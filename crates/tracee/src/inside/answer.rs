//! What comes of a call that is made in a copy.
use crate::event::Ending;
use kernel::Errno;
use std::time::Duration;

/// What a call has come back with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its value.
    pub value: u64,
    /// What it has put where there was room.
    pub room: Vec<u8>,
}

/// Why a call has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The kernel has refused it.
    #[error(transparent)]
    Refused(#[from] Errno),
    /// A filter makes a signal of it (`SIGSYS`), which was kept back.
    #[error("a filter makes a signal of it (SIGSYS)")]
    Trapped,
    /// The process has ended instead: a filter, a limit, or somebody has killed it.
    #[error("the process has ended instead")]
    Ended(Ending),
    /// It was about to make another call than this: somebody had written to its code. It was killed before.
    #[error("its code was changed to make another call, and it was killed")]
    Tampered,
    /// It has not come back in time, and the process was killed.
    #[error("it has not come back in {0:?}")]
    TimedOut(Duration),
    /// There is no such call by the rules of the process.
    #[error("there is no such call for this kind of process")]
    Unknown,
    /// There is no instruction in the process that makes calls, or no place for the call's data.
    #[error("the process has no memory for it")]
    Memory(#[source] Errno),
    /// The kernel does not let its tracer do what is needed.
    #[error("the process cannot be traced")]
    Traced(#[source] Errno),
}
