//! How what the process may do differs from that of another, and at which event each difference came.
use super::Subject;
use super::harmless::harmless;
use super::identity::Numbers;
use super::named::named;
use super::origin::{Came, came};
use super::page::{Page, Sign};
use super::possessions;
use crate::model::Process;
use privileges::{Change, Changed, Difference, Essentials, NamespaceKind, SeccompMode};
use ratatui::text::{Line, Span};
use std::collections::BTreeMap;

pub fn lines<'a>(subject: &Subject<'a>) -> Vec<Line<'a>> {
    let mut page = Page::of(subject);
    let Some(base) = subject.base else {
        page.note("There is nothing to compare it with: the process that made it is not followed.");
        return page.lines();
    };
    match (
        base.essentials.as_deref(),
        subject.process.essentials.as_deref(),
    ) {
        (Some(before), Some(after)) => compare(&mut page, subject, base, (before, after)),
        _ => page.note(format!("What it, or {}, may do is not known.", named(base))),
    }
    possessions::compare(&mut page, subject, base);
    page.lines()
}

fn compare<'a>(
    page: &mut Page<'a>,
    subject: &Subject<'a>,
    base: &Process,
    states: (&Essentials, &Essentials),
) {
    let difference = Difference::between_essentials(states.0, states.1);
    let is_creator = subject.process.creator == Some(base.id);
    let relation = if is_creator {
        ", which made it"
    } else {
        ", which is marked"
    };
    if difference.is_none() {
        return page.say(
            Sign::Plain,
            format!("may do exactly what {} may{relation}", named(base)),
        );
    }
    page.note(format!("compared with {}{relation}", named(base)));
    let [one, other] =
        [states.0, states.1].map(|state| state.namespaces.of(NamespaceKind::User).known());
    if one.zip(other).is_some_and(|(one, other)| one != other) {
        page.note("In different user namespaces: capabilities hold for different things.");
    }
    possessions::not_compared(page, &difference.unknown);
    let parts = difference.changes.iter().flat_map(Change::parts).collect();
    let came = came(subject, base, states, parts);
    for (sign, heading) in [
        (Sign::Gained, "Gained"),
        (Sign::Lost, "Lost"),
        (Sign::Changed, "Other"),
    ] {
        let of = came
            .iter()
            .filter(|(change, _)| Sign::from(change.direction) == sign);
        let mut each = BTreeMap::<_, Vec<_>>::new();
        for (change, came) in of {
            each.entry(*came).or_default().push(change.clone());
        }
        if !each.is_empty() {
            page.heading(heading);
        }
        for (came, parts) in each {
            told_together(page, subject, sign, parts, came);
        }
    }
}

/// What came at the same event: namespaces in a line, groups in a line, and a line each for the rest.
fn told_together<'a>(
    page: &mut Page<'a>,
    subject: &Subject<'a>,
    sign: Sign,
    parts: Vec<Change>,
    came: Option<Came>,
) {
    let (mut namespaces, mut groups, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    let changes = Difference::of_parts(parts).changes;
    let is_counted = changes
        .iter()
        .any(|change| matches!(change.what, Changed::SeccompFilters { .. }));
    for change in changes {
        match change.what {
            // How many there are says it.
            Changed::SeccompMode {
                from: SeccompMode::Off,
                to: SeccompMode::Filter,
            } if is_counted => {}
            Changed::Namespace {
                kind,
                for_children: false,
                ..
            } => namespaces.push(kind.words().to_owned()),
            Changed::SupplementaryGroup { group } => {
                groups.push(Numbers::of_groups(subject.names).named(group));
            }
            what => lines.push(harmless(&what.words(subject.names))),
        }
    }
    for (kind, members) in [
        ("other namespaces", namespaces),
        ("supplementary groups", groups),
    ] {
        if !members.is_empty() {
            lines.push(format!("{kind}: {}", members.join(", ")));
        }
    }
    for words in lines {
        item(page, subject, sign, words, came);
    }
}

fn item<'a>(
    page: &mut Page<'a>,
    subject: &Subject<'a>,
    sign: Sign,
    words: String,
    came: Option<Came>,
) {
    let came = match came {
        Some(came) => format!(" – {}", came.words(subject)),
        None => " – before it was followed".to_owned(),
    };
    page.say(
        sign,
        Line::from(vec![
            Span::raw(words),
            Span::styled(came, subject.theme.dim),
        ]),
    );
}
