//! How what is around two processes differs: their mounts, what they have open, their limits, …, where both were looked at.
use super::Subject;
use super::harmless::harmless;
use super::named::named;
use super::page::{Page, Sign};
use super::unread::{LOOK_KEY, reason};
use crate::model::Process;
use privileges::{Change, Changed, Difference, Names, Privileges, Unknown};

/// Adds the differences to a page.
pub fn compare<'a>(page: &mut Page<'a>, subject: &Subject<'a>, base: &'a Process) {
    page.heading("Mounts, descriptors, limits and the like");
    match (&base.looked, &subject.process.looked) {
        (Some((_, before)), Some((_, after))) => each(page, subject.names, before, after),
        (before, after) => {
            let missing = [(before, base), (after, subject.process)];
            let missing = missing.iter().filter(|(looked, _)| looked.is_none());
            let names: Vec<_> = missing.map(|(_, process)| named(process)).collect();
            page.note(format!(
                "not looked at: {} (press {LOOK_KEY} there)",
                names.join(" and ")
            ));
        }
    }
}

fn each(page: &mut Page<'_>, names: &Names, before: &Privileges, after: &Privileges) {
    let difference = Difference::between(before, after);
    let around = difference.changes.iter().filter(|change| is_around(change));
    let mut told = 0;
    for change in around {
        told += 1;
        page.say(change.direction.into(), harmless(&change.what.words(names)));
    }
    if told == 0 {
        page.say(Sign::Plain, "the same, as far as they can be read");
    }
    let essentials = Difference::between_essentials(&before.essentials, &after.essentials);
    let ours = difference.unknown.iter();
    let ours = ours.filter(|unknown| !essentials.unknown.contains(unknown));
    not_compared(page, ours);
}

/// What could not be read, in a line for each reason.
pub fn not_compared<'a>(page: &mut Page<'_>, unknown: impl IntoIterator<Item = &'a Unknown>) {
    let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
    for unknown in unknown {
        let why = reason(unknown.why);
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, what)) => what.push(unknown.what),
            None => reasons.push((why, vec![unknown.what])),
        }
    }
    for (why, what) in reasons {
        page.note(format!("not compared ({why}): {}", what.join(", ")));
    }
}

/// What the essentials do not tell.
const fn is_around(change: &Change) -> bool {
    matches!(
        change.what,
        Changed::Filters
            | Changed::Root { .. }
            | Changed::Directory { .. }
            | Changed::Mount { .. }
            | Changed::Descriptor { .. }
            | Changed::Limit { .. }
            | Changed::Cgroup { .. }
            | Changed::Label { .. }
            | Changed::Thread { .. }
    )
}
