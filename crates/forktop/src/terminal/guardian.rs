//! The guardian: a small process that gives the user's terminal back if forktop is killed in a way that lets it do
//! nothing (`SIGKILL`).
//!
//! It is forktop itself, run with [`ARGUMENT`], in a session of its own so that no key and no hang-up ends it. It reads
//! of a pipe which state the terminal is in, and acts if the pipe ends while forktop has it. When forktop gives the
//! terminal back it ends the pipe, and waits for the guardian: it never remains.
use super::guard::{self, Modes};
use crate::apart::stand_apart;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::stdio::{stderr, stdin, stdout};
use rustix::termios::{LocalModes, OutputModes, Termios};
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};

/// The first argument of a forktop that is a guardian.
pub const ARGUMENT: &str = "__terminal-guardian";

/// forktop is about to have the terminal: its modes are read now.
const TAKEN: u8 = b'+';

/// The terminal is somebody else's.
const GIVEN_BACK: u8 = b'-';

/// So long is waited for an answer, at most: without a guardian the terminal is not less usable.
const PATIENCE: Timespec = Timespec {
    tv_sec: 2,
    tv_nsec: 0,
};

/// A guardian, as forktop sees it.
#[derive(Debug)]
pub(super) struct Guardian {
    process: Child,
    tell: Option<ChildStdin>,
    told: ChildStdout,
}

impl Guardian {
    /// Starts one for this terminal.
    pub fn start(tty: &OwnedFd) -> io::Result<Self> {
        let mut process = Command::new("/proc/self/exe")
            .arg0("forktop-terminal-guardian")
            .arg(ARGUMENT)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::from(tty.try_clone()?))
            .spawn()?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (tell, told) = pipes.ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self {
            process,
            tell: Some(tell),
            told,
        })
    }

    /// Says that forktop is about to have the terminal, and returns when the guardian is ready for that.
    pub fn take(&mut self) -> io::Result<()> {
        self.say(TAKEN)
    }

    /// Says that forktop has it no more.
    pub fn give_back(&mut self) -> io::Result<()> {
        self.say(GIVEN_BACK)
    }

    fn say(&mut self, state: u8) -> io::Result<()> {
        let tell = self.tell.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        tell.write_all(&[state])?;
        let mut wait = [PollFd::new(&self.told, PollFlags::IN)];
        if rustix::event::poll(&mut wait, Some(&PATIENCE))? == 0 {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.told.read_exact(&mut [0])
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        drop(self.tell.take());
        // An error is that a tracer which waits for all children has waited for this one.
        let _ = self.process.wait();
    }
}

/// What a guardian does: all of its `main`.
#[must_use]
pub fn watch() -> ExitCode {
    if stand_apart().is_err() {
        return ExitCode::FAILURE;
    }
    match follow() {
        Some(before) if is_raw() => guard::restore(stderr(), &before),
        Some(_) => guard::write_all(stderr(), super::sequences::GIVE_BACK),
        None => {}
    }
    ExitCode::SUCCESS
}

/// The terminal's modes from before forktop had it, if it still had it when the pipe ended.
fn follow() -> Option<Modes> {
    let mut taken = None;
    let mut state = [0];
    while let Ok(1) = rustix::io::retry_on_intr(|| rustix::io::read(stdin(), &mut state)) {
        taken = match state[0] {
            TAKEN => rustix::termios::tcgetattr(stderr()).ok(),
            _ => None,
        };
        if rustix::io::retry_on_intr(|| rustix::io::write(stdout(), &state)).is_err() {
            break;
        }
    }
    taken
}

/// Whether the terminal is as forktop leaves it. The shell that started forktop may have been quicker to set it as it
/// wants it, and then knows better.
fn is_raw() -> bool {
    let is_raw = |modes: Termios| {
        !modes
            .local_modes
            .intersects(LocalModes::ICANON | LocalModes::ISIG)
            && !modes.output_modes.contains(OutputModes::OPOST)
    };
    rustix::termios::tcgetattr(stderr().as_fd()).is_ok_and(is_raw)
}
