//! The colours of a terminal, in two themes.
use tui_term::vt100::Color;

/// What a terminal's colours look like.
#[derive(Debug)]
pub struct Colors {
    /// Ordinary text.
    pub text: &'static str,
    /// Behind it.
    pub ground: &'static str,
    /// Around the screen.
    pub frame: &'static str,
    sixteen: [&'static str; 16],
}

const DARK: Colors = Colors {
    text: "#e6edf3",
    ground: "#0d1117",
    frame: "#3d444d",
    sixteen: [
        "#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4",
        "#6e7681", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#ffffff",
    ],
};

const LIGHT: Colors = Colors {
    text: "#1f2328",
    ground: "#ffffff",
    frame: "#d1d9e0",
    sixteen: [
        "#24292f", "#cf222e", "#116329", "#7d4e00", "#0550ae", "#8250df", "#1b7c83", "#818b98",
        "#57606a", "#a40e26", "#1a7f37", "#9a6700", "#218bff", "#a475f9", "#3192aa", "#8c959f",
    ],
};

impl Colors {
    /// Those of a theme.
    pub fn of(theme: &str) -> Option<Self> {
        match theme {
            "dark" => Some(DARK),
            "light" => Some(LIGHT),
            _ => None,
        }
    }

    /// A colour, or else what is there without one.
    pub fn color(&self, color: Color, otherwise: &str) -> String {
        match color {
            Color::Default => otherwise.to_owned(),
            Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
            Color::Idx(number @ 0..16) => self.sixteen[usize::from(number)].to_owned(),
            Color::Idx(number @ 16..232) => {
                let part = |of: u8| match (number - 16) / of % 6 {
                    0 => 0,
                    step => 55 + 40 * step,
                };
                format!("#{:02x}{:02x}{:02x}", part(36), part(6), part(1))
            }
            Color::Idx(number) => {
                let grey = 8 + 10 * (number - 232);
                format!("#{grey:02x}{grey:02x}{grey:02x}")
            }
        }
    }
}
