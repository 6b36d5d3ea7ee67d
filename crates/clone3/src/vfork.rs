//! The child has the parent's memory until it executes a program or exits, as after vfork(2), on a stack of its own.
use crate::arguments::CloneArgs;
use crate::check;
use crate::child::Child;
use crate::clone::{Clone3, SharedMemory};
use crate::fork::exit_with;
use crate::stack::Stack;
use std::arch::asm;
use std::ffi::c_void;
use std::io;

impl Clone3<'_, SharedMemory> {
    /// Starts a child that carries out `child` on `stack`, and returns when it has executed a program or ended.
    ///
    /// What the closure writes to what it captured is seen afterwards. The child starts with every signal blocked: a
    /// handler of the parent's would run on shared memory. It may unblock them when no handler is left, just before it
    /// executes a program.
    ///
    /// # Errors
    /// Those of [`Clone3::fork`].
    ///
    /// # Safety
    /// The calling thread stands still, other threads do not, and all memory is the parent's:
    /// - `child` must not allocate or take a lock, since it could be killed while it holds it.
    /// - It must leave the memory as its owner expects it, even if it is killed halfway.
    /// - It must not change what the C library keeps in memory about the process, such as by setuid(3), which speaks to
    ///   other threads.
    /// - It must need no more stack than there is.
    /// - It must drop nothing that the parent will use again. Descriptors are copies, unless they are shared; memory is not.
    pub unsafe fn vfork<F: FnOnce() -> u8>(
        &self,
        stack: &mut Stack,
        child: F,
    ) -> io::Result<Child> {
        let mut pidfd = -1;
        let mut arguments = self.arguments(&raw mut pidfd);
        (arguments.stack, arguments.stack_size) = stack.range();
        let mut child = Some(child);
        let mask = block_signals()?;
        // SAFETY: `arguments` is a live clone_args whose pointers outlive the call, as in `fork`, and whose stack is
        // borrowed for it; `run::<F>` takes a pointer to an `Option<F>`, which `child` is, and never returns.
        let pid =
            unsafe { clone_onto_stack(&raw const arguments, run::<F>, (&raw mut child).cast()) };
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

/// Where the child begins.
extern "C" fn run<F: FnOnce() -> u8>(child: *mut c_void) -> ! {
    // SAFETY: `vfork` passes a pointer to an `Option<F>` of its own frame, which stands still until this process is gone.
    let child = unsafe { &mut *child.cast::<Option<F>>() };
    exit_with(|| child.take().map_or(u8::MAX, |child| child()))
}

/// clone3(2); the child begins with `run(data)` on the stack that `arguments` names. No frame is shared: the child does
/// not return from this function.
///
/// # Safety
/// `arguments` must be as clone3(2) demands, with a stack; `run` must accept `data` and not return.
#[cfg(target_arch = "x86_64")]
unsafe fn clone_onto_stack(
    arguments: *const CloneArgs,
    run: extern "C" fn(*mut c_void) -> !,
    data: *mut c_void,
) -> libc::c_long {
    let result;
    // SAFETY: the system call keeps all registers but rax, rcx and r11. In the parent nothing else happens. In the child
    // rsp is the stack's top, which is a multiple of a page and so aligned as a call needs it; what `run` needs is in
    // registers; and it does not return.
    unsafe {
        asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "xor ebp, ebp",
            "mov rdi, r12",
            "call r13",
            "ud2",
            "2:",
            inlateout("rax") libc::SYS_clone3 => result,
            in("rdi") arguments,
            in("rsi") size_of::<CloneArgs>(),
            in("r12") data,
            in("r13") run,
            lateout("rcx") _,
            lateout("r11") _,
        );
    }
    result
}

/// As above.
///
/// # Safety
/// As above.
#[cfg(target_arch = "aarch64")]
unsafe fn clone_onto_stack(
    arguments: *const CloneArgs,
    run: extern "C" fn(*mut c_void) -> !,
    data: *mut c_void,
) -> libc::c_long {
    let result;
    // SAFETY: the system call keeps all registers but x0. In the child sp is the stack's top, a multiple of a page; what
    // `run` needs is in registers; and it does not return.
    unsafe {
        asm!(
            "svc 0",
            "cbnz x0, 2f",
            "mov x29, xzr",
            "mov x0, x20",
            "blr x21",
            "brk 1",
            "2:",
            in("x8") libc::SYS_clone3,
            inlateout("x0") arguments => result,
            in("x1") size_of::<CloneArgs>(),
            in("x20") data,
            in("x21") run,
        );
    }
    result
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
