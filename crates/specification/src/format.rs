//! The forms in which a document can be written.
pub(crate) mod json;
