//! A void as it is asked for.
use crate::host::HostPath;
use crate::network::Network;
use kernel::Capabilities;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;

/// One process that can reach nothing but what is listed here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Void {
    /// The program's path, which must be the path of something executable among `files`.
    pub program: PathBuf,
    /// Its arguments, the first of which is its name for itself.
    pub arguments: Vec<OsString>,
    /// Its environment, as `NAME=value`.
    pub environment: Vec<OsString>,
    /// What is at which path, the program included; parents sort before children.
    pub files: BTreeMap<PathBuf, Grant>,
    /// Its descriptors; the first three are the standard streams.
    pub descriptors: Vec<Source>,
    /// What it may do with networks.
    pub network: Network,
    /// Its working directory.
    pub directory: PathBuf,
    /// Its host name.
    pub hostname: String,
    /// Its file mode creation mask.
    pub umask: u32,
    /// The ids seen inside.
    pub inside: Identity,
    /// The ids of the launcher, which it has on the host.
    pub launcher: Identity,
    /// The capabilities, over its own namespaces, that it keeps.
    pub capabilities: Capabilities,
    /// The system calls that it may make beyond the default.
    pub syscalls: BTreeSet<String>,
    /// What it may use.
    pub limits: Limits,
    /// Whether pid 1 is ours.
    pub init: bool,
}

/// A user and a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user's number.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
}

/// Something of a file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// A file or folder of the host.
    Host {
        /// Where it is.
        path: HostPath,
        /// What may be done with it.
        access: Access,
        /// Whether it may be absent.
        optional: bool,
        /// Whether places for grants beneath it are made in a layer over it. Its own mounts are then attached anew: they
        /// must be among the grants.
        layered: bool,
    },
    /// An empty file system in memory, of so many bytes.
    Tmpfs(u64),
    /// An empty, read-only folder, for other grants to lie in.
    Folder,
    /// A read-only file with this content.
    Content(Vec<u8>),
    /// A read-only file with this content, which the shim changes meanwhile: it gets the file with the void's calls, so
    /// there is one at most, in a void whose network needs a broker. Its length stays.
    Updated(Vec<u8>),
    /// A symlink.
    Symlink(PathBuf),
    /// The void's own process file system.
    Proc,
    /// A folder with these devices.
    Devices(BTreeSet<Device>),
}

/// What may be done with something of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Its content may be changed.
    pub write: bool,
    /// It may be executed.
    pub execute: bool,
}

/// A device that can be granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Device {
    /// `full`
    Full,
    /// `null`
    Null,
    /// `pts` and `ptmx`, pseudo-terminals of the void's own
    Pts,
    /// `random`
    Random,
    /// `tty`
    Tty,
    /// `urandom`
    Urandom,
    /// `zero`
    Zero,
}

impl Device {
    /// Its name below `/dev`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Null => "null",
            Self::Pts => "pts",
            Self::Random => "random",
            Self::Tty => "tty",
            Self::Urandom => "urandom",
            Self::Zero => "zero",
        }
    }
}

/// Where a descriptor comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The null device.
    Null,
    /// A file of the host, to read and to do nothing else with.
    Read(HostPath),
    /// The next of those that are given when the void is prepared.
    Given,
}

/// Bounds that every process of the void has. `None` leaves the launcher's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Processes and threads, pid 1 not counted.
    pub processes: Option<u64>,
    /// Open descriptors of each process.
    pub open_files: Option<u64>,
    /// The same until it asks for more, where that is less than whoever launches it may have.
    pub usual_open_files: Option<u64>,
    /// Seconds of processor time of each process.
    pub cpu_seconds: Option<u64>,
    /// Bytes of the largest file.
    pub file_size: Option<u64>,
}
