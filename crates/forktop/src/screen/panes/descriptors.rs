//! What the process has open, and who is at the other end.
use super::Subject;
use super::harmless::{harmless, harmless_path};
use super::named::named;
use super::page::{Page, Sign};
use super::peer::Peers;
use super::unread::{known, looked};
use crate::model::Process;
use privileges::{Access, Descriptor, Object, Privileges, Socket};
use ratatui::text::{Line, Span};

pub fn lines<'a>(subject: &Subject<'a>) -> Vec<Line<'a>> {
    let mut page = Page::of(subject);
    if let Some(privileges) = looked(&mut page, subject)
        && let Some(descriptors) = known(&mut page, &privileges.descriptors)
    {
        list(&mut page, subject, privileges, descriptors);
    }
    page.lines()
}

fn list<'a>(
    page: &mut Page<'a>,
    subject: &Subject<'a>,
    own: &'a Privileges,
    descriptors: &'a [Descriptor],
) {
    if descriptors.is_empty() {
        return page.say(Sign::Plain, "It has nothing open.");
    }
    let peers = Peers::of(subject, own.pid);
    if let Some(unknown) = peers.unknown() {
        page.note(unknown);
    }
    let kept = descriptors.iter().filter(|one| !one.close_on_exec).count();
    page.note(format!(
        "{} open, {kept} kept over an exec",
        descriptors.len()
    ));
    let rows = descriptors.iter().map(|one| row(subject, &peers, one));
    page.table(["Nr", "For", "At exec", "What"], rows.collect());
}

fn row<'a>(subject: &Subject<'a>, peers: &Peers<'a>, descriptor: &'a Descriptor) -> [Line<'a>; 4] {
    let theme = subject.theme;
    let at_exec = match descriptor.close_on_exec {
        true => Line::styled("closed", theme.dim),
        false => Line::raw("kept"),
    };
    let mut what = vec![Span::raw(object(&descriptor.object, subject))];
    let ends = [
        ("↔", peers.at_the_other_end(descriptor)),
        ("also", peers.sharers(descriptor)),
    ];
    for (word, ends) in ends {
        if !ends.is_empty() {
            what.push(Span::styled(
                format!(" {word} {}", ends.join(", ")),
                theme.label,
            ));
        }
    }
    [
        Line::raw(descriptor.number.to_string()),
        Line::raw(access(descriptor.access)),
        at_exec,
        Line::from(what),
    ]
}

const fn access(access: Access) -> &'static str {
    match access {
        Access::Read => "r",
        Access::Write => "w",
        Access::ReadWrite => "rw",
        Access::Path => "path",
        Access::Unknown => "?",
    }
}

/// The name of a device that nearly everybody may open (null(4), random(4), tty(4)).
const fn device(block: bool, major: u32, minor: u32) -> Option<&'static str> {
    match (block, major, minor) {
        (false, 1, 3) => Some("null"),
        (false, 1, 5) => Some("zero"),
        (false, 1, 7) => Some("full"),
        (false, 1, 8) => Some("random"),
        (false, 1, 9) => Some("urandom"),
        (false, 5, 0) => Some("tty"),
        _ => None,
    }
}

/// What it is, in words; the process of a pidfd by its name.
fn object(object: &Object, subject: &Subject<'_>) -> String {
    match object {
        Object::File {
            path,
            deleted: false,
        } => harmless_path(path),
        Object::File {
            path,
            deleted: true,
        } => format!("{} (deleted)", harmless_path(path)),
        Object::Device {
            path,
            block,
            major,
            minor,
        } => {
            let kind = if *block { "block" } else { "character" };
            // A file that was mounted alone, out of the reader's mounts, is a root to it.
            let name = match (path.to_str(), device(*block, *major, *minor)) {
                (Some("/"), Some(name)) => name.to_owned(),
                _ => harmless_path(path),
            };
            format!("{name} ({kind} device {major}:{minor})")
        }
        Object::Pipe {
            path: Some(path), ..
        } => format!("FIFO {}", harmless_path(path)),
        Object::Pipe { inode, path: None } => format!("pipe {inode}"),
        Object::Socket(one) => socket(one),
        Object::Memory { name } => format!("memory \"{}\"", harmless(name)),
        Object::Anonymous {
            name,
            process: Some(pid),
        } => format!("{} of {}", harmless(name), of_pid(subject, *pid)),
        Object::Anonymous {
            name,
            process: None,
        } => harmless(name),
        Object::Namespace { name, inode } => format!("{} namespace {inode}", harmless(name)),
        Object::Unreadable => "(forktop may not see what)".to_owned(),
    }
}

/// The process that had this number when the subject was looked at.
fn of_pid(subject: &Subject<'_>, pid: u32) -> String {
    let at = subject.process.looked.as_ref().map(|(at, _)| *at);
    let had_it =
        |process: &&Process| process.pid == pid && at.is_some_and(|at| process.was_followed(at));
    let found = subject.model.processes().rev().find(had_it);
    found.map_or_else(|| pid.to_string(), named)
}

fn socket(socket: &Socket) -> String {
    let Some(protocol) = &socket.protocol else {
        return format!(
            "socket {} (in no table that forktop can read)",
            socket.inode
        );
    };
    let local = socket.local.as_deref().map(harmless);
    let remote = socket
        .remote
        .as_deref()
        .map(|remote| format!("→ {}", harmless(remote)));
    let number = (local.is_none() && remote.is_none()).then(|| socket.inode.to_string());
    let state = socket
        .state
        .as_deref()
        .map(|state| format!("({})", harmless(state)));
    let parts = [Some(harmless(protocol)), local, remote, number, state];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
