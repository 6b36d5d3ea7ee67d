//! The launcher's terminal, which is never handed in: a pseudo-terminal stands between, and the shim passes on what is
//! typed and drawn.
use crate::pump::Pump;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::pty::OpenptFlags;
use rustix::termios::{OptionalActions, OutputModes, Termios};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// A terminal of the launcher's and the pseudo-terminal in its place.
#[derive(Debug)]
pub struct Terminal {
    /// The launcher's, opened anew: what is set on this descriptor is not set on the launcher's.
    outer: OwnedFd,
    /// The shim's end of the other.
    master: OwnedFd,
    /// How the launcher's was before it was made raw, while it is.
    before: Option<Termios>,
    /// Whether keys are passed on.
    input: bool,
}

impl Terminal {
    /// A pseudo-terminal with the modes and the size of the terminal `model`, and its other end for the void. Without
    /// `input` only output is passed, and the launcher's terminal stays as it is.
    pub fn in_place_of(model: BorrowedFd<'_>, input: bool) -> io::Result<(Self, OwnedFd)> {
        let outer = reopen(model)?;
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = rustix::pty::openpt(flags)?;
        rustix::pty::unlockpt(&master)?;
        // By descriptor: no path to it needs to exist.
        let slave = rustix::pty::ioctl_tiocgptpeer(&master, flags)?;
        let mut modes = rustix::termios::tcgetattr(&outer)?;
        if !input {
            // The launcher's own terminal still does this.
            modes.output_modes.remove(OutputModes::OPOST);
        }
        rustix::termios::tcsetattr(&slave, OptionalActions::Now, &modes)?;
        rustix::io::ioctl_fionbio(&master, true)?;
        let terminal = Self {
            outer,
            master,
            before: None,
            input,
        };
        terminal.resize();
        Ok((terminal, slave))
    }

    /// What is typed, if keys are passed on, and what is drawn.
    pub fn pumps(&self) -> io::Result<(Option<Pump>, Pump)> {
        let keys = match self.input {
            true => Some(Pump::of_keys(
                self.outer.try_clone()?,
                self.master.try_clone()?,
            )),
            false => None,
        };
        Ok((
            keys,
            Pump::new(self.master.try_clone()?, self.outer.try_clone()?),
        ))
    }

    /// Gives the pseudo-terminal the launcher's size; the kernel tells the program (`SIGWINCH`).
    pub fn resize(&self) {
        if let Ok(size) = rustix::termios::tcgetwinsize(&self.outer) {
            // A size that cannot be set is a picture that does not fit, and no reason to end.
            let _ = rustix::termios::tcsetwinsize(&self.master, size);
        }
    }

    /// Whether the launcher's shell has the shim in the foreground, where it may read keys and change modes.
    pub fn is_ours(&self) -> bool {
        kernel::is_in_foreground(&self.outer).unwrap_or(false)
    }

    /// Hands on every key from now on, those that would signal the shim too.
    pub fn make_raw(&mut self) {
        if !self.input || self.before.is_some() || !self.is_ours() {
            return;
        }
        let Ok(before) = rustix::termios::tcgetattr(&self.outer) else {
            return;
        };
        let mut raw = before.clone();
        raw.make_raw();
        if rustix::termios::tcsetattr(&self.outer, OptionalActions::Drain, &raw).is_ok() {
            self.before = Some(before);
        }
    }

    /// Puts the launcher's terminal back to what it was.
    pub fn restore(&mut self) {
        if let Some(before) = self.before.take() {
            // Nobody is left to tell if the terminal has gone.
            let _ = rustix::termios::tcsetattr(&self.outer, OptionalActions::Drain, &before);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.restore();
    }
}

/// A description of its own of the same terminal, so that not waiting is set for nobody else. Where that is forbidden
/// (a terminal of another user's, after su(1)) the launcher's own has to do.
fn reopen(terminal: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let path = format!("/proc/self/fd/{}", terminal.as_raw_fd());
    rustix::fs::open(path, flags, Mode::empty())
        .or_else(|_| rustix::io::fcntl_dupfd_cloexec(terminal.as_fd(), 3))
}
