//! A specification in a program's own file: the program runs as before, and clone-shim runs it in its void.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use support::{Launcher, Stage, launchers, repository, shown, stderr, stdout, succeed};

const SAY: &str = r#"version = 1
# Says what it is told.
[entrypoints.say]
args = ["${trailing}"]
stdout = "inherit"
"#;
const SOURCE: &str = r#"
#include <stdio.h>
int main(int count, char **words) { printf("said %s\n", count > 1 ? words[1] : "nothing"); return 0; }
"#;

/// A stage with the specification, and a program that says its first argument.
fn stage(launcher: Launcher, flags: &[&str]) -> Stage {
    let stage = Stage::new(launcher);
    stage.own_folder("own");
    stage.own_file("own/say.toml", SAY);
    stage.own_file("own/say.c", SOURCE);
    let mut gcc = Command::new("gcc");
    gcc.args(flags).arg("-o");
    succeed(gcc.arg(stage.path("own/say")).arg(stage.path("own/say.c")));
    stage
}

fn own(stage: &Stage, program: &str, arguments: &[&str]) -> Command {
    let mut command = stage.command(program);
    command.current_dir(stage.path("own")).args(arguments);
    command
}

fn shim(stage: &Stage, arguments: &[&str]) -> Command {
    own(stage, &stage.text("clone-shim"), arguments)
}

fn embed(stage: &Stage, program: &str, out: &str) {
    succeed(&mut shim(stage, &["embed", "say.toml", program, "-o", out]));
}

/// By itself, and in a void.
fn runs(stage: &Stage, program: &str) {
    let alone = succeed(&mut own(
        stage,
        &stage.text(&format!("own/{program}")),
        &["alone"],
    ));
    assert_eq!(alone, "said alone\n");
    let voided = shim(stage, &["run", program, "--", "voided"])
        .output()
        .unwrap();
    assert_eq!(stdout(&voided), "said voided\n", "{}", shown(&voided));
}

#[test]
fn a_program_with_a_specification_runs_as_before_and_in_its_void_stripped_or_not() {
    let kinds: [&[&str]; 4] = [&["-pie"], &["-no-pie"], &["-static"], &["-static-pie"]];
    for launcher in launchers() {
        for flags in kinds {
            let stage = stage(launcher, flags);
            embed(&stage, "say", "with");
            runs(&stage, "with");
            succeed(&mut own(&stage, "strip", &["-o", "stripped", "with"]));
            runs(&stage, "stripped");
            embed(&stage, "stripped", "stripped");
            runs(&stage, "stripped");
            for program in ["with", "stripped"] {
                assert_eq!(succeed(&mut shim(&stage, &["extract", program])), SAY);
            }
        }
    }
}

#[test]
fn a_program_whose_table_of_sections_is_gone_holds_a_specification_too() {
    let stage = stage(Launcher::Ourselves, &["-static"]);
    let mut program = fs::read(stage.path("own/say")).unwrap();
    let table = u64::from_le_bytes(*program[40..].first_chunk().unwrap());
    program.truncate(usize::try_from(table).unwrap());
    program[40..48].fill(0);
    program[58..64].fill(0);
    fs::write(stage.path("own/say"), program).unwrap();
    embed(&stage, "say", "say");
    runs(&stage, "say");
}

#[test]
fn embedding_again_replaces_and_does_not_grow() {
    let stage = stage(Launcher::Ourselves, &[]);
    let size = |name: &str| fs::metadata(stage.path(name)).unwrap().len();
    embed(&stage, "say", "say");
    let once = size("own/say");
    for _ in 0..3 {
        embed(&stage, "say", "say");
        assert_eq!(size("own/say"), once);
    }
    fs::write(stage.path("own/say.toml"), SAY.replace("say]", "again]")).unwrap();
    embed(&stage, "say", "say");
    assert!(succeed(&mut shim(&stage, &["extract", "say"])).contains("entrypoints.again"));
    runs(&stage, "say");
}

#[test]
fn the_file_has_the_programs_mode_without_its_privileges_and_nothing_else_is_left() {
    let stage = stage(Launcher::Ourselves, &[]);
    let mode = |name: &str| fs::metadata(stage.path(name)).unwrap().permissions().mode() & 0o7777;
    let give = |mode| fs::set_permissions(stage.path("own/say"), fs::Permissions::from_mode(mode));
    give(0o4750).unwrap();
    embed(&stage, "say", "with");
    assert_eq!(mode("own/with"), 0o750);
    std::os::unix::fs::symlink("with", stage.path("own/link")).unwrap();
    embed(&stage, "say", "link");
    assert!(stage.path("own/link").is_symlink());
    let before = fs::read(stage.path("own/with")).unwrap();
    for (specification, program, out) in [
        ("say.toml", "say.c", "with"),
        ("say.toml", "/no/such/program", "with"),
        ("say.c", "say", "with"),
        ("say.toml", "say", "/no/such/folder/with"),
        ("say.toml", "say", "/dev/null"),
        ("say.toml", "say", "."),
    ] {
        let refused = shim(&stage, &["embed", specification, program, "-o", out])
            .output()
            .unwrap();
        assert_eq!(refused.status.code(), Some(125), "{}", shown(&refused));
        assert!(!refused.stderr.is_empty());
    }
    assert_eq!(fs::read(stage.path("own/with")).unwrap(), before);
    let mut left: Vec<_> = fs::read_dir(stage.path("own"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["link", "say", "say.c", "say.toml", "with"]);
}

#[test]
fn findings_about_an_embedded_specification_are_at_its_own_lines() {
    let stage = stage(Launcher::Ourselves, &[]);
    fs::write(
        stage.path("own/say.toml"),
        SAY.to_owned() + "files = { \"/h\" = \"/no/such\" }\n",
    )
    .unwrap();
    embed(&stage, "say", "say");
    succeed(&mut shim(&stage, &["check", "say"]));
    let refused = shim(&stage, &["plan", "say"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(125));
    assert!(
        stderr(&refused).contains("--> say(say.toml):6:18"),
        "{}",
        shown(&refused)
    );
}

#[test]
fn a_program_without_a_specification_is_refused_with_a_remedy() {
    let stage = stage(Launcher::Ourselves, &[]);
    for command in ["run", "check", "plan", "extract"] {
        let refused = shim(&stage, &[command, "say"]).output().unwrap();
        assert_eq!(refused.status.code(), Some(125));
        assert!(
            stderr(&refused).contains("`clone-shim embed SPECIFICATION say -o OUT`"),
            "{}",
            shown(&refused)
        );
    }
    let refused = shim(&stage, &["extract", "say.toml"]).output().unwrap();
    assert!(
        stderr(&refused).contains("is no program"),
        "{}",
        shown(&refused)
    );
}

#[test]
fn every_format_is_converted_embedded_extracted_and_run() {
    let stage = stage(Launcher::Ourselves, &[]);
    let plan = |named: &[&str]| {
        let arguments = [&["plan", "--json"], named, &["--", "x"]].concat();
        succeed(&mut shim(&stage, &arguments))
    };
    embed(&stage, "say", "first");
    for format in specification::Format::ALL.map(specification::Format::name) {
        let file = format!("converted.{format}");
        succeed(&mut shim(
            &stage,
            &["convert", "say.toml", "--to", format, "-o", &file],
        ));
        succeed(&mut shim(&stage, &["embed", &file, "say", "-o", "say"]));
        assert_eq!(
            plan(&["say"]),
            plan(&["first"]).replace("own/first", "own/say"),
            "{format}"
        );
        let extracted = shim(&stage, &["extract", "say"]).output().unwrap();
        assert_eq!(
            extracted.stdout,
            fs::read(stage.path("own").join(&file)).unwrap()
        );
        let back = succeed(&mut shim(&stage, &["extract", "say", "--to", "toml"]));
        assert_eq!(
            back,
            SAY.replace("# Says what it is told.\n", "\n"),
            "{format}"
        );
        fs::rename(stage.path("own").join(&file), stage.path("own/nameless")).unwrap();
        succeed(&mut shim(
            &stage,
            &["check", "nameless", "--format", format],
        ));
    }
}

#[test]
fn what_a_format_cannot_say_is_refused_at_its_place() {
    let stage = Stage::new(Launcher::Ourselves);
    let memory = r#"{ "version": 1, "entrypoints": { "it": { "program": "/bin/true", "limits": { "memory": 9223372036854775808 } } } }"#;
    stage.own_file("spec.json", memory);
    let refused = stage
        .shim(&["convert", "spec.json", "--to", "toml"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(125));
    assert!(
        stderr(&refused).contains("TOML has no whole number that is as large")
            && stderr(&refused).contains("spec.json:1:88"),
        "{}",
        shown(&refused)
    );
}

#[test]
fn an_invalid_specification_is_not_converted() {
    let stage = Stage::new(Launcher::Ourselves);
    let bad = repository("tests/specifications/bad/toml-findings.toml");
    let refused = stage
        .shim(&["convert", bad.to_str().unwrap(), "--to", "json"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(125));
    assert!(refused.stdout.is_empty());
    assert_eq!(stderr(&refused).matches("error: ").count(), 7);
}

#[test]
fn what_is_binary_is_not_for_a_terminal() {
    let stage = Stage::new(Launcher::Ourselves);
    stage.own_file(
        "spec.json",
        r#"{ "version": 1, "entrypoints": { "it": { "program": "/bin/true" } } }"#,
    );
    let script = |to: &str| {
        let command = format!("./clone-shim convert spec.json --to {to}");
        let output = stage
            .command("script")
            .args(["-qec", &command, "/dev/null"])
            .output()
            .unwrap();
        (output.status.code(), stdout(&output))
    };
    let (code, said) = script("cbor");
    assert!(
        code == Some(125) && said.contains("not for a terminal"),
        "{said}"
    );
    let (code, said) = script("json");
    assert!(code == Some(0) && said.contains("\"version\": 1"), "{said}");
}

#[test]
fn a_program_on_standard_input_is_told_to_be_named() {
    let stage = stage(Launcher::Ourselves, &[]);
    let program = fs::File::open(stage.path("own/say")).unwrap();
    let refused = shim(&stage, &["run", "-"]).stdin(program).output().unwrap();
    assert!(
        stderr(&refused).contains("name its file"),
        "{}",
        shown(&refused)
    );
}
