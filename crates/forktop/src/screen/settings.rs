//! What the interface is told when it starts, and what does not change.
use super::theme::Palette;
use crate::probe::Probe;
use privileges::Names;
use tui_term::vt100;

/// What the interface is told when it starts.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What it shows.
    pub follows: Follows,
    /// The terminal's colours.
    pub palette: Palette,
    /// The signs that the terminal can show.
    pub charset: Charset,
    /// The names of users and groups.
    pub names: Names,
    /// The bytes that a program expects for an event, as the modes of its terminal are.
    pub encode: Encode,
    /// How calls to try are read.
    pub probes: Probes,
}

/// How calls to try are read: an error is why they cannot be, in words.
pub type Probes = fn(&str) -> Result<Vec<Probe>, String>;

/// What a program gets of an event of the user's. The numbers are where its screen begins on the user's, in columns and rows.
pub type Encode = fn(&crossterm::event::Event, &vt100::Screen, (u16, u16)) -> Vec<u8>;

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    /// A command that was started, on a terminal that is ours.
    Command,
    /// Processes that were running already.
    Running,
    /// A log of before.
    File,
}

/// The signs that the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// All of Unicode.
    Utf8,
    /// Only those of ASCII.
    Ascii,
}
