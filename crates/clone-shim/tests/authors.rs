//! A Rust program whose author has embedded its specification by the macro.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use support::{Launcher, Stage, repository, shown, stderr, stdout, succeed};

const MAIN: &str = r#"#![forbid(unsafe_code)]
embed_specification::embed_specification!("specs/greet.toml");

fn main() {
    println!("hello, {}", std::env::args().nth(1).unwrap_or_default());
}
"#;
const GREET: &str = r#"version = 1
[entrypoints.greet]
args = ["${trailing}"]
stdout = "inherit"
"#;

/// A crate in a folder of its own. What is built in it must not depend on the workspace's settings.
struct Author {
    stage: Stage,
}

impl Author {
    fn new() -> Self {
        let stage = Stage::new(Launcher::Ourselves);
        for folder in ["greet", "greet/src", "greet/specs"] {
            stage.own_folder(folder);
        }
        let manifest = format!(
            "[package]\nname = \"greet\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
             [workspace]\n\
             [dependencies]\nembed-specification = {{ path = \"{}\" }}\n\
             [profile.release]\nlto = \"fat\"\ncodegen-units = 1\nstrip = \"symbols\"\n",
            repository("crates/embed-specification").display()
        );
        stage.own_file("greet/Cargo.toml", &manifest);
        stage.own_file("greet/src/main.rs", MAIN);
        stage.own_file("greet/specs/greet.toml", GREET);
        fs::copy(repository("Cargo.lock"), stage.path("greet/Cargo.lock")).unwrap();
        Self { stage }
    }

    fn build(&self, flags: &[&str]) -> Output {
        let mut cargo = Command::new(env!("CARGO"));
        let own = [
            "build",
            "--offline",
            "--quiet",
            "--color",
            "never",
            "--target-dir",
            "target",
        ];
        cargo
            .args(own)
            .args(flags)
            .current_dir(self.stage.path("greet"));
        for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
            cargo.env_remove(name);
        }
        cargo.output().unwrap()
    }

    fn program(&self, profile: &str) -> PathBuf {
        self.stage.path(&format!("greet/target/{profile}/greet"))
    }

    fn shim(&self, arguments: &[&str]) -> String {
        succeed(&mut self.stage.shim(arguments))
    }

    /// The program in its void, and its specification.
    fn runs(&self, program: &str, specification: &str) {
        assert_eq!(self.shim(&["run", program, "--", "void"]), "hello, void\n");
        assert_eq!(self.shim(&["extract", program]), specification);
    }
}

#[test]
fn a_program_brings_its_specification_and_a_wrong_one_does_not_compile() {
    let author = Author::new();
    for (profile, flags) in [("debug", &[][..]), ("release", &["--release"])] {
        let built = author.build(flags);
        assert!(built.status.success(), "{}", shown(&built));
        let program = author.program(profile);
        author.runs(program.to_str().unwrap(), GREET);
        // Another takes its place, and stays when the program is stripped.
        let (replaced, spec) = (
            author.stage.text("replaced"),
            author.stage.text("greet/specs/greet.toml"),
        );
        let more = format!("{GREET}hostname = \"more\"\n");
        fs::write(&spec, &more).unwrap();
        author.shim(&["embed", &spec, program.to_str().unwrap(), "-o", &replaced]);
        author.runs(&replaced, &more);
        succeed(Command::new("strip").arg(&replaced));
        author.runs(&replaced, &more);
        // The file is one of the sources.
        let built = author.build(flags);
        assert!(built.status.success(), "{}", shown(&built));
        author.runs(program.to_str().unwrap(), &more);
        fs::write(&spec, GREET).unwrap();
    }
    author
        .stage
        .own_file("greet/specs/greet.toml", &GREET.replace("stdout", "stdut"));
    let refused = author.build(&[]);
    let said = stderr(&refused);
    assert!(!refused.status.success(), "{}", stdout(&refused));
    for words in [
        "specs/greet.toml is not a valid specification",
        "specs/greet.toml:4:1: unknown field `stdut`",
        "help: did you mean `stdout`?",
        "src/main.rs:2:1",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}
