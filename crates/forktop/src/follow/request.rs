//! What the interface asks of the thread that follows.
use crate::log::{ProcessId, VisitId};
use crate::probe::Probe;
use crate::screen::effect::Breaks;
use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;
use tracee::Bell;

/// A shell that is wanted.
#[derive(Debug)]
pub struct Entry {
    /// The visit, as whoever asks numbers it: each another.
    pub visit: VisitId,
    /// The process.
    pub process: ProcessId,
    /// What is executed.
    pub program: Program,
    /// Its arguments, the zeroth too.
    pub arguments: Vec<OsString>,
    /// Its streams.
    pub streams: Streams,
    /// How the filters of the process are dealt with.
    pub filters: Mode,
}

/// A program for a copy of a process.
#[derive(Clone, Debug)]
pub enum Program {
    /// One of the host's, which is handed in and executed by its descriptor: statically linked, as there need be nothing
    /// there.
    Carried {
        /// What it is called.
        name: PathBuf,
        /// It, in memory, open to be read.
        file: Arc<OwnedFd>,
    },
    /// One that the process can see itself.
    Inside(PathBuf),
}

/// The streams of a shell.
#[derive(Debug)]
pub enum Streams {
    /// A terminal, which becomes its controlling one.
    Terminal {
        /// The side of a pseudoterminal that is for programs.
        side: OwnedFd,
        /// What it can do, as terminfo(5) names it, if that is known.
        name: Option<OsString>,
    },
    /// Standard input, output and error.
    Apart([OwnedFd; 3]),
}

/// How the filters of a process are dealt with in a copy of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// They hold for what is executed there. Getting there they are passed over where forktop may do that; where it may not,
    /// and cannot read them, a process that has some is not entered.
    #[default]
    Faithful,
    /// They are passed over, in what is executed there too.
    Assisted,
    /// As the first, but a process is entered also if it is not known whether its filters kill it for that.
    Bold,
}

/// Calls that are wanted tried.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The visit, as whoever asks numbers it: each another.
    pub visit: VisitId,
    /// The process.
    pub process: ProcessId,
    /// The calls.
    pub probes: Vec<Probe>,
    /// How the filters of the process are dealt with: only [`Mode::Assisted`] has them passed over in the calls.
    pub filters: Mode,
    /// How long a call may take.
    pub patience: Duration,
}

impl Trial {
    /// How long a call may take where nothing else is said: long enough for whoever answers over a network.
    pub const PATIENCE: Duration = Duration::from_secs(5);
}

/// Something to be done by the thread that follows: no other may.
#[derive(Debug)]
pub enum Request {
    /// All that this process may do is read, and told.
    Look(ProcessId),
    /// This process is held still.
    Freeze(ProcessId),
    /// This process goes on.
    Continue(ProcessId),
    /// This process is sent this signal.
    Signal(ProcessId, i32),
    /// Processes are held still at these events from now on.
    BreakOn(Breaks),
    /// A shell is put into a copy of a process.
    Enter(Entry),
    /// The shell of this visit, and all that it has left, is ended.
    Leave(VisitId),
    /// This visit is over now, whatever is left of it.
    GiveUp(VisitId),
    /// Calls are tried in a copy of a process.
    Try(Trial),
    /// Everything is let go.
    Detach,
    /// Everything is killed.
    Kill,
}

/// Where requests are handed in.
#[derive(Clone, Debug)]
pub struct Desk {
    requests: Sender<Request>,
    bell: Bell,
}

impl Desk {
    /// Requests go to `requests`, and `bell` wakes who takes them from there.
    #[must_use]
    pub const fn new(requests: Sender<Request>, bell: Bell) -> Self {
        Self { requests, bell }
    }

    /// Hands in a request. One that comes after the end of following is lost: there is nothing left that it could be
    /// about.
    pub fn hand_in(&self, request: Request) {
        if self.requests.send(request).is_ok() {
            self.bell.ring();
        }
    }
}
