//! Starting a program that waits, before it executes, until somebody who wants to trace it does so.
use crate::arrange::{copy_from, move_to};
use crate::program::ProgramError;
use crate::received;
use crate::search::Search;
use crate::session::Session;
use crate::signals::SignalSet;
use clone3::Clone3;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType, send, socketpair};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::Pid;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

/// A program that is to be started, encoded beforehand.
#[derive(Debug)]
pub struct Startup<'a> {
    search: Search,
    terminal: Option<BorrowedFd<'a>>,
}

/// A process that is ready, and executes its program once it is let go. If this is dropped it ends.
#[derive(Debug)]
pub struct Waiting {
    pid: Pid,
    go: OwnedFd,
    refusals: OwnedFd,
    session: Option<Session>,
}

/// A process that was let go. If it has a terminal, dropping this is the end of its session: the foreground of the terminal
/// is sent `SIGHUP`, and nobody has it any more. The end of the calling process has the same effect, however it comes.
#[derive(Debug)]
pub struct Begun {
    refusals: OwnedFd,
    _session: Option<Session>,
}

/// Why a program was not executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What could not be done.
    pub step: StartStep,
    /// What the kernel answered.
    pub errno: Errno,
}

/// What a process does before it is its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartStep {
    /// Having the terminal: a session of which that is the controlling terminal (`TIOCSCTTY`), its foreground
    /// (tcsetpgrp(3)), descriptors 0 to 2. It exits with 125 if it cannot.
    Terminal,
    /// Executing the program. It exits with 127 if there is none, with 126 if it cannot be executed.
    Program,
}

impl<'a> Startup<'a> {
    /// The program `name`, looked for in `PATH` of this process if it has no slash in it, as execvp(3) does.
    /// `arguments` are those after the name. With a terminal the process is in a session of its own, of which that is the
    /// controlling terminal; it is the foreground there, and has it as its descriptors 0, 1 and 2. It does not lead the
    /// session, so what it leaves running keeps the terminal.
    pub fn new(
        name: &OsStr,
        arguments: &[OsString],
        environment: impl IntoIterator<Item = OsString>,
        terminal: Option<BorrowedFd<'a>>,
    ) -> Result<Self, ProgramError> {
        let path = std::env::var_os("PATH");
        Ok(Self {
            search: Search::new(name, arguments, environment, path.as_deref())?,
            terminal,
        })
    }

    /// Starts the process. It is a child of the calling thread, with that one's descriptors that exec does not close and
    /// its working folder; signals are ignored and blocked as they were when *this* program was executed.
    ///
    /// # Errors
    /// Those of pipe(2), socketpair(2) and clone3(2).
    pub fn start(mut self) -> io::Result<Waiting> {
        // Not a pipe: if the process has been killed, writing to that would be answered by SIGPIPE.
        let (family, stream) = (AddressFamily::UNIX, SocketType::STREAM);
        let (gate, go) = socketpair(family, stream, SocketFlags::CLOEXEC, None)?;
        let (refusals, refuse) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        let terminal = self.terminal;
        // No handler of this process may run in the child.
        let mask = SignalSet::ALL.make_mask()?;
        let mut child = |prepared| self.become_program(prepared, &gate, &go, &refuse);
        let started = match terminal {
            // SAFETY: the child makes only system calls, on memory that was made before: nothing is allocated or locked.
            None => unsafe { Clone3::new().fork(|| child(Ok(()))) }.map(|it| (it.pid(), None)),
            Some(terminal) => {
                let child = |taken: Result<(), Errno>| child(taken.and_then(|()| join(terminal)));
                // SAFETY: as above.
                unsafe { Session::begin(terminal, child) }.map(|(pid, it)| (pid, Some(it)))
            }
        };
        mask.make_mask()?;
        let (pid, session) = started?;
        Ok(Waiting {
            pid,
            go,
            refusals,
            session,
        })
    }

    /// Gives the code to exit with, if it returns.
    fn become_program(
        &mut self,
        prepared: Result<(), Errno>,
        gate: &OwnedFd,
        go: &OwnedFd,
        refuse: &OwnedFd,
    ) -> u8 {
        received::restore_actions();
        // Even one that fails does so for whoever traces it.
        if !let_go(gate, go) {
            return 0;
        }
        if let Err(errno) = prepared {
            return Refusal::terminal(errno).tell(refuse);
        }
        // A mask that was valid when this program was executed is.
        let _ = received::mask().make_mask();
        Refusal::program(self.search.execute()).tell(refuse)
    }
}

/// Makes the calling process the foreground of the terminal, which controls its session, and that its three streams. While
/// `SIGTTOU` is blocked.
fn join(terminal: BorrowedFd<'_>) -> Result<(), Errno> {
    // A process group of its own: that of the session's leader is not one to be stopped, or interrupted.
    rustix::process::setpgid(None, None)?;
    rustix::termios::tcsetpgrp(terminal, rustix::process::getpid())?;
    // It may lie at one of the three numbers, where it would keep its flag to close at exec.
    let copy = copy_from(terminal, 3)?;
    (0..3).try_for_each(|number| move_to(copy, number))
}

/// Whether the word came, and not the end of whoever would have given it.
fn let_go(gate: &OwnedFd, go: &OwnedFd) -> bool {
    // SAFETY: this process is a copy that executes or exits before its copy of the `OwnedFd` is used or dropped. As long
    // as it has this end itself, it would never learn that the other process has ended.
    unsafe { libc::close(go.as_raw_fd()) };
    loop {
        match rustix::io::read(gate, &mut [0u8; 1]) {
            Err(Errno::INTR) => {}
            read => return read == Ok(1),
        }
    }
}

impl Waiting {
    /// Its number.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Lets it execute its program. `EPIPE` if it has ended.
    pub fn go(self) -> Result<Begun, Errno> {
        send(&self.go, &[1], SendFlags::NOSIGNAL)?;
        Ok(Begun {
            refusals: self.refusals,
            _session: self.session,
        })
    }
}

impl Begun {
    /// Why it has not executed its program, if so; asked before it has ended, `None` may change yet.
    pub fn refusal(&self) -> Option<Refusal> {
        let mut word = [0; LENGTH];
        match rustix::io::read(&self.refusals, &mut word) {
            Ok(LENGTH) => Some(Refusal::decode(word)),
            _ => None,
        }
    }
}

const LENGTH: usize = 8;

impl Refusal {
    fn terminal(errno: Errno) -> Self {
        Self {
            step: StartStep::Terminal,
            errno,
        }
    }

    fn program(errno: Errno) -> Self {
        Self {
            step: StartStep::Program,
            errno,
        }
    }

    /// The code with which the process exits, as shells have it.
    pub fn exit_code(self) -> u8 {
        match (self.step, self.errno) {
            (StartStep::Terminal, _) => 125,
            (StartStep::Program, Errno::NOENT) => 127,
            (StartStep::Program, _) => 126,
        }
    }

    fn tell(self, refuse: &OwnedFd) -> u8 {
        // Nobody may be left to read it: the code tells it too.
        let _ = rustix::io::write(refuse, &self.encode());
        self.exit_code()
    }

    fn encode(self) -> [u8; LENGTH] {
        let step: u32 = match self.step {
            StartStep::Terminal => 0,
            StartStep::Program => 1,
        };
        let mut word = [0; LENGTH];
        word[..4].copy_from_slice(&step.to_ne_bytes());
        word[4..].copy_from_slice(&self.errno.raw_os_error().to_ne_bytes());
        word
    }

    fn decode(word: [u8; LENGTH]) -> Self {
        let [s0, s1, s2, s3, e0, e1, e2, e3] = word;
        let errno = Errno::from_raw_os_error(i32::from_ne_bytes([e0, e1, e2, e3]));
        match u32::from_ne_bytes([s0, s1, s2, s3]) {
            0 => Self::terminal(errno),
            _ => Self::program(errno),
        }
    }
}
