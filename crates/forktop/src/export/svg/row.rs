//! A row of the picture, and the lines below it.
use super::super::card::{Card, Mood};
use super::super::escape::xml;
use super::super::signs::{COLUMNS, Weight};
use super::layout::{
    LETTERS, LIFE, LINE, LIVES, MARGIN, ROW, SIGNS, SMALL, STATE, TOP, WIDTH, characters, cut,
    indent, wrap,
};
use crate::log::Time;
use crate::model::{Model, State};
use crate::screen::panes;
use std::fmt::Write;

/// The rows, until now.
#[derive(Debug)]
pub struct Drawing<'a> {
    model: &'a Model,
    svg: String,
    /// The upper edge of the next row.
    y: u32,
    /// The middle of each process's row, by its place in the tree.
    middles: Vec<u32>,
}

impl<'a> Drawing<'a> {
    /// No rows yet.
    pub fn of(model: &'a Model) -> Self {
        Self {
            model,
            svg: String::new(),
            y: TOP,
            middles: vec![0; model.len()],
        }
    }

    /// The rows, and their lower edge.
    pub fn finish(self) -> (String, u32) {
        (self.svg, self.y)
    }

    /// One process.
    pub fn process(&mut self, card: &Card<'_>) {
        self.elbow(card);
        self.command(card, &card.process.pid.to_string());
        self.signs(card);
        self.life(&[card]);
        self.state(card, &card.state);
        self.y += ROW;
        self.below(card);
    }

    /// Many that are alike.
    pub fn alike(&mut self, cards: &[Card<'_>]) {
        let [first, ..] = cards else { return };
        self.elbow(first);
        self.command(first, &format!("{} ×", cards.len()));
        self.signs(first);
        self.life(&cards.iter().collect::<Vec<_>>());
        self.state(first, &format!("each {}", first.state));
        self.y += ROW;
    }

    // Writing to a string cannot fail, here and below.

    /// The line from the process that made it.
    fn elbow(&mut self, card: &Card<'_>) {
        let middle = self.y + ROW / 2;
        if let Some(place) = self.middles.get_mut(card.place) {
            *place = middle;
        }
        let Some(above) = card.row.above.and_then(|above| self.middles.get(above)) else {
            return;
        };
        let x = indent(card.row.depth.saturating_sub(1)) + 5;
        let (from, to) = (above + 9, indent(card.row.depth).max(x + 8) - 4);
        let _ = writeln!(
            self.svg,
            "<path class=\"branch\" d=\"M{x} {from}V{middle}H{to}\"/>"
        );
    }

    fn command(&mut self, card: &Card<'_>, number: &str) {
        let (x, y) = (indent(card.row.depth), self.y + 15);
        let void = card.entrypoint.as_ref().map(|name| format!("[{name}] "));
        let void = void.unwrap_or_default();
        let taken = number.chars().count() + 1 + void.chars().count();
        let room = characters(SIGNS[0] - x - 6, LETTERS).saturating_sub(taken);
        let command = without_folder(&card.command);
        let command = match card.is_copy {
            true => cut(&format!("({command})"), room),
            false => cut(command, room),
        };
        let (name, rest) = command.split_at(command.find(' ').unwrap_or(command.len()));
        let class = match (card.is_copy, card.mood) {
            (true, _) => "dim",
            (false, Mood::Over) => "over",
            (false, _) => "name",
        };
        let _ = write!(
            self.svg,
            "<text x=\"{x}\" y=\"{y}\"><tspan class=\"dim\">{number} </tspan>"
        );
        if !void.is_empty() {
            let _ = write!(self.svg, "<tspan class=\"void\">{}</tspan>", xml(&void));
        }
        let (name, rest) = (xml(name), xml(rest));
        let _ = writeln!(
            self.svg,
            "<tspan class=\"{class}\">{name}</tspan><tspan class=\"rest\">{rest}</tspan></text>"
        );
    }

    fn signs(&mut self, card: &Card<'_>) {
        let y = self.y + 15;
        let _ = write!(self.svg, "<text y=\"{y}\">");
        for (((sign, weight), x), (_, most)) in card.signs.iter().zip(SIGNS).zip(COLUMNS) {
            let class = match weight {
                Weight::Light => "dim",
                Weight::Plain => "sign",
                Weight::Lost => "lost",
                Weight::Gained => "gained",
                Weight::Changed => "changed",
            };
            let sign = cut(sign, most);
            let _ = write!(
                self.svg,
                "<tspan class=\"{class}\" x=\"{x}\">{}</tspan>",
                xml(&sign)
            );
        }
        self.svg.push_str("</text>\n");
    }

    /// From the first birth to the last end.
    fn life(&mut self, cards: &[&Card<'_>]) {
        let now = self.model.now();
        let end = |card: &Card<'_>| card.process.ended.unwrap_or(now);
        let Some(born) = cards.iter().map(|card| card.process.born).min() else {
            return;
        };
        let last = cards.iter().map(|card| end(card)).max().unwrap_or(now);
        let (from, to, y) = (self.at(born), self.at(last), self.y + 7);
        let class = match (cards[0].mood, cards.len()) {
            (Mood::Failed, _) => "failed",
            (_, 2..) => "many",
            (Mood::Alive, _) => "alive",
            (Mood::Over, _) => "lived",
        };
        let width = (to - from).max(2.0);
        let _ = write!(
            self.svg,
            "<rect class=\"{class}\" x=\"{from:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"8\" rx=\"2\"/>"
        );
        if let [card] = cards {
            for place in &card.process.execs {
                let at = self
                    .model
                    .log()
                    .get(*place)
                    .map_or(born, |record| record.at);
                let x = self.at(at);
                let _ = write!(
                    self.svg,
                    "<path class=\"exec\" d=\"M{x:.1} {}v12\"/>",
                    self.y + 5
                );
            }
        }
        self.svg.push('\n');
    }

    #[expect(clippy::cast_precision_loss, reason = "units of a picture")]
    fn at(&self, time: Time) -> f64 {
        let whole = self.model.now().0.max(1) as f64;
        f64::from(LIFE) + f64::from(LIVES) * (time.0 as f64 / whole).min(1.0)
    }

    fn state(&mut self, card: &Card<'_>, words: &str) {
        let y = self.y + 15;
        let class = match (card.mood, card.process.state) {
            (Mood::Failed, _) => "failed",
            (_, State::Running) => "alive",
            _ => "dim",
        };
        let words = cut(words, characters(WIDTH - MARGIN - STATE, LETTERS));
        let _ = writeln!(
            self.svg,
            "<text class=\"{class}\" x=\"{STATE}\" y=\"{y}\">{}</text>",
            xml(&words)
        );
    }

    fn below(&mut self, card: &Card<'_>) {
        let mut lines: Vec<(&str, String)> = Vec::new();
        if let Some(before) = card.before.last() {
            let more = match card.before.len() {
                1 => String::new(),
                count => format!(", and before {} more", panes::count(count - 1, "program")),
            };
            lines.push(("dim", format!("was {}{more}", cut(before, 100))));
        }
        for (sign, words) in &card.changes {
            lines.push(match sign {
                panes::Sign::Gained => ("gained", format!("+ {words}")),
                panes::Sign::Lost => ("lost", format!("− {words}")),
                _ => ("changed", format!("~ {words}")),
            });
        }
        lines.extend(
            card.warnings
                .iter()
                .map(|words| ("failed", format!("! {words}"))),
        );
        let x = indent(card.row.depth) + 12;
        for (class, words) in lines {
            for (number, line) in wrap(&words, characters(WIDTH - MARGIN - x, SMALL) - 2)
                .iter()
                .enumerate()
            {
                let (x, y) = (x + if number > 0 { 14 } else { 0 }, self.y + 8);
                let _ = writeln!(
                    self.svg,
                    "<text class=\"small {class}\" x=\"{x}\" y=\"{y}\">{}</text>",
                    xml(line)
                );
                self.y += LINE;
            }
        }
    }
}

/// Of a program that was named by its whole path only the name: there is little room.
fn without_folder(command: &str) -> &str {
    let end = command.find(' ').unwrap_or(command.len());
    match command[..end].rfind('/') {
        Some(place) if command.starts_with('/') && place + 1 < end => &command[place + 1..],
        _ => command,
    }
}
