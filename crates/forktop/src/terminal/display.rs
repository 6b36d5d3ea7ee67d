//! What is drawn on the user's terminal.
use super::clipboard;
use super::guard::{self, For, Guard};
use super::output::Output;
use super::sources::Messages;
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};
use rustix::termios::Termios;
use std::io::{self, BufWriter, Write as _};

/// A frame's worth of bytes is written at once, so that no half of it is seen.
const FRAME: usize = 1 << 16;

/// The user's terminal as a display, until this is dropped.
pub struct Display {
    terminal: Terminal<CrosstermBackend<BufWriter<Output>>>,
    guard: Guard,
}

impl Display {
    /// Takes the terminal, and says what comes from it and what signals come.
    pub fn take(messages: &Messages) -> io::Result<Self> {
        // Before the terminal is taken, that no signal leaves it so.
        let ending = messages.of_signals()?;
        let guard = Guard::take(For::Interface)?;
        messages.of_keys()?;
        messages.of_hang_up(guard.tty().clone())?;
        let output = Output::new(guard.tty().clone(), ending);
        let backend = CrosstermBackend::new(BufWriter::with_capacity(FRAME, output));
        Ok(Self {
            terminal: Terminal::new(backend)?,
            guard,
        })
    }

    /// Draws what has changed. An error is a terminal that is gone, or that a panic has given back.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        if !guard::is_taken() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.terminal.draw(view).map(drop)
    }

    /// Puts text on the clipboard.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let backend = self.terminal.backend_mut();
        backend.write_all(clipboard::copying(text).as_bytes())?;
        io::Write::flush(backend)
    }

    /// Gives the terminal back and stops, as ^Z does; and takes it again when forktop is to go on.
    pub fn suspend(&mut self) -> io::Result<()> {
        self.guard.give_back();
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        self.again()
    }

    /// Takes the terminal again, after something else may have had it.
    pub fn again(&mut self) -> io::Result<()> {
        self.guard.again()?;
        // As after `Terminal::clear`, which asks the terminal where the cursor is, and waits for an answer that the thread
        // of the keys takes.
        self.terminal.current_buffer_mut().reset();
        self.terminal.swap_buffers();
        Ok(())
    }

    /// How the terminal was set before it was taken.
    #[must_use]
    pub const fn modes(&self) -> &Termios {
        self.guard.modes()
    }

    /// Its size, in columns and rows.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        self.terminal.size().map(|size| (size.width, size.height))
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        // Before the terminal's destructor, which would show the cursor where that may wait, and complain on stderr.
        self.guard.give_back();
    }
}

impl std::fmt::Debug for Display {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Display").finish_non_exhaustive()
    }
}
