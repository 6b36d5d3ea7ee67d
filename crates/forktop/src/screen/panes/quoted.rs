//! Command lines, written so that a shell would read them as they were.
use super::harmless::harmless;
use std::borrow::Cow;
use std::fmt::Write;

/// A program and its arguments; the zeroth, which is nearly always the program's name again, is not told.
#[must_use]
pub fn command_line(program: &str, arguments: &[String]) -> String {
    let arguments = arguments.iter().skip(1).map(String::as_str);
    let words: Vec<_> = std::iter::once(program)
        .chain(arguments)
        .map(quoted)
        .collect();
    words.join(" ")
}

/// A word, in quotes if a shell would not take it as it is. What has no sign of its own is written as bash and zsh take it
/// within `$''`.
#[must_use]
pub fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return Cow::Borrowed(word);
    }
    if harmless(word) == word {
        return Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")));
    }
    let mut written = String::from("$'");
    word.chars()
        .for_each(|character| escape(character, &mut written));
    written.push('\'');
    Cow::Owned(written)
}

fn escape(character: char, into: &mut String) {
    let code = u32::from(character);
    // Writing to a string cannot fail.
    let _ = match character {
        '\'' | '\\' => write!(into, "\\{character}"),
        '\n' => into.write_str("\\n"),
        '\r' => into.write_str("\\r"),
        '\t' => into.write_str("\\t"),
        '\0'..='\x7f' if character.is_control() => write!(into, "\\x{code:02x}"),
        _ if harmless(character.encode_utf8(&mut [0; 4])).starts_with('\\') => match code {
            0..=0xffff => write!(into, "\\u{code:04x}"),
            _ => write!(into, "\\U{code:08x}"),
        },
        _ => into.write_char(character),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    #[test]
    fn words_are_quoted_where_a_shell_needs_it() {
        for (word, expected) in [
            ("-DNAME=1", "-DNAME=1"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("größe", "'größe'"),
            ("*.c", "'*.c'"),
            ("\u{1b}[2J", r"$'\x1b[2J'"),
            ("\u{9b}1m\n", r"$'\u009b1m\n'"),
            ("gpj.\u{202e}exe", r"$'gpj.\u202eexe'"),
            ("\u{e0001}", r"$'\U000e0001'"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn bash_reads_a_quoted_word_as_it_was(word in "[^\0]{0,20}") {
            let script = format!("printf %s {}", quoted(&word));
            let mut bash = Command::new("/bin/bash");
            let output = bash.env("LC_ALL", "C.UTF-8").args(["-c", &script]).output().unwrap();
            prop_assert_eq!(String::from_utf8_lossy(&output.stdout), word);
        }
    }
}
