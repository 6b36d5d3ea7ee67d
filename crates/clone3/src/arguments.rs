//! The kernel's `struct clone_args`, and the types of its fields.
use rustix::process::Pid;

bitflags::bitflags! {
    /// Kinds of new namespaces (namespaces(7)). The eighth, time, is [`Clone3::new_time_namespace`](crate::Clone3), which
    /// only a child with memory of its own can have.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Namespaces: u64 {
        /// `CLONE_NEWCGROUP`
        const CGROUP = 0x0200_0000;
        /// `CLONE_NEWIPC`
        const IPC = 0x0800_0000;
        /// `CLONE_NEWNS`
        const MOUNT = 0x0002_0000;
        /// `CLONE_NEWNET`
        const NET = 0x4000_0000;
        /// `CLONE_NEWPID`
        const PID = 0x2000_0000;
        /// `CLONE_NEWUSER`
        const USER = 0x1000_0000;
        /// `CLONE_NEWUTS`
        const UTS = 0x0400_0000;
    }
}

bitflags::bitflags! {
    /// What parent and child go on to share, where it would be copied.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Sharing: u64 {
        /// `CLONE_FILES`: the table of descriptors.
        const FILES = 0x0000_0400;
        /// `CLONE_FS`: root, working directory and umask.
        const FS = 0x0000_0200;
        /// `CLONE_IO`: the I/O context.
        const IO = 0x8000_0000;
        /// `CLONE_SYSVSEM`: the undo list of System V semaphores.
        const SEMAPHORES = 0x0004_0000;
    }
}

pub(crate) const CLEAR_SIGHAND: u64 = 0x1_0000_0000;
pub(crate) const INTO_CGROUP: u64 = 0x2_0000_0000;
pub(crate) const NEWTIME: u64 = 0x80;
pub(crate) const VM: u64 = 0x100;
pub(crate) const SIGHAND: u64 = 0x800;
pub(crate) const PIDFD: u64 = 0x1000;
pub(crate) const PTRACE: u64 = 0x2000;
pub(crate) const VFORK: u64 = 0x4000;
pub(crate) const PARENT: u64 = 0x8000;
pub(crate) const SETTLS: u64 = 0x8_0000;
pub(crate) const PARENT_SETTID: u64 = 0x10_0000;
pub(crate) const CHILD_CLEARTID: u64 = 0x20_0000;
pub(crate) const UNTRACED: u64 = 0x80_0000;
pub(crate) const CHILD_SETTID: u64 = 0x100_0000;

/// The kernel's structure, version 2 (Linux 5.7).
#[repr(C, align(8))]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CloneArgs {
    pub(crate) flags: u64,
    pub(crate) pidfd: u64,
    pub(crate) child_tid: u64,
    pub(crate) parent_tid: u64,
    pub(crate) exit_signal: u64,
    pub(crate) stack: u64,
    pub(crate) stack_size: u64,
    pub(crate) tls: u64,
    pub(crate) set_tid: u64,
    pub(crate) set_tid_size: u64,
    pub(crate) cgroup: u64,
}
const _: () = assert!(size_of::<CloneArgs>() == 88, "CLONE_ARGS_SIZE_VER2");

/// Numbers for a child, one for each pid namespace that it is in, the innermost first (`set_tid`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tids {
    numbers: [libc::pid_t; Self::MOST],
    count: usize,
}

impl Tids {
    /// Pid namespaces nest no deeper.
    pub const MOST: usize = 32;

    /// The numbers, the innermost namespace's first. `None` for an empty or a longer list than there can be namespaces.
    pub fn new(numbers: &[Pid]) -> Option<Self> {
        let count = numbers.len();
        if !(1..=Self::MOST).contains(&count) {
            return None;
        }
        let mut tids = Self {
            numbers: [0; Self::MOST],
            count,
        };
        for (place, number) in tids.numbers.iter_mut().zip(numbers) {
            *place = number.as_raw_pid();
        }
        Some(tids)
    }

    pub(crate) fn as_slice(&self) -> &[libc::pid_t] {
        &self.numbers[..self.count]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_one_to_thirty_two() {
        let pid = Pid::INIT;
        assert!(Tids::new(&[]).is_none());
        assert!(Tids::new(&[pid; 33]).is_none());
        assert_eq!(Tids::new(&[pid; 32]).unwrap().as_slice().len(), 32);
    }
}
