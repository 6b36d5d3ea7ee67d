//! What a process has open.
use serde::{Deserialize, Serialize};
use std::fmt;
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
        #[serde(with = "crate::written")]
        path: PathBuf,
        /// Whether it has no name any more.
        deleted: bool,
    },
    /// A device file.
    Device {
        /// Its path.
        #[serde(with = "crate::written")]
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
        #[serde(
            with = "crate::written",
            skip_serializing_if = "Option::is_none",
            default
        )]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Socket {
    /// Unique in the system.
    pub inode: u64,
    /// The network namespace in whose table it is; none where no table that can be read lists it. It need not be the
    /// process's own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub network: Option<u64>,
    /// `tcp`, `tcp6`, `udp`, `unix`, `netlink`, …; of a socket that no table lists what the kernel calls it, in lower case.
    pub protocol: Option<String>,
    /// `listen`, `established`, `closed`, `time-wait`, …; `unconnected` of a socket without connections.
    pub state: Option<String>,
    /// Its own address: `127.0.0.1:80`, a path, `@abstract`; of a netlink socket its family and port, `route:1234`; of a
    /// packet socket its protocol and interface, `0003:2`.
    pub local: Option<String>,
    /// The other end's address.
    pub remote: Option<String>,
    /// The other end's inode: of a connected AF_UNIX socket, where the kernel tells; of a TCP or UDP socket, where the other
    /// end is in the same network namespace.
    pub peer: Option<u64>,
}

/// `3: pipe 1234 (write)`
impl fmt::Display for Descriptor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            number,
            object,
            access,
            ..
        } = self;
        let close = if self.close_on_exec {
            ", closed by exec"
        } else {
            ""
        };
        write!(formatter, "{number}: {object} ({}{close})", access.name())
    }
}

impl Access {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::ReadWrite => "read and write",
            Self::Path => "path",
            Self::Unknown => "unknown access",
        }
    }
}

/// `/etc/passwd`, `pipe 1234`, `tcp 127.0.0.1:80 listen`, …
impl fmt::Display for Object {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File {
                path,
                deleted: true,
            } => write!(formatter, "{} (deleted)", path.display()),
            Self::File { path, .. } => path.display().fmt(formatter),
            Self::Device {
                path,
                block,
                major,
                minor,
            } => {
                let kind = if *block { "block" } else { "character" };
                write!(
                    formatter,
                    "{} ({kind} device {major}:{minor})",
                    path.display()
                )
            }
            Self::Pipe { inode, path: None } => write!(formatter, "pipe {inode}"),
            Self::Pipe {
                path: Some(path), ..
            } => write!(formatter, "fifo {}", path.display()),
            Self::Socket(socket) => socket.fmt(formatter),
            Self::Memory { name } => write!(formatter, "memory {name}"),
            Self::Anonymous {
                name,
                process: Some(process),
            } => write!(formatter, "{name} of {process}"),
            Self::Anonymous { name, .. } => formatter.write_str(name),
            Self::Namespace { name, inode } => write!(formatter, "{name} namespace {inode}"),
            Self::Unreadable => formatter.write_str("unreadable"),
        }
    }
}

/// `tcp 127.0.0.1:80 → 127.0.0.1:4000 established`, or `socket 1234` where no more is known.
impl fmt::Display for Socket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(protocol) = &self.protocol else {
            return write!(formatter, "socket {}", self.inode);
        };
        formatter.write_str(protocol)?;
        if let Some(local) = &self.local {
            write!(formatter, " {local}")?;
        }
        if let Some(remote) = &self.remote {
            write!(formatter, " → {remote}")?;
        }
        match &self.state {
            Some(state) => write!(formatter, " {state}"),
            None => Ok(()),
        }
    }
}
