//! Makes the manual pages and the shells' completions of clone-shim from the description of its command line and from
//! `docs/`. They lie in Cargo's folder for what a build script makes, and also in `ASSET_OUT_DIR` if that is set.

#[path = "../src/command_line.rs"]
mod command_line;
mod markdown;
mod page;

use clap::Command;
use clap_complete::{Generator, Shell};
use page::Page;
use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=ASSET_OUT_DIR");
    for source in ["build", "src/command_line.rs", page::TEXTS, page::LANGUAGE] {
        println!("cargo::rerun-if-changed={source}");
    }
    let mut command = command_line::command();
    // Subcommands are described when they are used: use all.
    command.build();
    let pages = page::all(&command)?;
    for folder in [env::var_os("OUT_DIR"), env::var_os("ASSET_OUT_DIR")] {
        let Some(folder) = folder.map(PathBuf::from) else {
            continue;
        };
        if folder.is_relative() {
            // It would lie in this crate's folder, which is where build scripts are run.
            return Err("ASSET_OUT_DIR must be an absolute path".into());
        }
        write_pages(&pages, &folder.join("man"))?;
        write_completions(&command, &folder.join("completions"))?;
    }
    Ok(())
}

/// As man(1) looks for them: in a folder for each section.
fn write_pages(pages: &[Page], folder: &Path) -> Result<(), Box<dyn Error>> {
    for page in pages {
        let section = folder.join(format!("man{}", page.section));
        fs::create_dir_all(&section)?;
        let file = section.join(format!("{}.{}", page.name, page.section));
        fs::write(file, &page.text)?;
    }
    Ok(())
}

fn write_completions(command: &Command, folder: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut command.clone(), command.get_name(), &mut script);
        let script = String::from_utf8(script)?;
        // clap_complete writes the hyphen of a program's name in two ways, so that bash finds no subcommand:
        // <https://github.com/clap-rs/clap/issues/6421>.
        let script = script.replace("clone__subcmd__shim", "clone__shim");
        fs::write(folder.join(shell.file_name(command.get_name())), script)?;
    }
    Ok(())
}
