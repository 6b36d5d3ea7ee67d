//! What the kernel has to tell of the calling thread's tracees and children: wait4(2), decoded.
use crate::check::check;
use clone3::Usage;
use rustix::io::Errno;
use rustix::process::Pid;
use std::mem::MaybeUninit;

/// Something that happened to a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waited {
    /// To which.
    pub thread: Pid,
    /// What.
    pub status: Status,
    /// What it and the children that it waited for have used.
    pub usage: Usage,
}

/// What can happen to a thread that is traced. The stops last until it is resumed, or killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It ended by itself, with this code.
    Exited(i32),
    /// A signal ended it.
    Killed {
        /// Its number.
        signal: i32,
        /// Whether a core file was written.
        core: bool,
    },
    /// It stopped at an event.
    Event(TraceEvent),
    /// Its whole process is stopped by a signal (`PTRACE_EVENT_STOP`): SIGSTOP, SIGTSTP, SIGTTIN or SIGTTOU.
    GroupStopped(i32),
    /// It stopped where a system call begins or ends.
    Syscall,
    /// It is about to be given a signal, 1 to 64.
    Signal(i32),
    /// It is not traced, and goes on after a stop.
    Continued,
}

/// An event at which a traced thread stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceEvent {
    /// `PTRACE_EVENT_FORK`; the message is the new process.
    Fork,
    /// `PTRACE_EVENT_VFORK`; the message is the new process.
    Vfork,
    /// `PTRACE_EVENT_CLONE`; the message is the new process or thread.
    Clone,
    /// `PTRACE_EVENT_EXEC`; the message is the number that the thread had before.
    Exec,
    /// `PTRACE_EVENT_EXIT`; the message is the status that it will end with, as [`Status::from_end`] takes it.
    Exit,
    /// `PTRACE_EVENT_STOP` of it alone: its first stop, one that was asked for, or the end of a stop of its process.
    Trap,
    /// One that was not asked for.
    Other(i32),
}

/// Takes one report of a tracee or child of the calling *thread* (`-1`, `__WALL`, `WNOHANG`, `__WNOTHREAD`); `None` if
/// there is none at the moment. What other threads trace or started is left to them.
///
/// `ECHILD` where the thread has neither tracee nor child.
pub fn wait_any() -> Result<Option<Waited>, Errno> {
    wait(-1)
}

/// As [`wait_any`], of one thread.
pub fn wait_for(thread: Pid) -> Result<Option<Waited>, Errno> {
    wait(thread.as_raw_pid())
}

fn wait(whom: libc::pid_t) -> Result<Option<Waited>, Errno> {
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    let options = libc::__WALL | libc::WNOHANG | libc::__WNOTHREAD;
    // SAFETY: `status` is a live int, and `usage` a live rusage.
    let thread =
        check(unsafe { libc::wait4(whom, &raw mut status, options, usage.as_mut_ptr()) }.into())?;
    let Some(thread) = i32::try_from(thread).ok().and_then(Pid::from_raw) else {
        return Ok(None);
    };
    // SAFETY: all zeroes is a valid rusage, and the kernel has written to it since.
    let usage = Usage::from(&unsafe { usage.assume_init() });
    Ok(Some(Waited {
        thread,
        status: Status::decode(status),
        usage,
    }))
}

impl Status {
    /// From the word of wait(2).
    fn decode(word: i32) -> Self {
        /// What `PTRACE_O_TRACESYSGOOD` adds.
        const SYSCALL: i32 = libc::SIGTRAP | 0x80;
        if libc::WIFCONTINUED(word) {
            return Self::Continued;
        }
        if !libc::WIFSTOPPED(word) {
            return Self::from_end(word);
        }
        match (word >> 16, libc::WSTOPSIG(word)) {
            (0, SYSCALL) => Self::Syscall,
            (0, signal) => Self::Signal(signal),
            (libc::PTRACE_EVENT_STOP, libc::SIGTRAP) => Self::Event(TraceEvent::Trap),
            (libc::PTRACE_EVENT_STOP, signal) => Self::GroupStopped(signal),
            (event, _) => Self::Event(TraceEvent::from_number(event)),
        }
    }

    /// From the word of an end: what wait(2) gives of a process that is no more, and the message of
    /// [`TraceEvent::Exit`].
    pub fn from_end(word: i32) -> Self {
        if libc::WIFEXITED(word) {
            Self::Exited(libc::WEXITSTATUS(word))
        } else {
            Self::Killed {
                signal: libc::WTERMSIG(word),
                core: libc::WCOREDUMP(word),
            }
        }
    }
}

impl TraceEvent {
    /// From the number of the event (`PTRACE_EVENT_*`).
    pub fn from_number(event: i32) -> Self {
        match event {
            libc::PTRACE_EVENT_FORK => Self::Fork,
            libc::PTRACE_EVENT_VFORK => Self::Vfork,
            libc::PTRACE_EVENT_CLONE => Self::Clone,
            libc::PTRACE_EVENT_EXEC => Self::Exec,
            libc::PTRACE_EVENT_EXIT => Self::Exit,
            other => Self::Other(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_wait_is_told_apart() {
        let stopped = |signal: i32, event: i32| Status::decode(event << 16 | signal << 8 | 0x7f);
        let trap = libc::SIGTRAP;
        for (status, expected) in [
            (Status::decode(3 << 8), Status::Exited(3)),
            (
                Status::decode(9),
                Status::Killed {
                    signal: 9,
                    core: false,
                },
            ),
            (
                Status::decode(0x8b),
                Status::Killed {
                    signal: 11,
                    core: true,
                },
            ),
            (Status::decode(0xffff), Status::Continued),
            (stopped(trap, 1), Status::Event(TraceEvent::Fork)),
            (stopped(trap, 4), Status::Event(TraceEvent::Exec)),
            (stopped(trap, 6), Status::Event(TraceEvent::Exit)),
            (stopped(trap, 5), Status::Event(TraceEvent::Other(5))),
            (stopped(trap, 128), Status::Event(TraceEvent::Trap)),
            (
                stopped(libc::SIGTSTP, 128),
                Status::GroupStopped(libc::SIGTSTP),
            ),
            (stopped(trap | 0x80, 0), Status::Syscall),
            (stopped(trap, 0), Status::Signal(trap)),
            (stopped(libc::SIGSTOP, 0), Status::Signal(libc::SIGSTOP)),
            (stopped(64, 0), Status::Signal(64)),
        ] {
            assert_eq!(status, expected);
        }
    }
}
