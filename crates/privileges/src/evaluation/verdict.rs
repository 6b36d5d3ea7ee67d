//! What becomes of one system call.
use crate::errno;
use std::fmt::{self, Display, Formatter};

/// What becomes of a system call, in the order of severity. The words stand after "the call".
///
/// ```
/// use privileges::Verdict;
///
/// assert_eq!(Verdict::Errno(1).to_string(), "fails with EPERM");
/// assert!(!Verdict::Errno(1).lets_through());
/// assert!(Verdict::KillThread.kills());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It is carried out (`SECCOMP_RET_ALLOW`).
    Allow,
    /// It is carried out, and logged (`SECCOMP_RET_LOG`).
    Log,
    /// A tracer is asked (`SECCOMP_RET_TRACE`). The call fails with `ENOSYS` where none has set `PTRACE_O_TRACESECCOMP`.
    Trace,
    /// Whoever holds the filter's listener is asked (`SECCOMP_RET_USER_NOTIF`). The call fails with `ENOSYS` where there is
    /// none.
    Notify,
    /// It is not carried out, and fails with this errno, at most 4095 (`SECCOMP_RET_ERRNO`). With 0 it seems to succeed.
    Errno(u16),
    /// It is not carried out, and the thread is sent `SIGSYS`, which it can handle (`SECCOMP_RET_TRAP`).
    Trap,
    /// Its thread is killed (`SECCOMP_RET_KILL_THREAD`); the process with it, if it is the only one.
    KillThread,
    /// The process is killed by `SIGSYS` (`SECCOMP_RET_KILL_PROCESS`).
    KillProcess,
}

/// The action of what a filter returns (`SECCOMP_RET_ACTION_FULL`); the rest are its data.
const ACTION: u32 = 0xffff_0000;

/// `MAX_ERRNO`.
const MOST_ERRNO: u16 = 4095;

impl Verdict {
    /// Of the value that filters return. An action that the kernel does not know is the order to kill.
    pub(super) fn of(returned: u32) -> Self {
        match returned & ACTION {
            0x7fff_0000 => Self::Allow,
            0x7ffc_0000 => Self::Log,
            0x7ff0_0000 => Self::Trace,
            0x7fc0_0000 => Self::Notify,
            0x0005_0000 => Self::Errno(errno(returned)),
            0x0003_0000 => Self::Trap,
            0x0000_0000 => Self::KillThread,
            _ => Self::KillProcess,
        }
    }

    /// Whether the call is carried out, and nobody else asked.
    pub const fn lets_through(self) -> bool {
        matches!(self, Self::Allow | Self::Log)
    }

    /// Whether the thread that calls ends.
    pub const fn kills(self) -> bool {
        matches!(self, Self::KillThread | Self::KillProcess)
    }
}

fn errno(returned: u32) -> u16 {
    let data = u16::try_from(returned & !ACTION).unwrap_or(MOST_ERRNO);
    data.min(MOST_ERRNO)
}

/// Of two values the one that the kernel heeds: by the action as a signed number, so that an action it does not know can
/// give way to one that it knows. Of the same action the newer filter's counts, as it is asked first.
pub(super) fn stricter(newer: u32, older: u32) -> u32 {
    let action = |value: u32| (value & ACTION).cast_signed();
    if action(older) < action(newer) {
        older
    } else {
        newer
    }
}

impl Display for Verdict {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "is carried out",
            Self::Log => "is carried out and logged",
            Self::Trace => "is left to a tracer, and fails with ENOSYS if there is none",
            Self::Notify => "is left to a supervisor, and fails with ENOSYS if there is none",
            Self::Errno(0) => "is not carried out, but seems to succeed",
            Self::Errno(number) => {
                return match errno::name((*number).into()) {
                    Some(name) => write!(f, "fails with {name}"),
                    None => write!(f, "fails with errno {number}"),
                };
            }
            Self::Trap => "is not carried out, and the thread is sent SIGSYS",
            Self::KillThread => "kills its thread",
            Self::KillProcess => "kills the process",
        })
    }
}
