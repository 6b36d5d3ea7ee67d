//! The tree for dot(1) of graphviz: a box a process, an arrow from the one that made it, and beside the arrow what changed.
use super::card::{Card, Mood, heading};
use super::forest::{Entry, entries};
use super::signs::COLUMNS;
use crate::model::Model;
use crate::screen::panes;
use privileges::Names;
use std::fmt::Write;

const HEAD: &str = "  rankdir=LR; labelloc=t; fontname=\"sans-serif\";
  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=monospace, fontsize=10];
  edge [fontname=monospace, fontsize=9, color=gray50];
";

/// How many characters of a line are told.
const LONGEST: usize = 80;

/// The graph.
pub fn dot(model: &Model, names: &Names) -> String {
    let (title, facts) = heading(model);
    let label = lines([title, facts]);
    // Writing to a string cannot fail, here and below.
    let mut dot = format!("digraph forktop {{\n  label={label};\n{HEAD}");
    for entry in entries(model, names) {
        match entry {
            Entry::One(card) => {
                let number = card.process.pid.to_string();
                node(&mut dot, &card, &number, &card.state);
                arrow(&mut dot, &card);
            }
            Entry::Alike(cards) => {
                let card = &cards[0];
                node(&mut dot, card, &format!("{} ×", cards.len()), &card.state);
                arrow(&mut dot, card);
            }
        }
    }
    dot.push_str("}\n");
    dot
}

fn node(dot: &mut String, card: &Card<'_>, number: &str, state: &str) {
    let command = match card.is_copy {
        true => format!("{number} ({})", card.command),
        false => format!("{number} {}", card.command),
    };
    let signs = COLUMNS
        .iter()
        .zip(&card.signs)
        .map(|((name, _), (sign, _))| format!("{name} {sign}"));
    let void = card
        .entrypoint
        .as_ref()
        .map(|name| format!("void of {name}"));
    let warnings = card.warnings.iter().map(|words| format!("! {words}"));
    let text = [command, format!("{state} · {}", card.age)]
        .into_iter()
        .chain([signs.collect::<Vec<_>>().join("  ")])
        .chain(void)
        .chain(warnings);
    let look = match (card.mood, card.entrypoint.is_some()) {
        (Mood::Failed, _) => ", color=firebrick",
        (_, true) => ", color=royalblue, penwidth=2",
        (Mood::Alive, _) => ", color=forestgreen",
        (Mood::Over, _) => ", color=gray50",
    };
    let id = card.process.id.0;
    let _ = writeln!(dot, "  p{id} [label={}{look}];", lines(text));
}

fn arrow(dot: &mut String, card: &Card<'_>) {
    let Some(creator) = card.process.creator else {
        return;
    };
    let (from, to) = (creator.0, card.process.id.0);
    let changes = card.changes.iter().map(|(sign, words)| match sign {
        panes::Sign::Gained => format!("+ {words}"),
        panes::Sign::Lost => format!("- {words}"),
        _ => format!("~ {words}"),
    });
    let _ = match card.changes.is_empty() {
        true => writeln!(dot, "  p{from} -> p{to};"),
        false => writeln!(
            dot,
            "  p{from} -> p{to} [label={}, style=bold];",
            lines(changes)
        ),
    };
}

/// A label. Graphviz reads backslashes and entities in it.
fn lines(lines: impl IntoIterator<Item = String>) -> String {
    let mut label = String::from("\"");
    for line in lines {
        for character in line.chars().take(LONGEST) {
            match character {
                '"' | '\\' => label.extend(['\\', character]),
                '&' => label.push_str("&amp;"),
                other => label.push(other),
            }
        }
        if line.chars().nth(LONGEST).is_some() {
            label.push('…');
        }
        label.push_str("\\l");
    }
    label.push('"');
    label
}
