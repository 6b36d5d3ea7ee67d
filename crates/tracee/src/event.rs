//! What happens to processes that are followed.
use crate::refusal::Reason;
use kernel::CloneFlags;
use rustix::process::Pid;
use std::time::Duration;

/// Something that happened to a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it was learnt of, by the monotonic clock, since the tracer was made.
    pub at: Duration,
    /// The process (its thread group's number), as the tracer's pid namespace has it.
    pub process: Pid,
    /// The thread to which it happened.
    pub thread: Pid,
    /// What it was.
    pub what: What,
}

/// How a process came to be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The tracer started it; it has not executed its program yet.
    Started,
    /// It was running already.
    Seized,
    /// fork(2), or whatever ends with SIGCHLD and shares nothing that vfork shares.
    Forked,
    /// vfork(2), posix_spawn(3): the creator waits until it executes a program or ends.
    Vforked,
    /// clone(2) otherwise: with another signal at its end than SIGCHLD.
    Cloned,
    /// By a clone that withheld it from us (`CLONE_UNTRACED`): found, and seized while it was running.
    Untraced,
    /// On our account: a copy of a process ([`Tracer::copy`](crate::Tracer::copy)), or what that has made.
    Copied,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The thread has made a process or a thread, and has not gone on since. The birth of that is told next, or soon; it
    /// does not wait for this thread to be resumed.
    Made {
        /// The new one's number.
        new: Pid,
        /// The flags with which it was made (clone(2)), or those that fork(2) and vfork(2) stand for; `None` where that is
        /// not known: those of clone3(2) lie in the creator's memory, which other threads of it can have changed since, and
        /// make whoever reads it wait.
        flags: Option<CloneFlags>,
    },
    /// A process is followed from now on: `process` is the new one. It is the first event of a process.
    Born {
        /// How it came.
        origin: Origin,
        /// The process that made it, if it is known: not always its parent (`CLONE_PARENT`). Of a seized process its
        /// parent, if that is followed.
        creator: Option<Pid>,
        /// The thread that made it.
        creator_thread: Option<Pid>,
        /// Its parent when it was first seen (`PPid`), 0 if not in our pid namespace.
        parent: i32,
        /// Its numbers in each pid namespace from ours to its own.
        pids: Vec<i32>,
    },
    /// A thread is followed from now on: `thread` is the new one.
    ThreadBorn {
        /// The thread that made it; `None` where the process was seized with it.
        creator_thread: Option<Pid>,
        /// Its numbers in each pid namespace from ours to its own.
        pids: Vec<i32>,
    },
    /// A program was executed; no instruction of it has run. All other threads are gone.
    Executed {
        /// The number of the thread that did it, before it took the leader's.
        former_thread: Pid,
    },
    /// A program could not be executed. Only where it was asked for.
    ExecFailed {
        /// Why.
        errno: i32,
        /// The path that was given, as far as it could be read.
        path: Vec<u8>,
    },
    /// The thread is about to end, and can still be looked at.
    Exiting {
        /// How it is going to end.
        ending: Ending,
    },
    /// A thread that is not the last one of its process has ended.
    ThreadEnded,
    /// The process has ended, all its threads with it. It is the last event of a process.
    Ended {
        /// How.
        ending: Ending,
        /// What it and the children that it waited for used (`rusage`): time as users of the processor.
        user: Duration,
        /// Time in the kernel.
        system: Duration,
        /// The most memory that one of them had resident at a time, in KiB.
        peak_memory: u64,
    },
    /// A signal has stopped the process (job control); it is left so.
    Stopped {
        /// SIGSTOP, SIGTSTP, SIGTTIN or SIGTTOU.
        signal: i32,
    },
    /// It runs again after a stop.
    Continued,
    /// It was frozen on request, at no event.
    Frozen,
    /// It is no longer followed, and goes on by itself. It is the last event of a process.
    Released,
    /// `process` is a child of one that is followed, and cannot be followed itself; nor can what it makes. It is told
    /// once, and is the only event of it, unless it can be followed later.
    Refused {
        /// Its parent, which is followed.
        parent: Pid,
        /// Why.
        reason: Reason,
    },
}

/// How a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With this code.
    Exited(i32),
    /// By a signal.
    Killed {
        /// Its number.
        signal: i32,
        /// Whether it left a core dump.
        core: bool,
    },
}
