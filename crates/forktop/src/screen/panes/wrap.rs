//! Lines that are too long: broken between words where that is possible, or cut off.
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthChar as _;

/// A character as it is to be drawn.
type Glyph = (char, Style);

/// The line as several, none wider than `width`; all but the first begin with `indent` spaces.
pub fn wrap(line: Line<'_>, width: usize, indent: usize) -> Vec<Line<'_>> {
    if line.width() <= width {
        return vec![line];
    }
    // A narrow place keeps room for a character of two columns.
    let indent = indent.min(width / 2).min(width.saturating_sub(2));
    let glyphs = glyphs(&line);
    let mut lines = Vec::new();
    let mut rest = glyphs.as_slice();
    while !rest.is_empty() {
        let before = if lines.is_empty() { 0 } else { indent };
        let end = fitting(rest, width.saturating_sub(before));
        let (now, later) = rest.split_at(end);
        lines.push(line_of(without_end(now), before));
        let spaces = later.iter().take_while(|(character, _)| *character == ' ');
        rest = &later[spaces.count()..];
    }
    lines
}

/// The line if it fits, else its beginning and `…`.
pub fn cut(line: Line<'_>, width: usize) -> Line<'_> {
    if line.width() <= width {
        return line;
    }
    let mut glyphs = glyphs(&line);
    glyphs.truncate(beginning(&glyphs, width.saturating_sub(1)));
    glyphs.push(('…', glyphs.last().map_or(Style::new(), |(_, style)| *style)));
    line_of(&glyphs, 0)
}

fn glyphs(line: &Line<'_>) -> Vec<Glyph> {
    line.spans
        .iter()
        .flat_map(|span| {
            let style = line.style.patch(span.style);
            span.content
                .chars()
                .map(move |character| (character, style))
        })
        .collect()
}

/// How many of the glyphs belong on a line of this width; at least one, that there be an end.
fn fitting(glyphs: &[Glyph], width: usize) -> usize {
    let most = beginning(glyphs, width);
    if most == glyphs.len() {
        return most;
    }
    let is_space = |place: &usize| glyphs[*place].0 == ' ';
    let is_joint = |place: &usize| *place > 0 && matches!(glyphs[*place - 1].0, ',' | '/' | ':');
    // A word that would leave two thirds of the line empty is broken, like one that is longer than a line: at a joint if it
    // has one.
    let at = |breaks: &dyn Fn(&usize) -> bool| (most / 3 + 1..=most).rev().find(breaks);
    at(&is_space)
        .or_else(|| at(&is_joint))
        .unwrap_or(most)
        .max(1)
}

/// How many of the glyphs are not wider than this together.
fn beginning(glyphs: &[Glyph], width: usize) -> usize {
    let mut used = 0;
    glyphs
        .iter()
        .take_while(|(character, _)| {
            used += character.width().unwrap_or(0);
            used <= width
        })
        .count()
}

/// Without the spaces at the end.
fn without_end(glyphs: &[Glyph]) -> &[Glyph] {
    let last = glyphs.iter().rposition(|(character, _)| *character != ' ');
    &glyphs[..last.map_or(0, |last| last + 1)]
}

fn line_of<'a>(glyphs: &[Glyph], indent: usize) -> Line<'a> {
    let mut spans = Vec::new();
    if indent > 0 {
        spans.push(Span::raw(" ".repeat(indent)));
    }
    for run in glyphs.chunk_by(|one, other| one.1 == other.1) {
        let text: String = run.iter().map(|(character, _)| character).collect();
        spans.push(Span::styled(text, run[0].1));
    }
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(lines: &[Line<'_>]) -> Vec<String> {
        lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn lines_break_between_words_and_hang() {
        let line = Line::from("- bind ports below 1024 (CAP_NET_BIND_SERVICE)");
        assert_eq!(
            text(&wrap(line.clone(), 26, 2)),
            ["- bind ports below 1024", "  (CAP_NET_BIND_SERVICE)"]
        );
        assert_eq!(text(&wrap(line, 80, 2)).len(), 1);
    }

    #[test]
    fn a_word_longer_than_a_line_is_broken() {
        let line = Line::from("/a/very/long/path/without/a/space");
        assert_eq!(
            text(&wrap(line, 14, 2)),
            ["/a/very/long/", "  path/", "  without/a/", "  space"]
        );
    }

    #[test]
    fn styles_stay_with_their_words() {
        let bold = Style::new().bold();
        let line = Line::from(vec![Span::raw("one two "), Span::styled("three", bold)]);
        let lines = wrap(line, 8, 0);
        assert_eq!(lines[1], Line::from(Span::styled("three", bold)));
    }

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!(cut(Line::from("漢字 text"), 6).to_string(), "漢字 …");
        assert_eq!(cut(Line::from("text"), 4).to_string(), "text");
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_it_may_be_and_nothing_is_lost(
            words in "[a-z漢 ]{0,60}", width in 2..30usize, indent in 0..10usize,
        ) {
            let lines = wrap(Line::from(words.clone()), width, indent);
            prop_assert!(lines.iter().all(|line| line.width() <= width));
            let squeeze = |text: &str| text.replace(' ', "");
            prop_assert_eq!(squeeze(&text(&lines).concat()), squeeze(&words));
        }
    }
}
