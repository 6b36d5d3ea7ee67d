//! The screen's cells as shapes and runs of text.
use crate::colors::Colors;
use crate::strokes::{Stroke, stroke};
use std::fmt::Write;
use tui_term::vt100::{Cell, Screen};

/// A cell's size, and that of its letters.
const CELL: (f64, f64) = (8.4, 18.0);
const LETTERS: u8 = 14;
const PADDING: f64 = 14.0;
const TITLE: f64 = 30.0;

/// How a cell looks, but for what stands in it.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a terminal's attributes are independent of each other"
)]
struct Look {
    text: String,
    ground: String,
    bold: bool,
    dim: bool,
    italic: bool,
    underlined: bool,
}

/// A drawing in the making.
struct Drawing<'a> {
    svg: String,
    colors: &'a Colors,
    /// Where the first cell is.
    top: f64,
}

// Writing to a string cannot fail, here and below.

/// The picture of a screen.
pub fn screen(screen: &Screen, colors: &Colors, title: Option<&str>) -> String {
    let (rows, columns) = screen.size();
    let top = PADDING + title.map_or(0.0, |_| TITLE);
    let width = f64::from(columns) * CELL.0 + 2.0 * PADDING;
    let height = f64::from(rows) * CELL.1 + top + PADDING;
    let mut drawing = Drawing {
        svg: String::new(),
        colors,
        top,
    };
    drawing.frame(width, height, title);
    for row in 0..rows {
        drawing.row(screen, row, columns);
    }
    drawing.svg.push_str("</svg>\n");
    drawing.svg
}

impl Drawing<'_> {
    fn frame(&mut self, width: f64, height: f64, title: Option<&str>) {
        let Colors {
            text,
            ground,
            frame,
            ..
        } = self.colors;
        let _ = write!(
            self.svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" xml:space=\"preserve\" font-size=\"{LETTERS}\" fill=\"{text}\" \
             font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\">\n\
             <rect x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"8\" fill=\"{ground}\" stroke=\"{frame}\"/>\n",
            width - 1.0,
            height - 1.0
        );
        if let Some(title) = title {
            for (number, x) in [22, 42, 62].into_iter().enumerate() {
                let color = ["#ff5f57", "#febc2e", "#28c840"][number];
                let _ = write!(
                    self.svg,
                    "<circle cx=\"{x}\" cy=\"20\" r=\"6\" fill=\"{color}\"/>"
                );
            }
            let (x, title) = (width / 2.0, escaped(title));
            let _ = writeln!(
                self.svg,
                "<text x=\"{x}\" y=\"25\" text-anchor=\"middle\" opacity=\".7\">{title}</text>"
            );
        }
    }

    fn row(&mut self, screen: &Screen, row: u16, columns: u16) {
        let cells = (0..columns).filter_map(|column| Some((column, screen.cell(row, column)?)));
        let cells: Vec<_> = cells
            .filter(|(_, cell)| !cell.is_wide_continuation())
            .map(|(column, cell)| (column, cell, self.look(cell)))
            .collect();
        for run in cells.chunk_by(|one, other| one.2.ground == other.2.ground) {
            self.ground(row, run);
        }
        for run in cells.chunk_by(|one, other| {
            let is_drawn = |cell: &Cell| cell.contents().chars().next().and_then(stroke).is_some();
            one.2 == other.2
                && !one.1.is_wide()
                && !other.1.is_wide()
                && is_drawn(one.1) == is_drawn(other.1)
        }) {
            self.run(row, run);
        }
    }

    fn look(&self, cell: &Cell) -> Look {
        let (mut text, mut ground) = (
            self.colors.color(cell.fgcolor(), self.colors.text),
            self.colors.color(cell.bgcolor(), self.colors.ground),
        );
        if cell.inverse() {
            std::mem::swap(&mut text, &mut ground);
        }
        Look {
            text,
            ground,
            bold: cell.bold(),
            dim: cell.dim(),
            italic: cell.italic(),
            underlined: cell.underline(),
        }
    }

    /// The upper left corner of a cell.
    fn corner(&self, row: u16, column: u16) -> (f64, f64) {
        (
            PADDING + f64::from(column) * CELL.0,
            self.top + f64::from(row) * CELL.1,
        )
    }

    fn ground(&mut self, row: u16, run: &[(u16, &Cell, Look)]) {
        let [(column, _, look), ..] = run else { return };
        if look.ground == self.colors.ground {
            return;
        }
        let ((x, y), width) = (self.corner(row, *column), columns(run) * CELL.0);
        let _ = writeln!(
            self.svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"{}\"/>",
            CELL.1, look.ground
        );
    }

    fn run(&mut self, row: u16, run: &[(u16, &Cell, Look)]) {
        let [(column, first, look), ..] = run else {
            return;
        };
        if first.contents().chars().next().and_then(stroke).is_some() {
            return self.strokes(row, run);
        }
        let blank = |cell: &&(u16, &Cell, Look)| cell.1.contents().trim().is_empty();
        let (before, after) = match look.underlined {
            true => (0, 0),
            false => (
                run.iter().take_while(blank).count(),
                run.iter().rev().take_while(blank).count(),
            ),
        };
        if before == run.len() {
            return;
        }
        let kept = &run[before..run.len() - after];
        let column = kept.first().map_or(*column, |cell| cell.0);
        let (x, y) = self.corner(row, column);
        let text: String = kept
            .iter()
            .map(|(_, cell, _)| {
                if cell.has_contents() {
                    cell.contents()
                } else {
                    " "
                }
            })
            .collect();
        let _ = write!(
            self.svg,
            "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{:.1}\"",
            y + 13.5,
            columns(kept) * CELL.0
        );
        self.style(look);
        let _ = writeln!(self.svg, ">{}</text>", escaped(&text));
    }

    fn style(&mut self, look: &Look) {
        let attributes = [
            (look.bold, "font-weight=\"600\""),
            (look.dim, "opacity=\".6\""),
            (look.italic, "font-style=\"italic\""),
            (look.underlined, "text-decoration=\"underline\""),
        ];
        if look.text != self.colors.text {
            let _ = write!(self.svg, " fill=\"{}\"", look.text);
        }
        for (_, attribute) in attributes.iter().filter(|(has, _)| *has) {
            let _ = write!(self.svg, " {attribute}");
        }
    }

    fn strokes(&mut self, row: u16, run: &[(u16, &Cell, Look)]) {
        let (mut lines, mut blocks) = (String::new(), String::new());
        for (column, cell, _) in run {
            let corner = self.corner(row, *column);
            match cell.contents().chars().next().and_then(stroke) {
                Some(Stroke::Lines(sides)) => line(&mut lines, corner, sides),
                Some(Stroke::Block(part)) => block(&mut blocks, corner, part),
                None => {}
            }
        }
        let Some((_, _, look)) = run.first() else {
            return;
        };
        let (color, faint) = (&look.text, if look.dim { " opacity=\".6\"" } else { "" });
        if !lines.is_empty() {
            let _ = writeln!(
                self.svg,
                "<path d=\"{lines}\" fill=\"none\" stroke=\"{color}\"{faint}/>"
            );
        }
        if !blocks.is_empty() {
            let _ = writeln!(self.svg, "<path d=\"{blocks}\" fill=\"{color}\"{faint}/>");
        }
    }
}

fn columns(run: &[(u16, &Cell, Look)]) -> f64 {
    run.iter()
        .map(|(_, cell, _)| if cell.is_wide() { 2.0 } else { 1.0 })
        .sum()
}

fn line(path: &mut String, (x, y): (f64, f64), [left, right, up, down]: [bool; 4]) {
    let (middle_x, middle_y) = (x + CELL.0 / 2.0, y + CELL.1 / 2.0);
    if left || right {
        let from = if left { x } else { middle_x };
        let to = if right { x + CELL.0 } else { middle_x };
        let _ = write!(path, "M{from:.1} {middle_y:.1}H{to:.1}");
    }
    if up || down {
        let from = if up { y } else { middle_y };
        let to = if down { y + CELL.1 } else { middle_y };
        let _ = write!(path, "M{middle_x:.1} {from:.1}V{to:.1}");
    }
}

fn block(path: &mut String, (x, y): (f64, f64), [left, top, right, bottom]: [f64; 4]) {
    let _ = write!(
        path,
        "M{:.1} {:.1}H{:.1}V{:.1}H{:.1}z",
        x + left * CELL.0,
        y + top * CELL.1,
        x + right * CELL.0,
        y + bottom * CELL.1,
        x + left * CELL.0
    );
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}
