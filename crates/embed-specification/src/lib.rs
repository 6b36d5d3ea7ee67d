//! Puts a specification into a Rust program when it is compiled, and compiles nothing if it is not valid.
//!
//! ```toml
//! # greet.toml, beside Cargo.toml
//! version = 1
//!
//! [entrypoints.greet]
//! args = ["${trailing}"]
//! stdout = "inherit"
//! ```
//!
//! ```ignore
//! embed_specification::embed_specification!("greet.toml");
//! ```
//!
//! `clone-shim run target/release/greet -- hello` then starts the program in the void that it describes; an entrypoint
//! without a `program` is the program itself. `clone-shim extract` prints the specification, and `clone-shim embed`
//! replaces it. The program does not read it: the section costs its bytes, and nothing when it runs.
//!
//! # What is promised
//! - The specification is checked as `clone-shim check` does. What is wrong fails the build, each finding with its place.
//! - The program is compiled again when the file has changed.
//! - A crate may forbid unsafe code.
//! - Optimising, and linkers that drop what nothing refers to, keep the section.
//!
//! One specification a program: clone-shim refuses a program into which two libraries have put theirs.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod fault;
mod file;
mod tokens;

use proc_macro::TokenStream;

/// Embeds the specification in a file, which is named as a string, relative to the folder of the crate's `Cargo.toml`. The
/// end of its name tells the format: `.json`, `.jsonc`, `.toml`, `.cbor` or `.postcard`. Stands where items do, once in
/// a program.
///
/// A file that is not there, or not valid, is a mistake of compilation:
///
/// ```compile_fail
/// embed_specification::embed_specification!("no/such/file.json");
/// # fn main() {}
/// ```
#[proc_macro]
pub fn embed_specification(input: TokenStream) -> TokenStream {
    let embedded = tokens::path(input).and_then(|path| {
        let file = file::read(&path)?;
        tokens::section(&file)
    });
    embedded.unwrap_or_else(|fault| tokens::error(&fault.0))
}
