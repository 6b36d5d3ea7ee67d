//! The namespaces that the process is in, with whom it shares each, and to whom each belongs.
use super::Subject;
use super::identity::Numbers;
use super::page::{Page, Sign};
use super::sharing::Sharing;
use super::unread::{how_to_look, or_why, reason};
use privileges::{Essentials, IdMap, NamespaceKind, NamespaceOwner, Seen};
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
    let style = match sharing {
        Some(sharing) if sharing.creator == Some(false) => subject.theme.changed,
        _ => Style::new(),
    };
    // A kind that is not its creator's has a sign beside its colour.
    let sign = if style == Style::new() { ' ' } else { '~' };
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
        Line::raw(sharing.map_or("not known".to_owned(), |sharing| sharing.words())),
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
