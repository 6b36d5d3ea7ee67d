//! The terminal that stands in place of the user's for the command: a pseudo-terminal (pty(7)), and what it shows.
use super::emulation::Emulation;
use crate::screen::effect::CommandScreen;
use crate::screen::tree::Step;
use rustix::pty::OpenptFlags;
use rustix::termios::{InputModes, OptionalActions, Termios, Winsize};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;

/// What it can do, as terminfo(5) names it: what the emulation understands of xterm's.
pub const TERM: &str = "xterm-256color";

/// So many lines that have left the screen can be looked at. Each frame in which the command writes copies them, and a
/// character has 32 bytes: at 80 columns these are 2.5 MB, and ten times as many lines would be felt.
const SCROLLBACK: usize = 1_000;

/// The command's terminal.
#[derive(Debug)]
pub struct Pty {
    master: OwnedFd,
    /// Kept open: where a program closes its terminal and opens it again, nothing must end between.
    _slave: OwnedFd,
    shown: Arc<Shown>,
    typing: mpsc::Sender<Vec<u8>>,
    /// How many bytes were not typed yet.
    waiting: Arc<AtomicUsize>,
}

/// So many bytes of answers can wait to be read: more are not given, to a program that asks and does not listen.
const UNREAD: usize = 4096;

/// Where answers go.
#[derive(Debug)]
struct Answering {
    typing: mpsc::Sender<Vec<u8>>,
    /// How many bytes wait there, whoever typed them.
    waiting: Arc<AtomicUsize>,
}

impl Answering {
    /// Gives answers, if there is room. An error is a terminal that was hung up.
    fn answer(&self, answers: Vec<u8>) -> Result<(), mpsc::SendError<Vec<u8>>> {
        if answers.is_empty() || self.waiting.load(Ordering::Relaxed) + answers.len() > UNREAD {
            return Ok(());
        }
        self.waiting.fetch_add(answers.len(), Ordering::Relaxed);
        self.typing.send(answers)
    }
}

/// What it shows, which one thread writes and another reads.
struct Shown {
    emulation: Mutex<Emulation>,
    /// Whether it shows something else than when it was last read.
    is_new: AtomicBool,
}

impl Pty {
    /// One of this size, with these modes or, without, those of a new terminal; and the other end, for the command.
    /// `on_output` is called from another thread when there is something to [`read`](Self::screen) again.
    pub fn open(
        (columns, rows): (u16, u16),
        modes: Option<&Termios>,
        on_output: impl Fn() + Send + 'static,
    ) -> io::Result<(Self, OwnedFd)> {
        let (master, slave) = pair()?;
        let mut modes = match modes {
            Some(modes) => modes.clone(),
            None => rustix::termios::tcgetattr(&slave)?,
        };
        // What is typed is UTF-8, whatever the user's terminal takes it for: erasing takes a whole character.
        modes.input_modes |= InputModes::IUTF8;
        rustix::termios::tcsetattr(&slave, OptionalActions::Now, &modes)?;
        let emulation = Emulation::new(columns, rows, SCROLLBACK);
        let shown = Arc::new(Shown {
            emulation: Mutex::new(emulation),
            is_new: AtomicBool::new(false),
        });
        let (typing, typed) = mpsc::channel();
        let pty = Self {
            _slave: slave.try_clone()?,
            master,
            shown,
            typing,
            waiting: Arc::default(),
        };
        pty.resize(columns, rows);
        pty.start(typed, on_output)?;
        Ok((pty, slave))
    }

    fn start(
        &self,
        typed: mpsc::Receiver<Vec<u8>>,
        on_output: impl Fn() + Send + 'static,
    ) -> io::Result<()> {
        let (output, input) = (
            File::from(self.master.try_clone()?),
            File::from(self.master.try_clone()?),
        );
        let (shown, typing) = (self.shown.clone(), self.typing.clone());
        let waiting = self.waiting.clone();
        let answering = Answering {
            typing,
            waiting: waiting.clone(),
        };
        thread::Builder::new()
            .name("command's output".to_owned())
            .spawn(move || shown.draw(output, &answering, &on_output))?;
        // A program that does not read what is typed fills the terminal: only this thread waits for it.
        thread::Builder::new()
            .name("command's input".to_owned())
            .spawn(move || type_all(input, &typed, &waiting))?;
        Ok(())
    }

    /// What it shows now.
    #[must_use]
    pub fn screen(&self) -> CommandScreen {
        self.shown.is_new.store(false, Ordering::Release);
        CommandScreen(Some(Arc::new(self.shown.emulation().screen().clone())))
    }

    /// Shows lines that have left the screen, or lines after those.
    pub fn scroll(&self, step: Step) {
        self.shown.emulation().scroll(step);
    }

    /// Types these bytes, some time; the command may not read them.
    pub fn put(&self, bytes: Vec<u8>) {
        self.waiting.fetch_add(bytes.len(), Ordering::Relaxed);
        // An error is a terminal that was hung up: nobody reads it any more.
        let _ = self.typing.send(bytes);
    }

    /// Gives it another size; the kernel tells the programs (`SIGWINCH`).
    pub fn resize(&self, columns: u16, rows: u16) {
        let (columns, rows) = (columns.max(1), rows.max(1));
        self.shown.emulation().resize(columns, rows);
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        // A size that cannot be set is a picture that does not fit, and no reason to end.
        let _ = rustix::termios::tcsetwinsize(&self.master, size);
    }
}

/// Both ends of a new one, unlocked.
pub(super) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let master = rustix::pty::openpt(flags)?;
    rustix::pty::unlockpt(&master)?;
    // By descriptor: no path to it needs to exist.
    let slave = rustix::pty::ioctl_tiocgptpeer(&master, flags)?;
    Ok((master, slave))
}

impl Shown {
    fn emulation(&self) -> MutexGuard<'_, Emulation> {
        self.emulation
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in what is written until the terminal is hung up.
    fn draw(&self, mut output: File, answering: &Answering, on_output: &dyn Fn()) {
        let mut bytes = [0; 4096];
        loop {
            let length = match output.read(&mut bytes) {
                Ok(0) => return,
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // EIO: all have closed it.
                Err(_) => return,
            };
            let answers = self.emulation().take(&bytes[..length]);
            if answering.answer(answers).is_err() {
                return;
            }
            if !self.is_new.swap(true, Ordering::AcqRel) {
                on_output();
            }
        }
    }
}

fn type_all(mut input: File, typed: &mpsc::Receiver<Vec<u8>>, waiting: &AtomicUsize) {
    while let Ok(bytes) = typed.recv() {
        if input.write_all(&bytes).is_err() {
            return;
        }
        waiting.fetch_sub(bytes.len(), Ordering::Relaxed);
    }
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Shown").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_nobody_reads_come_to_an_end() {
        let (typing, typed) = mpsc::channel();
        let waiting = Arc::default();
        let answering = Answering { typing, waiting };
        for _ in 0..10_000 {
            answering.answer(b"\x1b[1;1R".to_vec()).unwrap();
        }
        let bytes: usize = typed.try_iter().map(|answer| answer.len()).sum();
        assert!((UNREAD - 6..=UNREAD).contains(&bytes), "{bytes}");
        answering.waiting.store(0, Ordering::Relaxed);
        answering.answer(b"\x1b[0n".to_vec()).unwrap();
        assert_eq!(typed.try_recv().unwrap(), b"\x1b[0n");
    }
}
