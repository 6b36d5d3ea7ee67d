//! What comes into the interface, and what it wants done.
use super::terminals::TerminalId;
use super::tree::Step;
use crate::follow::Mode;
use crate::log::{ProcessId, Record, Time, VisitId};

/// Something that the interface must take in.
#[derive(Clone, Debug)]
pub enum Input {
    /// A record of the log, in order.
    Record(Box<Record>),
    /// A key, a click, a paste, or a change of the terminal's size.
    Terminal(crossterm::event::Event),
    /// A terminal has new output, and now shows this.
    Screen(TerminalId, TerminalScreen),
    /// Nobody was asked for a visit that was wanted: why, in words for the user.
    NotAsked(VisitId, String),
    /// It is now this time of the log: an age grows.
    Tick(Time),
    /// Something could not be done: in words for the user.
    Refused(String),
    /// Something was done: in words for the user.
    Done(String),
}

/// What a terminal shows.
#[derive(Clone, Default)]
pub struct TerminalScreen(pub Option<std::sync::Arc<tui_term::vt100::Screen>>);

impl std::fmt::Debug for TerminalScreen {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("TerminalScreen")
            .finish_non_exhaustive()
    }
}

/// Something to be done that is not the interface's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Everything is let go and goes on, and forktop ends.
    Detach,
    /// Everything is killed, and forktop ends.
    Kill,
    /// The display ends; there is nothing left to follow.
    Quit,
    /// forktop stops, as a program does at ^Z, and draws all when it goes on.
    Suspend,
    /// All that this process may do is read.
    Look(ProcessId),
    /// This process is held still.
    Freeze(ProcessId),
    /// This process goes on.
    Continue(ProcessId),
    /// This process is sent this signal.
    Signal(ProcessId, i32),
    /// Processes are held still at these events from now on.
    BreakOn(Breaks),
    /// A terminal is opened, and a shell on it in a copy of this process.
    Enter {
        /// The visit, by which its terminal is known too.
        visit: VisitId,
        /// The process.
        process: ProcessId,
        /// How its filters are dealt with.
        mode: Mode,
    },
    /// The shell of this visit, and all that it has left, is ended.
    Leave(VisitId),
    /// These calls are tried in a copy of this process.
    Try {
        /// The visit.
        visit: VisitId,
        /// The process.
        process: ProcessId,
        /// The calls, as they were written.
        words: String,
    },
    /// These bytes are typed at this terminal.
    Type(TerminalId, Vec<u8>),
    /// A terminal shows lines that have left its screen, or lines after those.
    Scroll(TerminalId, Step),
    /// A terminal is no longer needed.
    Close(TerminalId),
    /// A terminal has this size.
    Resize {
        /// Which one.
        terminal: TerminalId,
        /// In characters.
        columns: u16,
        /// In characters.
        rows: u16,
    },
    /// This text is put on the clipboard of the user's terminal (OSC 52).
    Copy(String),
    /// The whole tree is written to this file, in the format that its name ends with.
    Export(std::path::PathBuf),
}

/// The events at which processes are held still.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own in the interface"
)]
pub struct Breaks {
    /// A process was made: before its first instruction.
    pub fork: bool,
    /// A program was executed: before its first instruction.
    pub exec: bool,
    /// A process is about to end.
    pub exit: bool,
    /// A process was seen to be allowed something else than before.
    pub change: bool,
}
