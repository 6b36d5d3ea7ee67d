//! clone3(2) as safe as it can be.
//!
//! What this crate promises:
//!
//! - Every field of the kernel's `clone_args` can be given, and every flag but `CLONE_THREAD`, which needs a thread
//!   library's help. Combinations that the kernel must refuse cannot be written where a type can say so.
//! - A child is a [`Child`], which owns its pidfd: `CLONE_PIDFD` is always set. It can be waited for with its resource
//!   use, signalled and polled, and is never confused with a later process of the same number.
//! - A stop of a traced child is never taken for its end.
//! - Nothing is allocated between the system call and the end of the child's closure, by this crate.
//! - The child's closure never returns into the parent's code: the child exits with what it returns, and aborts if it
//!   panics.
//!
//! What it does not do: it does not execute programs, keeps no list of children, installs no signal handler, and does not
//! run `pthread_atfork` handlers.
//!
//! # Two ways
//! [`Clone3::fork`] gives the child a copy of the memory, as fork(2) does. [`Clone3::vfork`] shares the memory until the
//! child executes a program or exits, as vfork(2) does, but on a stack of its own: for a process whose memory is large, a
//! copy of its page tables alone takes tens of milliseconds.
//!
//! Both are `unsafe`, because what the child may do is a promise that no type can make: see there.
//!
//! # Example
//! ```
//! use clone3::{Clone3, How, Namespaces};
//!
//! let clone = Clone3::new().namespaces(Namespaces::USER | Namespaces::PID);
//! // SAFETY: the child makes only system calls.
//! let child = unsafe { clone.fork(|| rustix::process::getpid().as_raw_pid() as u8) }?;
//! assert_eq!(child.wait()?.how, How::Exited(1), "it is pid 1 of its namespace");
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! What the kernel answers with `EINVAL`, and no type here can say: [`Sharing::FS`] with a new user or mount namespace,
//! and [`Sharing::SEMAPHORES`] with a new ipc namespace.
#![deny(missing_docs)]

mod arguments;
mod child;
mod clone;
mod ended;
mod fork;
mod stack;
mod vfork;

pub use arguments::{Namespaces, Sharing, Tids};
pub use child::Child;
pub use clone::{Clone3, CopiedMemory, Parent, SharedMemory};
pub use ended::{Ended, How, Usage};
pub use stack::Stack;

use std::io;

/// The one place where a C library's -1 becomes an error.
fn check(result: libc::c_long) -> io::Result<libc::c_long> {
    if result == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}
