//! The description is consistent, and all of it is in the manual pages and completions that the build makes.
use super::PROBES;
use crate::probe::Probe;
use crate::screen::action::Action;
use crate::screen::bindings::{BINDINGS, Binding};
use crate::screen::filter::TERMS;
use crate::screen::layout::Tab;
use clap::Command;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// What the build script made.
const MADE: &str = env!("OUT_DIR");

fn commands() -> Vec<Command> {
    let mut command = super::command();
    command.build();
    let others = command.get_subcommands().cloned().collect::<Vec<_>>();
    [vec![command], others].concat()
}

fn page(command: &Command) -> PathBuf {
    let name = command.get_display_name().unwrap_or("forktop");
    Path::new(MADE).join("man/man1").join(format!("{name}.1"))
}

fn flags(command: &Command) -> impl Iterator<Item = String> {
    let long = command.get_arguments().filter_map(|it| it.get_long());
    long.map(|flag| format!("--{flag}"))
}

/// What a program prints, which must succeed.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = std::process::Command::new(program)
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_command_line_is_consistent() {
    super::command().debug_assert();
}

#[test]
fn every_flag_has_its_place_in_the_manual() {
    let pages = commands();
    assert_eq!(pages.len(), 6);
    for command in pages {
        let text = fs::read_to_string(page(&command)).unwrap();
        let text = text.replace("\\-", "-");
        for flag in flags(&command) {
            assert!(text.contains(&flag), "{flag}: {text}");
        }
        for section in ["DESCRIPTION", "OPTIONS", "\"EXIT STATUS\"", "EXAMPLES"] {
            assert!(text.contains(&format!(".SH {section}\n")), "{section}");
        }
    }
}

#[test]
fn the_pages_are_pages() {
    let log = Path::new(MADE).join("man/man5/forktop-log.5");
    for page in commands().iter().map(page).chain([log]) {
        let page = page.to_str().unwrap();
        let output = std::process::Command::new("mandoc")
            .args(["-T", "lint", "-W", "warning", page])
            .output()
            .unwrap();
        let complaints = String::from_utf8(output.stdout).unwrap();
        let mut complaints = complaints.lines().filter(|it| !it.contains("missing date"));
        assert_eq!(complaints.next(), None);
    }
}

#[test]
fn shells_complete_every_flag() {
    let script = r#"
        source "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
        _forktop forktop "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let made = |file: &str| format!("{MADE}/completions/{file}");
    let bash = made("forktop.bash");
    for command in commands() {
        let name = command.get_name();
        let words = ["forktop", name, "--"];
        let words = if name == "forktop" {
            &words[1..]
        } else {
            &words
        };
        let offers = said("bash", &[&["-c", script, "bash", &bash], words].concat());
        for flag in flags(&command) {
            assert!(
                offers.lines().any(|offer| offer == flag),
                "{flag}: {offers}"
            );
        }
    }
    said("zsh", &["-n", &made("_forktop")]);
    said("fish", &["-n", &made("forktop.fish")]);
}

/// The manual's sections of keys and of filters, made of the tables by which the interface does what they say.
fn of_the_interface() -> String {
    let mut text = String::from("## Keys\n");
    let mut context = None;
    for binding in BINDINGS {
        if context.replace(binding.context) != Some(binding.context) {
            let title = binding.context.title();
            let _ = write!(
                text,
                "\n### {title}\n\n| key | what it does |\n| --- | --- |\n"
            );
        }
        let _ = writeln!(text, "| {} | {} |", keys(binding), words(binding));
    }
    text.push_str("\n## Searches and filters\n\n");
    text.push_str("Words, of which all must hold.\n\n| word | what it asks for |\n| --- | --- |\n");
    for (term, words) in TERMS {
        let _ = writeln!(text, "| `{term}` | {words} |");
    }
    text
}

fn keys(binding: &Binding) -> String {
    let names = binding.keys.iter().map(|key| format!("`{key}`"));
    names.collect::<Vec<_>>().join(", ")
}

/// A pane by the name that its tab has.
fn words(binding: &Binding) -> String {
    match binding.action {
        Action::Show(Tab::Pane(pane)) => format!("{}: {}", pane.name(), binding.words),
        _ => binding.words.to_owned(),
    }
}

#[test]
fn the_manual_names_every_key_and_every_word_of_a_filter() {
    let manual = include_str!("../../../../docs/manual/forktop.md");
    let expected = of_the_interface();
    assert!(
        manual.contains(&expected),
        "docs/manual/forktop.md is to have:\n{expected}"
    );
}

#[test]
fn help_and_the_manual_name_every_probe() {
    let forms: Vec<_> = Probe::forms().collect();
    assert_eq!(PROBES[..], forms);
    let manual = include_str!("../../../../docs/manual/forktop-try.md").replace("\\|", "|");
    let error = super::command()
        .try_get_matches_from(["forktop", "try", "--help"])
        .unwrap_err();
    let help = error.to_string();
    for form in forms {
        assert!(help.contains(&format!("\n  {form}\n")), "{form}: {help}");
        assert!(manual.contains(&format!("`{form}`")), "{form}");
    }
}
