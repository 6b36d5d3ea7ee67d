//! Writing to the user's terminal, which may be slow, stuck or gone: as soon as forktop is to end, nothing waits for it.
use super::guard;
use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// The terminal, to be written to.
#[derive(Debug)]
pub struct Output {
    tty: Arc<OwnedFd>,
    /// Readable as soon as forktop is to end.
    ending: OwnedFd,
}

impl Output {
    /// To a terminal that does not wait, until `ending` is readable.
    pub const fn new(tty: Arc<OwnedFd>, ending: OwnedFd) -> Self {
        Self { tty, ending }
    }

    fn wait(&self) -> io::Result<()> {
        let mut wait = [
            PollFd::new(&*self.tty, PollFlags::OUT),
            PollFd::new(&self.ending, PollFlags::IN),
        ];
        match rustix::event::poll(&mut wait, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        match wait[0].revents().is_empty() && !wait[1].revents().is_empty() {
            true => Err(io::ErrorKind::TimedOut.into()),
            false => Ok(()),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            // After a panic elsewhere the terminal is the user's again, and shows what the panic said: nothing goes there.
            if !guard::is_taken() {
                return Ok(bytes.len());
            }
            match rustix::io::write(&self.tty, bytes) {
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => self.wait()?,
                Ok(length) => return Ok(length),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
