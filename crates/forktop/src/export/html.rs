//! A page with the tree: rows that fold, with the same signs as in the picture, and for each process what else is known. It
//! needs nothing but itself, and has no script.
mod facts;
mod row;

use super::card::{Card, heading};
use super::escape::xml;
use super::forest::{Entry, entries};
use super::signs::{COLUMNS, LEGEND};
use crate::model::Model;
use privileges::Names;
use std::fmt::Write;

const STYLE: &str = include_str!("html/style.css");
/// Browsers do not nest deeper than some hundred elements: below so many others nothing stands further to the right.
const DEEPEST: usize = 100;

/// So many rows a page shows when it is opened; where there are more, what the roots made is folded up at first.
const AT_FIRST: usize = 300;

/// The page.
pub fn html(model: &Model, names: &Names) -> String {
    let mut html = String::with_capacity(1 << 16);
    let (title, facts) = heading(model);
    let (title, facts) = (xml(&title), xml(&facts));
    // Writing to a string cannot fail, here and below.
    let _ = write!(
        html,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n\
         <title>{title} – forktop</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n\
         <p class=\"dim\">{facts}</p>\n"
    );
    head(&mut html);
    tree(&mut html, model, names);
    legend(&mut html);
    html.push_str("</body>\n</html>\n");
    html
}

fn head(html: &mut String) {
    html.push_str("<span class=\"row head\"><span class=\"command\">process</span>");
    for (number, (title, _)) in COLUMNS.iter().enumerate() {
        let _ = write!(html, "<span class=\"s{number}\">{title}</span>");
    }
    html.push_str("<span class=\"life\">life</span><span class=\"end\">end</span></span>\n");
}

fn tree(html: &mut String, model: &Model, names: &Names) {
    // How deep those stand in which this is.
    let mut within: Vec<usize> = Vec::new();
    let entries = entries(model, names);
    let folds = entries.len() > AT_FIRST;
    for entry in entries {
        let depth = entry.first().row.depth.min(DEEPEST);
        while within.last().is_some_and(|outer| *outer >= depth) {
            within.pop();
            html.push_str("</div></details></div>\n");
        }
        match entry {
            Entry::One(card) if card.process.children.is_empty() => leaf(html, model, &card),
            Entry::One(card) => {
                within.push(depth);
                html.push_str(match folds && depth > 0 {
                    true => "<div class=\"process\"><details><summary>",
                    false => "<div class=\"process\"><details open=\"\"><summary>",
                });
                row::row(html, model, &card);
                html.push_str("</summary>");
                row::below(html, &card);
                html.push_str("<details class=\"facts\"><summary>more</summary>");
                facts::facts(html, model, &card);
                html.push_str("</details><div class=\"made\">\n");
            }
            Entry::Alike(cards) => alike(html, model, &cards),
        }
    }
    for _ in within {
        html.push_str("</div></details></div>\n");
    }
}

fn leaf(html: &mut String, model: &Model, card: &Card<'_>) {
    html.push_str("<div class=\"process\"><details><summary>");
    row::row(html, model, card);
    html.push_str("</summary>");
    facts::facts(html, model, card);
    html.push_str("</details>");
    row::below(html, card);
    html.push_str("</div>\n");
}

/// Folded, and without what else is known of each.
fn alike(html: &mut String, model: &Model, cards: &[Card<'_>]) {
    html.push_str("<div class=\"process\"><details><summary>");
    row::row_of_many(html, model, cards);
    html.push_str("</summary><div class=\"made\">\n");
    for card in cards {
        row::row(html, model, card);
        html.push('\n');
    }
    html.push_str("</div></details></div>\n");
}

fn legend(html: &mut String) {
    html.push_str("<dl class=\"legend\">\n");
    for (name, words) in LEGEND {
        let _ = writeln!(html, "<dt>{name}</dt><dd>{words}</dd>");
    }
    html.push_str("</dl>\n");
}
