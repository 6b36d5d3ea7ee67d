//! Styled lines as text for a terminal, by escape sequences.
use crate::screen::theme::Palette;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use std::fmt::Write;

/// The sixteen colours of a terminal, and the offset of theirs from the first.
const COLORS: [(Color, u8); 16] = [
    (Color::Black, 0),
    (Color::Red, 1),
    (Color::Green, 2),
    (Color::Yellow, 3),
    (Color::Blue, 4),
    (Color::Magenta, 5),
    (Color::Cyan, 6),
    (Color::Gray, 7),
    (Color::DarkGray, 60),
    (Color::LightRed, 61),
    (Color::LightGreen, 62),
    (Color::LightYellow, 63),
    (Color::LightBlue, 64),
    (Color::LightMagenta, 65),
    (Color::LightCyan, 66),
    (Color::White, 67),
];

/// Appends the line and its end, in the colours of its styles; without colours it has no sequences at all, and can be read
/// from a file.
pub fn paint(line: &Line<'_>, palette: Palette, text: &mut String) {
    let begin = text.len();
    for span in &line.spans {
        let codes = match palette {
            Palette::Plain => String::new(),
            Palette::Dark | Palette::Light => codes(line.style.patch(span.style)),
        };
        // Writing to a string cannot fail.
        let _ = match codes.as_str() {
            "" => text.write_str(&span.content),
            codes => write!(text, "\u{1b}[{}m{}\u{1b}[m", &codes[1..], span.content),
        };
    }
    text.truncate(begin + text[begin..].trim_end().len());
    text.push('\n');
}

/// Parameters of SGR, each after a semicolon.
fn codes(style: Style) -> String {
    let mut codes = String::new();
    let modifiers = [
        (Modifier::BOLD, 1),
        (Modifier::DIM, 2),
        (Modifier::UNDERLINED, 4),
        (Modifier::REVERSED, 7),
    ];
    let offset = |color| COLORS.iter().find(|(known, _)| Some(*known) == color);
    let colors = [(style.fg, 30), (style.bg, 40)];
    let colors = colors
        .iter()
        .filter_map(|(color, first)| Some(first + offset(*color)?.1));
    let modifiers = modifiers
        .iter()
        .filter(|(modifier, _)| style.add_modifier.contains(*modifier));
    for code in modifiers.map(|(_, code)| *code).chain(colors) {
        let _ = write!(codes, ";{code}");
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::theme::Theme;
    use ratatui::text::Span;

    #[test]
    fn only_a_palette_with_colours_brings_sequences() {
        let theme = Theme::of(Palette::Dark);
        let line = Line::from(vec![
            Span::raw("a "),
            Span::styled("b", theme.warning),
            Span::raw("  "),
        ]);
        let painted = |palette| {
            let mut text = "before\n".to_owned();
            paint(&line, palette, &mut text);
            text
        };
        assert_eq!(painted(Palette::Plain), "before\na b\n");
        assert_eq!(painted(Palette::Dark), "before\na \u{1b}[1;91mb\u{1b}[m\n");
    }
}
