//! A tree as TOML. A table's plain values stand before the tables in it, as TOML requires, and are else in their order.
use crate::document::{Entry, Node, Value};
use crate::finding::{At, Finding};
use std::fmt::Write as _;

/// Tables as deep as `entrypoints.web.files` have lines of their own; those in them are written into one.
const HEADERS: usize = 3;

pub(crate) fn write(tree: &Value) -> Result<String, Vec<Finding>> {
    let mut findings = Vec::new();
    find_unsayable(tree, &mut findings);
    let Node::Object(entries) = &tree.node else {
        return Err(vec![Finding::new(
            "a TOML document is a table",
            At::Bytes(tree.span.clone()),
        )]);
    };
    if !findings.is_empty() {
        return Err(findings);
    }
    let mut text = String::new();
    table(entries, &mut Vec::new(), &mut text);
    Ok(text)
}

fn find_unsayable(value: &Value, findings: &mut Vec<Finding>) {
    let mut refuse =
        |title: &str| findings.push(Finding::new(title, At::Bytes(value.span.clone())));
    match &value.node {
        Node::Null => refuse("TOML has no null"),
        Node::Number(number) if number.as_u64().is_some_and(|it| i64::try_from(it).is_err()) => {
            refuse("TOML has no whole number that is as large");
        }
        Node::Array(values) => values
            .iter()
            .for_each(|value| find_unsayable(value, findings)),
        Node::Object(entries) => entries
            .iter()
            .for_each(|entry| find_unsayable(&entry.value, findings)),
        Node::Bool(_) | Node::Number(_) | Node::String(_) => {}
    }
}

fn table<'t>(entries: &'t [Entry], path: &mut Vec<&'t str>, text: &mut String) {
    let has_header =
        |entry: &&Entry| path.len() < HEADERS && matches!(entry.value.node, Node::Object(_));
    let (tables, plain): (Vec<_>, Vec<_>) = entries.iter().partition(has_header);
    if !path.is_empty() && (!plain.is_empty() || tables.is_empty()) {
        let separator = if text.is_empty() { "" } else { "\n" };
        let keys: Vec<_> = path.iter().map(|key| written_key(key)).collect();
        _ = writeln!(text, "{separator}[{}]", keys.join("."));
    }
    for entry in plain {
        _ = writeln!(text, "{}", pair(entry));
    }
    for entry in tables {
        if let Node::Object(entries) = &entry.value.node {
            path.push(&entry.key);
            table(entries, path, text);
            path.pop();
        }
    }
}

fn pair(entry: &Entry) -> String {
    format!("{} = {}", written_key(&entry.key), inline(&entry.value))
}

fn inline(value: &Value) -> String {
    match &value.node {
        // Refused before.
        Node::Null => String::new(),
        Node::Bool(value) => value.to_string(),
        Node::Number(number) => number.to_string(),
        Node::String(text) => quoted(text),
        Node::Array(values) => {
            let values: Vec<_> = values.iter().map(inline).collect();
            format!("[{}]", values.join(", "))
        }
        Node::Object(entries) if entries.is_empty() => "{}".to_owned(),
        Node::Object(entries) => {
            let pairs: Vec<_> = entries.iter().map(pair).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
    }
}

fn written_key(key: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    match !key.is_empty() && key.bytes().all(is_bare) {
        true => key.to_owned(),
        false => quoted(key),
    }
}

/// JSON's escapes are TOML's too, and TOML knows one control character more.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace('\u{7f}', "\\u007F")
}
