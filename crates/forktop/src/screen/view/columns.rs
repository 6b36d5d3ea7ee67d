//! The columns of the tree, and which of them there is room for.
use crate::screen::tree::{Key, Widths};

/// A column of the tree, but for the command, which has the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// Its number.
    Pid,
    /// Its number in its own pid namespace, where that is another.
    Inner,
    /// Its user.
    User,
    /// Its capabilities, and how they differ.
    Capabilities,
    /// Whether no exec gives it anything.
    NoNewPrivileges,
    /// Whether its system calls are filtered.
    Seccomp,
    /// Its namespaces, and how they differ.
    Namespaces,
    /// Its network.
    Network,
    /// What it is doing: a sign, or a sign and a word.
    State(Words),
    /// How long it has lived.
    Age,
}

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Words {
    /// A sign.
    Few,
    /// A sign and a word.
    Many,
}

/// A column in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Which one.
    pub column: Column,
    /// From this column of the tree's place on.
    pub x: usize,
    /// How wide.
    pub width: usize,
}

/// The columns by their worth: the first have room first.
const BY_WORTH: [Column; 10] = [
    Column::Pid,
    Column::State(Words::Few),
    Column::Capabilities,
    Column::User,
    Column::Namespaces,
    Column::Seccomp,
    Column::Age,
    Column::NoNewPrivileges,
    Column::Inner,
    Column::Network,
];
/// The least that the command has where there is more than the number.
const COMMAND: usize = 20;

impl Column {
    /// What stands above it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Pid => "PID",
            Self::Inner => "NSPID",
            Self::User => "USER",
            Self::Capabilities => "CAPS",
            Self::NoNewPrivileges => "NNP",
            Self::Seccomp => "SEC",
            Self::Namespaces => "NS",
            Self::Network => "NET",
            Self::State(Words::Few) => "S",
            Self::State(Words::Many) => "STATE",
            Self::Age => "AGE",
        }
    }

    /// Whether it is aligned at its right side, as numbers are.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Pid | Self::Inner | Self::Age)
    }

    /// By what a click on its title sorts.
    pub const fn key(self) -> Option<Key> {
        match self {
            Self::Pid => Some(Key::Pid),
            Self::Age => Some(Key::Age),
            _ => None,
        }
    }

    fn width(self, widths: Widths) -> usize {
        match self {
            Self::Pid => widths.pid.max(5),
            Self::Inner => widths.inner.max(5),
            Self::NoNewPrivileges | Self::Seccomp => 3,
            Self::Network | Self::State(Words::Few) | Self::Age => 6,
            Self::Namespaces => 8,
            Self::User | Self::Capabilities => 9,
            Self::State(Words::Many) => 12,
        }
    }
}

/// The columns for which there is room, each with a blank after it, and where the command begins.
pub fn placed(room: usize, widths: Widths) -> (Vec<Placed>, usize) {
    let mut chosen = chosen(room, widths);
    chosen.sort_unstable();
    let mut x = 0;
    let mut place = |column: Column| {
        let width = column.width(widths);
        let here = Placed { column, x, width };
        x += width + 1;
        here
    };
    let placed = chosen.into_iter().map(&mut place).collect();
    (placed, x)
}

fn chosen(room: usize, widths: Widths) -> Vec<Column> {
    // Of what is there beyond need, the command has some.
    let budget = room.saturating_sub(COMMAND + room / 32);
    let mut used = 0;
    let mut chosen = Vec::new();
    for column in BY_WORTH {
        let width = column.width(widths) + 1;
        let is_there = column != Column::Inner || widths.inner > 0;
        if is_there && (chosen.is_empty() || used + width <= budget) {
            used += width;
            chosen.push(column);
        }
    }
    let [few, many] = [Words::Few, Words::Many].map(Column::State);
    let more = many.width(widths) - few.width(widths);
    if used + more <= budget && chosen.len() >= BY_WORTH.len() - 1 {
        chosen
            .iter_mut()
            .filter(|column| **column == few)
            .for_each(|column| *column = many);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(room: usize, inner: usize) -> Vec<&'static str> {
        let (placed, _) = placed(room, Widths { pid: 4, inner });
        placed.iter().map(|placed| placed.column.title()).collect()
    }

    #[test]
    fn the_narrower_it_is_the_fewer_columns_there_are() {
        assert_eq!(titles(10, 0), ["PID"]);
        assert_eq!(titles(40, 0), ["PID", "SEC", "S"]);
        assert_eq!(titles(60, 0), ["PID", "USER", "CAPS", "SEC", "S"]);
        assert_eq!(
            titles(80, 0),
            ["PID", "USER", "CAPS", "NNP", "SEC", "NS", "S", "AGE"]
        );
        assert_eq!(
            titles(120, 3),
            [
                "PID", "NSPID", "USER", "CAPS", "NNP", "SEC", "NS", "NET", "STATE", "AGE"
            ]
        );
    }
}
