//! How a child ended, and what it used.
use std::time::Duration;

/// A child's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How.
    pub how: How,
    /// What it and the children that it waited for used.
    pub usage: Usage,
}

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// By itself, with this code, 0 to 255.
    Exited(i32),
    /// By a signal.
    Killed {
        /// Its number.
        signal: i32,
        /// Whether a core file was written.
        core: bool,
    },
}

/// Resource use (getrusage(2)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time of its own.
    pub user: Duration,
    /// Processor time of the kernel for it.
    pub system: Duration,
    /// The most memory that it had at one time, in bytes; of several processes, that of the largest. Memory that it had
    /// before an exec counts: a child of a large parent has been large.
    pub max_resident: u64,
    /// Page faults that needed no I/O.
    pub minor_faults: u64,
    /// Page faults that did.
    pub major_faults: u64,
    /// Times that it waited.
    pub voluntary_switches: u64,
    /// Times that it was made to wait.
    pub involuntary_switches: u64,
}

impl From<&libc::rusage> for Usage {
    fn from(usage: &libc::rusage) -> Self {
        let count = |number: libc::c_long| u64::try_from(number).unwrap_or(0);
        let time = |time: libc::timeval| {
            Duration::from_secs(count(time.tv_sec)) + Duration::from_micros(count(time.tv_usec))
        };
        Self {
            user: time(usage.ru_utime),
            system: time(usage.ru_stime),
            max_resident: count(usage.ru_maxrss) * 1024,
            minor_faults: count(usage.ru_minflt),
            major_faults: count(usage.ru_majflt),
            voluntary_switches: count(usage.ru_nvcsw),
            involuntary_switches: count(usage.ru_nivcsw),
        }
    }
}
