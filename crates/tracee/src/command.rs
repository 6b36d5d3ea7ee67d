//! A command to be started, and what becomes of it.
use crate::error::StartError;
use kernel::{Begun, ProgramError, Refusal, Startup};
use rustix::process::Pid;
use std::ffi::OsString;
use std::os::fd::{AsFd, OwnedFd};

/// A program with its arguments. It is given this process's environment, working folder, descriptors that exec does not
/// close, and the signals that this program was executed with, ignored or blocked.
///
/// ```
/// let command = tracee::Command::new("ls").arguments(["-l", "/"]);
/// ```
#[derive(Debug)]
pub struct Command {
    program: OsString,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    terminal: Option<OwnedFd>,
}

impl Command {
    /// The program of this name: a path if there is a slash in it, otherwise looked for in `PATH`, as execvp(3) does.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            variables: Vec::new(),
            terminal: None,
        }
    }

    /// Adds arguments.
    #[must_use]
    pub fn arguments<T: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Gives it a variable of its environment that differs from this process's.
    #[must_use]
    pub fn variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Gives it a session of its own, with this as its controlling terminal, of which it is the foreground, and its
    /// streams: the side of a pseudoterminal that is for programs (pty(7)).
    ///
    /// The session lasts as long as the [`Started`]. It is not led by the command but by a small process that is not
    /// followed: what the command leaves running when it ends keeps the terminal, as it would under a shell.
    #[must_use]
    pub fn terminal(mut self, terminal: OwnedFd) -> Self {
        self.terminal = Some(terminal);
        self
    }

    pub(crate) fn prepare(&self) -> Result<Startup<'_>, StartError> {
        let is_own = |name: &OsString| self.variables.iter().any(|(own, _)| own == name);
        let environment = std::env::vars_os()
            .filter(|(name, _)| !is_own(name))
            .chain(self.variables.iter().cloned());
        let environment = environment.map(|(mut entry, value)| {
            entry.push("=");
            entry.push(value);
            entry
        });
        let terminal = self.terminal.as_ref().map(AsFd::as_fd);
        Startup::new(&self.program, &self.arguments, environment, terminal)
            .map_err(|ProgramError(text)| StartError::Nul(text))
    }
}

/// A process that a tracer has started. If it has a terminal, dropping this ends its session, as when the window of a
/// terminal is closed: the foreground is sent `SIGHUP`. Otherwise that changes nothing.
#[derive(Debug)]
pub struct Started {
    process: Pid,
    begun: Option<Begun>,
}

impl Started {
    pub(crate) fn new(process: Pid, begun: Option<Begun>) -> Self {
        Self { process, begun }
    }

    /// The process.
    pub fn process(&self) -> Pid {
        self.process
    }

    /// Why it never executed its program, once it has ended without: it exited with 127 if there is no such program, with
    /// 126 if that cannot be executed, with 125 if the terminal could not be made its own.
    ///
    /// It is told once, and not before the event of its end.
    pub fn refusal(&self) -> Option<Refusal> {
        self.begun.as_ref()?.refusal()
    }
}
