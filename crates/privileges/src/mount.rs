//! The mount table of a process (proc_pid_mountinfo(5)).
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// A line of `/proc/PID/mountinfo`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mount {
    /// Its number, unique as long as it is there.
    pub id: u64,
    /// That of the mount on which it lies.
    pub parent: u64,
    /// The device, as `major:minor`.
    pub device: String,
    /// What of the file system is mounted.
    #[serde(with = "crate::written")]
    pub root: PathBuf,
    /// Where, as the process sees it.
    #[serde(with = "crate::written")]
    pub point: PathBuf,
    /// Options of this mount: `ro`, `nosuid`, …
    pub options: Vec<String>,
    /// How it propagates: `shared:1`, `master:2`, …; none is private.
    pub propagation: Vec<String>,
    /// The type of file system.
    pub file_system: String,
    /// What is mounted, as the file system names it.
    pub source: String,
    /// Options of the file system.
    pub super_options: Vec<String>,
}

/// `/tmp (tmpfs, rw,nosuid)`
impl fmt::Display for Mount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (point, options) = (self.point.display(), self.options.join(","));
        write!(formatter, "{point} ({}, {options})", self.file_system)
    }
}
