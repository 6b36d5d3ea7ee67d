//! A tree of processes as events, by ptrace(2).
//!
//! What this crate promises:
//!
//! - Every process and thread that is made below what is followed is told of, however it is made and however soon it ends:
//!   first its birth, last its end. Where a number is used again the two are never confused.
//! - Who made a process is told apart from who is its parent (`CLONE_PARENT`), and a process from a thread.
//! - A command is followed from before its first exec. A process that runs is followed with all its threads and the whole
//!   tree below it, while that changes.
//! - The first process's end is not the end of its tree: following ends when nothing is left.
//! - A thread at which something happens can be held, as a value ([`Stopped`]) that is used up when it goes on; meanwhile
//!   its /proc can be read. When an exec is told of, no instruction of the program has run.
//! - What is followed does not notice. Signals arrive with all that was sent with them, in their order. What job control
//!   stops stays stopped. No system call comes back with `EINTR` that would not have, and what waits for some time waits no
//!   shorter, nor longer as long as it is followed; but see below.
//! - When everything is let go it goes on as it is: running, stopped, or with a signal on its way.
//! - Nothing is polled: without news the tracer sleeps. Another thread can wake it ([`Bell`]), and it can be asked to wake at some
//!   time ([`Tracer::wake_at`]).
//! - Only this thread's children and tracees are waited for: what other threads of the process start is theirs.
//! - Nothing panics. What cannot be followed is said, with the reason ([`SeizeError`]).
//! - A process number is a [`Pid`](rustix::process::Pid) of our pid namespace, a signal a number from 1 to 64, a time a
//!   `Duration`, memory in KiB.
//!
//! What it does not do:
//!
//! - It sees no system calls but those that it has made again, installs no seccomp filter and sets no `no_new_privs`, so that what a
//!   process may do stays what it is. With [`Options::failed_execs`] every system call is stopped at, to see those execs fail.
//! - It reads nothing about processes but their numbers; what they may do is for others to read, while they are held.
//! - It does not keep the privilege of a setuid program, or one with file capabilities, that a followed process executes:
//!   where the tracer lacks `CAP_SYS_PTRACE` the kernel withholds it (execve(2)).
//!
//! # What can be noticed nevertheless
//! - `TracerPid` in /proc/PID/status.
//! - epoll_wait(2), sigtimedwait(2), semtimedop(2), io_getevents(2) and io_uring_enter(2), which the kernel does not start again, wait
//!   for what is left of their time, as long as they are followed: they are made again with what they have in their registers and
//!   memory, watched, and end when their time is over. When they are let go before, their time begins anew, as nobody is there to
//!   end them. The kernel tells nobody since when a call waits; it is taken from when the thread last had the processor, which is
//!   told by a clock of that processor (/proc/TID/sched). So their time begins anew too, once, where the thread comes to another
//!   processor as it is stopped first, where that is for a signal that it ignores, and on a machine that has ever been suspended, or
//!   whose clock is set by its tick (adjtimex(2)). Only one that comes back by itself, and waits anew, between the look at that file
//!   and the stop could wait shorter: mostly microseconds, more where there is much to do.
//! - What receives, accepts or sends with a time limit of its socket (`SO_RCVTIMEO`, `SO_SNDTIMEO`) begins that anew when it is
//!   disturbed: by being frozen, let go, or sent a signal that is ignored. To know that limit a descriptor of the socket would have to
//!   be taken, and to whose traffic it counts may change by that (cgroup v1). io_pgetevents(2), what io_uring_enter(2) has to wait
//!   for at least, and read(2) of a terminal with `VTIME` begin their time anew as well: the kernel starts them again so.
//! - A transfer of which a part was done (write(2) to a full pipe or socket, recv(2) with `MSG_WAITALL`, recvmmsg(2)) comes
//!   back with that part then; so do io_getevents(2) and io_uring_enter(2) that have some of what they wait for. close(2) of a socket
//!   that lingers (`SO_LINGER`) waits no longer.
//! - What could do something twice, or not as it would have, comes back with `EINTR` then, where there is a time limit:
//!   connect(2); send(2) with `MSG_FASTOPEN`; send(2) and write(2) to other sockets than those of unix(7), TCP and MPTCP; and
//!   sendfile(2) and splice(2). So do calls of 32-bit code by socketcall(2), and by 64-bit code, with `int 0x80`, those that
//!   read, write or send. On other machines than x86-64 no call is made again.
//! - Whether a TCP socket connects by its first send(2) (`TCP_FASTOPEN_CONNECT`) does not show. That is made again, as the
//!   kernel does where there is no time limit, and what went with the request to connect is sent twice.
//! - A thread that waits in vfork(2), or for a device, cannot be stopped until that is over.
//! - A copy ([`Tracer::copy`]) is a child, which is in /proc, and which wait4(2) finds with `__WALL` or `__WCLONE`; what it has
//!   used counts for the process once it has been taken away. It takes a number, and a place under limits of processes. If
//!   the tracer dies first, what is left of the copy stays until the process ends. If the tracer dies in the fraction of a
//!   millisecond in which the registers of a thread are not its own ([`Visited::lent`]), the process dies too, or is wrong.
//! - A filter that asks another process (seccomp_unotify(2)), or writes to the log, does so for the calls that make and take away
//!   a copy.
//!
//! # What to know
//! - While there is a [`Tracer`] its thread blocks `SIGCHLD`, and the process has a handler for it, from then on; nobody may
//!   replace that. Other threads spend least if they block it too.
//! - A followed process that is a child of the tracer's own process is waited for by the tracer. The tracer's thread should
//!   have no other children.
//! - Seized processes are not stopped: their birth is told while they run.
//! - Children that a clone withholds (`CLONE_UNTRACED`) are looked for when their parent executes a program, is told of the
//!   end of a child, or is about to end, and on request. Those that end sooner are not seen, nor those for which a
//!   privileged process chooses the number (`set_tid`, clone3(2)) until they are asked for.
//! - A process that leaves the tree while that is being seized, because its parent ends at that moment before it is seized
//!   itself, is not below it any more.
//!
//! # Example
//! ```
//! use tracee::{Command, Ending, News, Options, Tracer, What};
//!
//! let mut tracer = Tracer::new(Options::default())?;
//! tracer.start(&Command::new("sh").arguments(["-c", "/bin/true; exit 3"]))?;
//! let mut programs = 0;
//! let mut endings = Vec::new();
//! while let Some(news) = tracer.next()? {
//!     let News::Event(event, stopped) = news else { continue };
//!     match event.what {
//!         What::Executed { .. } => programs += 1,
//!         What::Ended { ending, .. } => endings.push(ending),
//!         _ => {}
//!     }
//!     if let Some(stopped) = stopped {
//!         // Here /proc of the process can be read, and it does not change.
//!         tracer.resume(stopped)?;
//!     }
//! }
//! assert_eq!(programs, 2);
//! assert_eq!(endings, [Ending::Exited(0), Ending::Exited(3)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Kernels
//! Linux 5.3 for [`Options::failed_execs`] and for calls that are made again; 4.2 with `CONFIG_PROC_CHILDREN` for what runs
//! already.
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

mod bell;
mod carried;
mod census;
mod command;
mod decode;
mod distant;
mod drive;
mod error;
mod event;
mod failed_exec;
mod fingerprint;
mod home;
mod inside;
mod joining;
mod machine;
mod parting;
mod proc_file;
mod refusal;
mod refused;
mod seize;
mod stale;
mod stat;
mod status;
mod stopped;
mod strangers;
mod tracer;
mod trapped;
mod trees;
mod undisturbed;
mod visit;

pub use bell::Bell;
pub use command::{Command, Started};
pub use error::{Error, NewError, NotFollowed, StartError};
pub use event::{Ending, Event, Origin, What};
pub use inside::{Answer, Call, CallError, Data, Filters, Inside, Word};
pub use kernel::{
    Abi, CloneFlags, Errno, Instruction, Refusal, SignalSet, StartStep, is_in_foreground,
    leave_news_to_waiters, session_of, share_descriptors,
};
pub use parting::Parting;
pub use refusal::{Reason, SeizeError};
pub use stopped::Stopped;
pub use tracer::{News, Options, Tracer};
pub use visit::{Preparation, Remains, VisitError, Visited};
