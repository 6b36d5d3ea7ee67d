//! An application with every parameter bound: no template is left, every path is absolute and without `..`, every
//! value is within its bounds. It is what the plan is made from. Nothing here has been looked up on the host yet.
mod network;
mod trusting;

pub(crate) use network::masked;
pub use network::{
    HostSocket, HostSocketKind, Hosts, Listen, ListenAddress, Network, PortRange, Reach, Serve,
    Transport, UnixKind,
};
pub(crate) use trusting::all_must_be_named;
pub use trusting::must_be_named;

use crate::raw::PathKind;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// What one specification describes, bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// In the order of their names.
    pub entrypoints: BTreeMap<String, Entrypoint>,
}

/// A named process of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entrypoint {
    /// The host path of the program.
    pub program: HostPath,
    /// What the program sees as its own name.
    pub argv0: OsString,
    /// The arguments after `argv0`.
    pub args: Vec<OsString>,
    /// The whole environment.
    pub environment: BTreeMap<String, OsString>,
    /// File grants by their path in the void; parents sort before children.
    pub files: BTreeMap<PathBuf, FileGrant>,
    /// Whether the program's libraries are granted with it.
    pub libraries: Libraries,
    /// Descriptors beyond the standard streams, in the order of their numbers: from 3, those that listen first.
    pub descriptors: Vec<Descriptor>,
    /// Descriptor 0.
    pub stdin: Stream,
    /// Descriptor 1.
    pub stdout: Stream,
    /// Descriptor 2.
    pub stderr: Stream,
    /// What it may do with networks.
    pub network: Network,
    /// The working directory, a path in the void.
    pub directory: PathBuf,
    /// The host name seen inside.
    pub hostname: String,
    /// The file mode creation mask, at most `0o777`.
    pub umask: u32,
    /// The ids seen inside.
    pub identity: Identity,
    /// Capabilities kept, by their kernel names, such as `CAP_CHOWN`.
    pub capabilities: BTreeSet<String>,
    /// System calls that the default filter refuses and this entrypoint may make, by their kernel names.
    pub syscalls: BTreeSet<String>,
    /// Bounds on what it may use.
    pub limits: Limits,
    /// Whether pid 1 of the void is ours, and the program pid 2.
    pub init: bool,
    /// Whether it is started again when it ends.
    pub restart: Restart,
}

/// A path of the host. Symlinks in it are the launcher's, as far as no parameter bounds them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostPath {
    /// The path, absolute and without `..`.
    pub path: PathBuf,
    /// What the parameter that it begins with demands of it, if it does demand something.
    pub bound: Option<PathBound>,
}

impl From<PathBuf> for HostPath {
    /// A path without bounds.
    fn from(path: PathBuf) -> Self {
        Self { path, bound: None }
    }
}

/// What a parameter demands of a path that begins with it. By its text the path obeys; whoever opens it sees to the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathBound {
    /// The parameter's name.
    pub parameter: String,
    /// The folder beneath which it must lie, whatever symlinks are there. The folder itself will do.
    pub beneath: Option<PathBuf>,
    /// What must be there.
    pub kind: PathKind,
}

/// Something of a file system, at a path in the void.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileGrant {
    /// A file or folder of the host.
    Host {
        /// Where it is.
        path: HostPath,
        /// What may be done with it.
        access: Access,
        /// Whether it may be absent.
        optional: bool,
    },
    /// An empty file system in memory.
    Tmpfs {
        /// The most it may hold, in bytes.
        size: u64,
    },
    /// A read-only file with this content.
    Content(Vec<u8>),
    /// A symbolic link, resolved within the void.
    Symlink(PathBuf),
    /// The void's own process file system.
    Proc,
    /// A folder with these devices.
    Devices(BTreeSet<Device>),
}

/// What may be done with a file or folder of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// `r`
    Read,
    /// `rx`
    ReadExecute,
    /// `rw`
    ReadWrite,
    /// `rwx`
    ReadWriteExecute,
}

impl Access {
    /// Whether contents may change.
    pub const fn writes(self) -> bool {
        matches!(self, Self::ReadWrite | Self::ReadWriteExecute)
    }

    /// Whether programs may be executed from it.
    pub const fn executes(self) -> bool {
        matches!(self, Self::ReadExecute | Self::ReadWriteExecute)
    }
}

/// A device that a void may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Device {
    /// `full`: always out of space
    Full,
    /// `null`
    Null,
    /// `pts`: pseudo-terminals of the void's own, with `ptmx`
    Pts,
    /// `random`
    Random,
    /// `tty`: the process's own controlling terminal
    Tty,
    /// `urandom`
    Urandom,
    /// `zero`
    Zero,
}

impl Device {
    /// Its name in the folder of devices.
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

/// Whether the program's libraries are granted with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Libraries {
    /// The dynamic loader and all that the program's headers need.
    Auto,
    /// Only what `files` lists.
    None,
}

/// A descriptor beyond the standard streams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// Its name in the specification, `NAME` of `${fd.NAME}`.
    pub name: String,
    /// Its number in the program, from 3.
    pub number: u16,
    /// What it is.
    pub grant: DescriptorGrant,
}

/// What a descriptor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DescriptorGrant {
    /// A file of the host, opened for the program.
    Open {
        /// Where it is.
        path: HostPath,
        /// How it is opened.
        access: OpenAccess,
    },
    /// A socket of the launcher's network that listens.
    Listen(Listen),
}

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenAccess {
    /// `r`
    Read,
    /// `w`: created or truncated
    Write,
    /// `rw`
    ReadWrite,
    /// `a`: created; what is there stays
    Append,
}

/// A standard stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stream {
    /// The null device.
    Null,
    /// The launcher's own.
    Inherit,
    /// A descriptor of its own.
    Grant(DescriptorGrant),
}

/// The ids seen inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

/// Bounds on what an entrypoint may use; what is `None` is bounded by the launcher's own limits alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory, of all its processes.
    pub memory: Option<u64>,
    /// Processes and threads at one time.
    pub processes: Option<u64>,
    /// Open descriptors of each process.
    pub open_files: Option<u64>,
    /// Processor time of each process.
    pub cpu: Option<Duration>,
    /// Time from start to end.
    pub wall: Option<Duration>,
    /// Bytes of the largest file it may write.
    pub file_size: Option<u64>,
    /// Voids of it at one time.
    pub instances: Option<u64>,
}

/// Whether an entrypoint is started again when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// Never.
    Never,
    /// When it ends with anything but 0.
    OnFailure(Backoff),
}

/// How long to wait before starting again: `first`, then twice as long each time, `most` at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The first wait.
    pub first: Duration,
    /// The longest wait.
    pub most: Duration,
    /// How often it is started again before that counts as its end; `None` is without end.
    pub attempts: Option<u32>,
}
