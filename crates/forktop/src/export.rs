//! The whole tree with what each process may do, in one file: for programs, for graphviz, or to be looked at.
mod format;

pub use format::{Format, UnknownFormat};
