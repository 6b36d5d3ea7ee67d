//! A manual page: what clap knows of a command, between the words of `docs/`, in the order of man-pages(7).
use crate::markdown;
use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// A text for each command's page, named for it: its description, then sections.
pub const TEXTS: &str = "../../docs/manual";
/// The page of the language.
pub const LANGUAGE: &str = "../../docs/specification.md";
/// The sections that the pages of the commands that start programs share.
const SHARED: &str = "starting-programs";
const SHARED_BY: [&str; 3] = ["clone-shim", "clone-shim-run", "clone-shim-void"];

/// The page's name, its section of the manual, and its text for roff(7).
#[derive(Debug)]
pub struct Page {
    pub name: String,
    pub section: u8,
    pub text: String,
}

/// The pages of a command, of its subcommands, and of the language. The command must have been built.
pub fn all(command: &Command) -> Result<Vec<Page>, Box<dyn Error>> {
    let commands: Vec<_> = [command]
        .into_iter()
        .chain(command.get_subcommands())
        .collect();
    let mut names: Vec<_> = commands.iter().map(|command| (name(command), 1)).collect();
    names.push(("clone-shim-specification", 5));
    let mut pages = Vec::new();
    for command in commands {
        pages.push(of_command(command, &names)?);
    }
    pages.push(of_language(&names)?);
    Ok(pages)
}

fn name(command: &Command) -> &str {
    command
        .get_display_name()
        .unwrap_or_else(|| command.get_name())
}

fn of_command(command: &Command, names: &[(&str, u8)]) -> Result<Page, Box<dyn Error>> {
    let name = name(command);
    let text = read(&Path::new(TEXTS).join(name).with_extension("md"))?;
    let (description, sections) = text.split_at(text.find("\n## ").unwrap_or(text.len()));
    let man = Man::new(command.clone());
    let mut page = title(name, 1);
    man.render_name_section(&mut page)?;
    page.extend(synopsis(command));
    page.extend(section("DESCRIPTION", description)?);
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    if SHARED_BY.contains(&name) {
        let shared = read(&Path::new(TEXTS).join(SHARED).with_extension("md"))?;
        page.extend(markdown::to_roff(&shared)?);
    }
    page.extend(markdown::to_roff(sections)?);
    page.extend(see_also(name, names));
    finished(name, 1, page)
}

fn of_language(names: &[(&str, u8)]) -> Result<Page, Box<dyn Error>> {
    let name = "clone-shim-specification";
    let text = read(Path::new(LANGUAGE))?;
    let mut page = title(name, 5);
    let about = format!("{name} - the language in which an application says what it may reach");
    let mut roff = Roff::new();
    roff.control("SH", ["NAME"]).text([roman(about)]);
    page.extend(roff.to_roff().into_bytes());
    page.extend(section("DESCRIPTION", &text)?);
    page.extend(see_also(name, names));
    finished(name, 5, page)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// A page has no date, so that the same source always gives the same page.
fn title(name: &str, section: u8) -> Vec<u8> {
    let mut roff = Roff::new();
    roff.control(
        "TH",
        [
            name.to_uppercase().as_str(),
            &section.to_string(),
            r#""""#,
            concat!("clone-shim ", env!("CARGO_PKG_VERSION")),
            "clone-shim manual",
        ],
    );
    roff.render().into_bytes()
}

fn section(title: &str, text: &str) -> Result<Vec<u8>, markdown::Unknown> {
    let mut section = Roff::new().control("SH", [title]).to_roff().into_bytes();
    section.extend(markdown::to_roff(text)?);
    Ok(section)
}

/// clap's usage, which knows where `--` must stand.
fn synopsis(command: &Command) -> Vec<u8> {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let name = command.get_bin_name().unwrap_or_default();
    let rest = usage.strip_prefix(name).unwrap_or(usage);
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"])
        .text([bold(name), roman(rest)]);
    roff.to_roff().into_bytes()
}

fn see_also(name: &str, names: &[(&str, u8)]) -> Vec<u8> {
    let mut line: Vec<Inline> = Vec::new();
    for (other, section) in names.iter().filter(|(other, _)| *other != name) {
        if !line.is_empty() {
            line.push(roman(", "));
        }
        line.push(bold(*other));
        line.push(roman(format!("({section})")));
    }
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]).text(line);
    roff.to_roff().into_bytes()
}

/// What is not ASCII is named by its number, which every roff understands whatever its locale.
fn finished(name: &str, section: u8, page: Vec<u8>) -> Result<Page, Box<dyn Error>> {
    let mut text = String::new();
    for character in String::from_utf8(page)?.chars() {
        match character.is_ascii() {
            true => text.push(character),
            false => write!(text, "\\[u{:04X}]", u32::from(character))?,
        }
    }
    Ok(Page {
        name: name.to_owned(),
        section,
        text,
    })
}
