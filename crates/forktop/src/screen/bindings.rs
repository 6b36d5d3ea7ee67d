//! The one table of keys: what each does, where, and in which words. Keys, footer and help are all made of it.
use super::action::{Action, Edit, Motion, Question, Recall, Travel, Turn, Window};
use super::key::Key;
use super::layout::Tab;
use super::panes::{FREEZE_KEY, LOOK_KEY, Pane};
use super::terminals::TerminalId;
use crate::follow::Mode;
use crossterm::event::KeyCode;

/// What a key does.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// Where.
    pub context: Context,
    /// The keys, the one to name first.
    pub keys: &'static [Key],
    /// What they do.
    pub action: Action,
    /// The same in a word, for the footer; empty where it does not stand there.
    pub short: &'static str,
    /// The same in words, for the help.
    pub words: &'static str,
    /// When.
    pub applies: Applies,
}

/// What has the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// The tree, or the panes.
    Browse,
    /// A terminal.
    Terminal,
    /// The terminal of a shell that has ended.
    Over,
    /// A line that is typed.
    Line,
    /// A list to choose from.
    Menu,
    /// A list of switches.
    Switches,
    /// A question of yes or no.
    Confirm,
    /// What came of a visit.
    Told,
    /// How to end.
    Quit,
    /// The help.
    Help,
}

/// When a key does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Applies {
    /// Always.
    Always,
    /// While something is selected.
    Selected,
    /// While the selected process is alive, and followed.
    Alive,
    /// While processes are followed, not a log of before.
    Live,
    /// While the command has a terminal that is ours.
    Command,
    /// While there is a terminal.
    Terminal,
    /// While the terminal of a shell is in view.
    Shell,
    /// While there are several terminals, and the one that is shown keeps the lines that leave its screen.
    Several,
    /// While that keeps the lines that leave its screen: not while a program has taken the screen for itself.
    Kept,
}

impl Context {
    /// What the help calls it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Browse => "The tree and the panes",
            Self::Terminal => "A terminal: the command's, or a shell's",
            Self::Over => "The terminal of a shell that has ended",
            Self::Line => "A line of text",
            Self::Menu => "Lists",
            Self::Switches => "Switches",
            Self::Confirm => "Questions",
            Self::Told => "What came of a visit",
            Self::Quit => "At the end",
            Self::Help => "This help",
        }
    }
}

const fn browse(
    keys: &'static [Key],
    action: Action,
    short: &'static str,
    words: &'static str,
    applies: Applies,
) -> Binding {
    Binding {
        context: Context::Browse,
        keys,
        action,
        short,
        words,
        applies,
    }
}

const fn within(
    context: Context,
    keys: &'static [Key],
    action: Action,
    short: &'static str,
    words: &'static str,
) -> Binding {
    Binding {
        context,
        keys,
        action,
        short,
        words,
        applies: Applies::Always,
    }
}

const fn terminal(
    keys: &'static [Key],
    action: Action,
    short: &'static str,
    words: &'static str,
    applies: Applies,
) -> Binding {
    Binding {
        applies,
        ..within(Context::Terminal, keys, action, short, words)
    }
}

const fn pane(keys: &'static [Key], pane: Pane, words: &'static str) -> Binding {
    browse(
        keys,
        Action::Show(Tab::Pane(pane)),
        "",
        words,
        Applies::Always,
    )
}

const UP: Key = Key::code(KeyCode::Up);
const DOWN: Key = Key::code(KeyCode::Down);
const LEFT: Key = Key::code(KeyCode::Left);
const RIGHT: Key = Key::code(KeyCode::Right);
const PAGE_UP: Key = Key::code(KeyCode::PageUp);
const PAGE_DOWN: Key = Key::code(KeyCode::PageDown);
const HOME: Key = Key::code(KeyCode::Home);
const END: Key = Key::code(KeyCode::End);
const ENTER: Key = Key::code(KeyCode::Enter);
const ESCAPE: Key = Key::code(KeyCode::Esc);
const TAB: Key = Key::code(KeyCode::Tab);
const BACK_TAB: Key = Key::code(KeyCode::BackTab);
const BACKSPACE: Key = Key::code(KeyCode::Backspace);
const DELETE: Key = Key::code(KeyCode::Delete);
const SPACE: Key = Key::of(' ');

const fn function(number: u8) -> Key {
    Key::code(KeyCode::F(number))
}

/// Every key.
#[rustfmt::skip] // a table: a line a row
pub const BINDINGS: &[Binding] = &{
    use Action as A;
    use Applies::{Alive, Always, Command, Kept, Live, Selected, Several, Shell, Terminal};
    use Context as C;
    use Motion as M;
    [
        browse(&[function(1), Key::of('?')], A::Open(Window::Help), "help", "this help", Always),
        browse(&[UP, Key::of('k')], A::Go(M::Up), "", "up", Always),
        browse(&[DOWN, Key::of('j')], A::Go(M::Down), "", "down", Always),
        browse(&[PAGE_UP, Key::control('b')], A::Go(M::PageUp), "", "a screenful up", Always),
        browse(&[PAGE_DOWN, Key::control('f')], A::Go(M::PageDown), "", "a screenful down", Always),
        browse(&[Key::control('u')], A::Go(M::HalfUp), "", "half of one up", Always),
        browse(&[Key::control('d')], A::Go(M::HalfDown), "", "half of one down", Always),
        browse(&[HOME, Key::of('g')], A::Go(M::First), "", "to the first", Always),
        browse(&[END, Key::of('G')], A::Go(M::Last), "", "to the last", Always),
        browse(&[BACKSPACE], A::Creator, "", "to the process that made this one", Selected),
        browse(&[SPACE, ENTER], A::Toggle, "", "fold or unfold what this one made", Selected),
        browse(&[LEFT, Key::of('h')], A::Left, "", "fold, or to the one above; in the panes the tab before", Always),
        browse(&[RIGHT, Key::of('l')], A::Right, "", "unfold, or to the one below; in the panes the tab after", Always),
        browse(&[Key::of('*')], A::ToggleAll, "", "fold everything, or unfold everything", Always),
        browse(&[Key::of('-')], A::FoldAll, "", "fold everything", Always),
        browse(&[Key::of('+')], A::UnfoldAll, "", "unfold everything", Always),
        browse(&[Key::of('/'), function(3)], A::Ask(Question::Search), "search", "search from the selected one on, in folded parts too", Always),
        browse(&[Key::of('n')], A::NextMatch, "", "the next that was searched for, below the selected one", Always),
        browse(&[Key::of('N')], A::PreviousMatch, "", "the one before, above it", Always),
        browse(&[Key::of('\\'), function(4)], A::Ask(Question::Filter), "filter", "show only some", Always),
        browse(&[Key::of('u')], A::Ask(Question::User), "", "show only a user's", Always),
        browse(&[Key::of('>'), function(6)], A::Open(Window::Sort), "sort", "sort what one process made", Always),
        browse(&[Key::of('H')], A::Threads, "", "threads: none, those that differ, all", Always),
        browse(&[Key::of('d')], A::Ended, "ended", "hide what has ended, or show it", Always),
        browse(&[Key::of('F')], A::Follow, "", "follow the newest, or no longer", Live),
        browse(&[Key::of('Z')], A::Pause, "", "hold the display, or let it go on; the log always does", Live),
        browse(&[Key::of('['), Key::of(',')], A::Travel(Travel::Earlier), "", "back in time by a record", Always),
        browse(&[Key::of(']'), Key::of('.')], A::Travel(Travel::Later), "", "forward by a record", Always),
        browse(&[Key::of('{')], A::Travel(Travel::SecondEarlier), "", "back in time by a second", Always),
        browse(&[Key::of('}')], A::Travel(Travel::SecondLater), "", "forward by a second", Always),
        browse(&[Key::of('(')], A::Travel(Travel::Start), "", "to the beginning of time", Always),
        browse(&[Key::of(')')], A::Travel(Travel::End), "", "to its end, or to now", Always),
        browse(&[TAB, BACK_TAB], A::NextFocus, "pane", "the keys to the panes, or back to the tree", Always),
        pane(&[Key::of(Pane::Privileges.key())], Pane::Privileges, "what it may do, in words"),
        pane(&[Key::of(Pane::Difference.key())], Pane::Difference, "how that differs from its creator, or what is marked"),
        pane(&[Key::of(Pane::Namespaces.key())], Pane::Namespaces, "its namespaces, and who shares them"),
        pane(&[Key::of(Pane::Descriptors.key())], Pane::Descriptors, "what it has open"),
        pane(&[Key::of(Pane::Mounts.key())], Pane::Mounts, "its mounts"),
        pane(&[Key::of(Pane::Seccomp.key())], Pane::Seccomp, "its filters of system calls"),
        pane(&[Key::of(Pane::Environment.key())], Pane::Environment, "its environment"),
        pane(&[Key::of(Pane::Limits.key())], Pane::Limits, "its limits"),
        pane(&[Key::of(Pane::Events.key())], Pane::Events, "its events"),
        pane(&[Key::of(Pane::Granted.key())], Pane::Granted, "what its void was granted, and what it holds"),
        browse(&[Key::of('0')], A::Show(Tab::Terminal(TerminalId::Command)), "", "the command's terminal", Command),
        browse(&[Key::of('t')], A::Type, "type", "type at the terminal that is shown", Terminal),
        browse(&[Key::of('T')], A::TypeWhole, "", "the same on the whole screen", Terminal),
        browse(&[Key::of('w')], A::Turn(Turn::After), "", "the next terminal: the command's, or a shell's", Terminal),
        browse(&[Key::of('W')], A::Turn(Turn::Before), "", "the one before", Terminal),
        browse(&[Key::of('!')], A::Enter(Mode::Faithful), "shell", "open a shell in it, with exactly its permissions", Alive),
        browse(&[Key::of('S')], A::Open(Window::Modes), "", "the same, where its filters are dealt with otherwise", Alive),
        browse(&[Key::of('p')], A::Ask(Question::Try), "try", "try calls in it: what the kernel answers it", Alive),
        browse(&[Key::of('x')], A::CloseShell, "close", "close the shell that is shown: it ends", Shell),
        browse(&[Key::of('=')], A::Base, "", "compare with this one; again: with the creator", Selected),
        browse(&[Key::of(LOOK_KEY), function(5)], A::Look, "look", "read all that it may do", Alive),
        browse(&[Key::of(FREEZE_KEY)], A::Freeze, "freeze", "hold it still", Alive),
        browse(&[Key::of('c')], A::Continue, "continue", "let it go on", Alive),
        browse(&[Key::of('b')], A::Open(Window::Breaks), "breaks", "hold each still at its birth, exec, end or change", Live),
        browse(&[function(9), Key::of('K')], A::Open(Window::Signals), "signal", "send it a signal", Alive),
        browse(&[Key::of('y')], A::Copy, "", "copy its row to the clipboard", Selected),
        browse(&[Key::of('e')], A::Ask(Question::Export), "", "write everything to a file", Always),
        browse(&[Key::control('z')], A::Suspend, "", "stop forktop, until the shell's fg", Always),
        browse(&[ESCAPE], A::Escape, "", "no search, no filter, the keys to the tree", Always),
        browse(&[Key::of('q'), function(10), Key::control('c')], A::Open(Window::Quit), "quit", "end; asks what becomes of what is alive", Always),
        terminal(&[Key::shift(KeyCode::PageUp)], A::Go(M::PageUp), "lines before", "lines that have left the screen; so does the wheel", Kept),
        terminal(&[Key::shift(KeyCode::PageDown)], A::Go(M::PageDown), "", "lines after those; what is typed goes to the end", Kept),
        terminal(&[Key::shift(KeyCode::Left)], A::Turn(Turn::Before), "", "the terminal before", Several),
        terminal(&[Key::shift(KeyCode::Right)], A::Turn(Turn::After), "next terminal", "the next terminal", Several),
        // Terminals send the same byte for ^] and ^5, and crossterm takes it for the latter.
        within(C::Terminal, &[Key::control(']'), Key::control('5')], A::Return, "gives the keys back", "gives the keys back; all but these are the program's"),
        within(C::Over, &[ENTER, ESCAPE, Key::of('q'), Key::of('x')], A::CloseShell, "close", "close it"),
        within(C::Over, &[Key::shift(KeyCode::PageUp)], A::Go(M::PageUp), "", "lines that have left the screen"),
        within(C::Over, &[Key::shift(KeyCode::PageDown)], A::Go(M::PageDown), "", "lines after those"),
        within(C::Over, &[Key::shift(KeyCode::Left)], A::Turn(Turn::Before), "", "the terminal before"),
        within(C::Over, &[Key::shift(KeyCode::Right)], A::Turn(Turn::After), "", "the next terminal"),
        within(C::Over, &[Key::control(']'), Key::control('5')], A::Return, "keep it", "gives the keys back, and stays"),
        within(C::Line, &[ENTER], A::Accept, "take it", "take it"),
        within(C::Line, &[ESCAPE, Key::control('c')], A::Close, "leave it", "leave it as it was"),
        within(C::Line, &[LEFT], A::Edit(Edit::Left), "", "a character to the left"),
        within(C::Line, &[RIGHT], A::Edit(Edit::Right), "", "a character to the right"),
        within(C::Line, &[HOME, Key::control('a')], A::Edit(Edit::Start), "", "to the beginning"),
        within(C::Line, &[END, Key::control('e')], A::Edit(Edit::End), "", "to the end"),
        within(C::Line, &[BACKSPACE, Key::control('h')], A::Edit(Edit::EraseBefore), "", "the character before the cursor away"),
        within(C::Line, &[DELETE], A::Edit(Edit::EraseAt), "", "the one at the cursor away"),
        within(C::Line, &[Key::control('w')], A::Edit(Edit::EraseWord), "", "the word before the cursor away"),
        within(C::Line, &[Key::control('u')], A::Edit(Edit::EraseToStart), "", "all before the cursor away"),
        within(C::Line, &[Key::control('k')], A::Edit(Edit::EraseToEnd), "", "all from the cursor on away"),
        within(C::Line, &[UP], A::Recall(Recall::Earlier), "", "what was typed before"),
        within(C::Line, &[DOWN], A::Recall(Recall::Later), "", "what was typed after that"),
        within(C::Menu, &[UP, Key::of('k')], A::Go(M::Up), "", "up"),
        within(C::Menu, &[DOWN, Key::of('j')], A::Go(M::Down), "", "down"),
        within(C::Menu, &[PAGE_UP], A::Go(M::PageUp), "", "a screenful up"),
        within(C::Menu, &[PAGE_DOWN], A::Go(M::PageDown), "", "a screenful down"),
        within(C::Menu, &[HOME, Key::of('g')], A::Go(M::First), "", "to the first"),
        within(C::Menu, &[END, Key::of('G')], A::Go(M::Last), "", "to the last"),
        within(C::Menu, &[ENTER, SPACE], A::Accept, "take it", "take it"),
        within(C::Menu, &[ESCAPE, Key::of('q'), Key::control('c')], A::Close, "leave it", "leave it as it was"),
        within(C::Switches, &[UP, Key::of('k')], A::Go(M::Up), "", "up"),
        within(C::Switches, &[DOWN, Key::of('j')], A::Go(M::Down), "", "down"),
        within(C::Switches, &[SPACE, ENTER], A::Accept, "on or off", "on or off"),
        within(C::Switches, &[ESCAPE, Key::of('q'), Key::of('b'), Key::control('c')], A::Close, "done", "done"),
        within(C::Confirm, &[Key::of('y'), ENTER], A::Accept, "yes", "yes"),
        within(C::Confirm, &[Key::of('n'), ESCAPE, Key::of('q'), Key::control('c')], A::Close, "no", "no"),
        within(C::Told, &[UP, Key::of('k')], A::Go(M::Up), "", "up"),
        within(C::Told, &[DOWN, Key::of('j')], A::Go(M::Down), "", "down"),
        within(C::Told, &[PAGE_UP], A::Go(M::PageUp), "", "a screenful up"),
        within(C::Told, &[PAGE_DOWN, SPACE], A::Go(M::PageDown), "", "a screenful down"),
        within(C::Told, &[ENTER, ESCAPE, Key::of('q'), Key::control('c')], A::Close, "close", "close it; it stays among the events"),
        within(C::Quit, &[Key::of('l')], A::LetGo, "let go", "all is let go, and goes on without forktop and its terminal"),
        within(C::Quit, &[Key::of('k')], A::Kill, "kill", "all is killed"),
        within(C::Quit, &[Key::of('s'), ESCAPE, Key::of('q'), Key::control('c')], A::Close, "stay", "nothing ends"),
        within(C::Help, &[UP, Key::of('k')], A::Go(M::Up), "", "up"),
        within(C::Help, &[DOWN, Key::of('j'), ENTER], A::Go(M::Down), "", "down"),
        within(C::Help, &[PAGE_UP, Key::control('b')], A::Go(M::PageUp), "", "a screenful up"),
        within(C::Help, &[PAGE_DOWN, SPACE, Key::control('f')], A::Go(M::PageDown), "more", "a screenful down"),
        within(C::Help, &[HOME, Key::of('g')], A::Go(M::First), "", "to the beginning"),
        within(C::Help, &[END, Key::of('G')], A::Go(M::Last), "", "to the end"),
        within(C::Help, &[ESCAPE, Key::of('q'), Key::of('?'), function(1), Key::control('c')], A::Close, "close", "close it"),
    ]
};
