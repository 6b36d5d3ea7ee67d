//! A text with the place of everything in it. What the author wrote twice is kept twice, and found.
use crate::deserialize::{Mistake, Problem};
use crate::finding::{At, Finding};
use crate::format::{Format, Unread};
use crate::nearest::suggestion;
use crate::place::{Place, Step};
use crate::raw;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A text, and what was written in it.
#[derive(Clone, Debug)]
pub struct Document {
    text: String,
    root: Value,
    raw: raw::Specification,
    /// What is not of the right form.
    mistakes: Vec<Finding>,
}

/// A value and its bytes in the text.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) node: Node,
    pub(crate) span: Range<usize>,
}

#[derive(Clone, Debug)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    String(String),
    Array(Vec<Value>),
    Object(Vec<Entry>),
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Range<usize>,
    pub(crate) value: Value,
}

impl Document {
    /// Reads a text that is JSON, as [`Document::read`] does.
    pub fn parse(text: &str) -> Result<Self, Vec<Finding>> {
        Self::read(Format::Json, text.as_bytes()).map_err(|unread| unread.findings)
    }

    /// Reads what is written in a format. What is not of the right form is left out of what was written, and found by
    /// [`Document::check`] together with everything else; only what is not of the format cannot be read at all.
    pub fn read(format: Format, bytes: &[u8]) -> Result<Self, Unread> {
        let (text, root) = format.read(bytes)?;
        let mut mistakes = Vec::new();
        find_duplicates(&root, &mut mistakes);
        let mut tree = root.clone();
        if !mistakes.is_empty() {
            leave_out_duplicates(&mut tree);
        }
        let raw = loop {
            match raw::Specification::deserialize(&tree) {
                Ok(raw) => break raw,
                Err(mistake) => {
                    mistakes.push(finding(&mistake, &tree));
                    if !leave_out(&mut tree, &mistake) {
                        let findings = mistakes;
                        return Err(Unread { text, findings });
                    }
                }
            }
        };
        Ok(Self {
            text,
            root,
            raw,
            mistakes,
        })
    }

    /// All findings in the order of the text: those about its form, and of the others those that do not follow from
    /// something having been left out.
    pub(crate) fn with_mistakes(&self, others: Vec<Finding>) -> Vec<Finding> {
        let starts: Vec<_> = self
            .mistakes
            .iter()
            .filter_map(|mistake| self.locate(&mistake.at))
            .collect();
        let follows = |other: &Finding| {
            starts
                .iter()
                .any(|start| self.covers(&other.at, start.start))
        };
        let others = others.into_iter().filter(|other| !follows(other));
        let mut all: Vec<_> = self.mistakes.iter().cloned().chain(others).collect();
        all.sort_by_key(|finding| self.locate(&finding.at).map_or(0, |bytes| bytes.start));
        all
    }

    /// Whether something is of what a finding is about.
    fn covers(&self, at: &At, byte: usize) -> bool {
        match at {
            At::Nowhere => false,
            At::Bytes(bytes) => bytes.contains(&byte),
            At::Value(place) | At::Key(place) => match find(&self.root, place) {
                Ok(value) => value.covers(byte),
                Err(nearest) => nearest.contains(&byte),
            },
        }
    }

    /// The text that findings are at: the one that was read, or else what it says as indented JSON.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same document in a format, without comments; findings where that format has no way to say something.
    pub fn write(&self, format: Format) -> Result<Vec<u8>, Vec<Finding>> {
        format.write(&self.root)
    }

    /// What was written.
    pub fn raw(&self) -> &raw::Specification {
        &self.raw
    }

    /// The bytes of the text at which a finding is.
    pub fn locate(&self, at: &At) -> Option<Range<usize>> {
        match at {
            At::Nowhere => None,
            At::Bytes(bytes) => Some(bytes.clone()),
            At::Value(place) => {
                Some(find(&self.root, place).map_or_else(|key| key, |value| value.span.clone()))
            }
            At::Key(place) => Some(find_key(&self.root, place)),
        }
    }
}

impl Value {
    /// Whether a byte is this value's, or of something in it: a table of TOML's does not surround what is in it.
    fn covers(&self, byte: usize) -> bool {
        self.span.contains(&byte)
            || match &self.node {
                Node::Object(entries) => entries
                    .iter()
                    .any(|entry| entry.key_span.contains(&byte) || entry.value.covers(byte)),
                Node::Array(values) => values.iter().any(|value| value.covers(byte)),
                _ => false,
            }
    }
}

/// The value at a place, or else the bytes nearest above it.
fn find<'v>(root: &'v Value, place: &Place) -> Result<&'v Value, Range<usize>> {
    let mut here = root;
    let mut nearest = root.span.start..root.span.start;
    for step in place.steps() {
        let next = match (&here.node, step) {
            (Node::Object(entries), Step::Key(key)) => {
                entries.iter().find(|entry| entry.key == *key).map(|entry| {
                    nearest = entry.key_span.clone();
                    &entry.value
                })
            }
            (Node::Array(values), Step::Index(index)) => values.get(*index),
            _ => None,
        };
        here = next.ok_or_else(|| nearest.clone())?;
    }
    Ok(here)
}

fn find_key(root: &Value, place: &Place) -> Range<usize> {
    let mut here = root;
    let mut key_span = root.span.start..root.span.start;
    for step in place.steps() {
        match (&here.node, step) {
            (Node::Object(entries), Step::Key(key)) => {
                match entries.iter().find(|entry| entry.key == *key) {
                    Some(entry) => {
                        key_span = entry.key_span.clone();
                        here = &entry.value;
                    }
                    None => return key_span,
                }
            }
            (Node::Array(values), Step::Index(index)) => match values.get(*index) {
                Some(value) => {
                    key_span = value.span.clone();
                    here = value;
                }
                None => return key_span,
            },
            _ => return key_span,
        }
    }
    key_span
}

pub(crate) fn find_duplicates(value: &Value, findings: &mut Vec<Finding>) {
    match &value.node {
        Node::Object(entries) => {
            let mut firsts = BTreeMap::new();
            for entry in entries {
                let first = firsts.entry(&entry.key).or_insert(&entry.key_span);
                if **first != entry.key_span {
                    let title = format!("the key `{}` is written twice", entry.key);
                    let finding = Finding::new(title, At::Bytes(entry.key_span.clone()))
                        .context(At::Bytes(first.clone()), "first here")
                        .help("take one of the two out: it cannot be known which was meant");
                    findings.push(finding);
                }
                find_duplicates(&entry.value, findings);
            }
        }
        Node::Array(values) => values
            .iter()
            .for_each(|value| find_duplicates(value, findings)),
        _ => {}
    }
}

/// Of two entries with the same key the first stays.
fn leave_out_duplicates(value: &mut Value) {
    match &mut value.node {
        Node::Object(entries) => {
            let mut seen = BTreeSet::new();
            entries.retain(|entry| seen.insert(entry.key.clone()));
            for entry in entries {
                leave_out_duplicates(&mut entry.value);
            }
        }
        Node::Array(values) => {
            for value in values {
                leave_out_duplicates(value);
            }
        }
        _ => {}
    }
}

fn finding(mistake: &Mistake, tree: &Value) -> Finding {
    let whole = tree.span.clone();
    let span = mistake.span.clone().unwrap_or(whole);
    match &mistake.problem {
        Problem::UnknownField { field, known } => {
            let at = object_at(tree, &span)
                .and_then(|entries| entries.iter().find(|entry| entry.key == *field));
            let bytes = at.map_or(span, |entry| entry.key_span.clone());
            Finding::new(format!("unknown field `{field}`"), At::Bytes(bytes))
                .help(suggestion(field, known))
        }
        Problem::UnknownVariant { variant, known } => {
            Finding::new(format!("unknown value `{variant}`"), At::Bytes(span))
                .help(suggestion(variant, known))
        }
        Problem::WrongType { expected, found } => {
            let remedy = value_at(tree, &span).and_then(|value| remedy(expected, &value.node));
            let finding = Finding::new(format!("this must be {expected}"), At::Bytes(span))
                .label(format!("this is {found}"));
            match remedy {
                Some(json) => finding.help(format!("write `{json}`")),
                None => finding,
            }
        }
        Problem::Other(words) => Finding::new(words.clone(), At::Bytes(span)),
    }
}

/// What was meant by a value of another type, as JSON, where that can be told.
fn remedy(expected: &str, written: &Node) -> Option<serde_json::Value> {
    match (expected, written) {
        ("a string", Node::Number(number)) => Some(number.to_string().into()),
        ("an array", Node::String(text)) => Some(vec![text.as_str()].into()),
        ("a boolean", Node::String(text)) => match text.as_str() {
            "true" | "yes" | "on" => Some(true.into()),
            "false" | "no" | "off" => Some(false.into()),
            _ => None,
        },
        ("a number" | "a whole number", Node::String(text)) => {
            text.parse().ok().map(serde_json::Value::Number)
        }
        _ => None,
    }
}

fn object_at<'v>(tree: &'v Value, span: &Range<usize>) -> Option<&'v [Entry]> {
    match &value_at(tree, span)?.node {
        Node::Object(entries) => Some(entries),
        _ => None,
    }
}

fn value_at<'v>(value: &'v Value, span: &Range<usize>) -> Option<&'v Value> {
    if value.span == *span {
        return Some(value);
    }
    match &value.node {
        Node::Object(entries) => entries
            .iter()
            .find_map(|entry| value_at(&entry.value, span)),
        Node::Array(values) => values.iter().find_map(|value| value_at(value, span)),
        _ => None,
    }
}

/// Takes what a mistake is about out of the tree. False if that is everything.
fn leave_out(tree: &mut Value, mistake: &Mistake) -> bool {
    let Some(span) = &mistake.span else {
        return false;
    };
    match &mistake.problem {
        Problem::UnknownField { field, .. } => remove_key(tree, span, field),
        _ => remove_value(tree, span),
    }
}

fn remove_key(value: &mut Value, span: &Range<usize>, key: &str) -> bool {
    match &mut value.node {
        Node::Object(entries) if value.span == *span => {
            let before = entries.len();
            entries.retain(|entry| entry.key != key);
            entries.len() < before
        }
        Node::Object(entries) => entries
            .iter_mut()
            .any(|entry| remove_key(&mut entry.value, span, key)),
        Node::Array(values) => values.iter_mut().any(|value| remove_key(value, span, key)),
        _ => false,
    }
}

fn remove_value(value: &mut Value, span: &Range<usize>) -> bool {
    match &mut value.node {
        Node::Object(entries) => {
            let before = entries.len();
            entries.retain(|entry| entry.value.span != *span);
            entries.len() < before
                || entries
                    .iter_mut()
                    .any(|entry| remove_value(&mut entry.value, span))
        }
        Node::Array(values) => {
            let before = values.len();
            values.retain(|value| value.span != *span);
            values.len() < before || values.iter_mut().any(|value| remove_value(value, span))
        }
        _ => false,
    }
}
