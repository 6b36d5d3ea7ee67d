//! What the panes beside the tree show of the selected process: lines, made of the model alone.
mod descriptors;
mod difference;
mod environment;
mod events;
mod granted;
mod happening;
mod harmless;
mod identity;
mod limits;
mod mounts;
mod named;
mod namespaces;
mod origin;
mod page;
mod peer;
mod possessions;
mod privileges;
mod quoted;
mod seccomp;
mod sharing;
mod unread;
pub mod visits;
mod wrap;

pub(crate) use happening::{
    change_in_words, change_of_each_kind, happening, not_followed, taken_away,
};
pub use harmless::{harmless, harmless_path};
pub(crate) use identity::{Numbers, inside, who};
pub use named::{count, duration, named, signal};
pub use page::Sign;
pub use quoted::{command_line, quoted};
pub use sharing::{Beside, Parent};
pub use unread::{FREEZE_KEY, LOOK_KEY, failure, reason};
pub use wrap::wrap;

use super::theme::Theme;
use crate::model::{Model, Process};
use ::privileges::Names;
use ratatui::text::Line;

/// What a pane is made of.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Everything that is known.
    pub model: &'a Model,
    /// The selected process.
    pub process: &'a Process,
    /// The one with which it is compared: its creator, or the one that was marked.
    pub base: Option<&'a Process>,
    /// What it is shown beside.
    pub beside: Beside<'a>,
    /// The names of users and groups.
    pub names: &'a Names,
    /// The styles.
    pub theme: &'a Theme,
    /// How many columns there are.
    pub width: u16,
}

/// A pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pane {
    /// What the process may do, in words.
    Privileges,
    /// How that differs from the process with which it is compared.
    Difference,
    /// The namespaces, and with whom they are shared.
    Namespaces,
    /// What it has open, and who is at the other end.
    Descriptors,
    /// Its mounts.
    Mounts,
    /// Its filters.
    Seccomp,
    /// Its environment, and what each exec changed of it.
    Environment,
    /// Its limits.
    Limits,
    /// Its events in time.
    Events,
    /// What its void was granted, and whether it holds that and nothing else.
    Granted,
}

impl Pane {
    /// All of them, in the order of their tabs.
    pub const ALL: [Self; 10] = [
        Self::Privileges,
        Self::Difference,
        Self::Namespaces,
        Self::Descriptors,
        Self::Mounts,
        Self::Seccomp,
        Self::Environment,
        Self::Limits,
        Self::Events,
        Self::Granted,
    ];

    /// Those that tell of a look by itself, without what came before it, where there are no tabs.
    pub const OF_A_LOOK: [Self; 6] = [
        Self::Privileges,
        Self::Namespaces,
        Self::Descriptors,
        Self::Mounts,
        Self::Seccomp,
        Self::Limits,
    ];

    /// Its name, as its tab shows it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Privileges => "Privileges",
            Self::Difference => "Difference",
            Self::Namespaces => "Namespaces",
            Self::Descriptors => "Descriptors",
            Self::Mounts => "Mounts",
            Self::Seccomp => "Seccomp",
            Self::Environment => "Environment",
            Self::Limits => "Limits",
            Self::Events => "Events",
            Self::Granted => "Granted",
        }
    }

    /// Its key: a number, and for the last a letter, of void.
    #[must_use]
    pub const fn key(self) -> char {
        match self {
            Self::Privileges => '1',
            Self::Difference => '2',
            Self::Namespaces => '3',
            Self::Descriptors => '4',
            Self::Mounts => '5',
            Self::Seccomp => '6',
            Self::Environment => '7',
            Self::Limits => '8',
            Self::Events => '9',
            Self::Granted => 'v',
        }
    }

    /// Its lines; the view scrolls them.
    #[must_use]
    pub fn lines<'a>(self, subject: &Subject<'a>) -> Vec<Line<'a>> {
        match self {
            Self::Privileges => privileges::lines(subject),
            Self::Difference => difference::lines(subject),
            Self::Namespaces => namespaces::lines(subject),
            Self::Descriptors => descriptors::lines(subject),
            Self::Mounts => mounts::lines(subject),
            Self::Seccomp => seccomp::lines(subject),
            Self::Environment => environment::lines(subject),
            Self::Limits => limits::lines(subject),
            Self::Events => events::lines(subject),
            Self::Granted => granted::lines(subject),
        }
    }
}

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
