//! Trees from bytes that nobody vouches for: a row of tokens, of which each has at least one byte, becomes a tree of
//! bounded depth and size.
use super::DEEPEST;
use crate::document::{Entry, Node, Value};
use crate::finding::{At, Finding};
use serde_json::Number;

/// What a binary format is made of.
pub(super) enum Token<'b> {
    Null,
    Bool(bool),
    Number(Number),
    Text(&'b str),
    /// So many values follow; without a number, those before the next [`Token::End`].
    List(Option<u64>),
    /// The same of keys and values in turn.
    Map(Option<u64>),
    End,
}

/// Where tokens come from.
pub(super) trait Tokens<'b> {
    /// The next one, or why there is none.
    fn next(&mut self) -> Result<Token<'b>, Finding>;
    /// That the bytes are wrong, here.
    fn refuse(&self, words: &str) -> Finding;
}

/// Values in a tree, lists and objects too: a large specification has some ten thousand. They take more memory than the
/// bytes that stand for them.
const MOST: usize = 1 << 20;

pub(super) fn tree<'b>(tokens: &mut impl Tokens<'b>) -> Result<Value, Finding> {
    let mut builder = Builder { tokens, left: MOST };
    builder
        .value(DEEPEST)?
        .ok_or_else(|| builder.tokens.refuse("an end without a beginning"))
}

/// That bytes are not of a format; they have no lines to show it at.
pub(super) fn not_of(format: &str, words: &str, byte: usize) -> Finding {
    let finding = Finding::new(format!("this is not {format}"), At::Nowhere);
    finding.label(format!("{words}, at byte {byte}"))
}

struct Builder<'t, T> {
    tokens: &'t mut T,
    left: usize,
}

impl<'b, T: Tokens<'b>> Builder<'_, T> {
    /// None at an end.
    fn value(&mut self, depth: usize) -> Result<Option<Value>, Finding> {
        self.left = match self.left.checked_sub(1) {
            Some(left) => left,
            None => return Err(self.tokens.refuse("more values than a specification has")),
        };
        let Some(depth) = depth.checked_sub(1) else {
            return Err(self.tokens.refuse("values that are nested too deeply"));
        };
        let node = match self.tokens.next()? {
            Token::Null => Node::Null,
            Token::Bool(value) => Node::Bool(value),
            Token::Number(number) => Node::Number(number),
            Token::Text(text) => Node::String(text.to_owned()),
            Token::List(count) => Node::Array(self.list(count, depth)?),
            Token::Map(count) => Node::Object(self.map(count, depth)?),
            Token::End => return Ok(None),
        };
        Ok(Some(Value { node, span: 0..0 }))
    }

    fn list(&mut self, count: Option<u64>, depth: usize) -> Result<Vec<Value>, Finding> {
        let mut values = Vec::new();
        while count.is_none_or(|count| (values.len() as u64) < count) {
            match (self.value(depth)?, count) {
                (Some(value), _) => values.push(value),
                (None, None) => break,
                (None, Some(_)) => return Err(self.tokens.refuse("a list that ends too early")),
            }
        }
        Ok(values)
    }

    fn map(&mut self, count: Option<u64>, depth: usize) -> Result<Vec<Entry>, Finding> {
        let mut entries = Vec::new();
        while count.is_none_or(|count| (entries.len() as u64) < count) {
            let key = match (self.tokens.next()?, count) {
                (Token::Text(key), _) => key.to_owned(),
                (Token::End, None) => break,
                _ => return Err(self.tokens.refuse("a key that is no text")),
            };
            let value = self
                .value(depth)?
                .ok_or_else(|| self.tokens.refuse("a key without a value"))?;
            entries.push(Entry {
                key,
                key_span: 0..0,
                value,
            });
        }
        Ok(entries)
    }
}
