//! What signals mean to a forktop without its interface.
//!
//! While it follows a command it is as good as that: what is typed at the terminal the command gets itself, and decides;
//! what is sent to forktop is passed on; and following goes on, to the end. Only who sends `SIGTERM` once more means
//! forktop. While it follows what was running already, a signal ends just that.
use crate::follow::{Desk, Request};
use crate::leaving::ENDING;
use crate::log::ProcessId;
use crate::patience::Patience;
use crate::proc_file::ignored;
use rustix::fs::{Mode, OFlags};
use signal_hook::consts::{SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

/// The signals, from now on, until somebody heeds them.
#[derive(Debug)]
pub struct Waiting(Signals);

/// What they are about.
#[derive(Debug)]
pub enum About {
    /// A command.
    Command {
        /// Whether it is killed with forktop.
        kill_on_exit: bool,
        /// Whether its own process has ended; what it has made may run.
        has_ended: Arc<AtomicBool>,
    },
    /// What was running already.
    Running,
}

/// Somebody who heeds them.
#[derive(Debug)]
pub struct Heeding {
    handle: Handle,
    thread: JoinHandle<Option<i32>>,
}

/// The command's process: the first of the log.
pub const COMMAND: ProcessId = ProcessId(0);

impl Waiting {
    /// Takes notice of those that are not ignored, as nohup(1) has it.
    pub fn new() -> io::Result<Self> {
        let ignored = ignored("self");
        let minded = ENDING.into_iter().filter(|it| ignored & 1 << (it - 1) == 0);
        Signals::new(minded).map(Self)
    }

    /// Heeds them from now on, and those that have come. What ends following is waited for with this patience.
    pub fn heed(self, about: About, desk: Desk, patience: Patience) -> io::Result<Heeding> {
        let Self(mut signals) = self;
        let handle = signals.handle();
        let heed = move || heed(&mut signals, &about, &desk, &patience);
        let thread = thread::Builder::new().name("signals".to_owned());
        Ok(Heeding {
            handle,
            thread: thread.spawn(heed)?,
        })
    }
}

impl Heeding {
    /// Heeds them no longer. Gives that which ended following, if one did.
    #[must_use]
    pub fn end(self) -> Option<i32> {
        self.handle.close();
        self.thread.join().ok().flatten()
    }
}

fn heed(signals: &mut Signals, about: &About, desk: &Desk, patience: &Patience) -> Option<i32> {
    let mut waiting = None;
    let mut ended_by = None;
    let mut was_told = false;
    for signal in signals.forever() {
        let request = match about {
            About::Running => Request::Detach,
            About::Command { .. } if matches!(signal, SIGINT | SIGQUIT) && may_be_typed() => {
                continue;
            }
            About::Command {
                kill_on_exit,
                has_ended,
            } if signal == SIGTERM && (was_told || has_ended.load(Ordering::Relaxed)) => {
                ended_by = ended_by.or(Some(signal));
                match kill_on_exit {
                    true => Request::Kill,
                    false => Request::Detach,
                }
            }
            About::Command { .. } => {
                was_told |= signal == SIGTERM;
                Request::Signal(COMMAND, signal)
            }
        };
        if matches!(request, Request::Detach | Request::Kill) {
            waiting = waiting.or_else(|| patience.begin());
        }
        desk.hand_in(request);
    }
    ended_by
}

/// Whether the keys of a terminal are this process's: then the command has got what was typed there, too, and it would be
/// told twice.
fn may_be_typed() -> bool {
    let flags = OFlags::RDONLY | OFlags::NOCTTY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let terminal = rustix::fs::open("/dev/tty", flags, Mode::empty());
    terminal.and_then(tracee::is_in_foreground).unwrap_or(false)
}
