//! What can happen, as the log has it.
use super::{Departure, Entrance, EnvironmentChange, OtherEnds, Stay, Tried, VisitId};
use crate::plan::Plan;
use privileges::{Essentials, Privileges};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A process in a log: numbers of processes are used again, these are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProcessId(pub u32);

/// What happened. Strings of the processes' that are no UTF-8 have U+FFFD in the place of what is not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The log begins.
    Opened(Box<Header>),
    /// A process is followed from now on.
    Born(Box<Birth>),
    /// A process has one more thread.
    ThreadBorn {
        /// Which process.
        process: ProcessId,
        /// The new thread's number.
        tid: u32,
        /// Its numbers in each pid namespace from forktop's to its own.
        tids: Vec<u32>,
        /// The thread that made it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        creator: Option<u32>,
    },
    /// A process executed a program.
    Executed(Box<Execution>),
    /// A process tried to execute a program.
    ExecFailed {
        /// Which process.
        process: ProcessId,
        /// Its thread.
        tid: u32,
        /// The path that it gave.
        path: String,
        /// Why, as errno(3) numbers it.
        errno: i32,
    },
    /// A process, or a thread of it, was seen to be allowed something else than before: at some time since.
    Changed {
        /// Which process.
        process: ProcessId,
        /// Which thread, if only that.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        tid: Option<u32>,
        /// On which occasion it was seen.
        noticed: Noticed,
        /// What it may do now.
        essentials: Arc<Essentials>,
    },
    /// A thread has ended that was not the last of its process.
    ThreadEnded {
        /// Which process.
        process: ProcessId,
        /// Which thread.
        tid: u32,
    },
    /// A process has ended.
    Ended {
        /// Which process.
        process: ProcessId,
        /// How.
        #[serde(flatten)]
        ending: Ending,
        /// Processor time in user mode, in microseconds, with that of the children that it waited for.
        user_us: u64,
        /// The same in the kernel.
        system_us: u64,
        /// At most resident, in KiB.
        peak_kib: u64,
    },
    /// A signal stopped a process.
    Stopped {
        /// Which process.
        process: ProcessId,
        /// SIGSTOP, SIGTSTP, SIGTTIN or SIGTTOU, as signal(7) numbers them.
        signal: i32,
    },
    /// A process that was stopped or frozen runs again.
    Continued {
        /// Which process.
        process: ProcessId,
    },
    /// forktop holds a process still.
    Frozen {
        /// Which process.
        process: ProcessId,
        /// Why. (A record's `at` is its time.)
        #[serde(rename = "on")]
        at: FrozenAt,
    },
    /// A process is no longer followed, and goes on.
    Released {
        /// Which process.
        process: ProcessId,
    },
    /// A process below one that is followed cannot be followed.
    Refused(Box<Refusal>),
    /// A process is a clone-shim, and this is what it grants its voids.
    Planned {
        /// Which process.
        process: ProcessId,
        /// Its plan.
        plan: Arc<Plan>,
    },
    /// A shell is open in a copy of a process.
    Entered(Box<Entrance>),
    /// A process could not be visited; it goes on as before.
    NotEntered {
        /// Which visit.
        visit: VisitId,
        /// Which process.
        process: ProcessId,
        /// Why, and what could be done about it.
        words: String,
        /// Whether a copy may yet come of it: that is waited for, and taken away.
        #[serde(
            rename = "awaited",
            skip_serializing_if = "std::ops::Not::not",
            default
        )]
        is_awaited: bool,
    },
    /// Calls were tried in a copy of a process.
    Tried {
        /// Which visit.
        visit: VisitId,
        /// Which process.
        process: ProcessId,
        /// The calls, in the order in which they were made.
        calls: Vec<Tried>,
        /// How the process was held. Apart, as every record of any event has room for the largest.
        #[serde(flatten)]
        stay: Box<Stay>,
    },
    /// A visit is over, and nothing of it is left.
    Left(Box<Departure>),
    /// All that a process may do was read.
    Looked {
        /// Which process.
        process: ProcessId,
        /// All of it.
        privileges: Arc<Privileges>,
        /// Who else was at the ends of what it has open, if that was asked.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        ends: Option<Arc<OtherEnds>>,
    },
}

impl Event {
    /// What the kinds of events are called in a file.
    pub const NAMES: [&'static str; 19] = [
        "opened",
        "born",
        "thread-born",
        "executed",
        "exec-failed",
        "changed",
        "thread-ended",
        "ended",
        "stopped",
        "continued",
        "frozen",
        "released",
        "refused",
        "planned",
        "entered",
        "not-entered",
        "tried",
        "left",
        "looked",
    ];
}

/// What a log is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`](super::FORMAT).
    pub format: u32,
    /// The version of the forktop that wrote it.
    pub forktop: String,
    /// When it was opened, in seconds since 1970.
    pub started: f64,
    /// The host's name.
    pub host: String,
    /// The command, or nothing where running processes were seized.
    pub command: Vec<String>,
    /// What forktop itself may do.
    pub own: Arc<Essentials>,
    /// What pid 1 may do, if that can be read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub init: Option<Arc<Essentials>>,
}

impl Header {
    /// Whether the kernel leaves out what the file of a program gives, because forktop traces whoever executes it: it does so
    /// where the tracer may not trace all (`CAP_SYS_PTRACE`, ptrace(2)).
    #[must_use]
    pub fn takes_away(&self) -> bool {
        const SYS_PTRACE: u32 = 19;
        !self.own.capabilities.effective.contains(SYS_PTRACE)
    }
}

/// A process came to be followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Birth {
    /// The new process.
    pub process: ProcessId,
    /// How.
    pub origin: Origin,
    /// Its number.
    pub pid: u32,
    /// Its numbers in each pid namespace from forktop's to its own.
    pub pids: Vec<u32>,
    /// The process that made it. Not always its parent; of a seized one its parent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub creator: Option<ProcessId>,
    /// The thread that made it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub creator_tid: Option<u32>,
    /// Its parent's number; 0 if that is not in forktop's pid namespace.
    pub parent: u32,
    /// What it may do, where that differs from its creator's last known, or that is not known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub essentials: Option<Arc<Essentials>>,
    /// The entrypoint of which it is the void's first process.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub entrypoint: Option<String>,
    /// What it executes, if it was running already.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub running: Option<Box<Execution>>,
    /// For how long it had been running then, in microseconds, known to some 10 ms.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lived_us: Option<u64>,
}

/// A process is not followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// It.
    pub process: ProcessId,
    /// Its number.
    pub pid: u32,
    /// Its parent, which is followed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub creator: Option<ProcessId>,
    /// Its parent's number.
    pub parent: u32,
    /// The name of what is in the way, which stays as it is.
    pub reason: String,
    /// The same in words.
    pub words: String,
    /// The kernel's short name for the process.
    pub name: String,
    /// Its arguments, the zeroth too; none if they cannot be read.
    pub arguments: Vec<String>,
}

/// How a process came to be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// forktop started it.
    Started,
    /// It was running already.
    Seized,
    /// By fork(2).
    Forked,
    /// By vfork(2) or posix_spawn(3).
    Vforked,
    /// By clone(2), with another signal at its end than SIGCHLD.
    Cloned,
    /// By a clone that kept it from being traced (`CLONE_UNTRACED`), and was found out.
    Untraced,
    /// By forktop, as a copy of its creator, which keeps a shell from that.
    Keeper,
    /// By forktop, as a copy of its creator, which has become a shell.
    Shell,
}

impl Origin {
    /// Whether forktop made it, to visit another.
    #[must_use]
    pub const fn is_visitor(self) -> bool {
        matches!(self, Self::Keeper | Self::Shell)
    }
}

/// A program was executed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// By which process.
    pub process: ProcessId,
    /// The thread that did it, if it was not the leader; it has the leader's number since.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub former_tid: Option<u32>,
    /// The program's file; of a script its interpreter. Nothing if it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub program: Option<String>,
    /// The kernel's short name for the process.
    pub name: String,
    /// Its arguments, the zeroth too.
    pub arguments: Vec<String>,
    /// Its current directory.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub directory: Option<String>,
    /// What differs from the environment that the process had: its creator's, or that of its exec before. Nothing if it
    /// cannot be read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub environment: Option<EnvironmentChange>,
    /// What it may do, where that differs from what it could before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub essentials: Option<Arc<Essentials>>,
    /// What the program's file would have given, if the process were not traced.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub taken_away: Option<TakenAway>,
}

/// What an exec under an ordinary user's tracer does not give (execve(2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TakenAway {
    /// The user of its file (set-user-ID).
    User(u32),
    /// The group of its file (set-group-ID).
    Group(u32),
    /// The capabilities of its file.
    Capabilities,
}

/// On which occasion a change was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Noticed {
    /// When it made a child.
    Creation,
    /// When it ended.
    End,
    /// When it was looked at.
    Look,
    /// Soon after its birth or an exec of it, when forktop looks by itself.
    Glance,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// With this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// By this signal, leaving a core dump.
    Core(i32),
}

/// Where forktop holds a process still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FrozenAt {
    /// Wherever it was, on request.
    Request,
    /// Before its first instruction.
    Birth,
    /// Before its program's first instruction.
    Exec,
    /// About to end.
    Exit,
    /// Where it was seen to be allowed something else than before.
    Change,
}
