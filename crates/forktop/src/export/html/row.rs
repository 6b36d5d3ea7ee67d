//! A row of the page, and the lines below it.
use super::super::card::{Card, Mood};
use super::super::escape::xml;
use super::super::signs::Weight;
use crate::log::Time;
use crate::model::Model;
use crate::screen::panes;
use std::fmt::Write;

/// One process.
pub fn row(html: &mut String, model: &Model, card: &Card<'_>) {
    let _ = write!(html, "<span class=\"row\" id=\"p{}\">", card.process.id.0);
    command(html, card, &card.process.pid.to_string());
    signs(html, card);
    life(html, model, &[card]);
    state(html, card, &card.state);
    html.push_str("</span>");
}

/// Many that are alike.
pub fn row_of_many(html: &mut String, model: &Model, cards: &[Card<'_>]) {
    let [first, ..] = cards else { return };
    html.push_str("<span class=\"row\">");
    command(html, first, &format!("{} ×", cards.len()));
    signs(html, first);
    life(html, model, &cards.iter().collect::<Vec<_>>());
    state(html, first, &format!("each {}", first.state));
    html.push_str("</span>");
}

fn command(html: &mut String, card: &Card<'_>, number: &str) {
    let _ = write!(html, "<span class=\"command\"><i>{number}</i> ");
    if let Some(void) = &card.entrypoint {
        let _ = write!(html, "<b class=\"void\">[{}]</b> ", xml(void));
    }
    let (name, rest) = card
        .command
        .split_at(card.command.find(' ').unwrap_or(card.command.len()));
    let (name, rest) = (xml(name), xml(rest));
    let _ = match card.is_copy {
        true => write!(html, "<i>({name}{rest})</i></span>"),
        false => write!(html, "<b>{name}</b>{rest}</span>"),
    };
}

fn signs(html: &mut String, card: &Card<'_>) {
    for (number, (sign, weight)) in card.signs.iter().enumerate() {
        let class = match weight {
            Weight::Light => " dim",
            Weight::Plain => "",
            Weight::Lost => " lost",
            Weight::Gained => " gained",
            Weight::Changed => " changed",
        };
        let _ = write!(
            html,
            "<span class=\"s{number}{class}\">{}</span>",
            xml(sign)
        );
    }
}

/// From the first birth to the last end, in parts of the whole time.
fn life(html: &mut String, model: &Model, cards: &[&Card<'_>]) {
    let now = model.now();
    let end = |card: &Card<'_>| card.process.ended.unwrap_or(now);
    let from = cards
        .iter()
        .map(|card| card.process.born)
        .min()
        .unwrap_or(now);
    let to = cards.iter().map(|card| end(card)).max().unwrap_or(now);
    let (from, to) = (part(from, now), part(to, now));
    let class = match (cards, cards.first().map(|card| card.mood)) {
        (_, Some(Mood::Failed)) => "failed",
        ([_, _, ..], _) => "many",
        (_, Some(Mood::Alive)) => "alive",
        _ => "lived",
    };
    let _ = write!(
        html,
        "<span class=\"life\"><u class=\"{class}\" style=\"left:{from:.1}%;width:{:.1}%\"></u>",
        (to - from).max(1.0)
    );
    if let [card] = cards {
        for place in &card.process.execs {
            let at = model.log().get(*place).map_or(now, |record| record.at);
            let _ = write!(html, "<s style=\"left:{:.1}%\"></s>", part(at, now));
        }
    }
    html.push_str("</span>");
}

#[expect(clippy::cast_precision_loss, reason = "per cent of a picture")]
fn part(time: Time, of: Time) -> f64 {
    (100.0 * time.0 as f64 / of.0.max(1) as f64).min(100.0)
}

fn state(html: &mut String, card: &Card<'_>, words: &str) {
    let class = match card.mood {
        Mood::Alive => "alive",
        Mood::Over => "dim",
        Mood::Failed => "failed",
    };
    let _ = write!(html, "<span class=\"end {class}\">{}</span>", xml(words));
}

/// What it executed before, and how what it may do differs from what its creator could.
pub fn below(html: &mut String, card: &Card<'_>) {
    let mut line = |class: &str, mark: &str, words: &str| {
        let words = xml(words);
        let _ = write!(html, "<p class=\"{class}\">{mark} {words}</p>");
    };
    if let Some(before) = card.before.last() {
        line("dim", "was", before);
    }
    for (sign, words) in &card.changes {
        match sign {
            panes::Sign::Gained => line("gained", "+", words),
            panes::Sign::Lost => line("lost", "−", words),
            _ => line("changed", "~", words),
        }
    }
    for warning in &card.warnings {
        line("failed", "!", warning);
    }
}
