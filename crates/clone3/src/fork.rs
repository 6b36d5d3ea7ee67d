//! The child has a copy of the memory, as after fork(2).
use crate::arguments::CloneArgs;
use crate::check;
use crate::child::Child;
use crate::clone::{Clone3, CopiedMemory};
use std::io;

impl Clone3<'_, CopiedMemory> {
    /// Starts a child that carries out `child` and exits with what it returns.
    ///
    /// Other threads of this process do not exist in the child, and the locks that they held stay locked there.
    ///
    /// # Errors
    /// Those of clone3(2): among others `EPERM` where user namespaces are forbidden, `ENOSPC` where there may be no more
    /// namespaces, `EAGAIN` where there may be no more processes, and `ENOSYS` where a filter forbids clone3.
    ///
    /// # Safety
    /// If this process has other threads, `child` may do only what signal-safety(7) allows until it executes a program:
    /// in particular it must not allocate. In any case it must not rely on a thread that it does not have.
    pub unsafe fn fork(&self, child: impl FnOnce() -> u8) -> io::Result<Child> {
        let mut pidfd = -1;
        let arguments = self.arguments(&raw mut pidfd);
        // SAFETY: `arguments` is a live clone_args of the size given; its pointers lead to `pidfd`, to `self`'s list of
        // numbers and to words that `self` borrows, all of which outlive the call. Without CLONE_VM the child has its
        // own copy of this stack. The caller answers for what it does there.
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
