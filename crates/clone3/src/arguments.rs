//! The kernel's `struct clone_args`, and those of its flags that are no set of their own.
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
pub(crate) const CLEAR_SIGHAND: u64 = 0x1_0000_0000;
pub(crate) const INTO_CGROUP: u64 = 0x2_0000_0000;

/// The kernel's structure, version 2 (Linux 5.7). An older kernel takes it too, as long as what it does not know is 0.
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
