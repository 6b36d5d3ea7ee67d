//! What a child will be: a builder whose type says how it has its memory.
use crate::arguments::{
    CHILD_CLEARTID, CHILD_SETTID, CLEAR_SIGHAND, CloneArgs, INTO_CGROUP, NEWTIME, Namespaces,
    PARENT, PARENT_SETTID, PIDFD, PTRACE, SETTLS, SIGHAND, Sharing, Tids, UNTRACED, VFORK, VM,
};
use std::marker::PhantomData;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::atomic::AtomicI32;

/// The child has a copy of the memory.
#[derive(Clone, Copy, Debug)]
pub struct CopiedMemory;

/// The child has the parent's memory until it executes a program or exits.
#[derive(Clone, Copy, Debug)]
pub struct SharedMemory;

/// Whose child it is. The kernel takes a signal only from a child of the caller's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parent {
    /// The caller, who gets this signal when the child ends; 0 is none.
    Caller {
        /// The signal's number, at most 64.
        exit_signal: u8,
    },
    /// The caller's own parent (`CLONE_PARENT`); it gets the signal that it gets for the caller. The caller cannot wait for
    /// such a child. Pid 1 of a namespace cannot make one: `EINVAL`.
    CallersParent,
}

/// A child to be. `M` is [`CopiedMemory`] or [`SharedMemory`].
///
/// Signal handlers cannot both be shared and cleared, nor shared without the memory that they lie in:
///
/// ```compile_fail
/// clone3::Clone3::new().share_signal_handlers();
/// ```
/// ```compile_fail
/// clone3::Clone3::new().share_memory().share_signal_handlers().clear_signal_handlers();
/// ```
/// A new time namespace cannot be had with shared memory, which holds the clocks of the old one:
///
/// ```compile_fail
/// clone3::Clone3::new().share_memory().new_time_namespace();
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is started until `fork` or `vfork`"]
pub struct Clone3<'a, M = CopiedMemory> {
    flags: u64,
    parent: Parent,
    tids: Option<Tids>,
    cgroup: Option<BorrowedFd<'a>>,
    tls: Option<u64>,
    parent_tid: Option<&'a AtomicI32>,
    child_tid: Option<&'a AtomicI32>,
    memory: PhantomData<M>,
}

impl Default for Clone3<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Clone3<'a> {
    /// A child that differs from its parent in nothing but its number, and sends `SIGCHLD` when it ends.
    pub const fn new() -> Self {
        Self {
            flags: PIDFD,
            parent: Parent::Caller { exit_signal: 17 },
            tids: None,
            cgroup: None,
            tls: None,
            parent_tid: None,
            child_tid: None,
            memory: PhantomData,
        }
    }

    /// In a new time namespace (`CLONE_NEWTIME`), whose offsets can be set no more. To set them, unshare(2) it and write
    /// `/proc/self/timens_offsets` before the next exec.
    pub fn new_time_namespace(mut self) -> Self {
        self.flags |= NEWTIME;
        self
    }

    /// With every signal handler set to the default action (`CLONE_CLEAR_SIGHAND`). Ignored signals stay ignored.
    pub fn clear_signal_handlers(mut self) -> Self {
        self.flags |= CLEAR_SIGHAND;
        self
    }

    /// With the parent's memory until it executes a program or exits (`CLONE_VM`, `CLONE_VFORK`).
    pub fn share_memory(self) -> Clone3<'a, SharedMemory> {
        Clone3 {
            flags: self.flags & !NEWTIME | VM | VFORK,
            parent: self.parent,
            tids: self.tids,
            cgroup: self.cgroup,
            tls: self.tls,
            parent_tid: self.parent_tid,
            child_tid: self.child_tid,
            memory: PhantomData,
        }
    }
}

impl Clone3<'_, SharedMemory> {
    /// With the parent's table of signal handlers (`CLONE_SIGHAND`), in place of a copy or a cleared one.
    pub fn share_signal_handlers(mut self) -> Self {
        self.flags = self.flags & !CLEAR_SIGHAND | SIGHAND;
        self
    }
}

impl<'a, M> Clone3<'a, M> {
    /// In new namespaces.
    pub fn namespaces(mut self, new: Namespaces) -> Self {
        self.flags |= new.bits();
        self
    }

    /// Sharing more than its memory.
    pub fn share(mut self, sharing: Sharing) -> Self {
        self.flags |= sharing.bits();
        self
    }

    /// As a child of this parent.
    pub fn parent(mut self, parent: Parent) -> Self {
        self.parent = parent;
        self
    }

    /// In this cgroup of version 2, by a descriptor of its directory (`CLONE_INTO_CGROUP`).
    pub fn into_cgroup(mut self, cgroup: BorrowedFd<'a>) -> Self {
        self.cgroup = Some(cgroup);
        self
    }

    /// With these numbers (`set_tid`). Needs `CAP_CHECKPOINT_RESTORE` over the pid namespaces; in a new one, the first
    /// must be 1.
    pub fn tids(mut self, tids: Tids) -> Self {
        self.tids = Some(tids);
        self
    }

    /// Traced by the caller's tracer, if it has one (`CLONE_PTRACE`).
    pub fn traced(mut self) -> Self {
        self.flags |= PTRACE;
        self
    }

    /// Not traced, even if the caller's tracer asks for its children (`CLONE_UNTRACED`).
    pub fn untraced(mut self) -> Self {
        self.flags |= UNTRACED;
        self
    }

    /// Stores the child's number, before clone3 returns, in the parent's memory (`CLONE_PARENT_SETTID`).
    pub fn store_tid(mut self, tid: &'a AtomicI32) -> Self {
        self.flags |= PARENT_SETTID;
        self.parent_tid = Some(tid);
        self
    }

    /// Stores the child's own number in its memory before it runs (`CLONE_CHILD_SETTID`).
    pub fn store_tid_in_child(mut self, tid: &'a AtomicI32) -> Self {
        self.flags |= CHILD_SETTID;
        self.child_tid = Some(tid);
        self
    }

    /// Sets it to 0 in the child's memory, and wakes a futex there, when the child leaves that memory
    /// (`CLONE_CHILD_CLEARTID`). It is the same word as that of [`Clone3::store_tid_in_child`]: the last one given counts.
    pub fn clear_tid_in_child(mut self, tid: &'a AtomicI32) -> Self {
        self.flags |= CHILD_CLEARTID;
        self.child_tid = Some(tid);
        self
    }

    /// With this thread-local storage (`CLONE_SETTLS`): the machine's own word for it, on x86-64 the base of `fs`.
    ///
    /// # Safety
    /// The child's closure is compiled for the thread-local storage of its thread. Unless `tls` describes a storage that
    /// is laid out as the C library lays it out, it must touch no thread-local variable, which `errno` is one of.
    pub unsafe fn tls(mut self, tls: u64) -> Self {
        self.flags |= SETTLS;
        self.tls = Some(tls);
        self
    }

    /// For the kernel. `pidfd` is where it stores the descriptor. The pointers in it live as long as `self`'s borrows, and
    /// `self`, do.
    pub(crate) fn arguments(&self, pidfd: *mut libc::c_int) -> CloneArgs {
        let (parent_flag, exit_signal) = match self.parent {
            Parent::Caller { exit_signal } => (0, exit_signal),
            Parent::CallersParent => (PARENT, 0),
        };
        let cgroup_flag = if self.cgroup.is_some() {
            INTO_CGROUP
        } else {
            0
        };
        let tids = self.tids.as_ref().map(Tids::as_slice);
        let word = |word: Option<&AtomicI32>| word.map_or(0, |word| word.as_ptr().addr() as u64);
        CloneArgs {
            flags: self.flags | parent_flag | cgroup_flag,
            pidfd: pidfd.expose_provenance() as u64,
            child_tid: word(self.child_tid),
            parent_tid: word(self.parent_tid),
            exit_signal: exit_signal.into(),
            tls: self.tls.unwrap_or(0),
            set_tid: tids.map_or(0, |tids| tids.as_ptr().addr() as u64),
            set_tid_size: tids.map_or(0, |tids| tids.len() as u64),
            cgroup: self
                .cgroup
                .map_or(0, |cgroup| u64::from(cgroup.as_raw_fd().unsigned_abs())),
            ..CloneArgs::default()
        }
    }
}
