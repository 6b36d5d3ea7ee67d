//! The namespaces that a process is in (namespaces(7)).
use crate::Seen;
use serde::{Deserialize, Serialize};

/// A kind of namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NamespaceKind {
    /// Ids and capabilities.
    User,
    /// Mounts.
    Mount,
    /// Process numbers.
    Pid,
    /// The network.
    Network,
    /// System V objects and message queues.
    Ipc,
    /// Host and domain name.
    Uts,
    /// The root of control groups.
    Cgroup,
    /// The clocks since boot.
    Time,
}

impl NamespaceKind {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::User,
        Self::Mount,
        Self::Pid,
        Self::Network,
        Self::Ipc,
        Self::Uts,
        Self::Cgroup,
        Self::Time,
    ];

    /// The kernel's name, that of the link in `/proc/PID/ns`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Mount => "mnt",
            Self::Pid => "pid",
            Self::Network => "net",
            Self::Ipc => "ipc",
            Self::Uts => "uts",
            Self::Cgroup => "cgroup",
            Self::Time => "time",
        }
    }

    /// What it is of, in a word for a sentence: `mount`, `host name`, `clock`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Mount => "mount",
            Self::Pid => "pid",
            Self::Network => "network",
            Self::Ipc => "ipc",
            Self::Uts => "host name",
            Self::Cgroup => "cgroup",
            Self::Time => "clock",
        }
    }
}

/// The namespaces that a thread is in, each by its inode number, by which the kernel tells them apart as long as they are
/// there: the number of one that is gone may soon be another's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Namespaces {
    /// In the order of [`NamespaceKind::ALL`].
    pub own: [Seen<u64>; 8],
    /// That of its next children, where it differs; unreadable ([`Absent`](crate::Why::Absent)) as long as a new one has
    /// no process.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pid_for_children: Option<Seen<u64>>,
    /// That of its next children, where it differs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub time_for_children: Option<Seen<u64>>,
}

impl Namespaces {
    /// The one of this kind.
    #[expect(
        clippy::indexing_slicing,
        reason = "there is one of each kind, in the order of the kinds"
    )]
    pub const fn of(&self, kind: NamespaceKind) -> &Seen<u64> {
        &self.own[kind as usize]
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "there is one of each kind, in the order of the kinds"
    )]
    pub(crate) const fn of_mut(&mut self, kind: NamespaceKind) -> &mut Seen<u64> {
        &mut self.own[kind as usize]
    }

    /// The one that the next children will be in.
    pub fn for_children(&self, kind: NamespaceKind) -> Seen<u64> {
        let other = match kind {
            NamespaceKind::Pid => self.pid_for_children,
            NamespaceKind::Time => self.time_for_children,
            _ => None,
        };
        other.unwrap_or(*self.of(kind))
    }
}

/// To whom a namespace belongs (ioctl_ns(2)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamespaceOwner {
    /// The user namespace that owns it; for a user namespace its parent. Unreadable if it is not below the reader's.
    pub user_namespace: Seen<u64>,
    /// The owner of that user namespace, as a number of the reader's.
    pub uid: Seen<u32>,
}
