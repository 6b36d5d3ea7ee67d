//! CBOR (RFC 8949), as far as it says what JSON can: no byte strings, no tags but the one that says "this is CBOR".
use super::binary::{self, Token, Tokens};
use crate::document::{Node, Value};
use crate::finding::Finding;
use minicbor::data::Type;
use minicbor::decode::{Decoder, Error};
use minicbor::encode::{Encoder, Write};
use serde_json::Number;

/// The tag 55799, which has no other meaning.
pub(super) const MAGIC: &[u8] = &[0xd9, 0xd9, 0xf7];

pub(super) fn read(bytes: &[u8]) -> Result<Value, Finding> {
    let mut decoder = Decoder::new(bytes);
    if bytes.starts_with(MAGIC) {
        decoder.set_position(MAGIC.len());
    }
    let mut tokens = Items(decoder);
    let tree = binary::tree(&mut tokens)?;
    match tokens.0.position() == bytes.len() {
        true => Ok(tree),
        false => Err(tokens.refuse("more than one value")),
    }
}

struct Items<'b>(Decoder<'b>);

impl<'b> Tokens<'b> for Items<'b> {
    fn next(&mut self) -> Result<Token<'b>, Finding> {
        let start = self.0.position();
        let token = self.token().map_err(|error| {
            let words = match error.is_end_of_input() {
                true => "the end of the file within a value".to_owned(),
                false => error.to_string(),
            };
            binary::not_of("CBOR", &words, start)
        })?;
        token.ok_or_else(|| binary::not_of("CBOR", "something that JSON has no word for", start))
    }

    fn refuse(&self, words: &str) -> Finding {
        binary::not_of("CBOR", words, self.0.position())
    }
}

impl<'b> Items<'b> {
    /// None for what no specification has.
    fn token(&mut self) -> Result<Option<Token<'b>>, Error> {
        let decoder = &mut self.0;
        Ok(Some(match decoder.datatype()? {
            Type::Null => {
                decoder.null()?;
                Token::Null
            }
            Type::Bool => Token::Bool(decoder.bool()?),
            Type::U8 | Type::U16 | Type::U32 | Type::U64 => Token::Number(decoder.u64()?.into()),
            Type::I8 | Type::I16 | Type::I32 | Type::I64 => Token::Number(decoder.i64()?.into()),
            Type::F16 => return Ok(float(self.half()?)),
            Type::F32 => return Ok(float(decoder.f32()?.into())),
            Type::F64 => return Ok(float(decoder.f64()?)),
            Type::String => Token::Text(decoder.str()?),
            Type::Array | Type::ArrayIndef => Token::List(decoder.array()?),
            Type::Map | Type::MapIndef => Token::Map(decoder.map()?),
            Type::Break => {
                decoder.set_position(decoder.position() + 1);
                Token::End
            }
            _ => return Ok(None),
        }))
    }

    /// A number of 16 bits, as RFC 8949 has it in its appendix D: writers choose the shortest form that is exact.
    fn half(&mut self) -> Result<f64, Error> {
        let at = self.0.position() + 1;
        let bytes = self.0.input().get(at..).and_then(<[u8]>::first_chunk);
        let bits = u16::from_be_bytes(*bytes.ok_or_else(Error::end_of_input)?);
        self.0.set_position(at + 2);
        let fraction = f64::from(bits & 0x3ff);
        let size = match i32::from(bits >> 10 & 0x1f) {
            0 => fraction * 2f64.powi(-24),
            31 if fraction == 0.0 => f64::INFINITY,
            31 => f64::NAN,
            exponent => (fraction + 1024.0) * 2f64.powi(exponent - 25),
        };
        Ok(if bits >> 15 == 1 { -size } else { size })
    }
}

/// None for what is no number: JSON has no infinity.
fn float<'b>(number: f64) -> Option<Token<'b>> {
    Number::from_f64(number).map(Token::Number)
}

pub(super) fn write(tree: &Value) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    // Writing to memory does not fail.
    _ = put(tree, &mut Encoder::new(&mut bytes));
    bytes
}

type Put<W> = Result<(), minicbor::encode::Error<<W as Write>::Error>>;

fn put<W: Write>(value: &Value, to: &mut Encoder<W>) -> Put<W> {
    match &value.node {
        Node::Null => to.null()?.ok(),
        Node::Bool(value) => to.bool(*value)?.ok(),
        Node::Number(number) => put_number(number, to),
        Node::String(text) => to.str(text)?.ok(),
        Node::Array(values) => {
            to.array(values.len() as u64)?;
            values.iter().try_for_each(|value| put(value, to))
        }
        Node::Object(entries) => {
            to.map(entries.len() as u64)?;
            entries.iter().try_for_each(|entry| {
                to.str(&entry.key)?;
                put(&entry.value, to)
            })
        }
    }
}

fn put_number<W: Write>(number: &Number, to: &mut Encoder<W>) -> Put<W> {
    match (number.as_u64(), number.as_i64(), number.as_f64()) {
        (Some(number), ..) => to.u64(number)?.ok(),
        (_, Some(number), _) => to.i64(number)?.ok(),
        (.., number) => to.f64(number.unwrap_or_default())?.ok(),
    }
}
