//! clone3(2) as safe as it can be: typed flags and arguments in, a child with its pidfd out.
//!
//! What this crate promises:
//!
//! - Every field of the kernel's `clone_args` can be given, and every flag but `CLONE_THREAD`, `CLONE_VM` without
//!   `CLONE_VFORK`, and `CLONE_DETACHED`: see below.
//! - What the kernel must refuse cannot be written where a type can say so: see [`Clone3`] for the list, each line of it a
//!   test. What is asked for is never dropped in silence: the kernel gives all of it or an error.
//! - A child is a [`Child`], which owns its pidfd: `CLONE_PIDFD` is always set. It can be waited for with its resource
//!   use, signalled and polled, and is never confused with a later process of the same number.
//! - Only the end of a child is taken for its end: no stop of a traced one is, nor is such a stop taken from the tracer.
//! - Nothing is allocated by this crate between the call of [`Clone3::fork`] or [`Clone3::vfork`] and the child's end.
//! - The child's closure never returns, or unwinds, into the parent's code: the child exits with what it returns, and
//!   aborts if it panics.
//! - A descriptor is owned or borrowed, never a number; a signal is 1 to 64; times are `Duration`s, sizes are bytes.
//!
//! What it does not do:
//!
//! - It makes no threads (`CLONE_THREAD`, and memory shared beyond exec): those are the C library's, which must know them.
//! - It executes no programs, prepares no void, and maps no ids: that is for the child's closure.
//! - It keeps no list of children, installs no handler of signals, and kills nobody when a [`Child`] is dropped.
//! - It runs no pthread_atfork(3) handlers.
//! - It does not make up for an older kernel: a field that the kernel does not know is an error, `E2BIG` or `EINVAL`.
//!
//! # Two ways
//! [`Clone3::fork`] gives the child a copy of the memory, as fork(2) does. [`Clone3::vfork`] shares the memory until the
//! child executes a program or exits, as vfork(2) does, but on a [`Stack`] of its own: for a process whose memory is large,
//! a copy of its page tables alone takes tens of milliseconds. It is there on x86-64 and aarch64.
//!
//! Both are `unsafe`, because what the child may do is a promise that no type can make: see there.
//!
//! # Example
//! ```
//! use clone3::{Clone3, How, Namespaces};
//!
//! let clone = Clone3::new().namespaces(Namespaces::USER | Namespaces::PID);
//! // SAFETY: the child makes only a system call.
//! let child = unsafe { clone.fork(|| rustix::process::getpid().as_raw_pid() as u8) }?;
//! let ended = child.wait()?;
//! assert_eq!(ended.how, How::Exited(1), "it is pid 1 of its namespace");
//! println!("it took {:?}", ended.usage.user + ended.usage.system);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # What only the kernel can refuse
//! Ask for these and get an error: [`Parent::CallersParent`] from pid 1 of a namespace; a descriptor that is not of a
//! cgroup; a number that is taken, or is not 1 in a new pid namespace; and whatever the caller may not do.
//!
//! Not every combination that the kernel would take can be written: a tied child ([`Clone3::tied`]) can have only those
//! namespaces that exclude neither [`Ties::FS`] nor [`Ties::SEMAPHORES`], whichever of them it has.
//!
//! # Kernels
//! clone3 is of Linux 5.3, waiting for a pidfd of 5.4, `CLONE_CLEAR_SIGHAND`, `set_tid` and `CLONE_NEWTIME` are of 5.5 and
//! 5.6, `CLONE_INTO_CGROUP` is of 5.7.
#![deny(missing_docs)]

mod arguments;
mod child;
mod clone;
mod ended;
mod fork;
mod memory;
mod namespaces;
mod parent;
mod stack;
mod tids;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod vfork;

pub use child::Child;
pub use clone::Clone3;
pub use ended::{Ended, How, Usage};
pub use memory::{CopiedMemory, CopiedMemoryNewTime, OwnMemory, SharedMemory};
pub use namespaces::{Namespaces, OtherNamespaces, Sharing, Tied, Ties, Untied};
pub use parent::{ExitSignal, Parent};
pub use stack::Stack;
pub use tids::Tids;

use std::io;

/// The one place where a C library's -1 becomes an error.
fn check(result: libc::c_long) -> io::Result<libc::c_long> {
    if result == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}
