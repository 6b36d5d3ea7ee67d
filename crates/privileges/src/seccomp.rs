//! Whether and how system calls are filtered (seccomp(2)).
use serde::{Deserialize, Serialize};

/// How a thread's system calls are filtered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seccomp {
    /// In which way.
    pub mode: SeccompMode,
    /// By how many filters; `None` on a kernel that does not tell (before 5.9).
    pub filters: Option<u32>,
}

/// `Seccomp:` of `/proc/PID/status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeccompMode {
    /// Not at all.
    Off,
    /// Only read, write, _exit and sigreturn.
    Strict,
    /// By programs.
    Filter,
}

impl SeccompMode {
    /// In a word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Strict => "strict",
            Self::Filter => "filter",
        }
    }
}
