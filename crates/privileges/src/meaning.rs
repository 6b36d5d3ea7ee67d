//! What each capability lets a process do, for those who do not know them.
use crate::{CapabilitySet, capability_name};

/// By the kernel's numbers, to stand after "may".
const MEANINGS: [&str; 41] = [
    "change the owner of any file",
    "read, write and execute any file, whatever its permissions",
    "read any file and search any folder",
    "change the permissions and times of any file",
    "keep set-user-ID and set-group-ID bits of files that it changes",
    "send signals to any process",
    "become any group",
    "become any user, root too",
    "hand on capabilities, and take them out of its bounding set",
    "make files immutable, and undo that",
    "bind ports below 1024",
    "send to everybody on a network",
    "configure the network: interfaces, routes, firewall",
    "send and receive raw packets",
    "keep any amount of memory from being swapped out",
    "use the System V objects of everybody",
    "load modules into the kernel",
    "reach the hardware: ports, memory, disks",
    "change its root directory",
    "read and control any process",
    "switch the accounting of processes",
    "mount, enter namespaces, and most else that root may",
    "restart the machine, and load another kernel",
    "raise priorities, also those of others",
    "go beyond limits and quotas",
    "set the clock",
    "configure terminals, and hang them up",
    "make device files",
    "be told before others open any file",
    "write to the audit log",
    "configure auditing",
    "give capabilities to files",
    "pass over mandatory access control",
    "configure mandatory access control",
    "read and clear the kernel's log",
    "wake the machine at a time",
    "keep the machine awake",
    "read the audit log",
    "measure and observe all processes",
    "load BPF programs into the kernel",
    "choose process numbers, and restore processes",
];

/// What a capability lets a process do, and its name: `bind ports below 1024 (CAP_NET_BIND_SERVICE)`.
pub fn capability_meaning(number: u32) -> String {
    let name = capability_name(number);
    match MEANINGS.get(number as usize) {
        Some(meaning) => format!("{meaning} ({name})"),
        None => format!("something that is not known here ({name})"),
    }
}

impl CapabilitySet {
    /// Its names by what is shorter: `none`, `all 41`, `all but CAP_CHOWN`, or each of them.
    pub fn summary(self) -> String {
        self.in_short(|_, missing| format!("all but {missing}"))
    }

    /// Its names where it was lost or gained: `all but CAP_CHOWN` would read as if that were left, though nobody had it.
    pub(crate) fn difference_summary(self) -> String {
        self.in_short(|count, missing| format!("{count}, {missing} not among them"))
    }

    /// Its names, or, where few are missing, what `without` says with how many there are and the names of those few.
    fn in_short(self, without: impl FnOnce(usize, &str) -> String) -> String {
        /// So few that are missing are named instead.
        const FEW: usize = 10;
        let names = |set: Self| {
            set.iter()
                .map(capability_name)
                .collect::<Vec<_>>()
                .join(" ")
        };
        let missing = Self::ALL - self;
        match (self.len(), missing.len()) {
            (0, _) => "none".to_owned(),
            (count, 0) => format!("all {count}"),
            (count, 1..=FEW) => without(count, &names(missing)),
            _ => names(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_capability_has_a_meaning() {
        assert_eq!(MEANINGS.len(), CapabilitySet::ALL.len());
        assert_eq!(
            capability_meaning(10),
            "bind ports below 1024 (CAP_NET_BIND_SERVICE)"
        );
        assert_eq!(
            capability_meaning(63),
            "something that is not known here (CAP_63)"
        );
    }

    #[test]
    fn a_set_is_named_by_what_is_shorter() {
        for (set, summary) in [
            (0, "none"),
            (0x1ff_ffff_ffff, "all 41"),
            (0x1ff_ffff_fffe, "all but CAP_CHOWN"),
            (1 << 10 | 1 << 63, "CAP_NET_BIND_SERVICE CAP_63"),
        ] {
            assert_eq!(CapabilitySet(set).summary(), summary);
        }
    }

    #[test]
    fn of_a_set_that_was_lost_nothing_reads_as_if_it_were_left() {
        for (set, summary) in [
            (0x1ff_ffff_ffff, "all 41"),
            (0x1ff_ffff_fffe, "40, CAP_CHOWN not among them"),
            (1 << 10, "CAP_NET_BIND_SERVICE"),
        ] {
            assert_eq!(CapabilitySet(set).difference_summary(), summary);
        }
    }
}
