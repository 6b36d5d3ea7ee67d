//! The system calls of clone-shim that need care, each safe to call.
//!
//! What this crate promises:
//!
//! - Everything that happens between clone and exec is an [`Operation`]: data, made beforehand, that is applied without
//!   allocating, locking, formatting or returning into the caller's code. [`Script::launch`] is therefore safe to call
//!   from any thread.
//! - A step that fails is reported as its index and errno; nothing after it runs, and nothing of the process stays.
//! - Descriptors are `OwnedFd`; between clone and exec they live in numbered [`Slot`]s.
//! - Requests of ptrace(2) ([`Traced`]) touch no memory of this process beyond what is handed to them, and waiting for
//!   tracees takes nothing from other threads.
//! - C names stay findable: a doc comment names the system call or constant.
//!
//! What it does not do: it has no policy (what a void is lies in the crate `void`), knows no specification, and has no
//! text for users beyond what an operation is called.
#![deny(missing_docs)]

mod ambient;
mod arrange;
mod beneath;
mod capability;
mod caretaker;
mod check;
mod child;
mod children;
mod clock;
mod clone_flags;
mod filter;
mod foreground;
mod init;
mod inside;
mod interfaces;
mod kind;
mod landlock;
mod launch;
mod mounts;
mod namespace;
mod network;
mod notify;
mod operation;
mod program;
mod ptrace;
mod received;
mod registers;
mod report;
mod scratch;
mod search;
mod session;
mod session_of;
mod shares;
mod signals;
mod slot;
mod socket_file;
mod startup;
mod syscall;
mod syscall_stop;
mod traced_filters;
mod traced_state;
mod turns;
mod vector_sets;
mod wait;

pub use ambient::program_is_privileged;
pub use arrange::{Arrangement, close_at_exec};
pub use beneath::open_beneath;
pub use capability::{CAPABILITY_NAMES, Capabilities};
pub use caretaker::Caretaker;
pub use child::dies_with_us;
pub use children::{ChildNews, Waker, leave_news_to_waiters};
pub use clock::clock_tick;
pub use clone_flags::CloneFlags;
pub use clone3::{Child, Ended, How, Namespaces, Usage};
pub use filter::{Condition, Decision, Filter, FilterError, Policy, Rule, Verdict};
pub use foreground::is_in_foreground;
pub use inside::{Bearings, VoidNamespaces};
pub use interfaces::{INTERFACE_REQUEST, INTERFACE_REQUESTS, ask_interface};
pub use kind::FileKind;
pub use landlock::{Landlock, LandlockAccess, LandlockError};
pub use launch::{Launched, Remains, Script};
pub use mounts::{FsOption, MountFlags};
pub use namespace::Namespace;
pub use network::{Message, Network, bind, connect, local_address, send};
pub use notify::{Call, Caller, Handed, Handover, Listener, Memory};
pub use operation::{Operation, Origin, Resource};
pub use program::{Program, ProgramError};
pub use ptrace::{SignalInfo, TraceOptions, Traced};
pub use registers::{Abi, FailedCall, Registers};
pub use report::{Failure, News, Reports};
pub use rustix::io::Errno;
pub use session_of::session_of;
pub use shares::share_descriptors;
pub use signals::{Hurry, SignalSet, take_signal};
pub use slot::{Slot, Slots};
pub use socket_file::SocketFile;
pub use startup::{Begun, Refusal, StartStep, Startup, Waiting};
pub use syscall::{syscall_number, syscalls};
pub use syscall_stop::{AUDIT_AARCH64, AUDIT_I386, AUDIT_X86_64, SyscallStop};
pub use traced_filters::Instruction;
pub use traced_state::{Dispatch, Pending, Pends};
pub use turns::ShortTurns;
pub use vector_sets::VectorSets;
pub use wait::{Status, TraceEvent, Waited, wait_any, wait_for};
