//! What a process may do, as one typed value read from the kernel, and the difference between two of them.
//!
//! ```
//! use privileges::{Difference, Process};
//! use std::process::Command;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut child = Command::new("setpriv").args(["--no-new-privs", "sleep", "100"]).spawn()?;
//! let process = Process::open(rustix::process::Pid::from_child(&child))?;
//! # while process.facts()?.name != "sleep" {}
//! let own = Process::open(rustix::process::getpid())?.privileges()?;
//! let difference = Difference::between(&own, &process.privileges()?);
//! assert!(difference.to_string().contains("no_new_privs set"));
//! # child.kill()?;
//! # child.wait()?;
//! # Ok(())
//! # }
//! ```
//!
//! What this crate promises:
//!
//! - An answer is about the process that was asked for, or there is none: a [`Process`] is its folder in /proc, held open,
//!   and a pidfd, both of the same process. Once it has been reaped, every question ends in [`ReadError::Gone`], also when
//!   another process has its number by then.
//! - What cannot be read is marked, with the reason ([`Seen`]); it is never empty, and in a [`Difference`] it never passes
//!   for the same ([`Difference::unknown`]).
//! - [`Process::essentials`] is quick enough for every event of a traced tree: one file and ten links.
//! - A thread that may do something else than its leader is told apart ([`Privileges::threads`]).
//! - A socket is found in whichever of the networks of a tree it is, and so is the process at the other end of a pipe or a
//!   connection ([`privileges_of`], [`Ends`]).
//! - No bytes that a process can put into /proc (names, arguments, paths, names of sockets) make a reader fail or panic, or
//!   pass for something else. Lines that a newer kernel writes are passed over.
//! - A verdict on a system call is the kernel's ([`Filters`]). Where it depends on what is not known of the call, none that
//!   can come is left out. Of filters that no kernel would take it is that they kill.
//! - Nothing is changed, neither in the process nor in the kernel, and the process is not stopped. Devices, files and FIFOs
//!   are not opened, and file systems that are served by a process or over the network are not asked.
//!
//! What it does not do:
//!
//! - It reads one thing after the other, while the process runs: what it changes meanwhile can be seen in part. Only of one
//!   that stands still is the value that of one moment.
//! - Root, current directory and descriptors are the leader's, as nearly always all threads share them: one that has its own
//!   (unshare(2) with `CLONE_FS` or `CLONE_FILES`) is not told apart by them.
//! - It does not tell what the kernel has no file for: Landlock domains, securebits, keyrings, the content of filters
//!   (a tracer can add these, see [`Privileges::with_filters`]).
//! - It draws no conclusions: whether a capability is of use in the user namespace that it counts in, or what filters let
//!   through as a whole ([`Filters`] judge one call at a time).
//! - Sockets of a network namespace in which no process that is looked at is, and which is not the reader's, are told by
//!   their protocol alone. Without sock_diag(7) nothing more is known of AF_UNIX sockets.
//! - /proc has to be of the reader's own pid namespace.
#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unreachable
    )
)]
#![forbid(unsafe_code)]

mod capabilities;
mod connection;
mod counterparts;
mod descriptor;
mod difference;
mod disassembly;
mod ends;
mod errno;
mod essentials;
mod evaluation;
mod facts;
mod identity;
mod limit;
mod meaning;
mod mount;
mod names;
mod namespace;
mod privileges;
mod process;
mod program_file;
mod read;
mod seccomp;
mod seen;
mod sockets;
mod survey;
mod written;

pub use capabilities::{Capabilities, CapabilityKind, CapabilitySet, capability_name};
pub use counterparts::Counterparts;
pub use descriptor::{Access, Descriptor, Object, Socket};
pub use difference::{Change, Changed, Difference, Direction, Unknown};
pub use disassembly::disassemble;
pub use ends::{End, Ends, Others};
pub use errno::errno_name;
pub use essentials::Essentials;
pub use evaluation::{ExpectedCall, Filters, SystemCall, Verdict, Verdicts};
pub use facts::{Facts, Strings};
pub use identity::{IdKind, IdMap, Ids};
pub use kernel::Instruction;
pub use limit::Limit;
pub use meaning::capability_meaning;
pub use mount::Mount;
pub use names::Names;
pub use namespace::{NamespaceKind, NamespaceOwner, Namespaces};
pub use privileges::{Privileges, Thread};
pub use process::{OpenError, Process, ReadError, Reader};
pub use program_file::{ProgramFile, ProgramFiles};
pub use seccomp::{Seccomp, SeccompMode};
pub use seen::{Seen, Why};
pub use survey::{Look, Survey, privileges_of};
