//! The requests of ptrace(2) to threads that were seized, each safe to make.
//!
//! What a thread's memory and registers hold is its own: no request touches memory of this process beyond what is
//! handed to it here.
use crate::check::check;
use crate::wait::TraceEvent;
use bitflags::bitflags;
use rustix::io::Errno;
use rustix::process::Pid;
use std::mem::MaybeUninit;

bitflags! {
    /// What the kernel reports of a traced thread, and of whatever it makes (`PTRACE_O_*`).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct TraceOptions: u32 {
        /// A stop at a system call is told from one by `SIGTRAP` (`PTRACE_O_TRACESYSGOOD`).
        const SYSCALLS_MARKED = 0x0000_0001;
        /// fork(2): the new process is traced too (`PTRACE_O_TRACEFORK`).
        const FORK = 0x0000_0002;
        /// vfork(2): the new process is traced too (`PTRACE_O_TRACEVFORK`).
        const VFORK = 0x0000_0004;
        /// clone(2): the new process or thread is traced too (`PTRACE_O_TRACECLONE`).
        const CLONE = 0x0000_0008;
        /// execve(2) (`PTRACE_O_TRACEEXEC`).
        const EXEC = 0x0000_0010;
        /// A thread is about to end (`PTRACE_O_TRACEEXIT`).
        const EXIT = 0x0000_0040;
        /// The kernel kills it when its tracer ends (`PTRACE_O_EXITKILL`).
        const EXIT_KILL = 0x0010_0000;
        /// Its filters of system calls are passed over (`PTRACE_O_SUSPEND_SECCOMP`, Linux 4.3). To ask for it takes
        /// `CAP_SYS_ADMIN` in the first user namespace, and no filter of the tracer's own (`EPERM`).
        const SUSPEND_SECCOMP = 0x0020_0000;
    }
}

/// A thread that the calling thread traces, or may trace: a request to any other fails with `ESRCH`, as does one to a
/// thread that has to be stopped and is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traced(Pid);

impl From<Pid> for Traced {
    fn from(thread: Pid) -> Self {
        Self(thread)
    }
}

impl Traced {
    /// Its number.
    pub fn thread(self) -> Pid {
        self.0
    }

    /// Has the calling thread trace it, without stopping it (`PTRACE_SEIZE`).
    pub fn seize(self, options: TraceOptions) -> Result<(), Errno> {
        self.ask(libc::PTRACE_SEIZE, options.bits() as usize)
    }

    /// Changes what is reported, all of it (`PTRACE_SETOPTIONS`). It has to be stopped.
    pub fn set_options(self, options: TraceOptions) -> Result<(), Errno> {
        self.ask(libc::PTRACE_SETOPTIONS, options.bits() as usize)
    }

    /// Has it stop soon, whatever it does (`PTRACE_INTERRUPT`). Any other stop that comes first takes its place.
    pub fn interrupt(self) -> Result<(), Errno> {
        self.ask(libc::PTRACE_INTERRUPT, 0)
    }

    /// Lets it go on (`PTRACE_CONT`), with a signal if `signal` is not 0.
    pub fn resume(self, signal: i32) -> Result<(), Errno> {
        self.ask(libc::PTRACE_CONT, number(signal))
    }

    /// As [`Traced::resume`], up to the next beginning or end of a system call (`PTRACE_SYSCALL`).
    pub fn resume_to_syscall(self, signal: i32) -> Result<(), Errno> {
        self.ask(libc::PTRACE_SYSCALL, number(signal))
    }

    /// Leaves it in the stop of its whole process that it is in, and has the end of that be reported (`PTRACE_LISTEN`).
    pub fn listen(self) -> Result<(), Errno> {
        self.ask(libc::PTRACE_LISTEN, 0)
    }

    /// Traces it no longer, and lets it go on (`PTRACE_DETACH`), with a signal if `signal` is not 0. If its process is
    /// stopped it stays so.
    pub fn detach(self, signal: i32) -> Result<(), Errno> {
        self.ask(libc::PTRACE_DETACH, number(signal))
    }

    /// What belongs to the event that it stopped at (`PTRACE_GETEVENTMSG`).
    pub fn event_message(self) -> Result<u64, Errno> {
        let mut message: libc::c_ulong = 0;
        // SAFETY: PTRACE_GETEVENTMSG writes one unsigned long, and `message` is one.
        check(unsafe {
            libc::ptrace(
                libc::PTRACE_GETEVENTMSG,
                self.0.as_raw_pid(),
                0usize,
                &raw mut message,
            )
        })?;
        Ok(message)
    }

    /// The number of what it has made, where it stands at the event of that. If it was killed since, the message may already be
    /// that of its end: it is the number of the new one if the thread is still at the same event afterwards.
    pub fn new_thread(self, event: TraceEvent) -> Option<Pid> {
        let message = i32::try_from(self.event_message().ok()?).ok()?;
        let now = self.signal_info().ok()?.event()?;
        Pid::from_raw(message).filter(|_| TraceEvent::from_number(now) == event)
    }

    /// The signal that it stopped at, with whatever was sent with it (`PTRACE_GETSIGINFO`). `EINVAL` where the stop is
    /// one of its whole process.
    pub fn signal_info(self) -> Result<SignalInfo, Errno> {
        let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
        // SAFETY: PTRACE_GETSIGINFO writes one siginfo_t, and `info` is one.
        check(unsafe {
            libc::ptrace(
                libc::PTRACE_GETSIGINFO,
                self.0.as_raw_pid(),
                0usize,
                info.as_mut_ptr(),
            )
        })?;
        // SAFETY: all zeroes is a valid siginfo_t, and the kernel has written to it since.
        let info = unsafe { info.assume_init() };
        Ok(SignalInfo {
            signal: info.si_signo,
            code: info.si_code,
        })
    }

    /// A request whose argument is an integer.
    fn ask(self, request: libc::c_uint, argument: usize) -> Result<(), Errno> {
        // SAFETY: every request that is handed in takes an integer or nothing, and reads or writes no memory.
        check(unsafe { libc::ptrace(request, self.0.as_raw_pid(), 0usize, argument) }).map(drop)
    }
}

/// A negative number is no signal, and refused by the kernel (`EIO`).
fn number(signal: i32) -> usize {
    usize::try_from(signal).unwrap_or(usize::MAX)
}

/// What is known of a signal (`siginfo_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalInfo {
    /// Its number (`si_signo`).
    pub signal: i32,
    /// Where it came from (`si_code`).
    pub code: i32,
}

impl SignalInfo {
    /// The event of ptrace(2) that this stop is, if it is one.
    pub fn event(self) -> Option<i32> {
        (self.code & 0xff == libc::SIGTRAP && self.code >> 8 != 0).then_some(self.code >> 8)
    }
}
