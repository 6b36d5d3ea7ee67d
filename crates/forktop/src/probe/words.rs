//! A text as words: blanks part them, quotes keep them together, and `|` stands for itself.
use super::mistake::Mistake;

/// A word, without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: Vec<u8>,
    /// Whether any of it stood in quotes: then it is no number, and no sign.
    pub(super) quoted: bool,
}

impl Word {
    pub(super) fn bare(text: &[u8]) -> Self {
        Self {
            text: text.to_vec(),
            quoted: false,
        }
    }

    pub(super) fn is_bar(&self) -> bool {
        !self.quoted && self.text == b"|"
    }

    /// As text; what is no UTF-8 has U+FFFD in its place.
    pub(super) fn shown(&self) -> String {
        String::from_utf8_lossy(&self.text).into_owned()
    }

    /// As it can be written again.
    pub(super) fn written(&self) -> String {
        let shown = self.shown();
        let needs_quotes = |character: char| " \t\n|'\"\\".contains(character);
        match self.quoted || shown.is_empty() || shown.contains(needs_quotes) {
            true => format!("'{}'", shown.replace('\'', r"'\''")),
            false => shown,
        }
    }
}

/// The words of a text.
pub(super) fn split(text: &[u8]) -> Result<Vec<Word>, Mistake> {
    if text.contains(&0) {
        return Err(Mistake::Nul(lossy(text)));
    }
    let mut splitter = Splitter::default();
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = match byte {
            b'\'' | b'"' => splitter
                .quoted(*byte, after)
                .ok_or_else(|| unclosed(text, rest))?,
            b'\\' => splitter.escaped(after),
            b'|' => {
                splitter.end();
                splitter.words.push(Word::bare(b"|"));
                after
            }
            byte if byte.is_ascii_whitespace() => {
                splitter.end();
                after
            }
            byte => {
                splitter.word().text.push(*byte);
                after
            }
        };
    }
    splitter.end();
    Ok(splitter.words)
}

#[derive(Default)]
struct Splitter {
    words: Vec<Word>,
    word: Option<Word>,
}

impl Splitter {
    fn word(&mut self) -> &mut Word {
        self.word.get_or_insert_with(|| Word::bare(b""))
    }

    fn end(&mut self) {
        self.words.extend(self.word.take());
    }

    /// Takes in what stands in quotes, and gives what is behind them; `None` if they are not closed.
    fn quoted<'t>(&mut self, quote: u8, text: &'t [u8]) -> Option<&'t [u8]> {
        let word = self.word();
        word.quoted = true;
        let mut rest = text;
        loop {
            let (byte, after) = rest.split_first()?;
            rest = match (byte, after.split_first()) {
                _ if *byte == quote => return Some(after),
                // Within double quotes only these can be escaped, as in a shell.
                (b'\\', Some((next @ (b'"' | b'\\'), behind))) if quote == b'"' => {
                    word.text.push(*next);
                    behind
                }
                _ => {
                    word.text.push(*byte);
                    after
                }
            };
        }
    }

    /// Takes in the byte behind a backslash as it is, or the backslash if there is none.
    fn escaped<'t>(&mut self, rest: &'t [u8]) -> &'t [u8] {
        let word = self.word();
        word.quoted = true;
        match rest.split_first() {
            Some((byte, behind)) => {
                word.text.push(*byte);
                behind
            }
            None => {
                word.text.push(b'\\');
                rest
            }
        }
    }
}

fn unclosed(text: &[u8], rest: &[u8]) -> Mistake {
    Mistake::Unclosed {
        text: lossy(text),
        quote: rest.first().map_or('"', |byte| char::from(*byte)),
        rest: lossy(rest),
    }
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}
