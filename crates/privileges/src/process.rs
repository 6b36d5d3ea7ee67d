//! A process that is looked at: its folder in /proc, held open, and its pidfd.
use crate::read::Folder;
use crate::{Essentials, Facts, Privileges};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::time::Duration;

/// A process that can be looked at. Every answer is about this very process; once it has been reaped, every question ends in
/// [`ReadError::Gone`], also when another has its number by then.
#[derive(Debug)]
pub struct Process {
    pid: Pid,
    pidfd: Option<OwnedFd>,
    folder: Folder,
    /// The user namespace that the reader was in when it opened this.
    reader: Option<u64>,
}

/// Who reads: what is read of user namespaces depends on that of the thread which reads.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    user_namespace: Option<u64>,
}

impl Reader {
    /// The calling thread, as long as it stays in its user namespace.
    pub fn this_thread() -> Self {
        Self {
            user_namespace: crate::read::readers_user_namespace(),
        }
    }

    /// As [`Process::open`], which asks who reads each time.
    pub fn open(self, pid: Pid) -> Result<Process, OpenError> {
        let mut process = self.held(pid)?;
        process.pidfd = Some(pidfd_open(pid, PidfdFlags::empty()).map_err(
            |errno| match errno {
                Errno::SRCH => OpenError::Gone(pid),
                Errno::INVAL | Errno::NOENT => OpenError::Thread(pid),
                errno => OpenError::Refused(pid, errno),
            },
        )?);
        // Whoever had the number when the folder was opened has it still, so the pidfd is of the same process.
        if process.is_gone() {
            return Err(OpenError::Gone(pid));
        }
        Ok(process)
    }

    /// As [`Process::held`], which asks who reads each time.
    pub fn held(self, pid: Pid) -> Result<Process, OpenError> {
        let path = format!("/proc/{}", pid.as_raw_pid());
        let folder = Folder::open(&path).map_err(|errno| match errno {
            Errno::NOENT | Errno::SRCH => OpenError::Gone(pid),
            errno => OpenError::Refused(pid, errno),
        })?;
        Ok(Process {
            pid,
            pidfd: None,
            folder,
            reader: self.user_namespace,
        })
    }
}

/// Why a process cannot be looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is none of this number, or the reader's /proc hides it (`hidepid`).
    #[error("no process {0} is to be seen")]
    Gone(Pid),
    /// The number is that of a thread that is not the first one of its process.
    #[error("{0} is a thread of a process, not a process")]
    Thread(Pid),
    /// The kernel refused it otherwise.
    #[error("cannot look at process {0}")]
    Refused(Pid, #[source] Errno),
}

/// Why an answer cannot be had at all. What the reader may not see of an answer is [`Unreadable`](crate::Seen::Unreadable)
/// in it, and no error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It has been reaped.
    #[error("the process is gone")]
    Gone,
    /// A line that every kernel writes is missing, or is not understood.
    #[error("cannot understand `{line}` of a process's {file}")]
    NotUnderstood {
        /// The file in /proc.
        file: &'static str,
        /// The line's key.
        line: &'static str,
    },
    /// The kernel refused it otherwise.
    #[error("cannot read a process's {file}")]
    Refused {
        /// The file in /proc.
        file: &'static str,
        /// How.
        #[source]
        errno: Errno,
    },
}

impl ReadError {
    pub(crate) fn new(file: &'static str, errno: Errno) -> Self {
        match errno {
            // ENOENT is what some kernels say of a folder whose process has been reaped.
            Errno::SRCH | Errno::NOENT => Self::Gone,
            errno => Self::Refused { file, errno },
        }
    }
}

impl Process {
    /// The process of this number in the reader's pid namespace, of which /proc has to be an instance.
    ///
    /// Costs a pidfd (pidfd_open(2)) and a descriptor.
    pub fn open(pid: Pid) -> Result<Self, OpenError> {
        Reader::this_thread().open(pid)
    }

    /// The process, or thread, of this number, without a pidfd: for a tracer that holds it stopped or has not waited for it
    /// yet, so that the number cannot have become another's. The costs are a descriptor's.
    ///
    /// All that is said of it is that of this thread, but for [`Privileges::threads`](crate::Privileges::threads).
    pub fn held(pid: Pid) -> Result<Self, OpenError> {
        Reader::this_thread().held(pid)
    }

    /// Its number in the reader's pid namespace.
    pub const fn pid(&self) -> Pid {
        self.pid
    }

    /// Its pidfd, readable once it has ended; none if it was not opened with one.
    pub fn pidfd(&self) -> Option<BorrowedFd<'_>> {
        self.pidfd.as_ref().map(AsFd::as_fd)
    }

    /// Whether it has been reaped. One that has ended and waits to be reaped is not gone.
    pub fn is_gone(&self) -> bool {
        crate::read::is_there(&self.folder).is_err()
    }

    /// What is the ground of what it may do, quickly: for every event of a process that stands still meanwhile.
    pub fn essentials(&self) -> Result<Essentials, ReadError> {
        Ok(crate::read::essentials(&self.folder, self.reader, None)?.0)
    }

    /// The same of one that could do this `before`, when it was last read, and has executed no program since, or has just
    /// done so: what it cannot have changed meanwhile is not read again.
    pub fn essentials_since(&self, before: &Essentials) -> Result<Essentials, ReadError> {
        Ok(crate::read::essentials(&self.folder, self.reader, Some(before))?.0)
    }

    /// The numbers of its threads, as they are at this moment, in the reader's pid namespace.
    pub fn threads(&self) -> Result<Vec<Pid>, ReadError> {
        let threads = self.folder.folder("task").and_then(|task| task.numbers());
        let threads = threads.map_err(|errno| ReadError::new("task", errno))?;
        let threads = threads
            .into_iter()
            .filter_map(|thread| i32::try_from(thread).ok());
        Ok(threads.filter_map(Pid::from_raw).collect())
    }

    /// The same as [`essentials`](Self::essentials) of one of its threads.
    pub fn essentials_of(&self, thread: Pid) -> Result<Essentials, ReadError> {
        let folder = self.thread_folder(thread)?;
        Ok(crate::read::essentials(&folder, self.reader, None)?.0)
    }

    /// Both [`essentials`](Self::essentials) and [`facts`](Self::facts), as quickly as they can be read together; with
    /// `before` as [`essentials_since`](Self::essentials_since). The arguments are as they lie there, with what is behind a title.
    pub fn examine(&self, before: Option<&Essentials>) -> Result<(Essentials, Facts), ReadError> {
        crate::read::all(&self.folder, self.reader, before)
    }

    /// When it started, after the boot (`CLOCK_BOOTTIME`), to a hundredth of a second.
    pub fn started(&self) -> Result<Duration, ReadError> {
        crate::read::started(&self.folder)
    }

    /// Its short name, as [`Facts::name`].
    pub fn name(&self) -> Result<String, ReadError> {
        const COMM: &str = "comm";
        let text = self.folder.piece(COMM);
        let text = text.map_err(|errno| ReadError::new(COMM, errno))?;
        let name = text.strip_suffix(b"\n").unwrap_or(&text);
        Ok(String::from_utf8_lossy(name).into_owned())
    }

    /// The file that it executes, as [`Facts::program`].
    pub fn program(&self) -> Result<PathBuf, ReadError> {
        const EXE: &str = "exe";
        self.folder
            .link(EXE)
            .map_err(|errno| ReadError::new(EXE, errno))
    }

    /// What a monitor shows of it.
    pub fn facts(&self) -> Result<Facts, ReadError> {
        crate::read::facts(&self.folder)
    }

    /// All that can be said about what it may do. Of several processes ask [`privileges_of`](crate::privileges_of).
    pub fn privileges(&self) -> Result<Privileges, ReadError> {
        crate::privileges_of([self])
            .pop()
            .unwrap_or(Err(ReadError::Gone))
    }

    pub(crate) const fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The user namespace of who reads.
    pub(crate) const fn reader(&self) -> Option<u64> {
        self.reader
    }

    fn thread_folder(&self, thread: Pid) -> Result<Folder, ReadError> {
        let folder = self.folder.folder(&format!("task/{}", thread.as_raw_pid()));
        folder.map_err(|errno| ReadError::new("task", errno))
    }
}
