//! The child has the parent's memory until it executes a program or exits, as after vfork(2), on a stack of its own.
use crate::arguments::CloneArgs;
use crate::check;
use crate::child::Child;
use crate::clone::Clone3;
use crate::fork::exit_with;
use crate::memory::SharedMemory;
use crate::stack::Stack;
use std::arch::naked_asm;
use std::ffi::c_void;
use std::io;

impl<T> Clone3<'_, SharedMemory, T> {
    /// Starts a child that carries out `child` on `stack`, and returns when it has executed a program or ended. Nothing is
    /// allocated, and what the closure wrote to what it captured is seen afterwards.
    ///
    /// All signals of the calling thread are blocked meanwhile, since a handler of the parent's must not run on shared
    /// memory. If [`clear_signal_handlers`](Clone3::clear_signal_handlers) was asked for, the child has no handlers, and
    /// begins with the caller's mask. Otherwise it begins with every signal blocked, which exec does not undo: let it
    /// set its mask when it has got rid of the handlers.
    ///
    /// ```
    /// use clone3::{Clone3, How, Stack};
    ///
    /// let mut stack = Stack::new(64 * 1024)?;
    /// let arguments = [c"true".as_ptr(), std::ptr::null()];
    /// let environment = [std::ptr::null()];
    /// let mut failed = false;
    /// // SAFETY: the child makes a system call, on memory that is ready, and drops nothing.
    /// let child = unsafe {
    ///     Clone3::new().clear_signal_handlers().share_memory().vfork(&mut stack, || {
    ///         libc::execve(c"/bin/true".as_ptr(), arguments.as_ptr(), environment.as_ptr());
    ///         failed = true;
    ///         127
    ///     })
    /// }?;
    /// assert!(!failed);
    /// assert_eq!(child.wait()?.how, How::Exited(0));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Clone3::fork`].
    ///
    /// # Safety
    /// The calling thread stands still, other threads do not, and all memory is the parent's, thread-local variables such
    /// as `errno` too. The child can be killed between any two instructions, while the parent lives on.
    /// - `child` must not allocate, take a lock, print, or panic: whatever it holds when it is killed is held for ever.
    ///   (A panic still ends the child, and does not reach the caller's code.)
    /// - It must leave memory as its users expect it, even if it is killed halfway, and must not change what the C library
    ///   keeps there about the process, as setuid(3) does, which also signals other threads.
    /// - It must drop nothing that the parent uses again. Descriptors are copies, unless
    ///   [`Sharing::FILES`](crate::Sharing::FILES) was asked for; memory is not.
    /// - It must need no more stack than there is. The guard page stops code that touches its stack in steps of at most a
    ///   page, as Rust's does.
    /// - It must let no signal through while a handler is left that it did not set itself.
    pub unsafe fn vfork<F: FnOnce() -> u8>(
        &self,
        stack: &mut Stack,
        child: F,
    ) -> io::Result<Child> {
        let mut pidfd = -1;
        let mut arguments = self.arguments(&raw mut pidfd);
        (arguments.stack, arguments.stack_size) = stack.range();
        let mask = block_signals()?;
        let mut start = Start {
            child: Some(child),
            mask: self.clears_signal_handlers().then_some(mask),
        };
        // SAFETY: `arguments` is a live clone_args whose pointers outlive the call, as in `fork`, and whose stack is
        // borrowed for it; `run::<F>` takes a pointer to a `Start<F>`, which `start` is, and never returns.
        let pid = unsafe {
            clone_onto_stack(
                &raw const arguments,
                size_of::<CloneArgs>(),
                run::<F>,
                (&raw mut start).cast(),
            )
        };
        restore_signals(mask);
        if pid < 0 {
            // The kernel's answer itself: a negative errno, at most 4095.
            return Err(io::Error::from_raw_os_error(
                i32::try_from(-pid).unwrap_or(libc::EINVAL),
            ));
        }
        Child::from_kernel(pid, pidfd)
    }
}

/// What the child finds in the caller's frame.
struct Start<F> {
    /// Taken by the child: if there is none, it is the parent's to drop.
    child: Option<F>,
    /// The signals to block, if not all of them.
    mask: Option<u64>,
}

/// Where the child begins.
extern "C" fn run<F: FnOnce() -> u8>(start: *mut c_void) -> ! {
    // SAFETY: `vfork` passes a pointer to a `Start<F>` of its own frame, which stands still until this process is gone.
    let start = unsafe { &mut *start.cast::<Start<F>>() };
    if let Some(mask) = start.mask {
        restore_signals(mask);
    }
    exit_with(|| start.child.take().map_or(u8::MAX, |child| child()))
}

/// clone3(2) with `arguments`, which are of this size; the child begins with `run(data)` on the stack that they name. The
/// answer is the kernel's: a number, or a negative errno. Naked, since the child has no frame to return to: both sides use
/// only registers that the system call keeps, and who unwinds the child's stack, for a backtrace, is told that it ends.
///
/// # Safety
/// `arguments` must be as clone3(2) demands, with a stack; `run` must accept `data` and not return.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
unsafe extern "C" fn clone_onto_stack(
    arguments: *const CloneArgs,
    size: usize,
    run: extern "C" fn(*mut c_void) -> !,
    data: *mut c_void,
) -> libc::c_long {
    naked_asm!(
        ".cfi_startproc",
        // The system call overwrites rcx.
        "mov r9, rcx",
        "mov eax, {clone3}",
        "syscall",
        "test rax, rax",
        "jz 2f",
        "ret",
        "2:",
        ".cfi_undefined rip",
        "xor ebp, ebp",
        "mov rdi, r9",
        // The stack's end is a multiple of a page, as aligned as a call needs it.
        "call rdx",
        "ud2",
        ".cfi_endproc",
        clone3 = const libc::SYS_clone3,
    )
}

/// As above.
///
/// # Safety
/// As above.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
unsafe extern "C" fn clone_onto_stack(
    arguments: *const CloneArgs,
    size: usize,
    run: extern "C" fn(*mut c_void) -> !,
    data: *mut c_void,
) -> libc::c_long {
    naked_asm!(
        ".cfi_startproc",
        "mov x8, {clone3}",
        "svc 0",
        "cbz x0, 2f",
        "ret",
        "2:",
        ".cfi_undefined x30",
        "mov x29, xzr",
        "mov x0, x3",
        "blr x2",
        "brk 1",
        ".cfi_endproc",
        clone3 = const libc::SYS_clone3,
    )
}

/// By raw system calls, since the C library keeps two signals from being blocked: one of its own handlers would run on
/// shared memory too.
fn block_signals() -> io::Result<u64> {
    let all = u64::MAX;
    let mut old = 0u64;
    // SAFETY: both are live 64-bit sets, which is what the kernel takes them for.
    check(unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            &raw const all,
            &raw mut old,
            size_of::<u64>(),
        )
    })?;
    Ok(old)
}

fn restore_signals(mask: u64) {
    // SAFETY: `mask` is a live 64-bit set. It was the thread's own, so the kernel takes it.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            &raw const mask,
            std::ptr::null_mut::<u64>(),
            size_of::<u64>(),
        )
    };
}
