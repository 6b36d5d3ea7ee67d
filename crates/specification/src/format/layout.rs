//! A tree as indented JSON, in which everything has its place.
use crate::document::{Node, Value};

/// Writes the tree, and tells each of its keys and values where it has come to lie. Ends with a newline.
pub(crate) fn lay_out(tree: &mut Value) -> String {
    let mut text = String::new();
    value(tree, 0, &mut text);
    text.push('\n');
    text
}

fn value(value: &mut Value, indent: usize, text: &mut String) {
    let start = text.len();
    match &mut value.node {
        Node::Null => text.push_str("null"),
        Node::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Node::Number(number) => text.push_str(&number.to_string()),
        Node::String(string) => text.push_str(&quoted(string)),
        Node::Array(values) => array(values, indent, text),
        Node::Object(entries) => {
            text.push('{');
            for (number, entry) in entries.iter_mut().enumerate() {
                begin(number, indent + 1, text);
                let key_start = text.len();
                text.push_str(&quoted(&entry.key));
                entry.key_span = key_start..text.len();
                text.push_str(": ");
                self::value(&mut entry.value, indent + 1, text);
            }
            end(!entries.is_empty(), indent, '}', text);
        }
    }
    value.span = start..text.len();
}

/// On one line, unless something in it has several.
fn array(values: &mut [Value], indent: usize, text: &mut String) {
    let is_one_line = |value: &Value| !matches!(value.node, Node::Array(_) | Node::Object(_));
    let one_line = values.iter().all(is_one_line);
    text.push('[');
    for (number, element) in values.iter_mut().enumerate() {
        match (one_line, number) {
            (true, 0) => {}
            (true, _) => text.push_str(", "),
            (false, _) => begin(number, indent + 1, text),
        }
        value(element, indent + 1, text);
    }
    end(!one_line, indent, ']', text);
}

fn begin(number: usize, indent: usize, text: &mut String) {
    if number > 0 {
        text.push(',');
    }
    new_line(indent, text);
}

fn end(on_its_own_line: bool, indent: usize, bracket: char, text: &mut String) {
    if on_its_own_line {
        new_line(indent, text);
    }
    text.push(bracket);
}

fn new_line(indent: usize, text: &mut String) {
    text.push('\n');
    text.extend(std::iter::repeat_n("  ", indent));
}

fn quoted(string: &str) -> String {
    serde_json::Value::from(string).to_string()
}
