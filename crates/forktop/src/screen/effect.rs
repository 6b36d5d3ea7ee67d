//! What comes into the interface, and what it wants done.
use super::tree::Step;
use crate::log::{ProcessId, Record, Time};

/// Something that the interface must take in.
#[derive(Clone, Debug)]
pub enum Input {
    /// A record of the log, in order.
    Record(Box<Record>),
    /// A key, a click, a paste, or a change of the terminal's size.
    Terminal(crossterm::event::Event),
    /// The command's terminal has new output, and now shows this.
    Command(CommandScreen),
    /// It is now this time of the log: an age grows.
    Tick(Time),
    /// Something could not be done: in words for the user.
    Refused(String),
    /// Something was done: in words for the user.
    Done(String),
}

/// What the command's terminal shows.
#[derive(Clone, Default)]
pub struct CommandScreen(pub Option<std::sync::Arc<tui_term::vt100::Screen>>);

impl std::fmt::Debug for CommandScreen {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("CommandScreen")
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
    /// These bytes are typed at the command.
    Type(Vec<u8>),
    /// The command's terminal shows lines that have left its screen, or lines after those.
    Scroll(Step),
    /// The command's terminal has this size.
    Resize {
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
