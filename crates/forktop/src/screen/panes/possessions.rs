//! How what two processes have differs: their mounts, what they have open and their limits, where both were looked at.
use super::named::named;
use super::page::{Page, Sign};
use super::unread::LOOK_KEY;
use super::{Subject, descriptors, limits, mounts};
use crate::model::Process;
use privileges::{Privileges, Seen};

/// Adds the differences to a page.
pub fn compare<'a>(page: &mut Page<'a>, subject: &Subject<'a>, base: &'a Process) {
    page.heading("Mounts, descriptors, limits");
    match (&base.looked, &subject.process.looked) {
        (Some((_, before)), Some((_, after))) => each(page, before, after),
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

fn each(page: &mut Page<'_>, before: &Privileges, after: &Privileges) {
    let mut told = 0;
    let mut say = |sign, words| {
        told += 1;
        page.say(sign, words);
    };
    both(&before.mounts, &after.mounts, |before, after| {
        for (sign, words) in mounts::difference(before, after) {
            say(sign, words);
        }
    });
    both(&before.descriptors, &after.descriptors, |before, after| {
        for (sign, words) in descriptors::difference(before, after) {
            say(sign, words);
        }
    });
    both(&before.limits, &after.limits, |before, after| {
        for (sign, words) in limits::difference(before, after) {
            say(sign, words);
        }
    });
    unreadable(page, before, after);
    if told == 0 {
        page.say(Sign::Plain, "the same, as far as they can be read");
    }
}

fn both<T>(before: &Seen<T>, after: &Seen<T>, compare: impl FnOnce(&T, &T)) {
    if let (Seen::Known(before), Seen::Known(after)) = (before, after) {
        compare(before, after);
    }
}

fn unreadable(page: &mut Page<'_>, before: &Privileges, after: &Privileges) {
    let is_known = [
        (
            "mounts",
            before.mounts.known().is_some() && after.mounts.known().is_some(),
        ),
        (
            "descriptors",
            before.descriptors.known().is_some() && after.descriptors.known().is_some(),
        ),
        (
            "limits",
            before.limits.known().is_some() && after.limits.known().is_some(),
        ),
    ];
    for (what, _) in is_known.iter().filter(|(_, known)| !known) {
        page.note(format!("{what} cannot be compared: unreadable"));
    }
}
