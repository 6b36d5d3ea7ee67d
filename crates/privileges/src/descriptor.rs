//! What a process has open.
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// An open file descriptor.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Descriptor {
    /// Its number.
    pub number: u32,
    /// What is open.
    pub object: Object,
    /// For what it is open.
    pub access: Access,
    /// Whether an exec closes it.
    pub close_on_exec: bool,
}

/// For what something is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// `O_RDONLY`
    Read,
    /// `O_WRONLY`
    Write,
    /// `O_RDWR`
    ReadWrite,
    /// `O_PATH`: only as a place.
    Path,
    /// The kernel would not tell.
    Unknown,
}

/// What a descriptor is open on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Object {
    /// A file or folder, by its path as the process's mounts have it.
    File {
        /// ` (deleted)` is not part of it.
        path: PathBuf,
        /// Whether it has no name any more.
        deleted: bool,
    },
    /// A device file.
    Device {
        /// Its path.
        path: PathBuf,
        /// Whether it is a block device.
        block: bool,
        /// Its major number.
        major: u32,
        /// Its minor number.
        minor: u32,
    },
    /// A pipe, or a FIFO.
    Pipe {
        /// The same for both ends.
        inode: u64,
        /// The path of a FIFO.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        path: Option<PathBuf>,
    },
    /// A socket.
    Socket(Socket),
    /// Memory with a descriptor (memfd_create(2)).
    Memory {
        /// The name that its maker gave.
        name: String,
    },
    /// An object of the kernel's without a name in any file system: `eventpoll`, `pidfd`, `bpf-map`, …
    Anonymous {
        /// As the kernel names it.
        name: String,
        /// The process that a pidfd is of, as the reader's number.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        process: Option<u32>,
    },
    /// A namespace.
    Namespace {
        /// The kind, as the kernel names it.
        name: String,
        /// By which the kernel tells it apart.
        inode: u64,
    },
    /// The kernel would not tell.
    Unreadable,
}

/// A socket.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Socket {
    /// Unique in the system.
    pub inode: u64,
    /// `tcp`, `tcp6`, `udp`, `unix`, `netlink`, …; none where no table that we can read lists it.
    pub protocol: Option<String>,
    /// `listen`, `established`, …, as ss(8) has them in lower case.
    pub state: Option<String>,
    /// Its own address: `127.0.0.1:80`, a path, `@abstract`.
    pub local: Option<String>,
    /// The other end's address.
    pub remote: Option<String>,
    /// The other end's inode, of a connected AF_UNIX socket, where the kernel tells.
    pub peer: Option<u64>,
}
