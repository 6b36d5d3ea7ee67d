//! A shell in a process, from the key that asks for it to its end: what is told of it where it is shown.
//!
//! It is told by records as they come, not by the model, which may show another time.
use super::panes::{Pane, duration, harmless, inside, signal, visits};
use super::theme::Theme;
use crate::follow::Mode;
use crate::log::{Departure, Ending, Entrance, Event, ProcessId, VisitId};
use crate::model::Process;
use privileges::{Essentials, Seen};
use ratatui::style::Style;
use std::time::Duration;

/// A shell in a process.
#[derive(Clone, Debug)]
pub struct Shell {
    visit: VisitId,
    /// The process.
    pub process: ProcessId,
    /// That one's number.
    pub pid: u32,
    /// Its name, harmless.
    pub name: String,
    /// Its user, inside and outside where these differ.
    user: Option<String>,
    /// Of several in the same process which one.
    pub nth: usize,
    mode: Mode,
    stage: Stage,
}

/// How far it is.
#[derive(Clone, Debug)]
enum Stage {
    Asked,
    Open(Box<Entrance>),
    /// The shell has ended, and its process has not been left yet.
    Ended(Box<Entrance>, Ending),
    /// Nothing of it is left.
    Over(Option<Box<Entrance>>, Box<Departure>),
}

impl Shell {
    /// One that is asked for.
    #[must_use]
    pub fn asked(visit: VisitId, process: &Process, mode: Mode) -> Self {
        Self {
            visit,
            process: process.id,
            pid: process.pid,
            name: harmless(&process.program.name),
            user: process.essentials.as_deref().map(user),
            nth: 1,
            mode,
            stage: Stage::Asked,
        }
    }

    /// Takes in what happened, if it is about this one.
    pub fn hear(&mut self, event: &Event) {
        match (event, &self.stage) {
            (Event::Entered(entrance), Stage::Asked) if entrance.visit == self.visit => {
                self.stage = Stage::Open(entrance.clone());
            }
            (
                Event::Ended {
                    process, ending, ..
                },
                Stage::Open(entrance),
            ) if entrance.shell == *process => {
                self.stage = Stage::Ended(entrance.clone(), *ending);
            }
            (Event::Left(departure), _) if departure.visit == self.visit => {
                self.stage = self.over(departure);
            }
            _ => {}
        }
    }

    /// What comes of it when nothing of it is left. How it ended may be known from its process alone.
    fn over(&self, departure: &Departure) -> Stage {
        let mut departure = Box::new(departure.clone());
        if let Stage::Ended(_, ending) = &self.stage {
            departure.ending.get_or_insert(*ending);
        }
        Stage::Over(self.entrance().cloned().map(Box::new), departure)
    }

    /// Whether there is something that is to be left when it is closed.
    #[must_use]
    pub const fn is_there(&self) -> bool {
        !matches!(self.stage, Stage::Over(..))
    }

    /// Whether what is typed is read by nobody.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        matches!(self.stage, Stage::Ended(..) | Stage::Over(..))
    }

    /// Whether it may do more than its process: the filters of that are passed over.
    #[must_use]
    pub fn is_assisted(&self) -> bool {
        self.mode == Mode::Assisted || self.entrance().is_some_and(|entrance| entrance.assisted)
    }

    /// Its process by its name and number.
    #[must_use]
    pub fn whose(&self) -> String {
        match self.name.as_str() {
            "" => format!("[{}]", self.pid),
            name => format!("{name} [{}]", self.pid),
        }
    }

    /// Its process for a tab, by the number alone or with the name.
    #[must_use]
    pub fn label(&self, has_room: bool) -> String {
        let name = match has_room && !self.name.is_empty() {
            true => format!("{} ", self.name),
            false => String::new(),
        };
        match self.nth {
            1 => format!("{name}{}", self.pid),
            nth => format!("{name}{} #{nth}", self.pid),
        }
    }

    /// What is told of it in the line above its terminal, the more important first.
    #[must_use]
    pub fn title(&self, theme: &Theme) -> Vec<(String, Style)> {
        let mut parts = vec![(format!("shell in {}", self.whose()), theme.title)];
        if self.is_assisted() {
            parts.push(("filters passed over".to_owned(), theme.warning));
        }
        match &self.stage {
            Stage::Asked => parts.push(("being opened".to_owned(), theme.changed)),
            Stage::Open(entrance) => {
                parts.extend(self.user.clone().map(|user| (user, theme.text)));
                parts.push((held(entrance.stay.held_us), theme.text));
                parts.extend(notes(entrance).map(|words| (words, theme.changed)));
            }
            Stage::Ended(_, ending) => parts.push((ended(*ending), theme.changed)),
            Stage::Over(entrance, departure) => {
                parts.extend(over(entrance.as_deref(), departure, theme));
            }
        }
        parts
    }

    fn entrance(&self) -> Option<&Entrance> {
        match &self.stage {
            Stage::Asked => None,
            Stage::Open(entrance) | Stage::Ended(entrance, _) => Some(entrance),
            Stage::Over(entrance, _) => entrance.as_deref(),
        }
    }
}

fn user(essentials: &Essentials) -> String {
    let outside = essentials.uid.effective;
    let own = match &essentials.uid_map {
        Some(Seen::Known(map)) => inside(map, outside),
        _ => None,
    };
    match own {
        Some(own) if own != outside => format!("uid {own}→{outside}"),
        _ => format!("uid {outside}"),
    }
}

fn held(micros: u64) -> String {
    format!("held {}", duration(Duration::from_micros(micros)))
}

/// What there is to read of it among the events of its process. One line there may name many calls that its filters refuse, or
/// say that they are not known: so these are not counted.
fn notes(entrance: &Entrance) -> Option<String> {
    let lacks = entrance.lacks.len();
    let lacks = (lacks > 0).then(|| format!("lacks {lacks}"));
    let filters = (!entrance.outlook.is_empty()).then(|| "filters".to_owned());
    let notes: Vec<_> = lacks.into_iter().chain(filters).collect();
    (!notes.is_empty()).then(|| format!("{}: {}", notes.join(", "), see_events()))
}

fn see_events() -> String {
    format!("see {}", Pane::Events.key())
}

fn ended(ending: Ending) -> String {
    match ending {
        Ending::Code(code) => format!("ended with code {code}"),
        Ending::Signal(number) | Ending::Core(number) => format!("killed by {}", signal(number)),
    }
}

/// How it ended, how long its process was held for it, and whether that is as it was.
fn over(entrance: Option<&Entrance>, departure: &Departure, theme: &Theme) -> Vec<(String, Style)> {
    let mut parts = Vec::new();
    parts.extend(departure.ending.map(|how| (ended(how), theme.changed)));
    let Some(stay) = &departure.stay else {
        parts.push(("its process had ended before".to_owned(), theme.changed));
        return parts;
    };
    let before = entrance.map_or(0, |entrance| entrance.stay.held_us);
    parts.push((held(before.saturating_add(stay.held_us)), theme.text));
    parts.push(match stay.differs.is_empty() {
        true => {
            let but = visits::uncompared(&stay.uncompared);
            (format!("returned to normal{but}"), theme.text)
        }
        false => {
            let words = format!("{} differ: {}", stay.differs.len(), see_events());
            (words, theme.warning)
        }
    });
    parts
}
