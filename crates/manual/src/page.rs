//! A manual page: what clap knows of a command, between the words of `docs/`, in the order of man-pages(7).
use crate::{Article, Manual, markdown};
use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// A page's name, and its section of the manual.
type Key = (String, u8);

/// The page's text for roff(7).
#[derive(Debug)]
pub(crate) struct Page {
    key: Key,
    text: String,
}

/// The pages of a command, of its subcommands, and of nothing of the two. The command must have been built.
pub(crate) fn all(manual: &Manual) -> Result<Vec<Page>, Box<dyn Error>> {
    let commands: Vec<_> = [&manual.command]
        .into_iter()
        .chain(manual.command.get_subcommands())
        .collect();
    let articles = manual.articles.iter();
    let keys: Vec<Key> = commands
        .iter()
        .map(|command| (name(command).to_owned(), 1))
        .chain(articles.map(|article| (article.name.to_owned(), article.section)))
        .collect();
    let mut pages = Vec::new();
    for (command, key) in commands.iter().zip(&keys) {
        let mut page = of_command(manual, command, key)?;
        page.extend(see_also(key, &keys));
        pages.push(finished(key, page)?);
    }
    for (article, key) in manual.articles.iter().zip(&keys[commands.len()..]) {
        let mut page = of_article(manual, article, key)?;
        page.extend(see_also(key, &keys));
        pages.push(finished(key, page)?);
    }
    Ok(pages)
}

/// As man(1) looks for them: in a folder for each section.
pub(crate) fn write(pages: &[Page], folder: &Path) -> Result<(), Box<dyn Error>> {
    for page in pages {
        let (name, section) = &page.key;
        let folder = folder.join(format!("man{section}"));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("{name}.{section}")), &page.text)?;
    }
    Ok(())
}

fn name(command: &Command) -> &str {
    command
        .get_display_name()
        .unwrap_or_else(|| command.get_name())
}

fn of_command(manual: &Manual, command: &Command, key: &Key) -> Result<Vec<u8>, Box<dyn Error>> {
    let text = |name: &str| read(&manual.texts.join(name).with_extension("md"));
    let name = key.0.as_str();
    let own = text(name)?;
    let (description, sections) = own.split_at(own.find("\n## ").unwrap_or(own.len()));
    let man = Man::new(command.clone());
    let mut page = title(manual, key);
    man.render_name_section(&mut page)?;
    page.extend(synopsis(command));
    page.extend(section("DESCRIPTION", description)?);
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    if manual.shared.by.contains(&name) {
        page.extend(markdown::to_roff(&text(manual.shared.text)?)?);
    }
    page.extend(markdown::to_roff(sections)?);
    Ok(page)
}

fn of_article(manual: &Manual, article: &Article, key: &Key) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut page = title(manual, key);
    let about = format!("{} - {}", article.name, article.about);
    let mut roff = Roff::new();
    roff.control("SH", ["NAME"]).text([roman(about)]);
    page.extend(roff.to_roff().into_bytes());
    page.extend(section("DESCRIPTION", &read(&article.text)?)?);
    Ok(page)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// A page has no date, so that the same source always gives the same page.
fn title(manual: &Manual, (name, section): &Key) -> Vec<u8> {
    let program = manual.command.get_name();
    let version = manual.command.get_version().unwrap_or_default();
    let mut roff = Roff::new();
    roff.control(
        "TH",
        [
            name.to_uppercase().as_str(),
            &section.to_string(),
            r#""""#,
            &format!("{program} {version}"),
            &format!("{program} manual"),
        ],
    );
    roff.render().into_bytes()
}

fn section(title: &str, text: &str) -> Result<Vec<u8>, markdown::Unknown> {
    let mut section = Roff::new().control("SH", [title]).to_roff().into_bytes();
    section.extend(markdown::to_roff(text)?);
    Ok(section)
}

/// clap's usage, which knows where `--` must stand; a line for each way to call the command.
fn synopsis(command: &Command) -> Vec<u8> {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let name = command.get_bin_name().unwrap_or_default();
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    for (number, way) in usage.lines().map(str::trim_start).enumerate() {
        if number > 0 {
            roff.control("br", []);
        }
        let rest = way.strip_prefix(name).unwrap_or(way);
        roff.text([bold(name), roman(rest)]);
    }
    roff.to_roff().into_bytes()
}

fn see_also(key: &Key, keys: &[Key]) -> Vec<u8> {
    let mut line: Vec<Inline> = Vec::new();
    for (name, section) in keys.iter().filter(|other| *other != key) {
        if !line.is_empty() {
            line.push(roman(", "));
        }
        line.push(bold(name));
        line.push(roman(format!("({section})")));
    }
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]).text(line);
    roff.to_roff().into_bytes()
}

/// What is not ASCII is named by its number, which every roff understands whatever its locale.
fn finished(key: &Key, page: Vec<u8>) -> Result<Page, Box<dyn Error>> {
    let mut text = String::new();
    for character in String::from_utf8(page)?.chars() {
        match character.is_ascii() {
            true => text.push(character),
            false => write!(text, "\\[u{:04X}]", u32::from(character))?,
        }
    }
    Ok(Page {
        key: key.clone(),
        text,
    })
}
