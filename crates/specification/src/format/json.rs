//! JSON: serde_json splits the text, level by level, into slices that remember where they were.
use super::DEEPEST;
use crate::document::{Entry, Node, Value};
use crate::finding::{At, Finding};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Number;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

pub(crate) fn split(text: &str) -> Result<Value, Vec<Finding>> {
    let whole: &RawValue =
        serde_json::from_str(text).map_err(|error| vec![of_syntax(text, &error)])?;
    build(text, whole, DEEPEST)
}

/// What lies at a slice of the text.
fn build(text: &str, slice: &RawValue, depth: usize) -> Result<Value, Vec<Finding>> {
    let written = slice.get();
    let span = span_of(text, written);
    let Some(depth) = depth.checked_sub(1) else {
        return Err(vec![Finding::new(
            "this is nested too deeply",
            At::Bytes(span.start..span.start + 1),
        )]);
    };
    // A slice of what was read as JSON before is JSON, and a number at most too large.
    let part =
        |error: serde_json::Error| vec![Finding::new(words(&error), At::Bytes(span.clone()))];
    let node = match written.as_bytes().first() {
        Some(b'{') => {
            let Entries(entries) = serde_json::from_str(written).map_err(part)?;
            let entries = entries
                .into_iter()
                .map(|(key, value)| entry(text, key, value, depth));
            Node::Object(entries.collect::<Result<_, _>>()?)
        }
        Some(b'[') => {
            let values: Vec<&RawValue> = serde_json::from_str(written).map_err(part)?;
            Node::Array(
                values
                    .into_iter()
                    .map(|value| build(text, value, depth))
                    .collect::<Result<_, _>>()?,
            )
        }
        Some(b'"') => Node::String(serde_json::from_str(written).map_err(part)?),
        Some(b't') => Node::Bool(true),
        Some(b'f') => Node::Bool(false),
        Some(b'n') => Node::Null,
        _ => Node::Number(number(written).map_err(part)?),
    };
    Ok(Value { node, span })
}

/// serde_json reads a number with a fraction to the last bit but one; converting must not change it.
fn number(written: &str) -> Result<Number, serde_json::Error> {
    let number: Number = serde_json::from_str(written)?;
    let exact = written.parse().ok().and_then(Number::from_f64);
    Ok(exact.filter(|_| number.is_f64()).unwrap_or(number))
}

fn entry(
    text: &str,
    key: Cow<'_, str>,
    value: &RawValue,
    depth: usize,
) -> Result<Entry, Vec<Finding>> {
    let value = build(text, value, depth)?;
    let key_span = match &key {
        // With the quotes around it.
        Cow::Borrowed(key) => {
            let inner = span_of(text, key);
            inner.start.saturating_sub(1)..inner.end + 1
        }
        // A key with escapes is a copy: what it stands for is as near as we come.
        Cow::Owned(_) => value.span.clone(),
    };
    Ok(Entry {
        key: key.into_owned(),
        key_span,
        value,
    })
}

/// Where a slice of `text` lies in it: what serde_json borrows, it borrows from there.
fn span_of(text: &str, slice: &str) -> Range<usize> {
    let start = slice.as_ptr().addr().wrapping_sub(text.as_ptr().addr());
    if start <= text.len() {
        start..(start + slice.len()).min(text.len())
    } else {
        0..0
    }
}

/// The entries of an object in the order of the text, those with the same key too.
struct Entries<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((Key(key), value)) = map.next_entry()? {
                    entries.push((key, value));
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// A key that is borrowed where it can be.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

fn of_syntax(text: &str, error: &serde_json::Error) -> Finding {
    let line_start: usize = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let mut end = (line_start + error.column()).min(text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    let mut start = end.saturating_sub(1);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let words = words(error);
    let finding = Finding::new("this is not JSON", At::Bytes(start..end)).label(words.clone());
    if text.trim().is_empty() {
        return finding
            .help("a specification is an object: { \"version\": 1, \"entrypoints\": { … } }");
    }
    if words.starts_with("trailing comma") {
        return finding.help("JSON has no comma before a closing bracket: take it out");
    }
    if ["//", "/*"]
        .iter()
        .any(|comment| text[start..].starts_with(comment))
    {
        return finding.help("comments are for JSON with comments: end the file's name in `.jsonc`, or give `--format jsonc`");
    }
    finding
}

/// serde_json's words without the position, which is shown.
fn words(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message
        .split(" at line ")
        .next()
        .unwrap_or(&message)
        .to_owned()
}
