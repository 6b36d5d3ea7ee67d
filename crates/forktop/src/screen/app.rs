//! The state of the interface, and the only function that changes it.
mod browse;
mod hear;
mod line;
mod mouse;
mod perform;
mod processes;
mod recall;
mod scroll;
mod search;
mod shells;
mod terminals;
mod told;
mod travel;
mod window;

pub use line::Line;
use recall::Former;
use shells::Visits;
pub use told::Told;
pub use window::{Choice, MODES, Opened};

use super::age::next_beat;
use super::bindings::{Applies, BINDINGS, Binding, Context};
use super::effect::{Breaks, Effect, Input};
use super::filter::Filter;
use super::history::{History, Pace};
use super::layout::{Focus, Layout, Presence, Shape, Tab};
use super::panes::Pane;
use super::settings::{Follows, Settings};
use super::surroundings::Surroundings;
use super::terminals::{TerminalId, Terminals};
use super::theme::Theme;
use super::tree::{Place, Tree};
use crate::log::{Event, ProcessId, Record};
use crate::model::{Model, Process};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use std::sync::Arc;
use std::time::Duration;

/// The interface.
#[derive(Debug)]
pub struct App {
    pub(super) settings: Settings,
    pub(super) theme: Theme,
    pub(super) history: History,
    pub(super) tree: Tree,
    /// What was last searched for.
    pub(super) sought: Filter,
    /// The process with which the selected one is compared, if not with its creator.
    pub(super) base: Option<ProcessId>,
    pub(super) newest: Newest,
    pub(super) breaks: Breaks,
    pub(super) focus: Focus,
    pub(super) tab: Tab,
    /// The pane that was last shown.
    pub(super) pane: Pane,
    /// The first line of the pane that is in view.
    pub(super) scrolled: usize,
    pub(super) terminals: Terminals,
    /// The visits that were asked for and of which nothing was told yet but what is in their terminals; the last one's number.
    visits: Visits,
    /// What a box is to tell.
    pub(super) told: Option<Told>,
    pub(super) opened: Option<Opened>,
    pub(super) line: Option<Line>,
    /// Lines that were typed before, the latest last.
    former: Vec<Former>,
    pub(super) message: Option<Message>,
    pub(super) area: Rect,
    drawn: Drawn,
}

/// Whether each new process is selected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Newest {
    /// It is not.
    #[default]
    Ignored,
    /// It is.
    Followed,
}

/// Whether the screen shows what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Drawn {
    Fresh,
    Stale,
}

/// A line for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Something was done.
    Done(String),
    /// Something could not be done.
    Refused(String),
}

impl App {
    /// An interface on a terminal of this size, to which nothing has been told yet.
    #[must_use]
    pub fn new(settings: Settings, columns: u16, rows: u16) -> Self {
        let mut terminals = Terminals::default();
        let tab = match settings.follows {
            Follows::Command => {
                terminals.open(TerminalId::Command, None);
                Tab::Terminal(TerminalId::Command)
            }
            Follows::Running | Follows::File => Tab::Pane(Pane::Privileges),
        };
        Self {
            theme: Theme::of(settings.palette),
            settings,
            history: History::default(),
            tree: Tree::default(),
            sought: Filter::default(),
            base: None,
            newest: Newest::default(),
            breaks: Breaks::default(),
            focus: Focus::default(),
            tab,
            pane: Pane::Privileges,
            scrolled: 0,
            terminals,
            visits: Visits::default(),
            told: None,
            opened: None,
            line: None,
            former: Vec::new(),
            message: None,
            area: Rect::new(0, 0, columns, rows),
            drawn: Drawn::Stale,
        }
    }

    /// Takes something in, and says what is to be done.
    pub fn update(&mut self, input: Input) -> Vec<Effect> {
        let mut effects = match input {
            Input::Record(record) => self.learn(record.into()),
            Input::Terminal(event) => {
                self.settle();
                self.hear(&event)
            }
            Input::Screen(terminal, screen) => self.show_screen(terminal, screen),
            Input::NotAsked(visit, words) => self.fail(visit, words),
            Input::Tick(now) => {
                self.history.tell(now);
                self.change()
            }
            Input::Refused(words) => self.say(Message::Refused(words)),
            Input::Done(words) => self.say(Message::Done(words)),
        };
        effects.extend(self.resize());
        effects
    }

    /// Whether something has changed since it was last drawn.
    #[must_use]
    pub fn wants_drawing(&self) -> bool {
        self.drawn == Drawn::Stale
    }

    /// Draws what there is.
    pub fn draw(&mut self, frame: &mut Frame<'_>) {
        self.settle();
        frame.render_widget(&*self, self.area.intersection(frame.area()));
        if let Some(place) = self.cursor() {
            frame.set_cursor_position(place);
        }
        self.drawn = Drawn::Fresh;
    }

    /// How long after the latest time that it was told of, time alone changes what is shown; `None` if it does not.
    #[must_use]
    pub fn wants_tick(&self) -> Option<Duration> {
        let goes_on = self.settings.follows != Follows::File
            && self.history.pace() == Pace::Follows
            && self.model().followed() > 0
            && self.focus != Focus::WholeTerminal;
        let now = self.history.now();
        let in_view = self
            .tree
            .rows()
            .iter()
            .skip(self.tree.top())
            .take(self.tree.height());
        let youngest = in_view
            .filter_map(|row| self.model().process(row.place.process))
            .filter(|process| process.is_followed())
            .map(|process| process.age(now))
            .min();
        let all = now.since(crate::log::Time::default());
        goes_on.then(|| next_beat(all, youngest.unwrap_or(all)))
    }

    /// What is shown.
    #[must_use]
    pub const fn model(&self) -> &Model {
        self.history.model()
    }

    /// All records that it was told, shown or not: what an export writes.
    #[must_use]
    pub fn records(&self) -> &[Arc<Record>] {
        self.history.records()
    }

    fn learn(&mut self, record: Arc<Record>) -> Vec<Effect> {
        let born = match &record.event {
            // Whoever opens a shell goes on looking at the process in which it is.
            Event::Born(birth) if !birth.origin.is_visitor() => Some(Place::of(birth.process)),
            _ => None,
        };
        let is_end = matches!(record.event, Event::Ended { .. });
        let mut effects = self.hear_of_visit(&record);
        self.history.learn(record);
        if self.history.pace() == Pace::Follows {
            self.tree.invalidate();
            let wanted = self.newest == Newest::Followed || self.tree.selected().is_none();
            if let Some(place) = born.filter(|_| wanted) {
                self.tree.select(place);
                self.scrolled = 0;
            }
        }
        self.change();
        if is_end {
            effects.extend(self.quit_at_the_end());
        }
        effects
    }

    /// Notes that something changed. Nothing else is to be done.
    pub(super) const fn change(&mut self) -> Vec<Effect> {
        self.drawn = Drawn::Stale;
        Vec::new()
    }

    pub(super) fn say(&mut self, message: Message) -> Vec<Effect> {
        self.message = Some(message);
        self.change()
    }

    /// Brings rows and scrolling up to date with all that has changed.
    pub(super) fn settle(&mut self) {
        let height = usize::from(self.layout().tree.height);
        let surroundings = Surroundings {
            model: self.history.model(),
            names: &self.settings.names,
        };
        let before = self.tree.selected();
        self.tree.settle(&surroundings, height);
        if self.tree.selected() != before {
            self.scrolled = 0;
        }
        self.scrolled = self.scrolled.min(self.last_scroll());
    }

    /// How far the pane can be scrolled.
    fn last_scroll(&self) -> usize {
        match self.scrolled {
            0 => 0,
            _ => {
                let place = self.layout().detail;
                self.detail_lines(place.width)
                    .len()
                    .saturating_sub(usize::from(place.height))
            }
        }
    }

    pub(super) fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            model: self.model(),
            names: &self.settings.names,
        }
    }

    pub(super) fn layout(&self) -> Layout {
        Layout::of(self.area, self.shape())
    }

    fn shape(&self) -> Shape {
        let travels = self.history.pace() == Pace::Stays || self.settings.follows == Follows::File;
        Shape {
            focus: self.focus,
            tab: self.tab,
            terminal: self.terminals.shown().map(|terminal| terminal.id),
            slider: match travels {
                true => Presence::Present,
                false => Presence::Absent,
            },
        }
    }

    /// What has the keys.
    pub(super) fn context(&self) -> Context {
        match (&self.opened, &self.line, self.focus) {
            (Some(opened), ..) => opened.context(),
            (None, Some(_), _) => Context::Line,
            (None, None, Focus::Terminal | Focus::WholeTerminal) if self.shell_has_ended() => {
                Context::Over
            }
            (None, None, Focus::Terminal | Focus::WholeTerminal) => Context::Terminal,
            (None, None, Focus::Tree | Focus::Detail) => Context::Browse,
        }
    }

    /// The keys that do something now.
    pub(super) fn bindings(&self) -> impl Iterator<Item = &'static Binding> {
        let context = self.context();
        BINDINGS
            .iter()
            .filter(move |binding| binding.context == context && self.applies(binding.applies))
    }

    pub(super) fn applies(&self, applies: Applies) -> bool {
        let live = self.settings.follows != Follows::File;
        match applies {
            Applies::Always => true,
            Applies::Selected => self.selected().is_some(),
            Applies::Live => live,
            Applies::Command => self.terminals.get(TerminalId::Command).is_some(),
            Applies::Terminal => !self.terminals.is_empty(),
            Applies::Shell => self.shell_in_view().is_some(),
            Applies::Several => self.terminals.len() > 1 && self.kept_lines().is_some(),
            Applies::Kept => self.kept_lines().is_some(),
            Applies::Alive => live && self.selected().is_some_and(Process::is_followed),
        }
    }

    pub(super) fn selected(&self) -> Option<&Process> {
        self.model().process(self.tree.selected()?.process)
    }

    fn cursor(&self) -> Option<Position> {
        match self.context() {
            Context::Line => Some(super::view::line_cursor(self)),
            Context::Terminal => super::view::terminal_cursor(self),
            _ => None,
        }
    }
}
