//! With which flags of clone(2) a thread or process was made, as far as somebody asks.
use clone3::Namespaces;

bitflags::bitflags! {
    /// Flags of clone(2), without the signal at the end. Others than these are kept too.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CloneFlags: u64 {
        /// `CLONE_VM`: its memory is its creator's.
        const MEMORY = 0x0000_0100;
        /// `CLONE_VFORK`: its creator waits until it executes a program or ends.
        const VFORK = 0x0000_4000;
        /// `CLONE_PARENT`: its parent is its creator's.
        const PARENT = 0x0000_8000;
        /// `CLONE_THREAD`: it is a thread of its creator's process.
        const THREAD = 0x0001_0000;
        /// `CLONE_NEWPID`: it is the first of a pid namespace.
        const NEW_PID = Namespaces::PID.bits();
        /// `CLONE_NEWNET`: it has a network of its own.
        const NEW_NET = Namespaces::NET.bits();
        /// All that ask for a new namespace. `CLONE_NEWTIME` is not among them: it is clone3(2)'s, and its bit here one of
        /// the signal.
        const NEW_NAMESPACES = Namespaces::all().bits();
        const _ = Self::TAKEN;
    }
}

impl CloneFlags {
    /// What the kernel takes for flags of the argument: half of it, but for the signal (`CSIGNAL`).
    const TAKEN: u64 = 0xffff_ff00;

    /// Those that the first argument of clone(2) has.
    pub(crate) const fn of_argument(argument: u64) -> Self {
        Self::from_bits_truncate(argument)
    }
}
