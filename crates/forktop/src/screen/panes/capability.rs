//! The capabilities (capabilities(7)), each in a few words for those who do not know them.
use privileges::{Capabilities, CapabilitySet};

/// Each one's name, and what it lets a process do ("may …"), by the kernel's numbers.
const CAPABILITIES: [(&str, &str); 41] = [
    ("CAP_CHOWN", "change the owner of any file"),
    (
        "CAP_DAC_OVERRIDE",
        "read, write and execute any file, whatever its permissions",
    ),
    ("CAP_DAC_READ_SEARCH", "read any file and search any folder"),
    ("CAP_FOWNER", "change the permissions and times of any file"),
    (
        "CAP_FSETID",
        "keep set-user-ID and set-group-ID bits of files that it changes",
    ),
    ("CAP_KILL", "send signals to any process"),
    ("CAP_SETGID", "become any group"),
    ("CAP_SETUID", "become any user, root too"),
    (
        "CAP_SETPCAP",
        "hand on capabilities, and take them out of its bounding set",
    ),
    ("CAP_LINUX_IMMUTABLE", "make files immutable, and undo that"),
    ("CAP_NET_BIND_SERVICE", "bind ports below 1024"),
    ("CAP_NET_BROADCAST", "send to everybody on a network"),
    (
        "CAP_NET_ADMIN",
        "configure the network: interfaces, routes, firewall",
    ),
    ("CAP_NET_RAW", "send and receive raw packets"),
    (
        "CAP_IPC_LOCK",
        "keep any amount of memory from being swapped out",
    ),
    ("CAP_IPC_OWNER", "use the System V objects of everybody"),
    ("CAP_SYS_MODULE", "load modules into the kernel"),
    ("CAP_SYS_RAWIO", "reach the hardware: ports, memory, disks"),
    ("CAP_SYS_CHROOT", "change its root directory"),
    ("CAP_SYS_PTRACE", "read and control any process"),
    ("CAP_SYS_PACCT", "switch the accounting of processes"),
    (
        "CAP_SYS_ADMIN",
        "mount, enter namespaces, and most else that root may",
    ),
    (
        "CAP_SYS_BOOT",
        "restart the machine, and load another kernel",
    ),
    ("CAP_SYS_NICE", "raise priorities, also those of others"),
    ("CAP_SYS_RESOURCE", "go beyond limits and quotas"),
    ("CAP_SYS_TIME", "set the clock"),
    (
        "CAP_SYS_TTY_CONFIG",
        "configure terminals, and hang them up",
    ),
    ("CAP_MKNOD", "make device files"),
    ("CAP_LEASE", "be told before others open any file"),
    ("CAP_AUDIT_WRITE", "write to the audit log"),
    ("CAP_AUDIT_CONTROL", "configure auditing"),
    ("CAP_SETFCAP", "give capabilities to files"),
    ("CAP_MAC_OVERRIDE", "pass over mandatory access control"),
    ("CAP_MAC_ADMIN", "configure mandatory access control"),
    ("CAP_SYSLOG", "read and clear the kernel's log"),
    ("CAP_WAKE_ALARM", "wake the machine at a time"),
    ("CAP_BLOCK_SUSPEND", "keep the machine awake"),
    ("CAP_AUDIT_READ", "read the audit log"),
    ("CAP_PERFMON", "measure and observe all processes"),
    ("CAP_BPF", "load BPF programs into the kernel"),
    (
        "CAP_CHECKPOINT_RESTORE",
        "choose process numbers, and restore processes",
    ),
];

/// A capability, by the kernel's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Capability(pub u8);

impl Capability {
    /// As the kernel names it.
    pub fn name(self) -> String {
        match CAPABILITIES.get(usize::from(self.0)) {
            Some((name, _)) => (*name).to_owned(),
            None => format!("capability {}", self.0),
        }
    }

    /// What it lets a process do, and its name.
    pub fn words(self) -> String {
        match CAPABILITIES.get(usize::from(self.0)) {
            Some((name, words)) => format!("{words} ({name})"),
            None => format!(
                "something that this forktop does not know ({})",
                self.name()
            ),
        }
    }
}

/// Those of a set.
pub fn members(set: CapabilitySet) -> impl Iterator<Item = Capability> {
    (0..64)
        .filter(move |number| set.0 >> number & 1 == 1)
        .map(Capability)
}

/// Those that a set lacks.
pub fn missing(set: CapabilitySet) -> impl Iterator<Item = Capability> {
    (0..41)
        .filter(move |number| set.0 >> number & 1 == 0)
        .map(Capability)
}

/// Names in a row: `none`, `all 41`, `all but …` or all of the names.
pub fn names(of: &[Capability]) -> String {
    let set = CapabilitySet(
        of.iter()
            .map(|capability| 1_u64 << (capability.0 & 63))
            .sum(),
    );
    let join = |of: &[Capability]| {
        of.iter()
            .map(|one| one.name())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let missing: Vec<_> = missing(set).collect();
    match (of.len(), missing.len()) {
        (0, _) => "none".to_owned(),
        (count, 0) => format!("all {count}"),
        (_, 1..=10) => format!("all but {}", join(&missing)),
        _ => join(of),
    }
}

/// The names of a set in a row.
pub fn names_of(set: CapabilitySet) -> String {
    names(&members(set).collect::<Vec<_>>())
}

/// One of the five sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Set {
    /// What counts now.
    Effective,
    /// What may be made effective.
    Permitted,
    /// Kept over an exec of a program whose file has them inheritable.
    Inheritable,
    /// Kept over an exec of an ordinary program.
    Ambient,
    /// What an exec may give at most.
    Bounding,
}

impl Set {
    /// All five.
    pub const ALL: [Self; 5] = [
        Self::Effective,
        Self::Permitted,
        Self::Inheritable,
        Self::Ambient,
        Self::Bounding,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Effective => "effective",
            Self::Permitted => "permitted",
            Self::Inheritable => "inheritable",
            Self::Ambient => "ambient",
            Self::Bounding => "bounding",
        }
    }

    /// That of a thread.
    pub const fn of(self, capabilities: &Capabilities) -> CapabilitySet {
        match self {
            Self::Effective => capabilities.effective,
            Self::Permitted => capabilities.permitted,
            Self::Inheritable => capabilities.inheritable,
            Self::Ambient => capabilities.ambient,
            Self::Bounding => capabilities.bounding,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_named_by_what_is_shorter() {
        let names = |set| names(&members(CapabilitySet(set)).collect::<Vec<_>>());
        assert_eq!(names(0), "none");
        assert_eq!(names(0x1ff_ffff_ffff), "all 41");
        assert_eq!(names(0x1ff_ffff_fffe), "all but CAP_CHOWN");
        assert_eq!(
            names(1 << 10 | 1 << 63),
            "CAP_NET_BIND_SERVICE capability 63"
        );
    }
}
