//! Landlock (landlock(7)): the second wall around files, and the only one around TCP and signals.
//!
//! The rule set is made before the clone, at the best version that the kernel has; its rules are added between clone
//! and exec, to the very objects that were opened there; then the process restricts itself. That is why this is not the
//! `landlock` crate, whose builder allocates.
use crate::check::check;
use rustix::io::Errno;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

bitflags::bitflags! {
    /// What may be done beneath a path (`LANDLOCK_ACCESS_FS_*`).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct LandlockAccess: u64 {
        /// `LANDLOCK_ACCESS_FS_EXECUTE`
        const EXECUTE = 1;
        /// `LANDLOCK_ACCESS_FS_WRITE_FILE`
        const WRITE_FILE = 1 << 1;
        /// `LANDLOCK_ACCESS_FS_READ_FILE`
        const READ_FILE = 1 << 2;
        /// `LANDLOCK_ACCESS_FS_READ_DIR`
        const READ_DIR = 1 << 3;
        /// `LANDLOCK_ACCESS_FS_REMOVE_DIR`
        const REMOVE_DIR = 1 << 4;
        /// `LANDLOCK_ACCESS_FS_REMOVE_FILE`
        const REMOVE_FILE = 1 << 5;
        /// `LANDLOCK_ACCESS_FS_MAKE_CHAR`
        const MAKE_CHAR = 1 << 6;
        /// `LANDLOCK_ACCESS_FS_MAKE_DIR`
        const MAKE_DIR = 1 << 7;
        /// `LANDLOCK_ACCESS_FS_MAKE_REG`
        const MAKE_REG = 1 << 8;
        /// `LANDLOCK_ACCESS_FS_MAKE_SOCK`
        const MAKE_SOCK = 1 << 9;
        /// `LANDLOCK_ACCESS_FS_MAKE_FIFO`
        const MAKE_FIFO = 1 << 10;
        /// `LANDLOCK_ACCESS_FS_MAKE_BLOCK`
        const MAKE_BLOCK = 1 << 11;
        /// `LANDLOCK_ACCESS_FS_MAKE_SYM`
        const MAKE_SYM = 1 << 12;
        /// `LANDLOCK_ACCESS_FS_REFER`, from version 2
        const REFER = 1 << 13;
        /// `LANDLOCK_ACCESS_FS_TRUNCATE`, from version 3
        const TRUNCATE = 1 << 14;
        /// `LANDLOCK_ACCESS_FS_IOCTL_DEV`, from version 5
        const IOCTL_DEV = 1 << 15;
    }
}

impl LandlockAccess {
    /// What can be said of a file; the rest is about folders, and a rule with it on a file is refused.
    const OF_FILES: Self = Self::EXECUTE
        .union(Self::WRITE_FILE)
        .union(Self::READ_FILE)
        .union(Self::TRUNCATE)
        .union(Self::IOCTL_DEV);

    /// What the kernel's `version` knows.
    fn of_version(version: u32) -> Self {
        let all = Self::all();
        match version {
            0 => Self::empty(),
            1 => all - Self::REFER - Self::TRUNCATE - Self::IOCTL_DEV,
            2 => all - Self::TRUNCATE - Self::IOCTL_DEV,
            3 | 4 => all - Self::IOCTL_DEV,
            _ => all,
        }
    }
}

/// The kernel's `struct landlock_ruleset_attr` of version 6.
#[repr(C)]
struct RulesetAttributes {
    handled_access_fs: u64,
    handled_access_net: u64,
    scoped: u64,
}
const _: () = assert!(size_of::<RulesetAttributes>() == 24);

/// The kernel's `struct landlock_path_beneath_attr`.
#[repr(C, packed)]
struct PathBeneath {
    allowed_access: u64,
    parent_fd: i32,
}
const _: () = assert!(size_of::<PathBeneath>() == 12);

/// Why a rule set could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LandlockError {
    /// Built without it, or switched off at boot.
    #[error(
        "this kernel has no Landlock: it must be built in, and named in `lsm=` on the kernel's command line"
    )]
    Absent,
    /// The kernel refused.
    #[error("cannot make a Landlock rule set")]
    Refused(#[source] Errno),
}

/// A rule set that handles everything its kernel can, and allows nothing until rules are added.
#[derive(Debug)]
pub struct Landlock {
    ruleset: OwnedFd,
    handled: LandlockAccess,
}

impl Landlock {
    /// The version that this kernel has; 0 is none.
    pub fn version() -> u32 {
        const CREATE_RULESET_VERSION: u32 = 1;
        // SAFETY: with this flag the pointer must be null and is not read.
        let version = unsafe {
            libc::syscall(
                libc::SYS_landlock_create_ruleset,
                std::ptr::null::<u8>(),
                0usize,
                CREATE_RULESET_VERSION,
            )
        };
        u32::try_from(version).unwrap_or(0)
    }

    /// A rule set at the kernel's best version: every access to files, from version 4 TCP bind and connect, from
    /// version 6 abstract sockets and signals.
    pub fn new() -> Result<Self, LandlockError> {
        Self::handling(0b11)
    }

    /// A rule set that leaves TCP free.
    pub fn of_files() -> Result<Self, LandlockError> {
        Self::handling(0)
    }

    fn handling(tcp: u64) -> Result<Self, LandlockError> {
        let version = Self::version();
        let handled = LandlockAccess::of_version(version);
        let attributes = RulesetAttributes {
            handled_access_fs: handled.bits(),
            handled_access_net: if version >= 4 { tcp } else { 0 },
            scoped: if version >= 6 { 0b11 } else { 0 },
        };
        if version == 0 {
            return Err(LandlockError::Absent);
        }
        // SAFETY: `attributes` is live, of the size given, and only read. An older kernel accepts the longer structure
        // as long as what it does not know is zero, which the versions above see to.
        let fd = check(unsafe {
            libc::syscall(
                libc::SYS_landlock_create_ruleset,
                &raw const attributes,
                size_of_val(&attributes),
                0u32,
            )
        })
        .map_err(LandlockError::Refused)?;
        let fd = i32::try_from(fd).map_err(|_| LandlockError::Refused(Errno::BADF))?;
        Ok(Self {
            // SAFETY: the kernel has just made this descriptor, and nothing else knows it.
            ruleset: unsafe { OwnedFd::from_raw_fd(fd) },
            handled,
        })
    }

    /// Allows `access` to what `object` is, and where it is a folder, to all beneath it.
    pub(crate) fn allow(
        &self,
        object: BorrowedFd<'_>,
        access: LandlockAccess,
        folder: bool,
    ) -> Result<(), Errno> {
        const PATH_BENEATH: libc::c_int = 1;
        let mut access = access & self.handled;
        if !folder {
            access &= LandlockAccess::OF_FILES;
        }
        if access.is_empty() {
            return Ok(());
        }
        let rule = PathBeneath {
            allowed_access: access.bits(),
            parent_fd: object.as_raw_fd(),
        };
        // SAFETY: `rule` is a live landlock_path_beneath_attr, which this rule type reads.
        check(unsafe {
            libc::syscall(
                libc::SYS_landlock_add_rule,
                self.ruleset.as_raw_fd(),
                PATH_BENEATH,
                &raw const rule,
                0u32,
            )
        })
        .map(drop)
    }

    /// Restricts the calling thread, and all that it starts, for good. It must have no_new_privs.
    pub(crate) fn restrict_self(&self) -> Result<(), Errno> {
        // SAFETY: landlock_restrict_self(2) takes integers only.
        check(unsafe {
            libc::syscall(
                libc::SYS_landlock_restrict_self,
                self.ruleset.as_raw_fd(),
                0u32,
            )
        })
        .map(drop)
    }
}

impl AsFd for Landlock {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.ruleset.as_fd()
    }
}
