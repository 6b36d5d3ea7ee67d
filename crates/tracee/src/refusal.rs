//! Why a process cannot be followed.
use crate::stat::Stat;
use crate::status::Status;
use kernel::Errno;
use rustix::process::{Pid, getpid, getuid};

/// A process cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot follow process {process}: {reason}")]
pub struct SeizeError {
    /// Which.
    pub process: Pid,
    /// Why.
    pub reason: Reason,
}

/// What is in the way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// There is none of this number.
    #[error("there is no such process")]
    NoSuchProcess,
    /// It has ended, and waits for its parent to learn of it.
    #[error("it has ended")]
    Ended,
    /// It is this process.
    #[error("it is this process itself")]
    Ourselves,
    /// This tracer follows it already.
    #[error("it is followed already")]
    FollowedAlready,
    /// Another process traces it, or another thread of this one: a process can have only one tracer.
    #[error("it is traced already, by process {tracer} ({name})")]
    TracedAlready {
        /// By whom.
        tracer: i32,
        /// Its name (`comm`).
        name: String,
    },
    /// A thread of the kernel.
    #[error("it is a thread of the kernel")]
    KernelThread,
    /// It runs as another user, for which `CAP_SYS_PTRACE` would be needed.
    #[error("it runs as user {theirs}, and this process as user {ours}")]
    AnotherUsers {
        /// Its real user.
        theirs: u32,
        /// Ours.
        ours: u32,
    },
    /// `/proc/sys/kernel/yama/ptrace_scope`.
    #[error("the machine's administrator allows it for {} (kernel.yama.ptrace_scope is {scope})", allowed(*scope))]
    Yama {
        /// What it is set to.
        scope: u8,
    },
    /// It has privileges that this process lacks, has made itself undumpable (`PR_SET_DUMPABLE`, prctl(2)), or is in a user
    /// namespace above.
    #[error("it is protected: it may do more than this process, or has made itself undumpable")]
    Protected,
    /// The kernel does not tell the children of a process, so that its tree cannot be found.
    #[error("this kernel does not tell which processes are below it (CONFIG_PROC_CHILDREN)")]
    NoChildren,
    /// Something else.
    #[error("{0}")]
    Other(Errno),
}

impl Reason {
    /// Its name, for programs: it stays as it is.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NoSuchProcess => "no-such-process",
            Self::Ended => "ended",
            Self::Ourselves => "ourselves",
            Self::FollowedAlready => "followed-already",
            Self::TracedAlready { .. } => "traced-already",
            Self::KernelThread => "kernel-thread",
            Self::AnotherUsers { .. } => "another-users",
            Self::Yama { .. } => "yama",
            Self::Protected => "protected",
            Self::NoChildren => "no-children",
            Self::Other(_) => "other",
        }
    }
}

fn allowed(scope: u8) -> &'static str {
    match scope {
        1 => "descendants only",
        2 => "privileged processes only",
        _ => "nobody",
    }
}

/// Why the kernel refused a thread of a process with `errno`.
pub(crate) fn reason(thread: Pid, errno: Errno) -> Reason {
    match (errno, Status::read(thread)) {
        (Errno::SRCH, _) | (_, Err(Errno::NOENT | Errno::SRCH)) => Reason::NoSuchProcess,
        (Errno::PERM, Ok(status)) => forbidden(thread, &status),
        (errno, _) => Reason::Other(errno),
    }
}

/// The kernel only says that it is forbidden.
fn forbidden(thread: Pid, status: &Status) -> Reason {
    let process = status.number("Tgid").and_then(Pid::from_raw);
    if process == Some(getpid()) {
        return Reason::Ourselves;
    }
    if status.has_ended() {
        return Reason::Ended;
    }
    if let Some(tracer @ 1..) = status.number("TracerPid") {
        // That is the thread that traces, in spite of its name.
        let tracer = process_of(tracer);
        return Reason::TracedAlready {
            tracer,
            name: name(tracer),
        };
    }
    if is_of_the_kernel(thread, status) {
        return Reason::KernelThread;
    }
    let ours = getuid().as_raw();
    let theirs: Vec<u32> = (status.field("Uid").unwrap_or_default().split_whitespace())
        .map_while(|id| id.parse().ok())
        .collect();
    if let Some(theirs) = theirs.iter().take(3).copied().find(|id| *id != ours) {
        return Reason::AnotherUsers { theirs, ours };
    }
    match scope() {
        Some(scope @ 1..) => Reason::Yama { scope },
        _ => Reason::Protected,
    }
}

/// Whether the calling thread traces it.
pub(crate) fn is_ours(thread: Pid) -> bool {
    Status::read(thread).is_ok_and(|status| status.is_ours())
}

/// The process that this thread is of.
fn process_of(thread: i32) -> i32 {
    let status = Pid::from_raw(thread).and_then(|thread| Status::read(thread).ok());
    let process = status.and_then(|status| status.number("Tgid"));
    process.unwrap_or(thread)
}

fn name(process: i32) -> String {
    let name = std::fs::read(format!("/proc/{process}/comm")).unwrap_or_default();
    String::from_utf8_lossy(name.trim_ascii_end()).into_owned()
}

/// `PF_KTHREAD` of its flags; from Linux 6.10 on `Kthread` says it.
fn is_of_the_kernel(thread: Pid, status: &Status) -> bool {
    const PF_KTHREAD: u32 = 0x0020_0000;
    if let Some(kthread) = status.number("Kthread") {
        return kthread == 1;
    }
    let flags = Stat::read(thread).ok().and_then(|stat| stat.flags());
    flags.is_some_and(|flags| flags & PF_KTHREAD != 0)
}

fn scope() -> Option<u8> {
    let text = std::fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").ok()?;
    text.trim().parse().ok()
}
