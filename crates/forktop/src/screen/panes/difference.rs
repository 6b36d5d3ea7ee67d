//! How what the process may do differs from that of another, and at which event each difference came.
use super::Subject;
use super::capability::{Capability, Set, names};
use super::facet::{Change, Facet, Value, changes};
use super::named::named;
use super::origin::{Came, came};
use super::page::{Page, Sign};
use super::possessions;
use super::sharing::kind_words;
use crate::model::Process;
use privileges::Essentials;
use ratatui::text::{Line, Span};
use std::collections::BTreeMap;

/// So few are told in words.
const FEW: usize = 6;

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
    let differences = changes(states.0, states.1);
    let is_creator = subject.process.creator == Some(base.id);
    let relation = if is_creator {
        ", which made it"
    } else {
        ", which is marked"
    };
    if differences.is_empty() {
        return page.say(
            Sign::Plain,
            format!("may do exactly what {} may{relation}", named(base)),
        );
    }
    page.note(format!("compared with {}{relation}", named(base)));
    if states.0.namespaces.own[0] != states.1.namespaces.own[0] {
        page.note("In different user namespaces: capabilities count on different things.");
    }
    for (sign, heading) in [
        (Sign::Gained, "Gained"),
        (Sign::Lost, "Lost"),
        (Sign::Changed, "Other"),
    ] {
        let of: Vec<_> = differences
            .iter()
            .filter(|change| change.sign == sign)
            .collect();
        if !of.is_empty() {
            page.heading(heading);
            capabilities(page, subject, base, &of);
            together(page, subject, base, &of);
            for change in of {
                other(page, subject, base, change);
            }
        }
    }
}

/// Capabilities that came at the same event are told together, and sets together of which the same is told.
fn capabilities<'a>(page: &mut Page<'a>, subject: &Subject<'a>, base: &Process, of: &[&Change]) {
    let mut each = BTreeMap::<(Set, Option<Came>), Vec<Capability>>::new();
    for change in of {
        if let Facet::Capability(set, capability) = change.facet {
            each.entry((set, came(subject, base, change)))
                .or_default()
                .push(capability);
        }
    }
    let mut same = BTreeMap::<(Vec<Capability>, Option<Came>), Vec<Set>>::new();
    for ((set, came), capabilities) in each {
        same.entry((capabilities, came)).or_default().push(set);
    }
    let mut told: Vec<_> = same.into_iter().collect();
    told.sort_by(|one, other| one.1.cmp(&other.1));
    for ((capabilities, came), sets) in told {
        let words = sets_words(&sets, &capabilities);
        item(page, subject, of[0].sign, words, came);
    }
}

fn sets_words(sets: &[Set], capabilities: &[Capability]) -> String {
    let sets: Vec<_> = sets.iter().map(|set| set.name()).collect();
    let sets = sets.join(", ");
    match capabilities.len() <= FEW {
        true => {
            let each: Vec<_> = capabilities.iter().map(|one| one.words()).collect();
            format!("{sets}: may {}", each.join("; "))
        }
        false => format!("{sets}: {}", names(capabilities)),
    }
}

/// Namespaces, and groups, that came at the same event are told together.
fn together<'a>(page: &mut Page<'a>, subject: &Subject<'a>, base: &Process, of: &[&Change]) {
    let mut each = BTreeMap::<(&str, Option<Came>), Vec<String>>::new();
    for change in of {
        let (kind, member) = match change.facet {
            Facet::Namespace(kind) => ("other namespaces", kind_words(kind).to_owned()),
            Facet::InGroup(gid) => ("supplementary groups", gid.to_string()),
            _ => continue,
        };
        each.entry((kind, came(subject, base, change)))
            .or_default()
            .push(member);
    }
    for ((kind, came), members) in each {
        item(
            page,
            subject,
            of[0].sign,
            format!("{kind}: {}", members.join(", ")),
            came,
        );
    }
}

fn other<'a>(page: &mut Page<'a>, subject: &Subject<'a>, base: &Process, change: &Change) {
    let words = match (change.facet, &change.before, &change.after) {
        (Facet::Capability(..) | Facet::Namespace(_) | Facet::InGroup(_), ..) => return,
        (facet, Value::Is(before), Value::Is(after)) => {
            format!("{}: {before} → {after}", facet.words())
        }
        (facet, ..) => facet.words(),
    };
    item(
        page,
        subject,
        change.sign,
        words,
        came(subject, base, change),
    );
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
