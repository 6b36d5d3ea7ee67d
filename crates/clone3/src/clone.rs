//! What a child will be: a builder whose type says how it comes to its memory, and whether it is tied to its parent's
//! namespaces. Building starts nothing.
use crate::arguments::{
    CHILD_CLEARTID, CHILD_SETTID, CLEAR_SIGHAND, CloneArgs, INTO_CGROUP, NEWTIME, PARENT,
    PARENT_SETTID, PIDFD, PTRACE, SETTLS, SIGHAND, UNTRACED, VFORK, VM,
};
use crate::memory::{CopiedMemory, CopiedMemoryNewTime, OwnMemory, SharedMemory};
use crate::namespaces::{Namespaces, OtherNamespaces, Sharing, Tied, Ties, Untied};
use crate::parent::{ExitSignal, Parent};
use crate::tids::Tids;
use std::marker::PhantomData;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::atomic::AtomicI32;

/// The actions of signals, which are one thing: the kernel refuses to share and to clear them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SignalHandlers {
    Copied,
    Cleared,
    Shared,
}

/// A child to be: what [`fork`](Clone3::fork) and [`vfork`](Clone3::vfork) ask clone3(2) for.
///
/// `M` is how it comes to its memory: [`CopiedMemory`], [`CopiedMemoryNewTime`] or [`SharedMemory`]. `T` is [`Untied`] or
/// [`Tied`].
///
/// ```
/// use clone3::{Clone3, ExitSignal, Namespaces};
///
/// let clone = Clone3::new()
///     .namespaces(Namespaces::all() - Namespaces::NET)
///     .clear_signal_handlers()
///     .exit_signal(None);
/// let cheap = clone.share_memory().exit_signal(Some(ExitSignal::CHILD));
/// ```
///
/// # What cannot be written
/// Signal handlers lie in memory, so the kernel shares them only together with it (`CLONE_SIGHAND` needs `CLONE_VM`):
/// ```
/// clone3::Clone3::new().share_memory().share_signal_handlers();
/// ```
/// ```compile_fail,E0599
/// clone3::Clone3::new().share_signal_handlers();
/// ```
/// Shared memory has the clocks of the parent, so a new time namespace would be another than the child's memory tells:
/// ```
/// clone3::Clone3::new().new_time_namespace();
/// ```
/// ```compile_fail,E0599
/// clone3::Clone3::new().share_memory().new_time_namespace();
/// ```
/// ```compile_fail,E0599
/// clone3::Clone3::new().new_time_namespace().share_memory();
/// ```
/// A shared root (`CLONE_FS`) excludes new mount and user namespaces, a shared undo list (`CLONE_SYSVSEM`) a new ipc
/// namespace:
/// ```
/// use clone3::{Clone3, OtherNamespaces, Ties};
/// Clone3::tied(Ties::FS).namespaces(OtherNamespaces::UTS);
/// ```
/// ```compile_fail,E0308
/// # use clone3::{Clone3, Namespaces, Ties};
/// Clone3::tied(Ties::FS).namespaces(Namespaces::MOUNT);
/// ```
/// ```compile_fail,E0308
/// # use clone3::{Clone3, Namespaces, Ties};
/// Clone3::tied(Ties::FS).namespaces(Namespaces::USER);
/// ```
/// ```compile_fail,E0308
/// # use clone3::{Clone3, Namespaces, Ties};
/// Clone3::tied(Ties::SEMAPHORES).namespaces(Namespaces::IPC);
/// ```
/// ```compile_fail,E0308
/// # use clone3::{Clone3, Namespaces, Ties};
/// Clone3::new().namespaces(Namespaces::MOUNT).share(Ties::FS);
/// ```
/// A child of the caller's parent has that one's exit signal, and no number is a signal by itself:
/// ```
/// use clone3::{Clone3, ExitSignal, Parent};
/// Clone3::new().parent(Parent::CallersParent);
/// Clone3::new().parent(Parent::Caller { exit_signal: ExitSignal::new(10) });
/// ```
/// ```compile_fail,E0559
/// # use clone3::{Clone3, ExitSignal, Parent};
/// Clone3::new().parent(Parent::CallersParent { exit_signal: ExitSignal::new(10) });
/// ```
/// ```compile_fail,E0308
/// clone3::Clone3::new().exit_signal(Some(65));
/// ```
/// A cgroup is an open directory, and open until the child is there:
/// ```compile_fail,E0597
/// # use std::os::fd::AsFd;
/// let clone = {
///     let cgroup = std::fs::File::open("/sys/fs/cgroup")?;
///     clone3::Clone3::new().into_cgroup(cgroup.as_fd())
/// };
/// unsafe { clone.fork(|| 0) }?;
/// # Ok::<(), std::io::Error>(())
/// ```
/// Shared memory without a stack of the child's own, or a stack where the memory is a copy:
/// ```compile_fail,E0599
/// unsafe { clone3::Clone3::new().share_memory().fork(|| 0) };
/// ```
/// ```compile_fail,E0599
/// let mut stack = clone3::Stack::new(65536)?;
/// unsafe { clone3::Clone3::new().vfork(&mut stack, || 0) };
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is started until `fork` or `vfork`"]
pub struct Clone3<'a, M = CopiedMemory, T = Untied> {
    flags: u64,
    handlers: SignalHandlers,
    parent: Parent,
    tids: Option<Tids>,
    cgroup: Option<BorrowedFd<'a>>,
    tls: Option<u64>,
    parent_tid: Option<&'a AtomicI32>,
    child_tid: Option<&'a AtomicI32>,
    state: PhantomData<(M, T)>,
}

impl Default for Clone3<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl Clone3<'_> {
    /// A child that differs from its parent in nothing but its number, and sends `SIGCHLD` when it ends.
    pub const fn new() -> Self {
        Self::with_flags(PIDFD)
    }
}

impl<M> Clone3<'_, M> {
    /// In new namespaces, beside those already asked for. Without [`Namespaces::USER`] it takes `CAP_SYS_ADMIN`.
    pub fn namespaces(mut self, new: Namespaces) -> Self {
        // A set may hold bits without a name, by `from_bits_retain`: none of them may become another flag.
        self.flags |= new.intersection(Namespaces::all()).bits();
        self
    }
}

impl Clone3<'_, CopiedMemory, Tied> {
    /// A child as from [`Clone3::new`] that shares these with its parent, and so can have [`OtherNamespaces`] only.
    pub const fn tied(ties: Ties) -> Self {
        Self::with_flags(PIDFD | ties.intersection(Ties::all()).bits())
    }
}

impl<M> Clone3<'_, M, Tied> {
    /// In new namespaces, beside those already asked for. It takes `CAP_SYS_ADMIN`.
    pub fn namespaces(mut self, new: OtherNamespaces) -> Self {
        self.flags |= new.intersection(OtherNamespaces::all()).bits();
        self
    }
}

impl<'a, T> Clone3<'a, CopiedMemory, T> {
    const fn with_flags(flags: u64) -> Self {
        Self {
            flags,
            handlers: SignalHandlers::Copied,
            parent: Parent::Caller {
                exit_signal: Some(ExitSignal::CHILD),
            },
            tids: None,
            cgroup: None,
            tls: None,
            parent_tid: None,
            child_tid: None,
            state: PhantomData,
        }
    }

    /// In a new time namespace (`CLONE_NEWTIME`), whose offsets can be set no more: the kernel freezes them with the
    /// first process. To set them, let the child unshare(2) a time namespace, write `/proc/self/timens_offsets`, and
    /// execute a program, which begins in it.
    ///
    /// Not for a child with shared memory. The kernel does take that, but the page that tells the time belongs to the
    /// memory: kernels before 6.3 do not keep parent and child apart there.
    pub fn new_time_namespace(self) -> Clone3<'a, CopiedMemoryNewTime, T> {
        self.with_memory(NEWTIME)
    }

    /// With the parent's memory until it executes a program or exits (`CLONE_VM`, `CLONE_VFORK`). Start it by
    /// [`Clone3::vfork`].
    pub fn share_memory(self) -> Clone3<'a, SharedMemory, T> {
        self.with_memory(VM | VFORK)
    }

    fn with_memory<M>(self, flags: u64) -> Clone3<'a, M, T> {
        Clone3 {
            flags: self.flags | flags,
            handlers: self.handlers,
            parent: self.parent,
            tids: self.tids,
            cgroup: self.cgroup,
            tls: self.tls,
            parent_tid: self.parent_tid,
            child_tid: self.child_tid,
            state: PhantomData,
        }
    }
}

impl<M: OwnMemory, T> Clone3<'_, M, T> {
    /// With the calling thread suspended until the child executes a program or ends (`CLONE_VFORK`), as it always is
    /// where the memory is shared.
    pub fn suspend_caller(mut self) -> Self {
        self.flags |= VFORK;
        self
    }
}

impl<T> Clone3<'_, SharedMemory, T> {
    /// With the parent's table of signal handlers (`CLONE_SIGHAND`), in place of a copy or a cleared one: what one of
    /// them sets, the other has set, and the kernel sets the parent's action for a fault to the default one if the child
    /// dies of it.
    pub fn share_signal_handlers(mut self) -> Self {
        self.handlers = SignalHandlers::Shared;
        self
    }
}

impl<'a, M, T> Clone3<'a, M, T> {
    /// With every signal handler set to the default action (`CLONE_CLEAR_SIGHAND`, Linux 5.5), in place of a copied or
    /// shared one. Ignored signals stay ignored.
    pub fn clear_signal_handlers(mut self) -> Self {
        self.handlers = SignalHandlers::Cleared;
        self
    }

    /// Sharing more than its memory.
    pub fn share(mut self, sharing: Sharing) -> Self {
        self.flags |= sharing.intersection(Sharing::all()).bits();
        self
    }

    /// As the caller's child, who gets this signal when it ends, or none. Short for [`Clone3::parent`].
    pub fn exit_signal(self, exit_signal: Option<ExitSignal>) -> Self {
        self.parent(Parent::Caller { exit_signal })
    }

    /// As a child of this parent.
    pub fn parent(mut self, parent: Parent) -> Self {
        self.parent = parent;
        self
    }

    /// In this cgroup of version 2, by a descriptor of its directory (`CLONE_INTO_CGROUP`, Linux 5.7). `EBADF` if it is
    /// not one, `EACCES` without write access to its `cgroup.procs`.
    pub fn into_cgroup(mut self, cgroup: BorrowedFd<'a>) -> Self {
        self.cgroup = Some(cgroup);
        self
    }

    /// With these numbers (`set_tid`, Linux 5.5). It takes `CAP_CHECKPOINT_RESTORE` over each of their namespaces. The
    /// first number in a new namespace must be 1 (`EINVAL`); `EEXIST` if one is in use, `EINVAL` if there are more numbers
    /// than namespaces.
    pub fn set_tid(mut self, tids: Tids) -> Self {
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

    /// Sets it to 0, and wakes a futex there, when the child leaves its memory while others still use that
    /// (`CLONE_CHILD_CLEARTID`). It is the same word as that of [`Clone3::store_tid_in_child`]: the last one given counts.
    pub fn clear_tid_in_child(mut self, tid: &'a AtomicI32) -> Self {
        self.flags |= CHILD_CLEARTID;
        self.child_tid = Some(tid);
        self
    }

    /// With this thread-local storage (`CLONE_SETTLS`): the machine's own word for it, on x86-64 the base of `fs`.
    ///
    /// # Safety
    /// The child's closure, and the system's C library in it, are compiled to find their thread-local variables there:
    /// `errno`, for one, or the word that guards stacks. `tls` must be the address of a storage that is laid out as that
    /// library lays it out, used by no other thread; or the child must use nothing of it, and only read.
    pub unsafe fn tls(mut self, tls: u64) -> Self {
        self.flags |= SETTLS;
        self.tls = Some(tls);
        self
    }

    /// Whether no handler of the parent's can run in the child.
    pub(crate) fn clears_signal_handlers(&self) -> bool {
        self.handlers == SignalHandlers::Cleared
    }

    /// For the kernel, which stores the descriptor in `pidfd`. All pointers in it are good as long as `pidfd` and `self`.
    pub(crate) fn arguments(&self, pidfd: *mut libc::c_int) -> CloneArgs {
        let word = |word: Option<&AtomicI32>| {
            word.map_or(0, |word| word.as_ptr().expose_provenance() as u64)
        };
        let (set_tid, set_tid_size) = self.tids.as_ref().map_or((0, 0), |tids| {
            let tids = tids.as_slice();
            (tids.as_ptr().expose_provenance() as u64, tids.len() as u64)
        });
        let cgroup = self.cgroup.map(|cgroup| cgroup.as_raw_fd().unsigned_abs());
        CloneArgs {
            flags: self.all_flags(),
            pidfd: pidfd.expose_provenance() as u64,
            child_tid: word(self.child_tid),
            parent_tid: word(self.parent_tid),
            exit_signal: self.exit_signal_number(),
            tls: self.tls.unwrap_or(0),
            set_tid,
            set_tid_size,
            cgroup: cgroup.map_or(0, u64::from),
            ..CloneArgs::default()
        }
    }

    fn all_flags(&self) -> u64 {
        let parent = match self.parent {
            Parent::Caller { .. } => 0,
            Parent::CallersParent => PARENT,
        };
        let handlers = match self.handlers {
            SignalHandlers::Copied => 0,
            SignalHandlers::Cleared => CLEAR_SIGHAND,
            SignalHandlers::Shared => SIGHAND,
        };
        let cgroup = self.cgroup.map_or(0, |_| INTO_CGROUP);
        self.flags | parent | handlers | cgroup
    }

    fn exit_signal_number(&self) -> u64 {
        match self.parent {
            Parent::Caller {
                exit_signal: Some(signal),
            } => signal.number().into(),
            Parent::Caller { exit_signal: None } | Parent::CallersParent => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_without_a_name_become_no_other_flag() {
        let every_bit = Clone3::new()
            .namespaces(Namespaces::from_bits_retain(u64::MAX))
            .share(Sharing::from_bits_retain(u64::MAX));
        let named = Namespaces::all().bits() | Sharing::all().bits();
        assert_eq!(every_bit.all_flags(), PIDFD | named);

        let tied = Clone3::tied(Ties::from_bits_retain(u64::MAX))
            .namespaces(OtherNamespaces::from_bits_retain(u64::MAX));
        let named = Ties::all().bits() | OtherNamespaces::all().bits();
        assert_eq!(tied.all_flags(), PIDFD | named);
    }

    #[test]
    fn handlers_are_never_both_cleared_and_shared() {
        let clone = Clone3::new().clear_signal_handlers().share_memory();
        let both = CLEAR_SIGHAND | SIGHAND;
        assert_eq!(clone.all_flags() & both, CLEAR_SIGHAND);
        let clone = clone.share_signal_handlers();
        assert_eq!(clone.all_flags() & both, SIGHAND);
        let clone = clone.clear_signal_handlers();
        assert_eq!(clone.all_flags() & both, CLEAR_SIGHAND);
    }

    #[test]
    fn a_choice_of_memory_keeps_what_was_asked_for_before() {
        let clone = Clone3::new()
            .namespaces(Namespaces::USER)
            .clear_signal_handlers();
        let asked = PIDFD | Namespaces::USER.bits() | CLEAR_SIGHAND;
        assert_eq!(clone.share_memory().all_flags(), asked | VM | VFORK);
        assert_eq!(clone.new_time_namespace().all_flags(), asked | NEWTIME);
    }

    #[test]
    fn a_child_of_the_callers_parent_has_no_signal_of_its_own() {
        let clone = Clone3::new().parent(Parent::CallersParent);
        assert_eq!(clone.exit_signal_number(), 0);
        assert_eq!(clone.all_flags(), PIDFD | PARENT);
    }
}
