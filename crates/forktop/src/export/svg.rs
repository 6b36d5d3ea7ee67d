//! A picture of the tree: a row a process, its signs, its life in time, and below it what it may do that its creator could
//! not, or the other way round. It has no script and needs nothing but itself.
mod layout;
mod row;

use super::card::heading;
use super::escape::xml;
use super::forest::{Entry, entries};
use super::signs::{COLUMNS, LEGEND};
use crate::model::Model;
use layout::{BOTTOM, COMMAND, LIFE, MARGIN, SIGNS, STATE, TOP, WIDTH};
use privileges::Names;
use row::Drawing;
use std::fmt::Write;

/// Colours by what they mean, for light and dark.
const STYLE: &str = include_str!("svg/style.css");

/// The picture.
pub fn svg(model: &Model, names: &Names) -> String {
    let mut drawing = Drawing::of(model);
    for entry in entries(model, names) {
        match entry {
            Entry::One(card) => drawing.process(&card),
            Entry::Alike(cards) => drawing.alike(&cards),
        }
    }
    let (body, bottom) = drawing.finish();
    let height = bottom + BOTTOM;
    let mut svg = String::with_capacity(body.len() + 8192);
    // Writing to a string cannot fail.
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" \
         role=\"img\" xml:space=\"preserve\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n\
         <rect class=\"ground\" width=\"{WIDTH}\" height=\"{height}\" rx=\"8\"/>\n",
        xml(&heading(model).0)
    );
    head(&mut svg, model);
    svg.push_str(&body);
    legend(&mut svg, bottom);
    svg.push_str("</svg>\n");
    svg
}

fn head(svg: &mut String, model: &Model) {
    let (title, facts) = heading(model);
    let room = layout::characters(WIDTH - 2 * MARGIN, 16);
    let title = layout::cut(&title, room);
    let _ = write!(
        svg,
        "<text class=\"title\" x=\"{MARGIN}\" y=\"34\">{}</text>\n\
         <text class=\"dim\" x=\"{MARGIN}\" y=\"54\">{}</text>\n",
        xml(&title),
        xml(&facts)
    );
    let y = TOP - 10;
    let mut column = |x: u32, title: &str| {
        let _ = writeln!(
            svg,
            "<text class=\"head\" x=\"{x}\" y=\"{y}\">{title}</text>"
        );
    };
    column(MARGIN, "process");
    for ((title, _), x) in COLUMNS.iter().zip(SIGNS) {
        column(x, title);
    }
    column(LIFE, "life");
    column(STATE, "end");
    let y = TOP - 3;
    let _ = writeln!(
        svg,
        "<path class=\"line\" d=\"M{MARGIN} {y}H{}\"/>",
        WIDTH - MARGIN
    );
}

fn legend(svg: &mut String, bottom: u32) {
    let mut y = bottom + 14;
    let _ = writeln!(
        svg,
        "<path class=\"line\" d=\"M{MARGIN} {y}H{}\"/>",
        WIDTH - MARGIN
    );
    for (name, words) in LEGEND {
        y += 17;
        let _ = writeln!(
            svg,
            "<text class=\"small\" x=\"{MARGIN}\" y=\"{y}\"><tspan class=\"head\">{name}</tspan>\
             <tspan class=\"dim\" x=\"{COMMAND}\">{words}</tspan></text>"
        );
    }
}
