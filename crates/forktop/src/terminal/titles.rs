//! Strings for the terminal itself (`OSC`: titles, colours, the clipboard), kept short: vt100's parser holds what has come of
//! one, however long that is, until it ends; and a program need never end it. The other kinds of strings it does not keep.
use std::borrow::Cow;

/// So much of one is passed on. Nothing that the emulation understands is as long.
const LONGEST: usize = 4096;

/// What has gone by of what a program writes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Titles(State);

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Elsewhere,
    /// After an escape character.
    Escape,
    /// In such a string, of which this much was passed on.
    String(usize),
}

impl Titles {
    /// What was written, without what is too long.
    pub fn shorten<'a>(&mut self, written: &'a [u8]) -> Cow<'a, [u8]> {
        let mut kept: Option<Vec<u8>> = None;
        for (place, byte) in written.iter().enumerate() {
            let passes = self.passes(*byte);
            match (&mut kept, passes) {
                (Some(kept), true) => kept.push(*byte),
                (None, false) => kept = Some(written[..place].to_vec()),
                _ => {}
            }
        }
        kept.map_or(Cow::Borrowed(written), Cow::Owned)
    }

    /// Whether one more byte is passed on. Whatever ends a string is.
    const fn passes(&mut self, byte: u8) -> bool {
        const BELL: u8 = 0x07;
        const CANCEL: u8 = 0x18;
        const SUBSTITUTE: u8 = 0x1a;
        const ESCAPE: u8 = 0x1b;
        let mut passes = true;
        self.0 = match (self.0, byte) {
            (_, ESCAPE) => State::Escape,
            (_, CANCEL | SUBSTITUTE) | (State::String(_), BELL) => State::Elsewhere,
            (State::String(length), _) => {
                passes = length < LONGEST;
                State::String(length + passes as usize)
            }
            (State::Escape, b']') => State::String(0),
            // The parser passes over these, or does what they say, and still waits for what is escaped.
            (State::Escape, 0x00..=0x1f | 0x7f..) => State::Escape,
            _ => State::Elsewhere,
        };
        passes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shortened(pieces: &[&[u8]]) -> Vec<u8> {
        let mut titles = Titles::default();
        let kept = pieces
            .iter()
            .flat_map(|piece| titles.shorten(piece).to_vec());
        kept.collect()
    }

    #[test]
    fn a_string_without_an_end_comes_to_one() {
        let long = [b'y'; 3 * LONGEST];
        let kept = [b'y'; LONGEST];
        for end in [&b"\x07"[..], b"\x1b\\", b"\x18", b"\x1a", b"\x1b[m"] {
            let expected = [&b"a\x1b]0;"[..], &kept[2..], end, b"after"].concat();
            let whole = [&b"a\x1b]0;"[..], &long, end, b"after"].concat();
            assert_eq!(shortened(&[&whole]), expected);
            let pieces = [
                b"a\x1b",
                &b"]0;"[..],
                &long[..5000],
                &long[5000..],
                end,
                b"after",
            ];
            assert_eq!(shortened(&pieces), expected);
        }
        assert_eq!(shortened(&[b"\x1b\0\x7f]", &long]).len(), 4 + LONGEST);
    }

    #[test]
    fn everything_else_passes() {
        let long = [b'y'; 2 * LONGEST];
        for begin in [
            &b"]"[..],
            b"\x1b[]",
            b"\x1b\\]",
            b"\x1b(]",
            b"\x1b]x\x07",
            b"\x1b]x\x18]",
        ] {
            let whole = [begin, &long].concat();
            assert!(
                matches!(Titles::default().shorten(&whole), Cow::Borrowed(_)),
                "{begin:?}"
            );
        }
    }
}
