//! What the user can ask for.
use super::layout::Tab;
use crate::follow::Mode;

/// Something that the user can ask for, by a key or a click.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Another row, or other lines of what has the keys.
    Go(Motion),
    /// To the process that made the selected one.
    Creator,
    /// Folds or unfolds the selected row.
    Toggle,
    /// Folds the selected row, or goes to the one above; in the panes the tab before.
    Left,
    /// Unfolds the selected row, or goes to the one below; in the panes the tab after.
    Right,
    /// Folds everything, or unfolds everything if something is folded.
    ToggleAll,
    /// Folds everything.
    FoldAll,
    /// Unfolds everything.
    UnfoldAll,
    /// Has a line of text typed.
    Ask(Question),
    /// The next process that was searched for.
    NextMatch,
    /// The one before.
    PreviousMatch,
    /// Opens a box.
    Open(Window),
    /// Shows more threads, or none.
    Threads,
    /// Hides what has ended, or shows it.
    Ended,
    /// Selects each new process, or no longer.
    Follow,
    /// Holds the display, or lets it go on.
    Pause,
    /// Another time.
    Travel(Travel),
    /// The keys are for the next part of the screen.
    NextFocus,
    /// Shows a pane.
    Show(Tab),
    /// Compares with the selected process, or with the creator again.
    Base,
    /// Holds the selected process still.
    Freeze,
    /// Lets it go on.
    Continue,
    /// Reads all that it may do.
    Look,
    /// Copies its row.
    Copy,
    /// Opens a shell in the selected process.
    Enter(Mode),
    /// Shows another terminal.
    Turn(Turn),
    /// Closes the terminal of the shell that is shown; the shell is ended.
    CloseShell,
    /// The terminal that is shown takes the keys, in its pane.
    Type,
    /// The terminal that is shown takes the keys and the whole screen.
    TypeWhole,
    /// The terminal gives the keys back.
    Return,
    /// Undoes one thing: a search, a filter, keys that are elsewhere than in the tree.
    Escape,
    /// Takes what is marked in a box, or what was typed.
    Accept,
    /// Closes a box, or the line that is typed.
    Close,
    /// Stops forktop, as ^Z stops a program.
    Suspend,
    /// Lets everything go on, and ends.
    LetGo,
    /// Kills everything, and ends.
    Kill,
    /// Changes the line that is typed.
    Edit(Edit),
    /// Brings back a line that was typed before.
    Recall(Recall),
}

/// To the next, or the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The one before.
    Before,
    /// The next.
    After,
}

/// A change of a line, or of the place of the cursor in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// A character to the left.
    Left,
    /// A character to the right.
    Right,
    /// To the beginning.
    Start,
    /// To the end.
    End,
    /// Takes the character before the cursor away.
    EraseBefore,
    /// Takes the character at the cursor away.
    EraseAt,
    /// Takes the word before the cursor away.
    EraseWord,
    /// Takes all before the cursor away.
    EraseToStart,
    /// Takes all from the cursor on away.
    EraseToEnd,
}

/// Which line to bring back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recall {
    /// The one before.
    Earlier,
    /// The one after.
    Later,
}

/// Another row, or other lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// One up.
    Up,
    /// One down.
    Down,
    /// A screenful up.
    PageUp,
    /// A screenful down.
    PageDown,
    /// Half of one up.
    HalfUp,
    /// Half of one down.
    HalfDown,
    /// To the first.
    First,
    /// To the last.
    Last,
}

/// What is typed into a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// What to search.
    Search,
    /// What to show.
    Filter,
    /// The user whose processes to show.
    User,
    /// A file's name.
    Export,
    /// Calls to try in a process.
    Try,
}

/// A box over the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The keys.
    Help,
    /// Orders.
    Sort,
    /// Events at which processes are held.
    Breaks,
    /// Signals.
    Signals,
    /// How the filters of a process are dealt with in a shell.
    Modes,
    /// How to end.
    Quit,
}

/// To another time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Travel {
    /// The record before.
    Earlier,
    /// The record after.
    Later,
    /// A second before.
    SecondEarlier,
    /// A second after.
    SecondLater,
    /// The beginning.
    Start,
    /// The end; of what goes on, now.
    End,
}
