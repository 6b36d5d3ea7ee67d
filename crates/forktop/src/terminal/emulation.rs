//! What a terminal shows of what is written to it: vt100's emulation, kept from what it cannot take.
//!
//! It panics where a column is narrower than a character, and where a character of two columns was cut in half by a
//! change of the size (doy/vt100-rust#28, #37): and a program that ends forktop ends its own tracing.
use super::answers::Answers;
use super::titles::Titles;
use crate::screen::tree::Step;
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

    /// Shows lines that have left the screen, or lines after those. While more is written, the same ones stay in view.
    pub fn scroll(&mut self, step: Step) {
        let back = self.screen().scrollback();
        let back = match step {
            Step::Up(lines) => back.saturating_add(lines),
            Step::Down(lines) => back.saturating_sub(lines),
            Step::First => usize::MAX,
            Step::Last => 0,
        };
        self.parser.screen_mut().set_scrollback(back);
    }

    /// Gives it another size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let (columns, rows) = (columns.max(LEAST), rows.max(LEAST));
        let (last_rows, last_columns) = self.screen().size();
        if columns < last_columns || rows < last_rows {
            let (show_other, show_this) = match self.screen().alternate_screen() {
                true => (b"\x1b[?47l", b"\x1b[?47h"),
                false => (b"\x1b[?47h", b"\x1b[?47l"),
            };
            self.prepare(columns, rows);
            self.parser.process(show_other);
            self.prepare(columns, rows);
            self.parser.process(show_this);
        }
        self.parser.screen_mut().set_size(rows, columns);
    }

    /// Has the screen lose nothing by becoming smaller that it need not.
    fn prepare(&mut self, columns: u16, rows: u16) {
        if columns < self.screen().size().1 {
            self.unsplit(columns);
        }
        // Lines would be cut off at its end; those at its beginning are kept when they leave it. A program that takes the screen
        // for itself draws it anew.
        let line = self.screen().cursor_position().0.saturating_add(1);
        if line > rows && !self.screen().alternate_screen() {
            let over = line.saturating_sub(rows);
            let scroll_and_follow = format!("\x1b[{over}S\x1b[{over}A");
            self.parser.process(scroll_and_follow.as_bytes());
        }
    }

    /// Takes characters off the screen that would be cut in half where it ends at this column.
    fn unsplit(&mut self, columns: u16) {
        // What is in view is looked at, and it is the screen that must not be cut.
        self.scroll(Step::Last);
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

    #[test]
    fn lines_that_have_left_the_screen_are_shown_and_stay_in_view() {
        let mut emulation = Emulation::new(8, 3, 5);
        let first = |emulation: &Emulation| emulation.screen().rows(0, 8).next().unwrap();
        for number in 0..9 {
            emulation.take(format!("\r\n{number}").as_bytes());
        }
        for (step, line, back) in [
            (Step::Up(2), "4", 2),
            (Step::Up(99), "1", 5),
            (Step::Down(1), "2", 4),
            (Step::First, "1", 5),
            (Step::Last, "6", 0),
            (Step::Up(1), "5", 1),
        ] {
            emulation.scroll(step);
            assert_eq!(
                (&*first(&emulation), emulation.screen().scrollback()),
                (line, back)
            );
        }
        emulation.take(b"\r\n9\r\n10");
        assert_eq!(
            (&*first(&emulation), emulation.screen().scrollback()),
            ("5", 3)
        );
        // No more are kept than was said, however much is written.
        emulation.take("\r\nx".repeat(99).as_bytes());
        assert_eq!(
            (&*first(&emulation), emulation.screen().scrollback()),
            ("x", 5)
        );
        // A program that takes the screen for itself has nothing behind it.
        emulation.take(b"\x1b[?1049hnew");
        emulation.scroll(Step::Up(3));
        assert_eq!(emulation.screen().scrollback(), 0);
    }

    #[test]
    fn a_lower_screen_keeps_its_last_lines_and_those_before_them() {
        let mut emulation = Emulation::new(8, 6, 9);
        emulation.take(b"0\r\n1\r\n2\r\n3\r\n4");
        let shown = |emulation: &Emulation| emulation.screen().contents();
        emulation.resize(8, 3);
        assert_eq!(shown(&emulation), "2\n3\n4");
        emulation.take(b"x");
        assert_eq!(shown(&emulation), "2\n3\n4x");
        emulation.scroll(Step::First);
        assert_eq!(shown(&emulation), "0\n1\n2");
        emulation.scroll(Step::Last);
        // One that is behind another that a program has taken for itself, too.
        emulation.take(b"\x1b[?47hnew");
        emulation.resize(8, 2);
        emulation.take(b"\x1b[?47l");
        assert_eq!(shown(&emulation), "3\n4x");
        // What is below the cursor has nothing in it.
        emulation.resize(8, 6);
        emulation.resize(8, 4);
        assert_eq!(shown(&emulation), "3\n4x");
    }

    #[test]
    fn a_narrower_screen_cuts_no_character_while_lines_before_it_are_in_view() {
        let mut emulation = Emulation::new(4, 2, 9);
        emulation.take("a\r\nb\r\nc漢漢".as_bytes());
        emulation.scroll(Step::First);
        emulation.resize(2, 2);
        emulation.take("\x1b[H漢\r\n漢漢漢".as_bytes());
        assert_eq!(emulation.screen().scrollback(), 0);
    }

    fn any_step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0..9_usize).prop_map(Step::Up),
            (0..9_usize).prop_map(Step::Down),
            Just(Step::First),
            Just(Step::Last),
        ]
    }

    proptest! {
        /// A program that could end forktop by what it writes would end its own tracing.
        #[test]
        fn nothing_that_a_program_writes_ends_the_emulation(
            steps in proptest::collection::vec(
                (writing(), proptest::option::of((0..12_u16, 0..12_u16)), proptest::option::of(any_step())), 0..30,
            ),
        ) {
            let mut emulation = Emulation::new(8, 5, 20);
            for (bytes, size, step) in steps {
                if let Some((rows, columns)) = size {
                    emulation.resize(columns, rows);
                }
                emulation.take(&bytes);
                if let Some(step) = step {
                    emulation.scroll(step);
                }
                let screen = emulation.screen();
                let (rows, columns) = screen.size();
                for row in 0..rows {
                    for column in 0..columns {
                        let _ = screen.cell(row, column).map(Cell::contents);
                    }
                }
                let _ = screen.contents();
            }
        }
    }
}
