//! What programs ask of their terminal, and wait for: without an answer some hang.
use tui_term::vt100::{Callbacks, Screen};

/// The answers that were not given yet, in the order of the questions.
#[derive(Debug, Default)]
pub struct Answers(Vec<u8>);

impl Answers {
    /// Takes them.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

impl Callbacks for Answers {
    fn unhandled_csi(
        &mut self,
        screen: &mut Screen,
        first: Option<u8>,
        second: Option<u8>,
        parameters: &[&[u16]],
        end: char,
    ) {
        let (row, column) = screen.cursor_position();
        let (rows, columns) = screen.size();
        let number = parameters
            .first()
            .and_then(|one| one.first())
            .copied()
            .unwrap_or(0);
        let answer = match (first, second, end, number) {
            // Primary and secondary device attributes: a VT100 with colours, of no version.
            (None, None, 'c', 0) => "\x1b[?62;22c".to_owned(),
            (Some(b'>'), None, 'c', 0) => "\x1b[>0;0;0c".to_owned(),
            // Status: all is well; where the cursor is.
            (None, None, 'n', 5) => "\x1b[0n".to_owned(),
            (None, None, 'n', 6) => format!("\x1b[{};{}R", row + 1, column + 1),
            (Some(b'?'), None, 'n', 6) => format!("\x1b[?{};{}R", row + 1, column + 1),
            // The size in characters.
            (None, None, 't', 18) => format!("\x1b[8;{rows};{columns}t"),
            _ => return,
        };
        self.0.extend(answer.bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tui_term::vt100::Parser;

    #[test]
    fn questions_are_answered_as_of_where_they_stand() {
        for (asked, answer) in [
            ("text", ""),
            ("\x1b[c", "\x1b[?62;22c"),
            ("\x1b[0c\x1b[>c", "\x1b[?62;22c\x1b[>0;0;0c"),
            ("\x1b[5n", "\x1b[0n"),
            ("\x1b[3;7H\x1b[6n\x1b[H", "\x1b[3;7R"),
            ("ab\x1b[?6n", "\x1b[?1;3R"),
            ("\x1b[18t", "\x1b[8;24;80t"),
            ("\x1b[999;999H\x1b[6n", "\x1b[24;80R"),
        ] {
            let mut parser = Parser::new_with_callbacks(24, 80, 0, Answers::default());
            parser.process(asked.as_bytes());
            assert_eq!(
                String::from_utf8(parser.callbacks_mut().take()).unwrap(),
                answer
            );
        }
    }
}
