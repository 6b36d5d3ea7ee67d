//! Boxes over the rest: the help, lists, and questions.
use super::App;
use crate::follow::Mode;
use crate::log::{ProcessId, VisitId};
use crate::screen::action::{Motion, Window};
use crate::screen::bindings::Context;
use crate::screen::effect::{Breaks, Effect};
use crate::screen::history::Held;
use crate::screen::panes::signal;
use crate::screen::settings::Follows;
use crate::screen::tree::Key;
use crate::screen::view::in_view;

/// An open box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// The keys, from this line on.
    Help(usize),
    /// A list, and the place of the marked entry.
    List(Choice, usize),
    /// Whether to send this signal to this process.
    Confirm(ProcessId, i32),
    /// Whether to end the shell of this visit.
    Leave(VisitId),
    /// What came of a visit, from this line on.
    Told(usize),
    /// How to end; and the time that was shown before, if that stayed.
    Quit(Option<Held>),
}

/// What can be chosen of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// An order.
    Sort,
    /// Events at which processes are held still.
    Breaks,
    /// A signal for this process.
    Signals(ProcessId),
    /// How the filters of this process are dealt with in a shell.
    Modes(ProcessId),
}

/// How filters can be dealt with, in words.
pub const MODES: [(Mode, &str); 3] = [
    (
        Mode::Faithful,
        "faithful: its filters hold for the shell too",
    ),
    (
        Mode::Bold,
        "bold: the same, also where they may kill it for that",
    ),
    (
        Mode::Assisted,
        "assisted: its filters are passed over in the shell",
    ),
];

/// The signals that are offered, as signal(7) numbers them: not those of real time.
const SIGNALS: std::ops::RangeInclusive<i32> = 1..=31;
const SIGTERM: usize = 15;

impl Opened {
    /// Which keys it has.
    #[must_use]
    pub const fn context(&self) -> Context {
        match self {
            Self::Help(_) => Context::Help,
            Self::List(Choice::Breaks, _) => Context::Switches,
            Self::List(..) => Context::Menu,
            Self::Confirm(..) | Self::Leave(_) => Context::Confirm,
            Self::Told(_) => Context::Told,
            Self::Quit(_) => Context::Quit,
        }
    }
}

impl App {
    /// The entries of a list.
    pub(in crate::screen) fn entries(&self, choice: Choice) -> Vec<String> {
        match choice {
            Choice::Sort => Key::ALL.map(|key| key.words().to_owned()).to_vec(),
            Choice::Signals(_) => SIGNALS
                .map(|number| format!("{number:>2} {}", signal(number)))
                .collect(),
            Choice::Modes(_) => MODES.map(|(_, words)| words.to_owned()).to_vec(),
            Choice::Breaks => switches(self.breaks)
                .map(|(on, words)| format!("[{}] {words}", if on { 'x' } else { ' ' }))
                .to_vec(),
        }
    }

    pub(super) fn open(&mut self, window: Window) -> Vec<Effect> {
        let selected = self.selected().map(|process| process.id);
        self.opened = match window {
            Window::Help => Some(Opened::Help(0)),
            Window::Sort => {
                let key = self.tree.order().key;
                let at = Key::ALL.iter().position(|one| *one == key);
                Some(Opened::List(Choice::Sort, at.unwrap_or(0)))
            }
            Window::Breaks => Some(Opened::List(Choice::Breaks, 0)),
            Window::Signals => selected.map(|id| Opened::List(Choice::Signals(id), SIGTERM - 1)),
            Window::Modes => selected.map(|id| Opened::List(Choice::Modes(id), 0)),
            Window::Quit => return self.quit(),
        };
        Vec::new()
    }

    /// Ends at once where there is nothing to decide.
    fn quit(&mut self) -> Vec<Effect> {
        if self.settings.follows == Follows::File {
            return vec![Effect::Quit];
        }
        let held = self.history.held();
        // What is held back may tell that all has ended, and it is now that is asked about.
        self.history.follow();
        self.tree.invalidate();
        if self.model().followed() == 0 {
            return vec![Effect::Quit];
        }
        self.opened = Some(Opened::Quit(held));
        Vec::new()
    }

    /// Ends with what was followed, where there is nothing left to be asked, or nothing to be seen: the command's program
    /// could not be executed.
    pub(super) fn quit_at_the_end(&self) -> Vec<Effect> {
        let model = self.model();
        let mut processes = model.processes();
        let is_over = model.followed() == 0;
        let was_asked = matches!(self.opened, Some(Opened::Quit(_)));
        let failed = self.settings.follows == Follows::Command
            && model.len() == 1
            && processes.all(|process| process.execs.is_empty());
        match is_over && (was_asked || failed) {
            true => vec![Effect::Quit],
            false => Vec::new(),
        }
    }

    pub(super) fn go_in_window(&mut self, motion: Motion) {
        let Some(opened) = self.opened else { return };
        let next = |top| {
            let (lines, page) = in_view(self, opened);
            motion.scroll(top, lines, page)
        };
        self.opened = Some(match opened {
            Opened::Help(top) => Opened::Help(next(top)),
            Opened::Told(top) => Opened::Told(next(top)),
            Opened::List(choice, at) => {
                let page = usize::from(self.area.height.saturating_sub(4)).max(1);
                let at = motion.step(page).from(at, self.entries(choice).len());
                Opened::List(choice, at)
            }
            Opened::Confirm(..) | Opened::Leave(_) | Opened::Quit(_) => opened,
        });
    }

    /// Takes what is marked, or what was typed.
    pub(super) fn accept(&mut self) -> Vec<Effect> {
        match self.opened {
            None => self.take_line(),
            Some(Opened::List(choice, at)) => self.choose(choice, at),
            Some(Opened::Confirm(process, signal)) => {
                self.opened = None;
                vec![Effect::Signal(process, signal)]
            }
            Some(Opened::Leave(visit)) => {
                self.opened = None;
                self.leave(visit)
            }
            Some(Opened::Help(_) | Opened::Told(_) | Opened::Quit(_)) => Vec::new(),
        }
    }

    /// Takes an entry of a list.
    pub(super) fn choose(&mut self, choice: Choice, at: usize) -> Vec<Effect> {
        match choice {
            Choice::Sort => {
                self.opened = None;
                if let Some(key) = Key::ALL.get(at) {
                    self.tree.sort_by(*key);
                }
            }
            Choice::Signals(process) => {
                let signal = { SIGNALS }.nth(at);
                self.opened = signal.map(|signal| Opened::Confirm(process, signal));
            }
            Choice::Modes(process) => {
                self.opened = None;
                let mode = MODES.get(at);
                return mode.map_or_else(Vec::new, |(mode, _)| self.enter_process(process, *mode));
            }
            Choice::Breaks => {
                self.opened = Some(Opened::List(choice, at));
                self.breaks = switched(self.breaks, at);
                return vec![Effect::BreakOn(self.breaks)];
            }
        }
        Vec::new()
    }

    /// Closes what is open.
    pub(super) fn close(&mut self) {
        match self.opened.take() {
            Some(Opened::Quit(Some(held))) => {
                self.history.hold(held);
                self.tree.invalidate();
            }
            Some(Opened::Told(_)) => self.told = None,
            Some(_) => {}
            None => self.leave_line(),
        }
    }
}

fn switches(breaks: Breaks) -> [(bool, &'static str); 4] {
    [
        (
            breaks.fork,
            "fork: a process was made, before its first instruction",
        ),
        (
            breaks.exec,
            "exec: a program was executed, before its first instruction",
        ),
        (breaks.exit, "exit: a process is about to end"),
        (
            breaks.change,
            "change: a process was seen to be allowed something else",
        ),
    ]
}

const fn switched(mut breaks: Breaks, at: usize) -> Breaks {
    match at {
        0 => breaks.fork = !breaks.fork,
        1 => breaks.exec = !breaks.exec,
        2 => breaks.exit = !breaks.exit,
        _ => breaks.change = !breaks.change,
    }
    breaks
}
