//! Manual pages and completions of a program, made of the description of its command line and of texts in `docs/`. For
//! build scripts: nothing of it is linked into a program.
#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod completions;
mod markdown;
mod page;

use clap::Command;
use std::env;
use std::error::Error;
use std::path::PathBuf;

/// The manual of a program.
#[derive(Debug)]
pub struct Manual {
    /// The program's command line.
    pub command: Command,
    /// The folder with a text for each command's page, named for it: its description, then sections.
    pub texts: PathBuf,
    /// Sections that pages of several commands share.
    pub shared: Shared,
    /// Pages that are of no command.
    pub articles: Vec<Article>,
}

/// Sections that pages of several commands share.
#[derive(Debug)]
pub struct Shared {
    /// The name of their text.
    pub text: &'static str,
    /// The pages.
    pub by: &'static [&'static str],
}

/// A page that is of no command, such as that of a language or of a file.
#[derive(Debug)]
pub struct Article {
    /// The page's name.
    pub name: &'static str,
    /// The section of the manual.
    pub section: u8,
    /// What it is about, in a line.
    pub about: &'static str,
    /// Its text.
    pub text: PathBuf,
}

impl Manual {
    /// Writes the pages and the completions to Cargo's folder for what a build script makes, and to `ASSET_OUT_DIR` if
    /// that is set. Tells Cargo of what they are made.
    pub fn write(mut self) -> Result<(), Box<dyn Error>> {
        println!("cargo::rerun-if-env-changed=ASSET_OUT_DIR");
        let articles = self.articles.iter().map(|article| &article.text);
        for text in [&self.texts].into_iter().chain(articles) {
            println!("cargo::rerun-if-changed={}", text.display());
        }
        // Subcommands are described when they are used: use all.
        self.command.build();
        let pages = page::all(&self)?;
        for folder in [env::var_os("OUT_DIR"), env::var_os("ASSET_OUT_DIR")] {
            let Some(folder) = folder.map(PathBuf::from) else {
                continue;
            };
            if folder.is_relative() {
                // It would lie in the program's crate, which is where build scripts are run.
                return Err("ASSET_OUT_DIR must be an absolute path".into());
            }
            page::write(&pages, &folder.join("man"))?;
            completions::write(&self.command, &folder.join("completions"))?;
        }
        Ok(())
    }
}
