//! Makes the manual pages and the shells' completions of clone-shim from the description of its command line and from
//! `docs/`.

#[path = "src/command_line.rs"]
mod command_line;

use manual::{Article, Manual, Shared};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    for source in ["build.rs", "src/command_line.rs"] {
        println!("cargo::rerun-if-changed={source}");
    }
    let language = Article {
        name: "clone-shim-specification",
        section: 5,
        about: "the language in which an application says what it may reach",
        text: "../../docs/specification.md".into(),
    };
    let manual = Manual {
        command: command_line::command(),
        texts: "../../docs/manual".into(),
        shared: Shared {
            text: "starting-programs",
            by: &["clone-shim", "clone-shim-run", "clone-shim-void"],
        },
        articles: vec![language],
    };
    manual.write()
}
