//! How a void tells its shim what becomes of it: eight bytes a message, made without an allocator.
use rustix::io::Errno;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

const LENGTH: usize = 8;

/// What a void's first process has to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// A step failed; nothing after it ran, and the void is gone.
    Failed(Failure),
    /// The program is running.
    Started,
    /// A signal stopped the program.
    Stopped {
        /// Its number.
        signal: i32,
    },
    /// The program goes on after a stop.
    Continued,
    /// The program ended, and the void with it.
    Exited {
        /// Its exit code, 0 to 255.
        code: i32,
    },
    /// A signal ended the program, and the void with it.
    Killed {
        /// Its number.
        signal: i32,
    },
}

/// A step that the kernel refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its index in the script's operations; their number is the exec itself.
    pub step: usize,
    /// What the kernel answered.
    pub errno: Errno,
}

impl News {
    const STARTED: u32 = u32::MAX;
    const STOPPED: u32 = u32::MAX - 1;
    const CONTINUED: u32 = u32::MAX - 2;
    const EXITED: u32 = u32::MAX - 3;
    const KILLED: u32 = u32::MAX - 4;

    fn encode(self) -> [u8; LENGTH] {
        let (kind, value) = match self {
            Self::Failed(Failure { step, errno }) => (
                u32::try_from(step).unwrap_or(Self::KILLED - 1),
                errno.raw_os_error(),
            ),
            Self::Started => (Self::STARTED, 0),
            Self::Stopped { signal } => (Self::STOPPED, signal),
            Self::Continued => (Self::CONTINUED, 0),
            Self::Exited { code } => (Self::EXITED, code),
            Self::Killed { signal } => (Self::KILLED, signal),
        };
        let mut bytes = [0; LENGTH];
        bytes[..4].copy_from_slice(&kind.to_ne_bytes());
        bytes[4..].copy_from_slice(&value.to_ne_bytes());
        bytes
    }

    fn decode(bytes: [u8; LENGTH]) -> Self {
        let [k0, k1, k2, k3, v0, v1, v2, v3] = bytes;
        let value = i32::from_ne_bytes([v0, v1, v2, v3]);
        match u32::from_ne_bytes([k0, k1, k2, k3]) {
            Self::STARTED => Self::Started,
            Self::STOPPED => Self::Stopped { signal: value },
            Self::CONTINUED => Self::Continued,
            Self::EXITED => Self::Exited { code: value },
            Self::KILLED => Self::Killed { signal: value },
            step => Self::Failed(Failure {
                step: step as usize,
                errno: Errno::from_raw_os_error(value),
            }),
        }
    }

    /// Writes the message. There is nobody else to tell if this fails.
    pub(crate) fn tell(self, pipe: BorrowedFd<'_>) {
        let _ = rustix::io::write(pipe, &self.encode());
    }
}

/// The shim's end of a void's messages. It never blocks; poll it.
#[derive(Debug)]
pub struct Reports(OwnedFd);

impl Reports {
    /// Both ends: the shim's, and the one that the void writes to.
    pub(crate) fn pair() -> Result<(Self, OwnedFd), Errno> {
        let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        // The void's end waits: a message that was lost would be worse than one that is late.
        rustix::io::ioctl_fionbio(&read, true)?;
        Ok((Self(read), write))
    }

    /// The next message; `None` when nobody is left who could write one, `EAGAIN` when there is none yet.
    pub fn next(&self) -> Result<Option<News>, Errno> {
        let mut bytes = [0; LENGTH];
        loop {
            match rustix::io::read(&self.0, &mut bytes) {
                // Messages are written whole: a pipe does not split what is shorter than PIPE_BUF.
                Ok(LENGTH) => return Ok(Some(News::decode(bytes))),
                Ok(_) => return Ok(None),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno),
            }
        }
    }
}

impl AsFd for Reports {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_arrives_as_it_was_told() {
        let (reports, pipe) = Reports::pair().unwrap();
        let failure = Failure {
            step: 17,
            errno: Errno::NOENT,
        };
        let all = [
            News::Failed(failure),
            News::Started,
            News::Stopped { signal: 19 },
            News::Continued,
            News::Exited { code: 255 },
            News::Killed { signal: 9 },
        ];
        for news in all {
            news.tell(pipe.as_fd());
        }
        drop(pipe);
        for news in all {
            assert_eq!(reports.next().unwrap(), Some(news));
        }
        assert_eq!(reports.next().unwrap(), None);
    }
}
