//! Sets of capabilities, by the kernel's numbers and names (capabilities(7)).
use rustix::io::Errno;
use rustix::thread::{CapabilitySet, CapabilitySets};

/// The kernel's names, in the order of their numbers.
pub const CAPABILITY_NAMES: [&str; 41] = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
];

/// A set of capabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(u64);

impl Capabilities {
    /// No capability.
    pub const NONE: Self = Self(0);

    /// The set with the capability `name` added; nothing if the kernel has no such capability.
    #[must_use]
    pub fn with(self, name: &str) -> Option<Self> {
        let number = CAPABILITY_NAMES.iter().position(|&known| known == name)?;
        Some(Self(self.0 | 1 << number))
    }

    /// The numbers of the set's capabilities, ascending.
    pub fn numbers(self) -> impl Iterator<Item = u32> {
        (0..u64::BITS).filter(move |number| self.contains(*number))
    }

    /// The names of the set's capabilities, in the order of their numbers.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        CAPABILITY_NAMES
            .iter()
            .enumerate()
            .filter(move |(number, _)| self.0 >> number & 1 == 1)
            .map(|(_, name)| *name)
    }

    fn contains(self, number: u32) -> bool {
        self.0 >> number & 1 == 1
    }

    /// The calling thread's effective set.
    pub fn effective() -> Result<Self, Errno> {
        let sets = rustix::thread::capabilities(None)?;
        Ok(Self(sets.effective.bits()))
    }
}

/// Drops everything but `keep` from the bounding set (`PR_CAPBSET_DROP`), also what this kernel has and we have no
/// name for: `EINVAL` is where its capabilities end.
pub(crate) fn bound(keep: Capabilities) -> Result<(), Errno> {
    for number in (0..u64::BITS).filter(|number| !keep.contains(*number)) {
        // SAFETY: PR_CAPBSET_DROP takes integers only.
        let dropped = unsafe { libc::prctl(libc::PR_CAPBSET_DROP, u64::from(number), 0, 0, 0) };
        match crate::check::check(dropped.into()) {
            Ok(_) => {}
            Err(Errno::INVAL) => break,
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// Sets the permitted, effective and inheritable sets to `keep` (capset(2)).
pub(crate) fn hold(keep: Capabilities) -> Result<(), Errno> {
    let set = CapabilitySet::from_bits_retain(keep.0);
    rustix::thread::set_capabilities(
        None,
        CapabilitySets {
            effective: set,
            permitted: set,
            inheritable: set,
        },
    )
}

/// Makes no use of any capability until [`take_up`].
pub(crate) fn lay_down() -> Result<(), Errno> {
    let mut sets = rustix::thread::capabilities(None)?;
    sets.effective = CapabilitySet::empty();
    rustix::thread::set_capabilities(None, sets)
}

/// Makes use of all that it may again.
pub(crate) fn take_up() -> Result<(), Errno> {
    let mut sets = rustix::thread::capabilities(None)?;
    sets.effective = sets.permitted;
    rustix::thread::set_capabilities(None, sets)
}

/// Makes `keep` the ambient set (`PR_CAP_AMBIENT`), which is what survives an exec by anybody but uid 0.
pub(crate) fn surround(keep: Capabilities) -> Result<(), Errno> {
    rustix::thread::clear_ambient_capability_set()?;
    for number in keep.numbers() {
        // SAFETY: PR_CAP_AMBIENT takes integers only.
        let raised = unsafe {
            libc::prctl(
                libc::PR_CAP_AMBIENT,
                libc::PR_CAP_AMBIENT_RAISE,
                u64::from(number),
                0,
                0,
            )
        };
        crate::check::check(raised.into())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_names_what_was_added_in_the_kernels_order() {
        let set = Capabilities::NONE
            .with("CAP_SETUID")
            .and_then(|set| set.with("CAP_CHOWN"))
            .unwrap();
        assert_eq!(set.names().collect::<Vec<_>>(), ["CAP_CHOWN", "CAP_SETUID"]);
        assert_eq!(set.numbers().collect::<Vec<_>>(), [0, 7]);
        assert_eq!(set.with("CAP_FLY"), None);
    }
}
