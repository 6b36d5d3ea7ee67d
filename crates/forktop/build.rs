//! Makes the manual pages and the shells' completions of forktop from the description of its command line and from
//! `docs/`.

#[path = "src/command_line.rs"]
mod command_line;

use manual::{Article, Manual, Shared};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    for source in ["build.rs", "src/command_line.rs"] {
        println!("cargo::rerun-if-changed={source}");
    }
    let log = Article {
        name: "forktop-log",
        section: 5,
        about: "what forktop knows of a tree of processes, as lines of JSON",
        text: "../../docs/log.md".into(),
    };
    let manual = Manual {
        command: command_line::command(),
        texts: "../../docs/manual".into(),
        shared: Shared {
            text: "following-processes",
            by: &["forktop", "forktop-log"],
        },
        articles: vec![log],
    };
    manual.write()
}
