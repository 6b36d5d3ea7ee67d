//! What else is known of a process: its times, its programs, what it may do in words, and what was seen at a look.
use super::super::card::Card;
use super::super::escape::xml;
use super::super::visits::visits;
use crate::log::{Origin, Record};
use crate::model::{Model, Process};
use crate::screen::panes::visits::details;
use crate::screen::panes::{
    Beside, Numbers, Pane, Subject, duration, happening, harmless, named, who,
};
use crate::screen::theme::{Palette, Theme};
use privileges::{Essentials, Names};
use std::fmt::Write;

/// How wide their lines are.
const WIDTH: u16 = 110;

/// All of them.
pub fn facts(html: &mut String, model: &Model, card: &Card<'_>) {
    let process = card.process;
    html.push_str("<dl>");
    pair(html, "born", &born(model, process));
    pair(html, "lived", &lived(card));
    let program = &process.program;
    if let Some(path) = &program.path {
        pair(html, "program", &harmless(path));
    }
    for before in &card.before {
        pair(html, "before", before);
    }
    if let Some(directory) = &program.directory {
        pair(html, "in", &harmless(directory));
    }
    if let Some(essentials) = process.essentials.as_deref() {
        may(html, essentials, card.names);
    }
    for record in visits(model, process) {
        pair(html, "visit", &visited(model, card, record));
    }
    html.push_str("</dl>");
    if process.looked.is_some() {
        look(html, model, card);
    }
}

fn pair(html: &mut String, name: &str, words: &str) {
    let _ = write!(html, "<dt>{name}</dt><dd>{}</dd>", xml(words));
}

fn born(model: &Model, process: &Process) -> String {
    let creator = model.creator(process).map(named);
    let creator = creator.unwrap_or_else(|| "a process that is not followed".to_owned());
    let how = match process.origin {
        Some(Origin::Started) => "started by forktop".to_owned(),
        Some(Origin::Seized) => "running already".to_owned(),
        Some(Origin::Forked) => format!("forked by {creator}"),
        Some(Origin::Vforked) => format!("vforked by {creator}"),
        Some(Origin::Cloned) => format!("cloned by {creator}"),
        Some(Origin::Keeper) => format!("a copy of {creator}, made by forktop to keep a shell"),
        Some(Origin::Shell) => "a copy of its keeper, made by forktop to be a shell".to_owned(),
        Some(Origin::Untraced) => format!("made by {creator}, hidden from tracing"),
        None if process.refusal.is_some() => format!("below {creator}, which is followed"),
        None => "before the log begins".to_owned(),
    };
    let inner: Vec<_> = process
        .pids
        .iter()
        .skip(1)
        .map(ToString::to_string)
        .collect();
    let inner = match inner.is_empty() {
        true => String::new(),
        false => format!("; pid {} in its own pid namespaces", inner.join(", ")),
    };
    format!("at {} s, {how}{inner}", process.born)
}

/// What came of a visit of forktop's.
fn visited(model: &Model, card: &Card<'_>, record: &Record) -> String {
    let theme = Theme::of(Palette::Plain);
    let words = happening(&subject(model, card, &theme), record);
    let details = details(&record.event).into_iter();
    let details: Vec<_> = details.map(|(_, words)| words).collect();
    match details.is_empty() {
        true => format!("at {} s, {words}", record.at),
        false => format!("at {} s, {words}; {}", record.at, details.join("; ")),
    }
}

fn lived(card: &Card<'_>) -> String {
    let process = card.process;
    let used = process.used.map(|(user, system)| {
        format!(
            "; used {} user, {} system",
            duration(user),
            duration(system)
        )
    });
    let peak = process.peak_kib.map(|kib| format!(", at most {kib} KiB"));
    format!(
        "{}{}{}",
        card.age,
        used.unwrap_or_default(),
        peak.unwrap_or_default()
    )
}

fn may(html: &mut String, essentials: &Essentials, names: &Names) {
    pair(
        html,
        "user",
        &who(
            Numbers::of_users(names),
            &essentials.uid,
            essentials.uid_map.as_ref(),
        ),
    );
    pair(
        html,
        "group",
        &who(
            Numbers::of_groups(names),
            &essentials.gid,
            essentials.gid_map.as_ref(),
        ),
    );
    if !essentials.groups.is_empty() {
        let numbers = Numbers::of_groups(names);
        let groups = essentials.groups.iter().map(|gid| numbers.named(*gid));
        let groups: Vec<_> = groups.collect();
        pair(html, "also in", &groups.join(", "));
    }
    let sets = &essentials.capabilities;
    pair(html, "capabilities", &sets.effective.summary());
    if sets.permitted != sets.effective {
        pair(html, "permitted", &sets.permitted.summary());
    }
    pair(
        html,
        "by exec at most",
        &match essentials.no_new_privs {
            true => "nothing more (no_new_privs)".to_owned(),
            false => sets.bounding.summary(),
        },
    );
}

const fn subject<'a>(model: &'a Model, card: &Card<'a>, theme: &'a Theme) -> Subject<'a> {
    Subject {
        model,
        process: card.process,
        base: None,
        beside: Beside::Tree,
        names: card.names,
        theme,
        width: WIDTH,
    }
}

fn look(html: &mut String, model: &Model, card: &Card<'_>) {
    let theme = Theme::of(Palette::Plain);
    let subject = subject(model, card, &theme);
    for pane in Pane::OF_A_LOOK {
        let _ = write!(html, "<details><summary>{}</summary><pre>", pane.name());
        for line in pane.lines(&subject) {
            let text = line.to_string();
            let _ = writeln!(html, "{}", xml(text.trim_end()));
        }
        html.push_str("</pre></details>");
    }
}
