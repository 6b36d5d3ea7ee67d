//! The child has a copy of the memory, as after fork(2).
use crate::arguments::CloneArgs;
use crate::check;
use crate::child::Child;
use crate::clone::Clone3;
use crate::memory::OwnMemory;
use std::io;

impl<M: OwnMemory, T> Clone3<'_, M, T> {
    /// Starts a child that carries out `child` and exits with what it returns. Nothing is allocated.
    ///
    /// Handlers of signals are copied with the memory: one that arrives runs in the child, unless
    /// [`clear_signal_handlers`](Clone3::clear_signal_handlers) was asked for. A panic in `child` ends the child by
    /// `SIGABRT`, and does not reach the caller's code.
    ///
    /// ```
    /// use clone3::{Clone3, How};
    ///
    /// let greeting = b"hello\n";
    /// // SAFETY: the child makes a system call, on memory that is ready.
    /// let child = unsafe {
    ///     Clone3::new().fork(|| match rustix::io::write(rustix::stdio::stdout(), greeting) {
    ///         Ok(_) => 0,
    ///         Err(_) => 1,
    ///     })
    /// }?;
    /// assert_eq!(child.wait()?.how, How::Exited(0));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of clone3(2), among others `EPERM` where new namespaces are forbidden, `ENOSPC` where there may be no more of
    /// them, `EAGAIN` where there may be no more processes, and `ENOSYS` on a kernel before 5.3 or under a filter.
    ///
    /// # Safety
    /// Only the calling thread goes on in the child, and the C library does not know that it is one.
    /// - Locks that other threads held, the allocator's among them, stay locked in the child for ever, and what they guard
    ///   may be half changed. If there are other threads, `child` may do only what signal-safety(7) allows, until it
    ///   executes a program: above all it must not allocate, print, or panic.
    /// - In any case `child` must not rely on a thread that it does not have, nor on what pthread_atfork(3) prepares, nor
    ///   on the number that the C library remembers for the thread.
    /// - `OwnedFd`s are copies, unless [`Sharing::FILES`](crate::Sharing::FILES) was asked for: then `child` must close
    ///   none that the parent owns.
    pub unsafe fn fork(&self, child: impl FnOnce() -> u8) -> io::Result<Child> {
        let mut pidfd = -1;
        let arguments = self.arguments(&raw mut pidfd);
        // SAFETY: `arguments` is a live clone_args of the size given; its pointers lead to `pidfd`, to `self`'s list of
        // numbers and to words that `self` borrows, all of which outlive the call. Without CLONE_VM, which `OwnMemory`
        // excludes, the child has its own copy of this stack. The caller answers for what it does there.
        let pid = check(unsafe {
            libc::syscall(
                libc::SYS_clone3,
                &raw const arguments,
                size_of::<CloneArgs>(),
            )
        })?;
        if pid == 0 {
            exit_with(child);
        }
        Child::from_kernel(pid, pidfd)
    }
}

/// Ends this process with what `child` returns; no destructor of the parent's runs, whatever happens.
pub(crate) fn exit_with(child: impl FnOnce() -> u8) -> ! {
    let guard = AbortOnUnwind;
    let code = child();
    std::mem::forget(guard);
    // SAFETY: _exit(2) takes an integer, and does not return.
    unsafe { libc::_exit(code.into()) }
}

/// A panic must not unwind into the frames that were copied from the parent.
struct AbortOnUnwind;

impl Drop for AbortOnUnwind {
    fn drop(&mut self) {
        std::process::abort();
    }
}
