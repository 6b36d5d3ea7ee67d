//! What can go wrong with tracing, beside seizing.
use kernel::Errno;
use rustix::process::Pid;
use std::ffi::OsString;
use std::io;

/// There can be no tracer.
#[derive(Debug, thiserror::Error)]
pub enum NewError {
    /// What /proc shows are the numbers of another pid namespace, if it is there at all.
    #[error("/proc is not that of this process's pid namespace")]
    Proc,
    /// The kernel refused what it takes to wait.
    #[error("cannot prepare to wait for processes")]
    Wait(#[source] Errno),
}

/// A command was not started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Text that no program can be given.
    #[error("`{}` contains a NUL byte, which cannot be handed to a program", .0.to_string_lossy())]
    Nul(OsString),
    /// There can be no new process.
    #[error("cannot start a process")]
    Fork(#[source] io::Error),
    /// The new process may not be traced. It has ended without executing anything.
    #[error("cannot trace the process that was started")]
    Seize(#[source] Errno),
}

/// Following cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Of wait4(2) or ppoll(2).
    #[error("cannot wait for the processes that are followed")]
    Wait(#[source] Errno),
    /// Of ptrace(2), and not because the thread is dying.
    #[error("cannot let thread {thread} go on")]
    Resume {
        /// The thread.
        thread: Pid,
        /// What the kernel answered.
        #[source]
        errno: Errno,
    },
}

/// A process is not followed, or not any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("process {0} is not followed")]
pub struct NotFollowed(pub Pid);
