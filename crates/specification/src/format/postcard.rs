//! postcard, which says nothing of types: what is written is the tree of a document, one of [`Item`] after another, each
//! list and object before what is in it.
use super::binary::{self, Token, Tokens};
use crate::document::{Node, Value};
use crate::finding::Finding;
use serde::{Deserialize, Serialize};
use serde_json::Number;

/// No text has a zero byte in it. The version of what follows it is the next byte.
pub(super) const MAGIC: &[u8] = b"specification\0";
const VERSION: u8 = 1;

#[derive(Serialize, Deserialize)]
enum Item<'b> {
    Null,
    Boolean(bool),
    Natural(u64),
    Negative(i64),
    Float(f64),
    Text(&'b str),
    /// So many values follow.
    List(u64),
    /// So many keys and values follow in turn.
    Map(u64),
}

pub(super) fn read(bytes: &[u8]) -> Result<Value, Finding> {
    let body = bytes
        .strip_prefix(MAGIC)
        .ok_or_else(|| not_ours(0).help("`clone-shim convert --to postcard` writes one"))?;
    let (version, rest) = body.split_first().ok_or_else(|| not_ours(MAGIC.len()))?;
    if *version != VERSION {
        let words = format!("version {version} of the form, of which {VERSION} alone is known");
        return Err(binary::not_of(NAME, &words, MAGIC.len()));
    }
    let mut items = Items {
        whole: bytes.len(),
        rest,
    };
    let tree = binary::tree(&mut items)?;
    match items.rest.is_empty() {
        true => Ok(tree),
        false => Err(items.refuse("more than one value")),
    }
}

const NAME: &str = "a specification in postcard";

fn not_ours(byte: usize) -> Finding {
    binary::not_of(NAME, "another beginning than such a file has", byte)
}

struct Items<'b> {
    whole: usize,
    rest: &'b [u8],
}

impl<'b> Tokens<'b> for Items<'b> {
    fn next(&mut self) -> Result<Token<'b>, Finding> {
        let (item, rest) = postcard::take_from_bytes(self.rest).map_err(|error| match error {
            postcard::Error::DeserializeUnexpectedEnd => {
                self.refuse("the end of the file within a value")
            }
            _ => self.refuse("bytes that stand for nothing"),
        })?;
        let token = match item {
            Item::Null => Token::Null,
            Item::Boolean(value) => Token::Bool(value),
            Item::Natural(number) => Token::Number(number.into()),
            Item::Negative(number) => Token::Number(number.into()),
            Item::Float(number) => match Number::from_f64(number) {
                Some(number) => Token::Number(number),
                None => return Err(self.refuse("what is no number")),
            },
            Item::Text(text) => Token::Text(text),
            Item::List(count) => Token::List(Some(count)),
            Item::Map(count) => Token::Map(Some(count)),
        };
        self.rest = rest;
        Ok(token)
    }

    fn refuse(&self, words: &str) -> Finding {
        binary::not_of(NAME, words, self.whole - self.rest.len())
    }
}

pub(super) fn write(tree: &Value) -> Vec<u8> {
    let mut bytes = [MAGIC, &[VERSION]].concat();
    put(tree, &mut bytes);
    bytes
}

fn put(value: &Value, bytes: &mut Vec<u8>) {
    match &value.node {
        Node::Null => put_item(&Item::Null, bytes),
        Node::Bool(value) => put_item(&Item::Boolean(*value), bytes),
        Node::Number(number) => put_item(&number_item(number), bytes),
        Node::String(text) => put_item(&Item::Text(text), bytes),
        Node::Array(values) => {
            put_item(&Item::List(values.len() as u64), bytes);
            for value in values {
                put(value, bytes);
            }
        }
        Node::Object(entries) => {
            put_item(&Item::Map(entries.len() as u64), bytes);
            for entry in entries {
                put_item(&Item::Text(&entry.key), bytes);
                put(&entry.value, bytes);
            }
        }
    }
}

fn number_item(number: &Number) -> Item<'static> {
    match (number.as_u64(), number.as_i64(), number.as_f64()) {
        (Some(number), ..) => Item::Natural(number),
        (_, Some(number), _) => Item::Negative(number),
        (.., number) => Item::Float(number.unwrap_or_default()),
    }
}

/// Writing to memory does not fail.
fn put_item(item: &Item<'_>, bytes: &mut Vec<u8>) {
    let before = std::mem::take(bytes);
    *bytes = postcard::to_extend(item, before).unwrap_or_default();
}
