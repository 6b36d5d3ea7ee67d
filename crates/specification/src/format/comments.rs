//! JSON with comments: what JSON does not have is replaced by as many spaces, so that all else stays where it is.
use super::json;
use crate::document::Value;
use crate::finding::{At, Finding};
use std::ops::Range;

pub(crate) fn read(text: &str) -> Result<Value, Vec<Finding>> {
    json::split(&without_comments(text)?).map_err(|mut findings| {
        for finding in &mut findings {
            if let At::Bytes(bytes) = &mut finding.at {
                *bytes = whole_characters(text, bytes);
            }
        }
        findings
    })
}

/// A mistake at the text's end may be behind a comment, of which a space was a part of a character.
fn whole_characters(text: &str, bytes: &Range<usize>) -> Range<usize> {
    text.floor_char_boundary(bytes.start)..text.ceil_char_boundary(bytes.end)
}

fn without_comments(text: &str) -> Result<String, Vec<Finding>> {
    let mut blanks: Vec<Range<usize>> = Vec::new();
    let mut last = Last::default();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let length = if rest.starts_with("//") {
            blanks.push(at..at + line(rest));
            line(rest)
        } else if rest.starts_with("/*") {
            let length = block(rest).ok_or_else(|| unterminated(at))?;
            blanks.push(at..at + length);
            length
        } else {
            blanks.extend(last.take(rest, at));
            match rest.starts_with('"') {
                true => string(rest),
                false => rest.chars().next().map_or(1, char::len_utf8),
            }
        };
        at += length;
    }
    // A comma is known to be one too many after the comments behind it.
    blanks.sort_by_key(|range| range.start);
    Ok(blank(text, &blanks))
}

/// What has stood last, and before that, but for spaces and comments.
#[derive(Default)]
struct Last {
    last: Option<(char, usize)>,
    before: Option<char>,
}

impl Last {
    /// Takes what begins here; gives the place of a comma before it that ends a list.
    fn take(&mut self, rest: &str, at: usize) -> Option<Range<usize>> {
        let next = rest.chars().next().filter(|next| !next.is_whitespace())?;
        let trailing = match (self.before, self.last, next) {
            // After nothing it is no trailing comma: `[,]` is a mistake.
            (Some('[' | '{' | ',' | ':') | None, ..) => None,
            (_, Some((',', comma)), ']' | '}') => Some(comma..comma + 1),
            _ => None,
        };
        self.before = self.last.map(|(character, _)| character);
        self.last = Some((next, at));
        trailing
    }
}

fn line(rest: &str) -> usize {
    rest.find('\n').unwrap_or(rest.len())
}

fn block(rest: &str) -> Option<usize> {
    Some(2 + rest.get(2..)?.find("*/")? + 2)
}

/// To its closing quote, or to the end of the text where serde_json misses that.
fn string(rest: &str) -> usize {
    let mut escaped = false;
    let end = rest.bytes().enumerate().skip(1).find(|(_, byte)| {
        let closes = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        closes
    });
    end.map_or(rest.len(), |(at, _)| at + 1)
}

fn unterminated(at: usize) -> Vec<Finding> {
    let finding = Finding::new("this comment does not end", At::Bytes(at..at + 2));
    vec![finding.help("close it with `*/`")]
}

/// Lines stay lines.
fn blank(text: &str, blanks: &[Range<usize>]) -> String {
    let mut blanked = String::with_capacity(text.len());
    let mut from = 0;
    for range in blanks {
        blanked.push_str(&text[from..range.start]);
        for character in text[range.clone()].chars() {
            match character {
                '\n' => blanked.push('\n'),
                other => blanked.extend(std::iter::repeat_n(' ', other.len_utf8())),
            }
        }
        from = range.end;
    }
    blanked.push_str(&text[from..]);
    blanked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_trailing_commas_become_spaces() {
        let cases = [
            ("{} // é", "{}      "),
            ("[1, /* a\nb */ 2]", "[1,     \n     2]"),
            (r#"["//", "/*\"*/"]"#, r#"["//", "/*\"*/"]"#),
            (r#"["\\", ] // x"#, r#"["\\"  ]     "#),
            ("[1,/**/]", "[1     ]"),
            ("[,]", "[,]"),
            ("[1,,]", "[1,,]"),
            (r#"{"a":,}"#, r#"{"a":,}"#),
        ];
        for (text, expected) in cases {
            assert_eq!(without_comments(text).unwrap(), expected, "{text}");
        }
        assert!(without_comments("{} /* /").is_err());
        let findings = read("// é").unwrap_err();
        assert_eq!(findings[0].at, At::Bytes(3..5));
    }
}
