//! The language in which an application says what its processes are and what each may reach.
//!
//! The way of a specification, each step with every finding at once and the place of each:
//!
//! ```text
//! text ─ Document ─ raw::Specification ─ Specification ─ application::Application
//!        read       (as written)         check           bind
//! ```
//!
//! # Terms
//! - A **document** is a text with the place of everything in it.
//! - A **format** is a form in which a document can be written; all make the same documents.
//! - What is **raw** is as the author wrote it, field for field.
//! - A **specification** has been checked: whatever its parameters will be bound to, it obeys the rules that can be
//!   checked without them.
//! - An **application** has every parameter bound, and obeys all rules.
//! - A **finding** is a rule that is broken, with its place and what can be done.
//!
//! This crate looks nothing up: no file, no variable, no clock.
//!
//! ```
//! use specification::{Bindings, Builtins, Document};
//!
//! let text = r#"{ "version": 1, "entrypoints": { "hello": { "program": "/bin/echo", "args": ["hello"] } } }"#;
//! let document = Document::parse(text).map_err(|findings| findings[0].title.clone())?;
//! let specification = document.check().map_err(|findings| findings[0].title.clone())?;
//! let application = specification.bind(&Bindings::default(), &Builtins::default()).map_err(|_| "cannot bind")?;
//! assert_eq!(application.entrypoints["hello"].args, ["hello"]);
//! # Ok::<(), String>(())
//! ```
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod application;
mod bind;
mod descriptors;
mod deserialize;
mod document;
mod embedded;
mod entrypoint;
mod finding;
mod format;
mod grants;
mod host;
mod listen;
mod names;
mod narrow;
mod nearest;
mod network;
mod parameter;
mod place;
pub mod raw;
mod reach;
mod resolve;
#[cfg(feature = "schema")]
mod schema;
mod template;

pub use bind::{Binding, Bindings, Builtins, Origin};
pub use document::Document;
pub use embedded::{Embedded, EmbeddedError, SECTION};
pub use finding::{At, Finding};
pub use format::{Format, Unread};
pub use names::{CAPABILITIES, SYSCALLS};
pub use parameter::{Parameter, ParameterKind};
pub use place::Place;
pub use resolve::Specification;
#[cfg(feature = "schema")]
pub use schema::schema;
pub use template::{Template, TemplateError};

/// The version of the language that this crate reads.
pub const VERSION: u64 = 1;
