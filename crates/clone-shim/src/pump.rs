//! Passing bytes from one descriptor to another, without ever waiting for either.
use crate::refusal::describe;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// What a write may hold: so much always fits where a pipe, socket or terminal says that it is writable, so that one
/// whose mode is not ours to change does not make us wait either.
const CHUNK: usize = 4096;
const BUFFER: usize = 64 * 1024;

/// One direction of a stream.
#[derive(Debug)]
pub struct Pump {
    from: OwnedFd,
    to: OwnedFd,
    buffer: Box<[u8]>,
    filled: std::ops::Range<usize>,
    /// Whether this is the launcher's keyboard, which may be read in the foreground only.
    keys: bool,
    /// What it does, in words, if more than a missing reader can keep it from that.
    task: Option<String>,
    ended: bool,
    lost: Option<Loss>,
}

/// Bytes that could not be passed on.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot {task}: {}", describe(*errno))]
pub struct Loss {
    task: String,
    errno: Errno,
}

/// What a pump waits for.
#[derive(Debug)]
pub struct Awaited<'a> {
    /// On which descriptor.
    pub fd: BorrowedFd<'a>,
    /// What.
    pub flags: PollFlags,
}

impl Pump {
    /// A terminal's: it ends with the terminal, and that is no loss.
    pub fn new(from: OwnedFd, to: OwnedFd) -> Self {
        Self {
            from,
            to,
            buffer: vec![0; BUFFER].into(),
            filled: 0..0,
            keys: false,
            task: None,
            ended: false,
            lost: None,
        }
    }

    pub fn of_keys(from: OwnedFd, to: OwnedFd) -> Self {
        Self {
            keys: true,
            ..Self::new(from, to)
        }
    }

    /// A pump that does this: `write to standard output`. It tells why it could not.
    pub fn that_must(task: impl Into<String>, from: OwnedFd, to: OwnedFd) -> Self {
        Self {
            task: Some(task.into()),
            ..Self::new(from, to)
        }
    }

    /// Whether this is the launcher's keyboard.
    pub fn is_of_keys(&self) -> bool {
        self.keys
    }

    /// Whether there is nothing more to pass on; then the ends can be closed.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// What it could not do, once.
    pub fn take_loss(&mut self) -> Option<Loss> {
        self.lost.take()
    }

    pub fn awaits(&self) -> Awaited<'_> {
        if self.filled.is_empty() {
            Awaited {
                fd: self.from.as_fd(),
                flags: PollFlags::IN,
            }
        } else {
            Awaited {
                fd: self.to.as_fd(),
                flags: PollFlags::OUT,
            }
        }
    }

    /// Passes on while neither end makes it wait, for a while: others have their turn too.
    pub fn pass(&mut self) {
        const TURNS: usize = 64;
        for _ in 0..TURNS {
            if self.ended || !self.is_ready() {
                return;
            }
            let step = if self.filled.is_empty() {
                self.fill()
            } else {
                self.empty()
            };
            match step {
                Ok(()) => {}
                Err(Errno::AGAIN | Errno::INTR) => return,
                // Nobody reads any more; the writer is told in the same way.
                Err(Errno::PIPE) => self.ended = true,
                Err(errno) => {
                    self.ended = true;
                    self.lost = self.task.take().map(|task| Loss { task, errno });
                }
            }
        }
    }

    fn is_ready(&self) -> bool {
        let Awaited { fd, flags } = self.awaits();
        let at_once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        poll(&mut [PollFd::from_borrowed_fd(fd, flags)], Some(&at_once))
            .is_ok_and(|ready| ready > 0)
    }

    fn fill(&mut self) -> Result<(), Errno> {
        let count = rustix::io::read(&self.from, &mut *self.buffer)?;
        self.ended = count == 0;
        self.filled = 0..count;
        Ok(())
    }

    fn empty(&mut self) -> Result<(), Errno> {
        let end = self.filled.end.min(self.filled.start + CHUNK);
        self.filled.start += rustix::io::write(&self.to, &self.buffer[self.filled.start..end])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::pipe::{PipeFlags, pipe_with};

    #[test]
    fn a_pump_passes_everything_and_ends_with_its_source() {
        let (from, source) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        let (sink, to) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        let text = vec![b'x'; 10_000];
        rustix::io::write(&source, &text).unwrap();
        drop(source);
        let mut pump = Pump::new(from, to);
        pump.pass();
        assert!(pump.has_ended());
        drop(pump);
        let mut seen = Vec::new();
        std::io::Read::read_to_end(&mut std::fs::File::from(sink), &mut seen).unwrap();
        assert_eq!(seen, text);
    }

    #[test]
    fn a_pump_ends_when_nobody_reads() {
        let (from, source) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        let (sink, to) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        drop(sink);
        rustix::io::write(&source, b"x").unwrap();
        let mut pump = Pump::new(from, to);
        pump.pass();
        assert!(pump.has_ended());
    }
}
