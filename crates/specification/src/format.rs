//! The forms in which a document can be written: fronts of one model. What a front makes is a text and a tree whose
//! places are of that text; for a form without lines the text is the tree as indented JSON.
mod binary;
mod cbor;
mod comments;
pub(crate) mod json;
mod layout;
mod postcard;
mod toml;
mod toml_writer;

use crate::document::Value;
use crate::finding::{At, Finding};
use std::path::Path;

/// A form in which a document can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 8259.
    Json,
    /// JSON as editors take it for settings: with `//` and `/* */`, and a comma after the last of a list.
    JsonWithComments,
    /// TOML 1.1.
    Toml,
    /// RFC 8949.
    Cbor,
    /// The tree of a document in postcard's bytes.
    Postcard,
}

/// What could not be read as a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The text that the findings are about; empty if there is none.
    pub text: String,
    /// Why.
    pub findings: Vec<Finding>,
}

/// How many objects and arrays may lie in one another; the language itself needs nine.
pub(crate) const DEEPEST: usize = 64;

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Json,
        Self::JsonWithComments,
        Self::Toml,
        Self::Cbor,
        Self::Postcard,
    ];

    /// Its name, which is also what the names of its files end in.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::JsonWithComments => "jsonc",
            Self::Toml => "toml",
            Self::Cbor => "cbor",
            Self::Postcard => "postcard",
        }
    }

    /// The format with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// What the end of a file's name says.
    pub fn of_path(path: &Path) -> Option<Self> {
        Self::named(path.extension()?.to_str()?)
    }

    /// What a document's first bytes say, where they leave no doubt.
    pub fn of_content(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(postcard::MAGIC) {
            Some(Self::Postcard)
        } else if bytes.starts_with(cbor::MAGIC) {
            Some(Self::Cbor)
        } else {
            None
        }
    }

    /// Whether what is written in it is no text for people.
    pub const fn is_binary(self) -> bool {
        matches!(self, Self::Cbor | Self::Postcard)
    }

    /// The text that findings are shown in, and the tree.
    pub(crate) fn read(self, bytes: &[u8]) -> Result<(String, Value), Unread> {
        if self.is_binary() {
            let read = match self {
                Self::Cbor => cbor::read(bytes),
                _ => postcard::read(bytes),
            };
            let mut tree = read.map_err(|finding| Unread {
                text: String::new(),
                findings: vec![finding],
            })?;
            return Ok((layout::lay_out(&mut tree), tree));
        }
        let text = utf8(bytes)?;
        let read = match self {
            Self::Toml => toml::read(text),
            Self::JsonWithComments => comments::read(text),
            _ => json::split(text),
        };
        match read {
            Ok(tree) => Ok((text.to_owned(), tree)),
            Err(findings) => Err(Unread {
                text: text.to_owned(),
                findings,
            }),
        }
    }

    /// The bytes that stand for a tree; findings where this format has no way to say something.
    pub(crate) fn write(self, tree: &Value) -> Result<Vec<u8>, Vec<Finding>> {
        Ok(match self {
            Self::Json | Self::JsonWithComments => layout::lay_out(&mut tree.clone()).into_bytes(),
            Self::Toml => toml_writer::write(tree)?.into_bytes(),
            Self::Cbor => cbor::write(tree),
            Self::Postcard => postcard::write(tree),
        })
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, Unread> {
    std::str::from_utf8(bytes).map_err(|error| {
        let start = error.valid_up_to();
        let at = At::Bytes(start..start + char::REPLACEMENT_CHARACTER.len_utf8());
        let finding = Finding::new("this is not UTF-8, as text must be", at);
        Unread {
            text: String::from_utf8_lossy(bytes).into_owned(),
            findings: vec![finding.help(
                "name the format by the end of the file's name or by `--format`, if it is a binary one",
            )],
        }
    })
}
