//! TOML: the parser of the toml crate remembers where every key and value was. A table of several lines is where its
//! header is, or its key.
use super::DEEPEST;
use crate::document::{Entry, Node, Value};
use crate::finding::{At, Finding};
use serde_json::Number;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeArray, DeFloat, DeInteger, DeString, DeTable, DeValue};

pub(crate) fn read(text: &str) -> Result<Value, Vec<Finding>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(of_syntax(&errors));
    }
    let mut findings = Vec::new();
    let root = Value {
        node: entries(table.get_ref(), DEEPEST, &mut findings),
        span: table.span(),
    };
    findings.sort_by_key(|(start, _)| *start);
    match findings.is_empty() {
        true => Ok(root),
        false => Err(findings.into_iter().map(|(_, finding)| finding).collect()),
    }
}

/// With their places in the text.
type Findings = Vec<(usize, Finding)>;

/// Of mistakes in the grammar the first, since those after it are guesses; of keys that are written twice all.
fn of_syntax(errors: &[toml::de::Error]) -> Vec<Finding> {
    let place = |error: &toml::de::Error| error.span().map_or(At::Nowhere, At::Bytes);
    let grammar = errors
        .iter()
        .filter(|error| error.message() != "duplicate key");
    match grammar.min_by_key(|error| error.span().map_or(0, |span| span.start)) {
        Some(error) => vec![Finding::new("this is not TOML", place(error)).label(error.message())],
        None => errors
            .iter()
            .map(|error| {
                let finding = Finding::new("this key is written twice", place(error));
                finding.help("take one of the two out: it cannot be known which was meant")
            })
            .collect(),
    }
}

fn value(
    value: &Spanned<DeValue<'_>>,
    key: Option<&Range<usize>>,
    depth: usize,
    findings: &mut Findings,
) -> Value {
    let mut span = value.span();
    let mut refuse = |title: &str| {
        let finding = Finding::new(title, At::Bytes(span.clone()));
        findings.push((span.start, finding));
        Node::Null
    };
    let node = match (value.get_ref(), depth.checked_sub(1)) {
        (_, None) => refuse("this is nested too deeply"),
        (DeValue::String(text), _) => Node::String(text.to_string()),
        (DeValue::Boolean(value), _) => Node::Bool(*value),
        (DeValue::Integer(number), _) => match integer(number) {
            Some(number) => Node::Number(number),
            None => refuse("this number is too large: TOML's have 64 bits, and a sign"),
        },
        (DeValue::Float(number), _) => match float(number) {
            Some(number) => Node::Number(number),
            None => refuse("this is no number that a specification can have"),
        },
        (DeValue::Datetime(_), _) => refuse("a specification has no dates and times"),
        (DeValue::Table(table), Some(depth)) => entries(table, depth, findings),
        (DeValue::Array(array), Some(depth)) => {
            // A list of tables with headers has the place of the first of them, and then two values have one place.
            let first = array.iter().next().map(Spanned::span);
            if let Some(key) = key.filter(|_| first.as_ref() == Some(&span)) {
                span = key.clone();
            }
            elements(array, depth, findings)
        }
    };
    Value { node, span }
}

/// In the order of the text.
fn entries(table: &DeTable<'_>, depth: usize, findings: &mut Findings) -> Node {
    let entry = |(key, written): (&Spanned<DeString<'_>>, _)| {
        let key_span = key.span();
        Entry {
            key: key.get_ref().to_string(),
            value: value(written, Some(&key_span), depth, findings),
            key_span,
        }
    };
    let mut entries: Vec<_> = table.iter().map(entry).collect();
    entries.sort_by_key(|entry| entry.key_span.start);
    Node::Object(entries)
}

fn elements(array: &DeArray<'_>, depth: usize, findings: &mut Findings) -> Node {
    let elements = array.iter();
    Node::Array(
        elements
            .map(|element| value(element, None, depth, findings))
            .collect(),
    )
}

fn integer(number: &DeInteger<'_>) -> Option<Number> {
    let number = i64::from_str_radix(number.as_str(), number.radix());
    number.ok().map(Number::from)
}

fn float(number: &DeFloat<'_>) -> Option<Number> {
    number.as_str().parse().ok().and_then(Number::from_f64)
}
