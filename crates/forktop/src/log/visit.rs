//! Visits to a process: a shell in a copy of it, or calls that are tried there.
use super::{Ending, ProcessId};
use serde::{Deserialize, Serialize};

/// A visit, as whoever asked for it numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VisitId(pub u32);

/// How a process was held, and that it is as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    /// For how long it stood still, in microseconds.
    pub held_us: u64,
    /// For how long of that its registers were not its own.
    pub lent_us: u64,
    /// What of it was different afterwards: nothing, if it has returned to normal.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub differs: Vec<String>,
    /// What of it was not compared: it could not be read, or there was so much that the process would have been held for long.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub uncompared: Vec<String>,
}

/// A shell is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entrance {
    /// Which visit.
    pub visit: VisitId,
    /// The process that it is a copy of.
    pub process: ProcessId,
    /// The copy that keeps the shell from the process.
    pub keeper: ProcessId,
    /// The shell.
    pub shell: ProcessId,
    /// What was executed.
    pub program: String,
    /// Whether the filters of the process are passed over in the shell.
    pub assisted: bool,
    /// How it was held.
    #[serde(flatten)]
    pub stay: Stay,
    /// What the shell lacks of what the process may do, in words.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub lacks: Vec<String>,
    /// What its filters will refuse the shell, or kill it for, in words.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub outlook: Vec<String>,
}

/// A visit is over, and nothing of it is left but what its stay says. Of one that was refused, as its copy came late, that is told
/// only if there is something left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departure {
    /// Which visit.
    pub visit: VisitId,
    /// The process that was visited.
    pub process: ProcessId,
    /// How the shell ended; nothing of a visit that had none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ending: Option<Ending>,
    /// How the process was held at the end; nothing if it had ended before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stay: Option<Stay>,
    /// Whether the call that was to take away what is left of the copy has not come back: that is waited for, as the registers of the
    /// process are not its own until then.
    #[serde(
        rename = "awaited",
        skip_serializing_if = "std::ops::Not::not",
        default
    )]
    pub is_awaited: bool,
}

/// A call that was tried in a copy of a process, and what the kernel answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// The call, as it was written.
    pub call: String,
    /// What came of it.
    #[serde(flatten)]
    pub answer: Answer,
}

/// The kernel's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    /// It is let.
    Done {
        /// What came of it, in words, where there is something to be said.
        #[serde(skip_serializing_if = "String::is_empty", default)]
        words: String,
    },
    /// It is refused.
    Refused {
        /// By which of its calls, where it is made of several.
        by: String,
        /// With which error, as errno(3) numbers it.
        errno: i32,
    },
    /// A filter killed the copy for it.
    Killed {
        /// With this signal.
        signal: i32,
    },
    /// A filter makes a signal of it (`SIGSYS`).
    Trapped,
    /// It was not answered in time.
    TimedOut,
    /// It could not be tried.
    Untried {
        /// Why.
        words: String,
    },
}
