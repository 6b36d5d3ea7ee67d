//! System calls that wait for somebody else's answer (seccomp_unotify(2)): the filter that has them wait, how its
//! listener reaches the shim, and what the shim can do about a call.
//!
//! A call's pointer arguments lead into memory that its process can change at any time. Whoever decides by what is there
//! copies it, checks with [`Listener::is_waiting`] that the process is still the one that asked, and performs the call on
//! the copy. Nothing here has the kernel read the arguments again.
use crate::check::check;
use crate::filter::Filter;
use crate::inside::{Bearings, VoidNamespaces};
use crate::signals::SignalSet;
use clone3::Child;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, Signal};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// Receives the calls of a void, once the void has installed its filter.
#[derive(Debug)]
pub struct Listener(OwnedFd);

/// A system call that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// What it is answered by. Never used twice.
    pub id: u64,
    /// The thread, as the shim sees it.
    pub thread: Pid,
    /// Which system call.
    pub number: u32,
    /// Its arguments.
    pub arguments: [u64; 6],
}

/// What the shim gets of a void in which calls wait.
#[derive(Debug)]
pub struct Handed {
    /// Receives the calls.
    pub listener: Listener,
    /// Where the void is.
    pub namespaces: VoidNamespaces,
    /// The file of the void that the shim changes, if there is one.
    pub updated: Option<OwnedFd>,
}

/// No descriptor.
const NONE: RawFd = -1;

/// The shim's side of a filter that a void is to install.
#[derive(Debug)]
pub struct Handover(OwnedFd);

impl Handover {
    /// Both sides; the second is for [`Operation::InstallWaiting`](crate::Operation::InstallWaiting).
    pub fn pair() -> io::Result<(Self, OwnedFd)> {
        let (ours, theirs) = rustix::net::socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC,
            None,
        )?;
        rustix::io::ioctl_fionbio(&ours, true)?;
        Ok((Self(ours), theirs))
    }

    /// Takes all that from `void`, whose first process waits for it: `EAGAIN` before it does. `None` when the void has gone.
    pub fn take(&self, void: &Child) -> Result<Option<Handed>, Errno> {
        let mut numbers = [0; 8];
        if rustix::io::read(&self.0, &mut numbers)? != numbers.len() {
            return Ok(None);
        }
        let [listener, updated] = [0, 4]
            .map(|at| RawFd::from_ne_bytes([0, 1, 2, 3].map(|byte: usize| numbers[at + byte])));
        let listener = Listener(pidfd_getfd(void.as_fd(), listener)?);
        listener.wake_on_the_same_processor();
        let updated = match updated {
            NONE => None,
            number => Some(pidfd_getfd(void.as_fd(), number)?),
        };
        // It cannot be looked into any more when it goes on.
        let namespaces = VoidNamespaces::of(void.pid())?;
        rustix::io::write(&self.0, &[0])?;
        Ok(Some(Handed {
            listener,
            namespaces,
            updated,
        }))
    }
}

impl AsFd for Handover {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Installs `filter` for this process and all that come from it, and waits until the shim has its listener. By its
/// number, as no message could be sent in which a filter has sending wait.
pub(crate) fn install(
    filter: &Filter,
    channel: BorrowedFd<'_>,
    updated: Option<BorrowedFd<'_>>,
) -> Result<(), Errno> {
    let listener = filter.install_listening()?;
    let updated = updated.map_or(NONE, |file| file.as_raw_fd());
    let mut numbers = [0; 8];
    numbers[..4].copy_from_slice(&listener.as_raw_fd().to_ne_bytes());
    numbers[4..].copy_from_slice(&updated.to_ne_bytes());
    rustix::io::write(channel, &numbers)?;
    match rustix::io::read(channel, &mut [0; 1])? {
        1 => Ok(()),
        _ => Err(Errno::PIPE),
    }
}

impl Listener {
    /// The next call; `ENOENT` if it has been given up meanwhile. Waits for one where poll(2) tells of none.
    pub fn receive(&self) -> Result<Call, Errno> {
        // The kernel wants it zeroed.
        let mut call = MaybeUninit::<libc::seccomp_notif>::zeroed();
        // SAFETY: the kernel writes a whole `seccomp_notif` to the place, which is live and of that type.
        let result = unsafe {
            libc::ioctl(
                self.0.as_raw_fd(),
                libc::SECCOMP_IOCTL_NOTIF_RECV,
                call.as_mut_ptr(),
            )
        };
        check(result.into())?;
        // SAFETY: it is integers, and was all zeroes before the kernel wrote it.
        let call = unsafe { call.assume_init() };
        let thread = i32::try_from(call.pid).map_err(|_| Errno::SRCH)?;
        Ok(Call {
            id: call.id,
            thread: Pid::from_raw(thread).ok_or(Errno::SRCH)?,
            number: u32::try_from(call.data.nr).map_err(|_| Errno::NOSYS)?,
            arguments: call.data.args,
        })
    }

    /// Whether the call still waits; then its thread is still the one that it names.
    pub fn is_waiting(&self, id: u64) -> bool {
        // SAFETY: the kernel reads one `u64`.
        unsafe {
            libc::ioctl(
                self.0.as_raw_fd(),
                libc::SECCOMP_IOCTL_NOTIF_ID_VALID,
                &raw const id,
            ) == 0
        }
    }

    /// Has the call return this. `ENOENT` if a signal has interrupted it.
    pub fn answer(&self, id: u64, result: Result<i64, Errno>) -> Result<(), Errno> {
        let (val, error) = match result {
            Ok(value) => (value, 0),
            Err(errno) => (0, -errno.raw_os_error()),
        };
        let mut response = libc::seccomp_notif_resp {
            id,
            val,
            error,
            flags: 0,
        };
        // SAFETY: the kernel reads (and is allowed to write) a whole `seccomp_notif_resp`, which is live.
        let result = unsafe {
            libc::ioctl(
                self.0.as_raw_fd(),
                libc::SECCOMP_IOCTL_NOTIF_SEND,
                &raw mut response,
            )
        };
        check(result.into()).map(drop)
    }

    /// Gives the calling process a copy of `fd`, and has the call return its number: both, or neither.
    pub fn answer_with(
        &self,
        id: u64,
        fd: BorrowedFd<'_>,
        close_on_exec: bool,
    ) -> Result<(), Errno> {
        const SEND: u32 = 2;
        self.add(id, fd, close_on_exec, (SEND, 0))
    }

    /// Puts a copy of `fd` in the place of a descriptor of the calling process, whose call goes on waiting.
    pub fn put(
        &self,
        id: u64,
        fd: BorrowedFd<'_>,
        close_on_exec: bool,
        place: RawFd,
    ) -> Result<(), Errno> {
        const SETFD: u32 = 1;
        self.add(id, fd, close_on_exec, (SETFD, place.unsigned_abs()))
    }

    fn add(
        &self,
        id: u64,
        fd: BorrowedFd<'_>,
        close_on_exec: bool,
        (flags, newfd): (u32, u32),
    ) -> Result<(), Errno> {
        let descriptor = libc::seccomp_notif_addfd {
            id,
            flags,
            srcfd: fd.as_raw_fd().unsigned_abs(),
            newfd,
            newfd_flags: match close_on_exec {
                true => libc::O_CLOEXEC.unsigned_abs(),
                false => 0,
            },
        };
        // A signal while the kernel waits for the calling process to take it would have the call return 0, and nothing be
        // handed over.
        let mask = SignalSet::ALL.make_mask()?;
        // SAFETY: the kernel reads a whole `seccomp_notif_addfd`, which is live.
        let result = unsafe {
            libc::ioctl(
                self.0.as_raw_fd(),
                libc::SECCOMP_IOCTL_NOTIF_ADDFD,
                &raw const descriptor,
            )
        };
        let result = check(result.into());
        mask.make_mask()?;
        result.map(drop)
    }

    /// A call wakes the shim where it runs itself (`SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP`, Linux 6.6): one of the two waits
    /// while the other works. A kernel that cannot is slower.
    fn wake_on_the_same_processor(&self) {
        const SYNC_WAKE_UP: u64 = 1;
        // SAFETY: the kernel takes the flags by value, as an integer.
        let _ = unsafe {
            libc::ioctl(
                self.0.as_raw_fd(),
                libc::SECCOMP_IOCTL_NOTIF_SET_FLAGS,
                SYNC_WAKE_UP,
            )
        };
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// A thread whose call waits, held so that it cannot be taken for another one.
#[derive(Debug)]
pub struct Caller {
    thread: Pid,
    pidfd: OwnedFd,
}

impl Caller {
    /// The thread must still be waiting after this ([`Listener::is_waiting`]).
    pub fn of(thread: Pid) -> Result<Self, Errno> {
        /// `PIDFD_THREAD`, Linux 6.9: a thread of its own, whether it leads its group or not.
        const THREAD: PidfdFlags = PidfdFlags::from_bits_retain(OFlags::EXCL.bits());
        let pidfd = rustix::process::pidfd_open(thread, THREAD)?;
        Ok(Self { thread, pidfd })
    }

    /// Its descriptor of this number: the same open file, for the shim. `ESRCH` if it has ended.
    pub fn descriptor(&self, number: RawFd) -> Result<OwnedFd, Errno> {
        // rustix takes no negative number, and would end the shim where it checks that.
        if number < 0 {
            return Err(Errno::BADF);
        }
        pidfd_getfd(self.pidfd.as_fd(), number)
    }

    /// Its memory, to write to. The thread must still be waiting after this.
    pub fn memory(&self) -> Result<Memory, Errno> {
        let path = format!("/proc/{}/mem", self.thread.as_raw_pid());
        let flags = OFlags::RDWR | OFlags::CLOEXEC;
        rustix::fs::open(path, flags, Mode::empty()).map(Memory)
    }

    /// Where its paths lead. The thread must still be waiting after this.
    pub fn bearings(&self) -> Result<Bearings, Errno> {
        let process = format!("/proc/{}", self.thread.as_raw_pid());
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = rustix::fs::open(format!("{process}/cwd"), flags, Mode::empty())?;
        let status = std::fs::read_to_string(format!("{process}/status"));
        let status = status.map_err(|_| Errno::SRCH)?;
        let umask = status.lines().find_map(|line| line.strip_prefix("Umask:"));
        let umask = umask.and_then(|mask| u32::from_str_radix(mask.trim(), 8).ok());
        Ok(Bearings {
            directory,
            umask: umask.ok_or(Errno::SRCH)?,
        })
    }

    /// Has it find out that nobody reads any more what it writes (`SIGPIPE`).
    pub fn break_pipe(&self) {
        // It may have ended.
        let _ = rustix::process::pidfd_send_signal(&self.pidfd, Signal::PIPE);
    }

    /// Copies from its memory. Only what was copied when the thread still waited afterwards is its own.
    pub fn read(&self, address: u64, into: &mut [u8]) -> Result<(), Errno> {
        self.copy(&[part(address, into.len())?], into)
    }

    /// The same of several places, one after the other: each an address and a length. There may be 1024 (`IOV_MAX`).
    pub fn read_all(&self, places: &[(u64, usize)]) -> Result<Vec<u8>, Errno> {
        let length = places.iter().map(|(_, length)| length).sum();
        let mut bytes = vec![0; length];
        let parts = places
            .iter()
            .map(|(address, length)| part(*address, *length));
        if length > 0 {
            self.copy(&parts.collect::<Result<Vec<_>, _>>()?, &mut bytes)?;
        }
        Ok(bytes)
    }

    fn copy(&self, remote: &[libc::iovec], into: &mut [u8]) -> Result<(), Errno> {
        let local = libc::iovec {
            iov_base: into.as_mut_ptr().cast(),
            iov_len: into.len(),
        };
        // SAFETY: the kernel writes at most `iov_len` bytes to `into`, which is live and exclusively borrowed; the other
        // addresses are of another process and checked by the kernel there; both counts are those of live slices.
        let count = check(unsafe {
            libc::process_vm_readv(
                self.thread.as_raw_pid(),
                &raw const local,
                1,
                remote.as_ptr(),
                remote.len() as libc::c_ulong,
                0,
            )
        } as libc::c_long)?;
        match usize::try_from(count) {
            Ok(count) if count == into.len() => Ok(()),
            _ => Err(Errno::FAULT),
        }
    }
}

/// A place in the memory of another process.
fn part(address: u64, length: usize) -> Result<libc::iovec, Errno> {
    Ok(libc::iovec {
        iov_base: usize::try_from(address).map_err(|_| Errno::FAULT)? as *mut libc::c_void,
        iov_len: length,
    })
}

/// The memory of a process, whatever becomes of the process's number.
#[derive(Debug)]
pub struct Memory(OwnedFd);

impl Memory {
    /// Copies to it. What is written goes to the process that had it when this was made.
    pub fn write(&self, address: u64, bytes: &[u8]) -> Result<(), Errno> {
        match rustix::io::pwrite(&self.0, bytes, address)? {
            count if count == bytes.len() => Ok(()),
            _ => Err(Errno::FAULT),
        }
    }
}

fn pidfd_getfd(process: BorrowedFd<'_>, number: RawFd) -> Result<OwnedFd, Errno> {
    rustix::process::pidfd_getfd(process, number, PidfdGetfdFlags::empty())
}

impl Filter {
    /// Installs it for the calling thread and all that it starts, for good, and gives the listener for what waits.
    fn install_listening(&self) -> Result<OwnedFd, Errno> {
        let listener = self.load(libc::SECCOMP_FILTER_FLAG_NEW_LISTENER)?;
        let listener = i32::try_from(listener).map_err(|_| Errno::BADF)?;
        // SAFETY: the kernel has just made this descriptor, and nothing else knows it.
        Ok(unsafe { OwnedFd::from_raw_fd(listener) })
    }
}
