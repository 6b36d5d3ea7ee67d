//! What a process may do in a few signs, those of the interface's columns.
use crate::screen::panes::{harmless, inside};
use privileges::{Essentials, Names, NamespaceKind, SeccompMode, Seen};

/// Whether a sign is worth a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The same as forktop's, or its creator's.
    Light,
    /// Something else.
    Plain,
    /// Less than its creator's.
    Lost,
    /// More than its creator's.
    Gained,
    /// Not its creator's, and neither more nor less.
    Changed,
}

/// A sign.
pub type Sign = (String, Weight);

/// What the columns are called, and how many characters they have, at most.
pub const COLUMNS: [(&str, usize); 5] = [
    ("user", 11),
    ("caps", 7),
    ("nnp", 3),
    ("filter", 6),
    ("namespaces", 10),
];

/// What the columns, and the marks below a row, mean.
pub const LEGEND: [(&str, &str); 8] = [
    (
        "(name)",
        "it executes nothing itself: it is a copy of its creator",
    ),
    (
        "user",
        "0→1000 is user 0 in its own user namespace, and 1000 outside",
    ),
    (
        "caps",
        "how many capabilities are in effect; ▼3 fewer or ▲2 more than its creator had",
    ),
    ("nnp", "✓ no exec gives it anything (no_new_privs)"),
    ("filter", "F2: two filters of system calls; S: strict"),
    (
        "namespaces",
        "user mount pid net ipc host cgroup time: a capital is not its creator’s, a small letter is its creator’s, · is forktop’s own",
    ),
    (
        "life",
        "from its birth to its end, with a mark for each exec",
    ),
    (
        "+ − ~ !",
        "what it gained, lost, or has otherwise than its creator had; what should be seen",
    ),
];

/// The letters of the namespaces, in the order of [`NamespaceKind::ALL`].
const LETTERS: [char; 8] = ['u', 'm', 'p', 'n', 'i', 'h', 'c', 't'];

/// The signs of what one may do that came from what its creator could, in the order of the columns.
pub fn signs(
    here: Option<&Essentials>,
    creator: Option<&Essentials>,
    own: Option<&Essentials>,
    names: &Names,
) -> [Sign; 5] {
    let Some(here) = here else {
        return [(); 5].map(|()| ("?".to_owned(), Weight::Light));
    };
    [
        user(here, creator, names),
        capabilities(here, creator),
        match here.no_new_privs {
            true => ("✓".to_owned(), Weight::Plain),
            false => ("–".to_owned(), Weight::Light),
        },
        filters(here),
        namespaces(here, creator, own),
    ]
}

fn user(here: &Essentials, creator: Option<&Essentials>, names: &Names) -> Sign {
    let outside = here.uid.effective;
    let words = match &here.uid_map {
        None => named(outside, names),
        Some(Seen::Unreadable { .. }) => format!("?→{outside}"),
        Some(Seen::Known(map)) => match inside(map, outside) {
            Some(inside) => format!("{inside}→{outside}"),
            None => format!("–→{outside}"),
        },
    };
    let is_same = creator.is_none_or(|creator| creator.uid == here.uid);
    (
        words,
        if is_same {
            Weight::Plain
        } else {
            Weight::Changed
        },
    )
}

/// The user's name, or the number where that has none, or one too long for its column.
fn named(uid: u32, names: &Names) -> String {
    let [(_, room), ..] = COLUMNS;
    let name = names.users().get(&uid).map(|name| harmless(name));
    match (name.filter(|name| name.chars().count() <= room), uid) {
        (Some(name), _) => name,
        (None, 0) => "root".to_owned(),
        (None, _) => uid.to_string(),
    }
}

fn capabilities(here: &Essentials, creator: Option<&Essentials>) -> Sign {
    let held = here.capabilities.effective.0;
    let before = creator.map_or(held, |creator| creator.capabilities.effective.0);
    let (gained, lost) = ((held & !before).count_ones(), (before & !held).count_ones());
    let count = held.count_ones();
    match (gained, lost) {
        (0, 0) if count == 0 => ("–".to_owned(), Weight::Light),
        (0, 0) => (count.to_string(), Weight::Plain),
        (0, lost) => (format!("{count} ▼{lost}"), Weight::Lost),
        (gained, _) => (format!("{count} ▲{gained}"), Weight::Gained),
    }
}

fn filters(here: &Essentials) -> Sign {
    match (here.seccomp.mode, here.seccomp.filters) {
        (SeccompMode::Off, _) => ("–".to_owned(), Weight::Light),
        (SeccompMode::Strict, _) => ("S".to_owned(), Weight::Plain),
        (SeccompMode::Filter, None) => ("F".to_owned(), Weight::Plain),
        (SeccompMode::Filter, Some(filters)) => (format!("F{filters}"), Weight::Plain),
    }
}

fn namespaces(here: &Essentials, creator: Option<&Essentials>, own: Option<&Essentials>) -> Sign {
    let differs = |other: Option<&Essentials>, kind, inode| {
        let other = other.and_then(|other| other.namespaces.of(kind).known().copied());
        other.is_some_and(|other| other != inode)
    };
    let sign = |(kind, letter): (NamespaceKind, char)| match *here.namespaces.of(kind) {
        Seen::Unreadable { .. } => '?',
        Seen::Known(inode) if differs(creator, kind, inode) => letter.to_ascii_uppercase(),
        Seen::Known(inode) if differs(own, kind, inode) => letter,
        Seen::Known(_) => '·',
    };
    let signs: String = NamespaceKind::ALL
        .into_iter()
        .zip(LETTERS)
        .map(sign)
        .collect();
    let weight = match () {
        () if signs.contains(|sign: char| sign.is_ascii_uppercase()) => Weight::Changed,
        () if signs.contains(|sign: char| sign.is_ascii_lowercase()) => Weight::Plain,
        () => Weight::Light,
    };
    (signs, weight)
}
