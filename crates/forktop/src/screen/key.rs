//! Keys, and how they are named.
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::fmt;

/// A key, with what is held down with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    code: KeyCode,
    held: Held,
}

/// What is held down with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// Nothing; or Shift, where there is nothing else that this key does with it.
    Nothing,
    Control,
    Shift,
}

impl Key {
    /// The key of a character. Shift makes another character.
    #[must_use]
    pub const fn of(character: char) -> Self {
        Self {
            code: KeyCode::Char(character),
            held: Held::Nothing,
        }
    }

    /// The key of a character, with Control.
    #[must_use]
    pub const fn control(character: char) -> Self {
        Self {
            code: KeyCode::Char(character),
            held: Held::Control,
        }
    }

    /// A key that makes no character.
    #[must_use]
    pub const fn code(code: KeyCode) -> Self {
        Self {
            code,
            held: Held::Nothing,
        }
    }

    /// A key that makes no character, with Shift.
    #[must_use]
    pub const fn shift(code: KeyCode) -> Self {
        Self {
            code,
            held: Held::Shift,
        }
    }

    /// Whether it is the one that was pressed.
    #[must_use]
    pub fn is(self, event: &KeyEvent) -> bool {
        let held = event.modifiers;
        let is_held = match self.held {
            Held::Nothing => (held - KeyModifiers::SHIFT).is_empty(),
            Held::Control => held - KeyModifiers::SHIFT == KeyModifiers::CONTROL,
            Held::Shift => held == KeyModifiers::SHIFT,
        };
        self.code == event.code && is_held
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.held == Held::Shift {
            formatter.write_str("Shift-")?;
        }
        let name = match self.code {
            KeyCode::Char(' ') => "Space",
            KeyCode::Char(character) if self.held == Held::Control => {
                return write!(formatter, "^{}", character.to_ascii_uppercase());
            }
            KeyCode::Char(character) => return write!(formatter, "{character}"),
            KeyCode::F(number) => return write!(formatter, "F{number}"),
            KeyCode::Up => "↑",
            KeyCode::Down => "↓",
            KeyCode::Left => "←",
            KeyCode::Right => "→",
            KeyCode::PageUp => "PgUp",
            KeyCode::PageDown => "PgDn",
            KeyCode::BackTab => "Shift-Tab",
            other => return write!(formatter, "{other:?}"),
        };
        formatter.write_str(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capital_is_another_key_and_control_makes_one() {
        let event = |code, modifiers| KeyEvent::new(code, modifiers);
        let capital = event(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert!(Key::of('G').is(&capital));
        assert!(!Key::of('g').is(&capital));
        let control = event(KeyCode::Char('d'), KeyModifiers::CONTROL);
        assert!(Key::control('d').is(&control));
        assert!(!Key::of('d').is(&control));
        let with_shift = event(KeyCode::PageUp, KeyModifiers::SHIFT);
        let alone = event(KeyCode::PageUp, KeyModifiers::NONE);
        assert!(Key::code(KeyCode::PageUp).is(&with_shift));
        assert!(Key::shift(KeyCode::PageUp).is(&with_shift));
        assert!(!Key::shift(KeyCode::PageUp).is(&alone));
    }

    #[test]
    fn keys_have_names() {
        let keys = [
            Key::of('g'),
            Key::of(' '),
            Key::control(']'),
            Key::code(KeyCode::F(9)),
            Key::code(KeyCode::Backspace),
            Key::shift(KeyCode::PageUp),
        ];
        let names: Vec<_> = keys.iter().map(Key::to_string).collect();
        assert_eq!(names, ["g", "Space", "^]", "F9", "Backspace", "Shift-PgUp"]);
    }
}
