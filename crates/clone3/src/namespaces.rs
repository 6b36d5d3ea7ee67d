//! Which namespaces a child gets of its own, and which ties to its parent's it keeps: the kernel takes no contradiction.
bitflags::bitflags! {
    /// Kinds of new namespaces (namespaces(7)). The eighth, time, is
    /// [`Clone3::new_time_namespace`](crate::Clone3::new_time_namespace), which is not for every child.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Namespaces: u64 {
        /// `CLONE_NEWCGROUP`: the cgroup that the child starts in is the root of all that it sees.
        const CGROUP = 0x0200_0000;
        /// `CLONE_NEWIPC`: System V objects and POSIX message queues.
        const IPC = 0x0800_0000;
        /// `CLONE_NEWNS`: mounts, as copies of the parent's.
        const MOUNT = 0x0002_0000;
        /// `CLONE_NEWNET`: network devices, addresses, ports and abstract sockets.
        const NET = 0x4000_0000;
        /// `CLONE_NEWPID`: the child is pid 1, and the kernel kills what is left of the namespace when it ends.
        const PID = 0x2000_0000;
        /// `CLONE_NEWUSER`: ids and capabilities. The kernel makes it before the others, which belong to it.
        const USER = 0x1000_0000;
        /// `CLONE_NEWUTS`: host name and domain name.
        const UTS = 0x0400_0000;
    }
}

bitflags::bitflags! {
    /// Kinds of new namespaces that a child can have in spite of [`Ties`].
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct OtherNamespaces: u64 {
        /// [`Namespaces::CGROUP`]
        const CGROUP = Namespaces::CGROUP.bits();
        /// [`Namespaces::NET`]
        const NET = Namespaces::NET.bits();
        /// [`Namespaces::PID`]
        const PID = Namespaces::PID.bits();
        /// [`Namespaces::UTS`]
        const UTS = Namespaces::UTS.bits();
    }
}

bitflags::bitflags! {
    /// What a child can share only if it stays in its parent's namespaces.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Ties: u64 {
        /// `CLONE_FS`: root, working directory and umask. It excludes new mount and user namespaces.
        const FS = 0x0000_0200;
        /// `CLONE_SYSVSEM`: the list of what is undone to System V semaphores at the end. It excludes a new ipc namespace.
        const SEMAPHORES = 0x0004_0000;
    }
}

bitflags::bitflags! {
    /// What parent and child go on to share, where it would be copied.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Sharing: u64 {
        /// `CLONE_FILES`: the table of descriptors. What one opens or closes, the other has opened or closed.
        const FILES = 0x0000_0400;
        /// `CLONE_IO`: the I/O context, which the scheduler of the disks sees as one.
        const IO = 0x8000_0000;
    }
}

/// The child can have every new namespace.
#[derive(Clone, Copy, Debug)]
pub struct Untied;

/// The child shares what excludes some new namespaces: see [`Ties`].
#[derive(Clone, Copy, Debug)]
pub struct Tied;
