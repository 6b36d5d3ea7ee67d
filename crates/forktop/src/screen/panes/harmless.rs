//! Text of the processes' that cannot do anything to the terminal, nor look like something else than it is.
//!
//! What has no sign of its own is written as Rust writes it: `\n`, `\u{1b}`, `\u{202e}`.
use std::path::Path;

/// The text with every control, format and unassigned character written out.
#[must_use]
pub fn harmless(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            ' '..='~' => written.push(character),
            // After a letter a combining mark stands for itself; alone it would be written out.
            _ => written.extend(
                ['a', character]
                    .iter()
                    .collect::<String>()
                    .escape_debug()
                    .skip(1),
            ),
        }
    }
    written
}

/// The same of a path, in which what is no UTF-8 has U+FFFD in its place.
#[must_use]
pub fn harmless_path(path: &Path) -> String {
    harmless(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_move_the_cursor_or_turn_text_around_is_written_out() {
        for (text, written) in [
            ("/usr/bin/x", "/usr/bin/x"),
            ("a\\b \"c\"", "a\\b \"c\""),
            ("\u{1b}[2Jx\r\n", "\\u{1b}[2Jx\\r\\n"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("gpj.\u{202e}exe", "gpj.\\u{202e}exe"),
            ("a\u{200b}b\u{feff}", "a\\u{200b}b\\u{feff}"),
            ("größe 漢字", "größe 漢字"),
            ("e\u{301}", "e\u{301}"),
        ] {
            assert_eq!(harmless(text), written);
        }
    }
}
