//! Having the user's terminal, and giving it back as it was: in the end, when something panics, while forktop is stopped,
//! and by a [guardian](super::guardian) when forktop is killed.
use super::guardian::Guardian;
use super::sequences::{CALM, GIVE_BACK, TAKE};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::termios::{OptionalActions, QueueSelector, Termios};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::panic;
use std::sync::{Arc, Mutex, Once, PoisonError, TryLockError};

/// How a terminal is set.
pub(super) type Modes = Termios;

/// The terminal that forktop has, where a panic finds it.
static TAKEN: Mutex<Option<(Arc<OwnedFd>, Modes, For)>> = Mutex::new(None);

/// What a terminal is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// An interface: on the alternate screen, with mouse and bracketed paste.
    Interface,
    /// Being passed on, as it is, to another terminal's program.
    PassingOn,
}

/// A terminal that takes nothing for so long is given up.
const PATIENCE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 500_000_000,
};

/// The user's terminal, from [`Guard::take`] until this is dropped.
#[derive(Debug)]
pub struct Guard {
    tty: Arc<OwnedFd>,
    guardian: Option<Guardian>,
    modes: Modes,
    purpose: For,
}

impl Guard {
    /// Takes the terminal that controls this process, raw.
    pub fn take(purpose: For) -> io::Result<Self> {
        // A description of our own of it: that it does not wait is set for nobody else.
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let tty = Arc::new(rustix::fs::open("/dev/tty", flags, Mode::empty())?);
        let modes = rustix::termios::tcgetattr(&tty)?;
        restore_on_panic();
        let guardian = Guardian::start(&tty).ok();
        let mut guard = Self {
            tty,
            guardian,
            modes,
            purpose,
        };
        guard.again()?;
        Ok(guard)
    }

    /// Takes it once more, after [`give_back`](Self::give_back), or after something else may have changed it.
    pub fn again(&mut self) -> io::Result<()> {
        // What was set before is what counts, if it is taken already.
        if !is_taken() {
            self.tell(Guardian::take);
            self.modes = rustix::termios::tcgetattr(&self.tty)?;
            *lock() = Some((self.tty.clone(), self.modes.clone(), self.purpose));
        }
        let mut raw = self.modes.clone();
        raw.make_raw();
        rustix::termios::tcsetattr(&self.tty, OptionalActions::Now, &raw)?;
        if self.purpose == For::Interface {
            write_all(self.tty.as_fd(), TAKE);
        }
        Ok(())
    }

    /// Gives it back for a while.
    pub fn give_back(&mut self) {
        restore_taken(lock().take());
        self.tell(Guardian::give_back);
    }

    /// How it was set before.
    #[must_use]
    pub const fn modes(&self) -> &Termios {
        &self.modes
    }

    /// The terminal, which never waits.
    pub(super) const fn tty(&self) -> &Arc<OwnedFd> {
        &self.tty
    }

    /// A guardian that does not answer is none.
    fn tell(&mut self, what: impl FnOnce(&mut Guardian) -> io::Result<()>) {
        if self
            .guardian
            .as_mut()
            .is_some_and(|guardian| what(guardian).is_err())
        {
            self.guardian = None;
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// Gives the terminal back, if forktop has it, before it ends without whoever has taken it.
pub fn give_back_taken() {
    restore_taken(lock().take());
}

/// Whether forktop has the terminal.
pub(super) fn is_taken() -> bool {
    lock().is_some()
}

fn lock() -> std::sync::MutexGuard<'static, Option<(Arc<OwnedFd>, Modes, For)>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// In the hook, as no destructor runs where a panic aborts; and before the message, that it stands on the right screen.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let taken = match TAKEN.try_lock() {
                Ok(mut taken) => taken.take(),
                Err(TryLockError::Poisoned(taken)) => taken.into_inner().take(),
                // Somebody is giving it back.
                Err(TryLockError::WouldBlock) => None,
            };
            restore_taken(taken);
            before(info);
        }));
    });
}

fn restore_taken(taken: Option<(Arc<OwnedFd>, Modes, For)>) {
    match taken {
        Some((tty, modes, For::Interface)) => restore(tty.as_fd(), &modes),
        Some((tty, modes, For::PassingOn)) => {
            write_all(tty.as_fd(), CALM);
            let _ = rustix::termios::tcsetattr(&tty, OptionalActions::Now, &modes);
        }
        None => {}
    }
}

/// Gives a terminal back. Failures are a terminal that has gone: nobody is left to tell.
pub(super) fn restore(tty: BorrowedFd<'_>, modes: &Modes) {
    // What was clicked and not read is nothing for the shell; and the rest of a frame that a stuck terminal has not taken
    // would keep those waiting who write next.
    let _ = rustix::termios::tcflush(tty, QueueSelector::IOFlush);
    write_all(tty, GIVE_BACK);
    let _ = rustix::termios::tcsetattr(tty, OptionalActions::Now, modes);
}

/// Writes to a terminal that does not wait, and gives up on one that takes nothing.
pub(super) fn write_all(tty: BorrowedFd<'_>, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match rustix::io::write(tty, bytes) {
            Ok(length) => bytes = &bytes[length..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let mut wait = [PollFd::new(&tty, PollFlags::OUT)];
                if rustix::event::poll(&mut wait, Some(&PATIENCE)) == Ok(0) {
                    return;
                }
            }
            Err(_) => return,
        }
    }
}
