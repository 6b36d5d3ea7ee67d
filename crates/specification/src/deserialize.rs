//! serde's view of a document's values, with mistakes that know where they are.
use crate::document::{Entry, Node, Value};
use serde::de::value::{MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{self, Deserializer, Expected, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use std::fmt;
use std::ops::Range;

/// Something that is not as the raw form says.
#[derive(Debug)]
pub(crate) struct Mistake {
    pub(crate) problem: Problem,
    /// The innermost value that it is about.
    pub(crate) span: Option<Range<usize>>,
}

#[derive(Debug)]
pub(crate) enum Problem {
    UnknownField {
        field: String,
        known: &'static [&'static str],
    },
    UnknownVariant {
        variant: String,
        known: &'static [&'static str],
    },
    WrongType {
        expected: String,
        found: String,
    },
    Other(String),
}

impl Mistake {
    fn of(problem: Problem) -> Self {
        Self {
            problem,
            span: None,
        }
    }

    fn at(mut self, span: &Range<usize>) -> Self {
        self.span.get_or_insert_with(|| span.clone());
        self
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.problem)
    }
}

impl std::error::Error for Mistake {}

impl de::Error for Mistake {
    fn custom<T: fmt::Display>(words: T) -> Self {
        Self::of(Problem::Other(words.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = describe(&found);
        Self::of(Problem::WrongType {
            expected: in_words_of_json(expected),
            found,
        })
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        Self::of(Problem::UnknownField {
            field: field.to_owned(),
            known,
        })
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        Self::of(Problem::UnknownVariant {
            variant: variant.to_owned(),
            known,
        })
    }
}

/// serde's own words for what a type expects are not JSON's.
fn in_words_of_json(expected: &dyn Expected) -> String {
    match expected.to_string().as_str() {
        "a sequence" => "an array".to_owned(),
        "a map" => "an object".to_owned(),
        "u64" | "i64" => "a whole number".to_owned(),
        "f64" => "a number".to_owned(),
        words => words.to_owned(),
    }
}

/// In JSON's words.
fn describe(found: &Unexpected<'_>) -> String {
    match found {
        Unexpected::Map => "an object".to_owned(),
        Unexpected::Seq => "an array".to_owned(),
        Unexpected::Unit | Unexpected::Option => "null".to_owned(),
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Str(_) => "a string".to_owned(),
        Unexpected::Unsigned(number) => format!("the number {number}"),
        Unexpected::Signed(number) => format!("the number {number}"),
        Unexpected::Float(number) => format!("the number {number}"),
        other => other.to_string(),
    }
}

impl<'de> Deserializer<'de> for &'de Value {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.node {
            Node::Null => visitor.visit_unit(),
            Node::Bool(value) => visitor.visit_bool(*value),
            Node::Number(number) => visit_number(number, visitor),
            Node::String(text) => visitor.visit_borrowed_str(text),
            Node::Array(values) => visitor.visit_seq(SeqDeserializer::new(values.iter())),
            Node::Object(entries) => {
                visitor.visit_map(MapDeserializer::new(entries.iter().map(pair)))
            }
        }
        .map_err(|mistake| mistake.at(&self.span))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor
            .visit_some(self)
            .map_err(|mistake| mistake.at(&self.span))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        visitor
            .visit_newtype_struct(self)
            .map_err(|mistake| mistake.at(&self.span))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        match &self.node {
            Node::String(text) => visitor.visit_enum(StrDeserializer::<Mistake>::new(text)),
            _ => self
                .deserialize_any(OneOf(known))
                .map(|never: std::convert::Infallible| match never {}),
        }
        .map_err(|mistake| mistake.at(&self.span))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// Refuses everything, as a visitor that wanted one of some words.
struct OneOf(&'static [&'static str]);

impl Visitor<'_> for OneOf {
    type Value = std::convert::Infallible;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {}", crate::nearest::list(self.0))
    }
}

fn visit_number<'de, V: Visitor<'de>>(
    number: &serde_json::Number,
    visitor: V,
) -> Result<V::Value, Mistake> {
    match (number.as_u64(), number.as_i64(), number.as_f64()) {
        (Some(number), ..) => visitor.visit_u64(number),
        (_, Some(number), _) => visitor.visit_i64(number),
        (.., Some(number)) => visitor.visit_f64(number),
        _ => Err(de::Error::custom("this number is too large")),
    }
}

fn pair(entry: &Entry) -> (&str, &Value) {
    (&entry.key, &entry.value)
}

impl<'de> IntoDeserializer<'de, Mistake> for &'de Value {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
