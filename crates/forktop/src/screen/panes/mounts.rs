//! The mounts that the process sees.
use super::Subject;
use super::harmless::{harmless, harmless_path};
use super::named::count;
use super::page::{Page, Sign};
use super::unread::{compared, known, looked};
use privileges::{Change, Changed, Difference, Mount};
use ratatui::style::Style;
use ratatui::text::Line;
use std::path::Path;

/// What is told of the file system itself: the rest is of interest to file systems.
const TELLING: [&str; 5] = ["size=", "nr_inodes=", "hidepid=", "subset=", "mode="];

pub fn lines<'a>(subject: &Subject<'a>) -> Vec<Line<'a>> {
    let mut page = Page::of(subject);
    if let Some(privileges) = looked(&mut page, subject)
        && let Some(mounts) = known(&mut page, &privileges.mounts)
    {
        let base = subject
            .base
            .and_then(|base| base.looked.as_ref()?.1.mounts.known());
        list(
            &mut page,
            subject,
            mounts,
            base.map(|mounts| mounts.as_slice()),
        );
    }
    page.lines()
}

fn list<'a>(
    page: &mut Page<'a>,
    subject: &Subject<'a>,
    mounts: &'a [Mount],
    base: Option<&'a [Mount]>,
) {
    let writable = mounts.iter().filter(|mount| is_writable(mount)).count();
    page.note(format!(
        "{}, {writable} of them writable",
        count(mounts.len(), "mount")
    ));
    let signs = "+ not there, ~ another there, - only there";
    compared(page, subject, base, signs);
    let changes = base.map_or_else(Vec::new, |base| {
        Difference::between_mounts(base, mounts).changes
    });
    let mut rows: Vec<_> = mounts
        .iter()
        .map(|mount| row(subject, mount, mark(mount, &changes)))
        .collect();
    rows.extend(changes.iter().filter_map(|change| match &change.what {
        Changed::Mount {
            from: Some(gone),
            to: None,
        } => Some(row(subject, gone, Sign::Lost)),
        _ => None,
    }));
    page.table(["  Where", "Type", "How", "What"], rows);
}

fn row<'a>(subject: &Subject<'a>, mount: &Mount, sign: Sign) -> [Line<'a>; 4] {
    // Plain is the usual here; elsewhere a plain sign is text as any other.
    let style = if sign == Sign::Plain {
        Style::new()
    } else {
        sign.style(subject.theme)
    };
    [
        Line::styled(
            format!("{} {}", sign.character(), harmless_path(&mount.point)),
            style,
        ),
        Line::raw(harmless(&mount.file_system)),
        Line::raw(options(mount)),
        Line::styled(source(mount), subject.theme.dim),
    ]
}

fn is_writable(mount: &Mount) -> bool {
    let is_read_only = |options: &[String]| options.iter().any(|option| option == "ro");
    !is_read_only(&mount.options) && !is_read_only(&mount.super_options)
}

fn options(mount: &Mount) -> String {
    let mut words = vec![if is_writable(mount) { "rw" } else { "ro" }.to_owned()];
    let own = mount
        .options
        .iter()
        .filter(|option| !["rw", "ro", "relatime"].contains(&option.as_str()));
    words.extend(own.map(|option| harmless(option)));
    let is_telling = |option: &&String| TELLING.iter().any(|prefix| option.starts_with(prefix));
    words.extend(
        mount
            .super_options
            .iter()
            .filter(is_telling)
            .map(|option| harmless(option)),
    );
    words.extend(mount.propagation.iter().map(|one| harmless(one)));
    words.join(",")
}

/// What is mounted, and what part of it.
fn source(mount: &Mount) -> String {
    let source = harmless(&mount.source);
    match mount.root == Path::new("/") {
        true => source,
        false => format!("{source} {}", harmless_path(&mount.root)),
    }
}

/// Whether it has come, or is another than was at its place.
fn mark(mount: &Mount, changes: &[Change]) -> Sign {
    let of_it = changes.iter().find_map(|change| match &change.what {
        Changed::Mount { from, to: Some(to) } if to.id == mount.id => Some(from.is_none()),
        _ => None,
    });
    match of_it {
        None => Sign::Plain,
        Some(true) => Sign::Gained,
        Some(false) => Sign::Changed,
    }
}
