//! The manual pages and completions that the build makes: all that can be typed is in them, and their examples work.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Stage, launchers, shown, stdout, succeed};

/// What the build script made.
const MADE: &str = env!("OUT_DIR");
const COMMANDS: [&str; 9] = [
    "run", "void", "check", "plan", "convert", "embed", "extract", "schema", "doctor",
];

fn pages() -> Vec<PathBuf> {
    let folders = ["man/man1", "man/man5"].map(|folder| Path::new(MADE).join(folder));
    let files = folders.iter().flat_map(|folder| folder.read_dir().unwrap());
    files.map(|file| file.unwrap().path()).collect()
}

fn page(name: &str) -> String {
    let path = Path::new(MADE).join("man/man1").join(format!("{name}.1"));
    let mandoc = ["-T", "ascii", "-O", "width=1000"];
    let shown = succeed(Command::new("mandoc").args(mandoc).arg(path));
    // A character is printed over itself to be bold, and over `_` to be underlined.
    let mut text = String::new();
    for character in shown.chars() {
        match character {
            '\u{8}' => _ = text.pop(),
            _ => text.push(character),
        }
    }
    text
}

/// The flags that `--help` names.
fn flags(command: &str) -> Vec<String> {
    let mut shim = Command::new(env!("CARGO_BIN_EXE_clone-shim"));
    let help = succeed(shim.args([command, "--help"]));
    let words = help.split(|character: char| {
        !(character.is_ascii_alphanumeric() || character == '-' || character == '_')
    });
    let flags = words.filter(|word| word.starts_with("--") && word.len() > 2);
    flags.map(str::to_owned).collect()
}

fn lines_after<'p>(page: &'p str, heading: &str) -> impl Iterator<Item = &'p str> {
    let lines = page.lines().skip_while(move |line| *line != heading);
    lines
        .skip(1)
        .take_while(|line| line.is_empty() || line.starts_with(' '))
}

#[test]
fn every_command_and_flag_has_its_place_in_the_manual() {
    let whole = page("clone-shim");
    for command in COMMANDS {
        assert!(
            whole.contains(&format!("clone-shim-{command}(1)")),
            "{command}"
        );
        let page = page(&format!("clone-shim-{command}"));
        for flag in flags(command) {
            let mut options = lines_after(&page, "OPTIONS");
            let listed = options.any(|line| line.split([' ', '=']).any(|word| word == flag));
            assert!(listed, "{command} {flag}: {page}");
        }
        let codes: Vec<_> = lines_after(&page, "EXIT STATUS").collect();
        assert!(
            codes.iter().any(|line| line.trim().starts_with("125")),
            "{page}"
        );
        assert!(lines_after(&page, "EXAMPLES").count() > 0, "{page}");
    }
}

#[test]
fn the_pages_are_pages() {
    assert_eq!(pages().len(), COMMANDS.len() + 2);
    for page in pages() {
        let mut lint = Command::new("mandoc");
        let output = lint
            .args(["-T", "lint", "-W", "warning"])
            .arg(&page)
            .output()
            .unwrap();
        let said = stdout(&output);
        let complaints: Vec<_> = said
            .lines()
            .filter(|line| !line.contains("missing date"))
            .collect();
        assert!(complaints.is_empty(), "{complaints:?}");
    }
}

#[test]
fn the_examples_of_the_manual_work() {
    for launcher in launchers() {
        let pages = COMMANDS.map(|command| format!("clone-shim-{command}"));
        for name in ["clone-shim"]
            .into_iter()
            .chain(pages.iter().map(String::as_str))
        {
            let page = page(name);
            let lines = lines_after(&page, "EXAMPLES");
            // Code is set in further than the text about it.
            let code: Vec<_> = lines
                .filter_map(|line| line.strip_prefix("           "))
                .collect();
            assert!(!code.is_empty(), "{page}");
            let stage = Stage::new(launcher);
            let folder = stage.own_folder("own");
            let script = format!("set -eu; PATH=..:$PATH; cd own\n{}", code.join("\n"));
            let mut bash = stage.command("/bin/bash");
            let output = bash.args(["-c", &script]).output().unwrap();
            assert!(output.status.success(), "{script}\n{}", shown(&output));
            drop(folder);
        }
    }
}

/// What bash would offer for a line whose last word is being typed.
fn offered(line: &[&str]) -> String {
    let completions = Path::new(MADE).join("completions/clone-shim.bash");
    let script = r#"
        source "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
        complete -p clone-shim >/dev/null
        _clone__shim clone-shim "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let mut bash = Command::new("bash");
    succeed(
        bash.args(["-c", script, "bash"])
            .arg(completions)
            .args(line),
    )
}

#[test]
fn bash_completes_every_command_and_flag() {
    let commands = offered(&["clone-shim", ""]);
    for command in COMMANDS {
        assert!(commands.lines().any(|offer| offer == command), "{commands}");
        let offers = offered(&["clone-shim", command, "--"]);
        for flag in flags(command) {
            assert!(
                offers.lines().any(|offer| offer == flag),
                "{command} {flag}: {offers}"
            );
        }
    }
    assert_eq!(offered(&["clone-shim", "do"]), "doctor\n");
}

#[test]
fn other_shells_read_their_completions() {
    for (shell, file) in [("zsh", "_clone-shim"), ("fish", "clone-shim.fish")] {
        let path = Path::new(MADE).join("completions").join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        for flag in flags("void") {
            let name = flag.trim_start_matches('-');
            assert!(text.contains(name), "{shell}: {flag}");
        }
        succeed(Command::new(shell).arg("-n").arg(&path));
    }
}
