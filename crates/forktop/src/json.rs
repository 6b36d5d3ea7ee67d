//! JSON whose strings can do nothing to a terminal that it is printed to.
use crate::screen::panes::harmless;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};
use std::io::{self, Write};

/// A value in one line.
pub fn in_a_line(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    write(value, CompactFormatter)
}

/// What writes values for people, on as many lines as they have parts.
pub fn for_people<W: Write>(into: W) -> Serializer<W, impl Formatter> {
    Serializer::with_formatter(into, Harmless(PrettyFormatter::new()))
}

/// An object with lists, a line for each thing in these.
pub fn in_rows(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut text = write(value, Rows::default())?;
    text.push(b'\n');
    Ok(text)
}

fn write(value: &impl Serialize, layout: impl Formatter) -> serde_json::Result<Vec<u8>> {
    let mut text = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut text, Harmless(layout)))?;
    Ok(text)
}

/// A line for each thing that lies in a list of the outermost object.
#[derive(Default)]
struct Rows {
    depth: usize,
}

impl Formatter for Rows {
    fn begin_array<W: ?Sized + Write>(&mut self, into: &mut W) -> io::Result<()> {
        self.depth += 1;
        into.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, into: &mut W) -> io::Result<()> {
        self.depth -= 1;
        into.write_all(b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        into: &mut W,
        first: bool,
    ) -> io::Result<()> {
        into.write_all(match (first, self.depth) {
            (true, 2) => b"\n",
            (false, 2) => b",\n",
            (true, _) => b"",
            (false, _) => b",",
        })
    }

    fn begin_object<W: ?Sized + Write>(&mut self, into: &mut W) -> io::Result<()> {
        self.depth += 1;
        into.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, into: &mut W) -> io::Result<()> {
        self.depth -= 1;
        into.write_all(b"}")
    }
}

/// Escapes what JSON itself need not: the control characters beyond ASCII's, and those that only format text.
struct Harmless<F>(F);

impl<F: Formatter> Formatter for Harmless<F> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        into: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if fragment.bytes().all(|byte| byte < 0x7f) {
            return into.write_all(fragment.as_bytes());
        }
        for character in fragment.chars() {
            let mut units = [0; 2];
            let text = character.to_string();
            if harmless(&text) == text {
                into.write_all(text.as_bytes())?;
                continue;
            }
            for unit in character.encode_utf16(&mut units) {
                write!(into, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, into: &mut W) -> io::Result<()> {
        self.0.begin_array(into)
    }

    fn end_array<W: ?Sized + Write>(&mut self, into: &mut W) -> io::Result<()> {
        self.0.end_array(into)
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        into: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(into, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, into: &mut W) -> io::Result<()> {
        self.0.end_array_value(into)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, into: &mut W) -> io::Result<()> {
        self.0.begin_object(into)
    }

    fn end_object<W: ?Sized + Write>(&mut self, into: &mut W) -> io::Result<()> {
        self.0.end_object(into)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, into: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(into, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, into: &mut W) -> io::Result<()> {
        self.0.begin_object_value(into)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, into: &mut W) -> io::Result<()> {
        self.0.end_object_value(into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_string_is_read_again_and_harmless(text in any::<String>()) {
            let mut pretty = Vec::new();
            text.serialize(&mut for_people(&mut pretty)).unwrap();
            for json in [in_a_line(&text).unwrap(), pretty] {
                let json = String::from_utf8(json).unwrap();
                prop_assert_eq!(harmless(&json), json.clone());
                prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text.clone());
            }
        }
    }
}
