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
            dim: match palette {
                Palette::Dark => Style::new().fg(Color::DarkGray),
                Palette::Light => Style::new().fg(Color::Gray),
                Palette::Plain => Style::new().add_modifier(Modifier::DIM),
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
