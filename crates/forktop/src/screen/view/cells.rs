//! What stands in the tree's columns.
use super::columns::{Column, Words};
use crate::log::{Ending, FrozenAt, Origin, Time};
use crate::model::{Process, State, ThreadState};
use crate::screen::age::{lasted, lasting};
use crate::screen::panes::{harmless, inside, not_followed, signal};
use crate::screen::theme::Theme;
use privileges::{Essentials, Names, NamespaceKind, SeccompMode, Seen};
use ratatui::style::Style;

/// What a row is of.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The process.
    pub process: &'a Process,
    /// Only this thread of it.
    pub thread: Option<(u32, &'a ThreadState)>,
    /// In how many ways what it may do and what its void was granted disagree.
    pub findings: usize,
    /// How many shells of forktop's are open in it.
    pub visits: usize,
    /// Whether the filters of the process are passed over in one of those.
    pub is_visited_assisted: bool,
    /// Whether it is such a shell, or its keeper.
    pub is_assisted: bool,
    /// That with which what it may do is compared.
    pub before: Option<&'a Essentials>,
    /// What forktop itself may do.
    pub own: Option<&'a Essentials>,
    /// The time at which it is looked at.
    pub now: Time,
    /// The names of users and groups.
    pub names: &'a Names,
    /// The styles.
    pub theme: &'a Theme,
}

/// The signs of the namespaces, in the order of [`NamespaceKind::ALL`]: the host's name is `h`, time is `t`.
const NAMESPACES: [char; 8] = ['u', 'm', 'p', 'n', 'i', 'h', 'c', 't'];

impl<'a> Entry<'a> {
    /// What stands in a column, and in which style.
    pub fn cell(&self, column: Column) -> (String, Style) {
        let theme = self.theme;
        match column {
            Column::Pid => (self.pid(), theme.text),
            Column::Inner => (self.inner(), theme.text),
            Column::State(words) => self.state(words),
            Column::Age => (self.age(), theme.text),
            _ => match self.essentials() {
                Some(essentials) => self.privilege(column, essentials),
                None => ("?".to_owned(), theme.dim),
            },
        }
    }

    fn privilege(&self, column: Column, essentials: &Essentials) -> (String, Style) {
        let theme = self.theme;
        match column {
            Column::User => (user(essentials, self.names), theme.text),
            Column::Capabilities => self.capabilities(essentials),
            Column::NoNewPrivileges if essentials.no_new_privs => ("✓".to_owned(), theme.text),
            Column::Seccomp => (seccomp(essentials), theme.text),
            Column::Namespaces => self.namespaces(essentials),
            Column::Network => self.network(essentials),
            _ => ("-".to_owned(), theme.dim),
        }
    }

    fn essentials(&self) -> Option<&'a Essentials> {
        let own = self
            .thread
            .and_then(|(_, thread)| thread.essentials.as_deref());
        own.or(self.process.essentials.as_deref())
    }

    fn pid(&self) -> String {
        let number = self.thread.map_or(self.process.pid, |(tid, _)| tid);
        match number {
            0 => "?".to_owned(),
            number => number.to_string(),
        }
    }

    fn inner(&self) -> String {
        match (self.thread, &self.process.pids[..]) {
            (None, [_, .., inner]) => inner.to_string(),
            _ => "-".to_owned(),
        }
    }

    fn age(&self) -> String {
        let process = self.process;
        if process.state == State::Refused {
            return "?".to_owned();
        }
        match (self.thread, process.ended) {
            (Some((_, thread)), _) => lasting(self.now.since(thread.born)),
            (None, None) => lasting(process.age(self.now)),
            (None, Some(_)) => lasted(process.age(self.now)),
        }
    }

    fn state(&self, words: Words) -> (String, Style) {
        let theme = self.theme;
        let (sign, word, style) = match self.process.state {
            State::Running => ("A", "alive".to_owned(), theme.text),
            State::Stopped(number) => ("T", short(number), theme.changed),
            State::Frozen(at) => ("F", frozen(at).to_owned(), theme.changed),
            State::Released => ("L", "let go".to_owned(), theme.dim),
            State::Refused => ("N", "refused".to_owned(), theme.warning),
            State::Ended(ending) => return self.ended(ending, words),
        };
        match words {
            Words::Few => (sign.to_owned(), style),
            Words::Many => (format!("{sign} {word}"), style),
        }
    }

    fn ended(&self, ending: Ending, words: Words) -> (String, Style) {
        let signal = match ending {
            Ending::Code(_) => None,
            Ending::Signal(number) | Ending::Core(number) => Some(short(number)),
        };
        let text = match (ending, words, signal.unwrap_or_default()) {
            (Ending::Code(code), Words::Few, _) => format!("✗{code}"),
            (Ending::Code(code), Words::Many, _) => format!("✗ exit {code}"),
            (Ending::Signal(_), Words::Few, name) => format!("✗{name}"),
            (Ending::Signal(_), Words::Many, name) => format!("✗ {name}"),
            (Ending::Core(_), Words::Few, name) => format!("✗{name}+"),
            (Ending::Core(_), Words::Many, name) => format!("✗ {name} core"),
        };
        let style = match ending {
            Ending::Code(0) => self.theme.dim,
            _ => self.theme.warning,
        };
        (text, style)
    }

    /// How many are held, and how many were lost and gained.
    fn capabilities(&self, essentials: &Essentials) -> (String, Style) {
        let theme = self.theme;
        let held = essentials.capabilities.permitted.0;
        let count = held.count_ones();
        let Some(before) = self.before.map(|before| before.capabilities.permitted.0) else {
            return (format!("{count:>2}"), theme.text);
        };
        let (gained, lost) = ((held & !before).count_ones(), (before & !held).count_ones());
        match (gained, lost) {
            (0, 0) => (format!("{count:>2} ="), theme.dim),
            (0, lost) => (format!("{count:>2} ▼{lost}"), theme.lost),
            (gained, 0) => (format!("{count:>2} ▲{gained}"), theme.gained),
            (gained, lost) => (format!("{count:>2} ▲{gained}▼{lost}"), theme.gained),
        }
    }

    /// A letter for each: a capital is not the creator's, a small one is the creator's but not forktop's own.
    fn namespaces(&self, essentials: &Essentials) -> (String, Style) {
        let of = |whose: Option<&Essentials>, kind| {
            whose.and_then(|whose| whose.namespaces.of(kind).known().copied())
        };
        let sign = |(kind, letter): (NamespaceKind, char)| {
            let Seen::Known(here) = *essentials.namespaces.of(kind) else {
                return '?';
            };
            if of(self.before, kind).is_some_and(|before| before != here) {
                letter.to_ascii_uppercase()
            } else if of(self.own, kind).is_some_and(|own| own != here) {
                letter
            } else {
                '·'
            }
        };
        let signs: String = NamespaceKind::ALL
            .into_iter()
            .zip(NAMESPACES)
            .map(sign)
            .collect();
        let style = if signs.contains(|sign: char| sign.is_ascii_uppercase()) {
            self.theme.changed
        } else if signs.contains(|sign: char| sign.is_ascii_lowercase()) {
            self.theme.text
        } else {
            self.theme.dim
        };
        (signs, style)
    }

    /// Whose network it has. Whether that is empty is not among what is read at every event.
    fn network(&self, essentials: &Essentials) -> (String, Style) {
        let of = |whose: &Essentials| whose.namespaces.of(NamespaceKind::Network).known().copied();
        let (theme, here) = (self.theme, of(essentials));
        if here.is_none() {
            ("?".to_owned(), theme.dim)
        } else if self.own.and_then(of) == here {
            ("host".to_owned(), theme.dim)
        } else if self
            .before
            .and_then(of)
            .is_some_and(|before| Some(before) != here)
        {
            ("own".to_owned(), theme.changed)
        } else {
            ("shared".to_owned(), theme.text)
        }
    }

    /// Whether forktop made it to visit another.
    pub fn is_forktops(&self) -> bool {
        self.process.origin.is_some_and(Origin::is_visitor)
    }

    /// The command, harmless, with why it is not followed if it is not.
    pub fn command(&self) -> String {
        match &self.process.refusal {
            Some(refusal) => format!("{}; {}", self.bare_command(), not_followed(refusal)),
            None => self.bare_command(),
        }
    }

    fn bare_command(&self) -> String {
        let program = &self.process.program;
        if let Some((_, _)) = self.thread {
            return format!("thread of {}", harmless(&program.name));
        }
        match self.process.origin {
            // What it is called is its creator's.
            Some(Origin::Keeper) => "» keeper".to_owned(),
            Some(Origin::Shell) if self.process.execs.is_empty() => self.shell().to_owned(),
            Some(Origin::Shell) => format!("{}: {}", self.shell(), self.executed()),
            _ => self.executed(),
        }
    }

    const fn shell(&self) -> &'static str {
        match self.is_assisted {
            true => "» assisted shell",
            false => "» shell",
        }
    }

    fn executed(&self) -> String {
        let program = &self.process.program;
        let command = match program.arguments.is_empty() {
            true => program.name.clone(),
            false => program.arguments.join(" "),
        };
        match command.as_str() {
            "" => "?".to_owned(),
            command => harmless(command),
        }
    }
}

fn user(essentials: &Essentials, names: &Names) -> String {
    let outside = essentials.uid.effective;
    let named = |uid: u32| harmless(&names.user(uid));
    match &essentials.uid_map {
        None => named(outside),
        Some(Seen::Unreadable { .. }) => format!("?→{outside}"),
        Some(Seen::Known(map)) => match inside(map, outside) {
            // The user namespace has its letter in another column.
            Some(inside) if inside == outside => named(outside),
            Some(inside) => format!("{inside}→{outside}"),
            None => format!("-→{outside}"),
        },
    }
}

fn seccomp(essentials: &Essentials) -> String {
    let seccomp = essentials.seccomp;
    match (seccomp.mode, seccomp.filters) {
        (SeccompMode::Off, _) => "-".to_owned(),
        (SeccompMode::Strict, _) => "S".to_owned(),
        (SeccompMode::Filter, Some(filters)) => format!("F{filters}"),
        (SeccompMode::Filter, None) => "F".to_owned(),
    }
}

/// A signal's name without what all have in common.
fn short(number: i32) -> String {
    let name = signal(number);
    match name.strip_prefix("SIG") {
        Some(short) => short.to_owned(),
        None => number.to_string(),
    }
}

const fn frozen(at: FrozenAt) -> &'static str {
    match at {
        FrozenAt::Request => "frozen",
        FrozenAt::Birth => "at birth",
        FrozenAt::Exec => "at exec",
        FrozenAt::Exit => "at exit",
        FrozenAt::Change => "at change",
    }
}
