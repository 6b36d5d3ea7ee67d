//! `$ORIGIN`, `$LIB` and `$PLATFORM` in the paths of an ELF file (ld.so(8)). Pure: what they stand for is handed in.

/// What the tokens stand for; `None` where that is not known, and then a path with the token is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values<'a> {
    pub(super) origin: Option<&'a [u8]>,
    pub(super) lib: &'a str,
    pub(super) platform: &'a str,
}

/// `PATH_MAX`, with its zero byte: nothing longer can be opened.
const LONGEST_PATH: usize = 4096;

/// `text` with its tokens replaced. A dollar sign before another word stands for itself.
pub(super) fn expand(text: &[u8], values: Values) -> Option<Vec<u8>> {
    let mut expanded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.iter().position(|byte| *byte == b'$') {
        expanded.extend_from_slice(&rest[..dollar]);
        rest = &rest[dollar + 1..];
        match token(rest) {
            Some((name, after)) => {
                expanded.extend_from_slice(match name {
                    Token::Origin => values.origin?,
                    Token::Lib => values.lib.as_bytes(),
                    Token::Platform => values.platform.as_bytes(),
                });
                rest = after;
            }
            None => expanded.push(b'$'),
        }
        if expanded.len() >= LONGEST_PATH {
            return None;
        }
    }
    expanded.extend_from_slice(rest);
    (expanded.len() < LONGEST_PATH).then_some(expanded)
}

/// Whether a list has `$PLATFORM` in it, perhaps: glibc has had several words for one processor.
pub(super) fn names_platform(text: &[u8]) -> bool {
    text.windows(8).any(|word| word == b"PLATFORM")
}

enum Token {
    Origin,
    Lib,
    Platform,
}

/// The token after a dollar sign, and what follows it: the longest word, or what stands between braces.
fn token(text: &[u8]) -> Option<(Token, &[u8])> {
    let (text, braces) = match text.strip_prefix(b"{") {
        Some(inner) => (inner, true),
        None => (text, false),
    };
    let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let end = text
        .iter()
        .position(|byte| !in_word(byte))
        .unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    let token = match word {
        b"ORIGIN" => Token::Origin,
        b"LIB" => Token::Lib,
        b"PLATFORM" => Token::Platform,
        _ => return None,
    };
    match braces {
        true => Some((token, after.strip_prefix(b"}")?)),
        false => Some((token, after)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Option<String> {
        let values = Values {
            origin: Some(b"/opt/a/bin"),
            lib: "lib64",
            platform: "x86_64",
        };
        expand(text.as_bytes(), values).map(|text| String::from_utf8(text).unwrap())
    }

    #[test]
    fn tokens_stand_with_and_without_braces_and_more_than_once() {
        let both = expanded("$ORIGIN/../${LIB}/$PLATFORM:$ORIGIN").unwrap();
        assert_eq!(both, "/opt/a/bin/../lib64/x86_64:/opt/a/bin");
    }

    #[test]
    fn other_words_and_open_braces_stand_for_themselves() {
        for text in ["$ORIGINAL/lib", "${ORIGIN", "$", "a$b", "${LIB2}", "$_LIB"] {
            assert_eq!(expanded(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_path_with_an_unknown_origin_or_too_long_is_none() {
        let values = Values {
            origin: None,
            lib: "lib",
            platform: "x86_64",
        };
        assert_eq!(expand(b"$ORIGIN/lib", values), None);
        assert_eq!(expand(b"/$LIB", values), Some(b"/lib".to_vec()));
        assert_eq!(expanded(&"$ORIGIN".repeat(1000)), None);
    }
}
