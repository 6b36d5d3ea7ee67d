//! The namespaces that the process is in, with whom it shares each, and to whom each belongs.
use super::Subject;
use super::identity::Numbers;
use super::page::{Page, Sign};
use super::sharing::{Parent, Sharing};
use super::unread::{how_to_look, or_why, reason};
use privileges::{Essentials, IdMap, NamespaceKind, NamespaceOwner, Seen, Why};
use ratatui::style::Style;
use ratatui::text::Line;

pub fn lines<'a>(subject: &Subject<'a>) -> Vec<Line<'a>> {
    let mut page = Page::of(subject);
    let Some(essentials) = subject.process.essentials.as_deref() else {
        page.note("what it may do is not known");
        return page.lines();
    };
    let sharing = Sharing::of_all(subject);
    let rows =
        NamespaceKind::ALL.map(|kind| row(subject, essentials, kind, sharing[kind as usize]));
    page.table(["Kind", "Number", "Shared", "Belongs to"], rows.into());
    parent(&mut page, essentials, subject.beside.parent());
    children(&mut page, essentials);
    page.heading("Its numbers in each pid namespace");
    page.say(Sign::Plain, numbers(&subject.process.pids));
    page.heading("Users and groups inside");
    map(&mut page, "users", essentials.uid_map.as_ref());
    map(&mut page, "groups", essentials.gid_map.as_ref());
    if subject.process.looked.is_none() {
        page.note("");
        page.note(format!("To whom they belong is {}.", how_to_look(subject)));
    }
    page.lines()
}

fn row<'a>(
    subject: &Subject<'a>,
    essentials: &Essentials,
    kind: NamespaceKind,
    sharing: Option<Sharing>,
) -> [Line<'a>; 4] {
    // A kind that is not its creator's, or its parent's, has a sign beside its colour.
    let (sign, style) = match sharing {
        Some(sharing) if sharing.is_new() => ('~', subject.theme.changed),
        _ => (' ', Style::new()),
    };
    let looked = subject.process.looked.as_ref();
    let owner = looked.map_or(String::new(), |(_, privileges)| {
        let is_own = sharing.is_some_and(|sharing| sharing.forktop == Some(true));
        match (kind, &privileges.owners[kind as usize]) {
            // The kernel shows nobody what is above his own.
            (NamespaceKind::User, Seen::Known(owner)) if is_own && owner.uid.known().is_none() => {
                "nothing that forktop can see".to_owned()
            }
            (kind, seen) => owner(subject, kind, seen),
        }
    });
    [
        Line::styled(format!("{sign} {}", kind.words()), style),
        Line::styled(
            or_why(essentials.namespaces.of(kind), ToString::to_string),
            style,
        ),
        Line::raw(sharing.map_or("not known".to_owned(), |sharing| {
            sharing.words(subject.beside)
        })),
        Line::styled(owner, subject.theme.dim),
    ]
}

fn owner(subject: &Subject<'_>, kind: NamespaceKind, owner: &Seen<NamespaceOwner>) -> String {
    let owner = match owner {
        Seen::Known(owner) => owner,
        Seen::Unreadable { unreadable } => {
            return format!("owner unknown: {}", reason(*unreadable));
        }
    };
    let by = match kind {
        NamespaceKind::User => "below user",
        _ => "user",
    };
    if let (Seen::Unreadable { unreadable }, Seen::Unreadable { .. }) =
        (&owner.user_namespace, &owner.uid)
    {
        return format!("({})", reason(*unreadable));
    }
    let user = or_why(&owner.user_namespace, |inode| format!("{by} {inode}"));
    format!(
        "{user}, {}",
        or_why(&owner.uid, |uid| format!(
            "of {}",
            Numbers::of_users(subject.names).brief(*uid)
        ))
    )
}

/// Says of which the parent's cannot be read, and why.
fn parent(page: &mut Page<'_>, essentials: &Essentials, parent: Option<&Parent>) {
    let Some(parent) = parent else { return };
    let unread = NamespaceKind::ALL.into_iter().filter_map(|kind| {
        essentials.namespaces.of(kind).known()?;
        Some((kind, parent.of(kind).unreadable()?))
    });
    let (kinds, whys): (Vec<_>, Vec<_>) = unread.unzip();
    let Some(why) = whys.first() else { return };
    let which = match kinds.len() {
        8 => "any".to_owned(),
        _ => {
            let words: Vec<_> = kinds.iter().map(|kind| kind.words()).collect();
            words.join(", ")
        }
    };
    let why = match why {
        Why::Absent => "that has ended".to_owned(),
        why => reason(*why),
    };
    let pid = parent.pid;
    page.note(format!(
        "Whether it shares {which} with its parent, {pid}, is not known: {why}."
    ));
}

fn children(page: &mut Page<'_>, essentials: &Essentials) {
    let namespaces = &essentials.namespaces;
    let kinds = [
        ("pid", &namespaces.pid_for_children),
        ("clock", &namespaces.time_for_children),
    ];
    for (kind, inode) in kinds {
        if let Some(inode) = inode {
            let inode = or_why(inode, ToString::to_string);
            page.say(
                Sign::Changed,
                format!("its next children get another {kind} namespace: {inode}"),
            );
        }
    }
}

fn numbers(pids: &[u32]) -> String {
    let numbers: Vec<_> = pids.iter().map(ToString::to_string).collect();
    match numbers.as_slice() {
        [] => "not known".to_owned(),
        [one] => format!("{one}, in forktop's"),
        [outer @ .., last] => format!(
            "{} in forktop's and on, {last} in its own",
            outer.join(", ")
        ),
    }
}

fn map(page: &mut Page<'_>, label: &'static str, map: Option<&Seen<Vec<IdMap>>>) {
    match map {
        None => page.pair(label, "the same as forktop's"),
        Some(Seen::Unreadable { unreadable }) => {
            page.pair(label, format!("({})", reason(*unreadable)));
        }
        Some(Seen::Known(lines)) if lines.is_empty() => page.pair(label, "nobody is mapped"),
        Some(Seen::Known(lines)) => {
            for line in lines {
                page.pair(label, format!("{line} outside"));
            }
        }
    }
}
