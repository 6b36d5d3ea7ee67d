//! Colours by what they mean. No meaning is by colour alone: each also has a sign or a word.
use ratatui::style::{Color, Modifier, Style};

/// Which colours suit the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Palette {
    /// Light text on a dark ground.
    #[default]
    Dark,
    /// Dark text on a light ground.
    Light,
    /// None (`NO_COLOR`).
    Plain,
}

/// The styles of what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Ordinary text.
    pub text: Style,
    /// What matters less: what has ended, what is the same as everywhere.
    pub dim: Style,
    /// The name of a value.
    pub label: Style,
    /// A heading.
    pub title: Style,
    /// A privilege that was gained.
    pub gained: Style,
    /// A privilege that was lost.
    pub lost: Style,
    /// A change that is neither.
    pub changed: Style,
    /// What the user should see: an error, a signal that killed.
    pub warning: Style,
    /// The selected row.
    pub selected: Style,
    /// What was found.
    pub found: Style,
    /// A key, in the footer and in the help.
    pub key: Style,
    /// Lines around things.
    pub border: Style,
    /// Lines around that which has the keys.
    pub focus: Style,
}

impl Theme {
    /// The styles in these colours: the terminal's own sixteen, so that its scheme is followed.
    #[must_use]
    pub const fn of(palette: Palette) -> Self {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        let (gained, lost, changed, warning, key, title) = match palette {
            Palette::Dark => (
                Style::new().fg(Color::LightRed),
                Style::new().fg(Color::LightGreen),
                Style::new().fg(Color::LightYellow),
                bold.fg(Color::LightRed),
                bold.fg(Color::LightCyan),
                bold.fg(Color::LightBlue),
            ),
            Palette::Light => (
                Style::new().fg(Color::Red),
                Style::new().fg(Color::Green),
                Style::new().fg(Color::Magenta),
                bold.fg(Color::Red),
                bold.fg(Color::Blue),
                bold.fg(Color::Blue),
            ),
            Palette::Plain => (bold, Style::new(), Style::new(), bold, bold, bold),
        };
        Self {
            text: Style::new(),
            // Of the two greys one is nearly the ground of many terminals, if not the ground itself.
            dim: match palette {
                Palette::Dark | Palette::Plain => Style::new().add_modifier(Modifier::DIM),
                Palette::Light => Style::new().fg(Color::DarkGray),
            },
            label: title.remove_modifier(Modifier::BOLD),
            title,
            gained,
            lost,
            changed,
            warning,
            selected: Style::new().add_modifier(Modifier::REVERSED),
            found: Style::new().add_modifier(Modifier::UNDERLINED),
            key,
            border: Style::new(),
            focus: bold,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn styles(palette: Palette) -> [Style; 13] {
        let Theme {
            text,
            dim,
            label,
            title,
            gained,
            lost,
            changed,
            warning,
            selected,
            found,
            key,
            border,
            focus,
        } = Theme::of(palette);
        [
            text, dim, label, title, gained, lost, changed, warning, selected, found, key, border,
            focus,
        ]
    }

    #[test]
    fn no_colour_is_that_of_a_ground() {
        const ON_DARK: [Color; 3] = [Color::Black, Color::Blue, Color::DarkGray];
        const ON_LIGHT: [Color; 6] = [
            Color::White,
            Color::Gray,
            Color::Yellow,
            Color::LightYellow,
            Color::LightGreen,
            Color::LightCyan,
        ];
        for (palette, unseen) in [
            (Palette::Dark, ON_DARK.as_slice()),
            (Palette::Light, &ON_LIGHT),
        ] {
            let mut colours = styles(palette).into_iter().filter_map(|style| style.fg);
            assert!(
                colours.all(|colour| !unseen.contains(&colour)),
                "{palette:?}"
            );
        }
    }

    #[test]
    fn without_colours_what_is_told_by_them_is_told_otherwise() {
        let plain = styles(Palette::Plain);
        assert!(
            plain
                .iter()
                .all(|style| style.fg.is_none() && style.bg.is_none())
        );
        for palette in [Palette::Dark, Palette::Light, Palette::Plain] {
            let theme = Theme::of(palette);
            assert_ne!(theme.dim, theme.text, "{palette:?}");
            assert_ne!(theme.warning, theme.text, "{palette:?}");
            assert_ne!(theme.selected, theme.text, "{palette:?}");
        }
    }
}
