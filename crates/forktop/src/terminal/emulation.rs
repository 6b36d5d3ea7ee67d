//! What a terminal shows of what is written to it: vt100's emulation, kept from what it cannot take.
//!
//! It panics where a column is narrower than a character, and where a character of two columns was cut in half by a
//! change of the size (doy/vt100-rust#28, #37): and a program that ends forktop ends its own tracing.
use super::answers::Answers;
use super::titles::Titles;
use tui_term::vt100::{Cell, Parser, Screen};

/// The narrowest, and lowest, that it can be.
const LEAST: u16 = 2;

/// A terminal without anything behind it.
pub struct Emulation {
    parser: Parser<Answers>,
    titles: Titles,
}

impl Emulation {
    /// An empty one of this size, which keeps so many lines that have left the screen.
    pub fn new(columns: u16, rows: u16, scrollback: usize) -> Self {
        let (columns, rows) = (columns.max(LEAST), rows.max(LEAST));
        Self {
            parser: Parser::new_with_callbacks(rows, columns, scrollback, Answers::default()),
            titles: Titles::default(),
        }
    }

    /// Takes in what was written, and gives the answers to what it asks.
    pub fn take(&mut self, written: &[u8]) -> Vec<u8> {
        self.parser.process(&self.titles.shorten(written));
        self.parser.callbacks_mut().take()
    }

    /// What it shows.
    pub fn screen(&self) -> &Screen {
        self.parser.screen()
    }

    /// Gives it another size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let (columns, rows) = (columns.max(LEAST), rows.max(LEAST));
        if columns < self.screen().size().1 {
            let (show_other, show_this) = match self.screen().alternate_screen() {
                true => (b"\x1b[?47l", b"\x1b[?47h"),
                false => (b"\x1b[?47h", b"\x1b[?47l"),
            };
            self.unsplit(columns);
            self.parser.process(show_other);
            self.unsplit(columns);
            self.parser.process(show_this);
        }
        self.parser.screen_mut().set_size(rows, columns);
    }

    /// Takes characters off the screen that would be cut in half where it ends at this column.
    fn unsplit(&mut self, columns: u16) {
        for row in 0..self.screen().size().0 {
            let last = self.screen().cell(row, columns - 1);
            if last.is_some_and(Cell::is_wide) {
                let erase = format!("\x1b7\x1b[?6l\x1b[{};{columns}H\x1b[X\x1b8", row + 1);
                self.parser.process(erase.as_bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What programs write, whole and in pieces: text, control characters and sequences with any numbers.
    fn writing() -> impl Strategy<Value = Vec<u8>> {
        let numbers =
            proptest::collection::vec(prop_oneof![0..30_u32, Just(65_535), Just(99_999)], 0..4);
        let sequence = (
            prop_oneof![Just(""), Just("?"), Just(">"), Just("!")],
            numbers,
            "[@-~]",
        );
        let sequence = sequence.prop_map(|(first, numbers, end)| {
            let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
            format!("\x1b[{first}{}{end}", numbers.join(";")).into_bytes()
        });
        let text = "[a-z漢e\u{301}\u{200b}\t\r\n\u{8}\u{b}🏴]{0,30}".prop_map(String::into_bytes);
        let mode = prop_oneof![Just(1049), Just(47), Just(6), Just(7), Just(25), Just(1000)];
        let mode = (mode, any::<bool>()).prop_map(|(mode, on)| {
            format!("\x1b[?{mode}{}", if on { 'h' } else { 'l' }).into_bytes()
        });
        let other = prop_oneof![
            Just("\x1bM"),
            Just("\x1b7"),
            Just("\x1b8"),
            Just("\x1bc"),
            Just("\x1bD")
        ];
        let other = other.prop_map(|text| text.as_bytes().to_vec());
        let any = proptest::collection::vec(any::<u8>(), 0..30);
        prop_oneof![4 => sequence, 4 => text, 2 => mode, 1 => other, 1 => any]
    }

    proptest! {
        /// A program that could end forktop by what it writes would end its own tracing.
        #[test]
        fn nothing_that_a_program_writes_ends_the_emulation(
            steps in proptest::collection::vec((writing(), proptest::option::of((0..12_u16, 0..12_u16))), 0..30),
        ) {
            let mut emulation = Emulation::new(8, 5, 20);
            for (bytes, size) in steps {
                if let Some((rows, columns)) = size {
                    emulation.resize(columns, rows);
                }
                emulation.take(&bytes);
                let mut screen = emulation.screen().clone();
                screen.set_scrollback(7);
                let _ = screen.contents();
            }
        }
    }
}
