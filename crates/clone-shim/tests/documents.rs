//! What documents say is there is there.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use support::{Launcher, Stage, hostile, launchers, repository, shown, stdout, succeed};

/// The names of all tests in `tests/` of clone-shim.
fn tests() -> BTreeSet<String> {
    let folder = fs::read_dir(repository("crates/clone-shim/tests")).unwrap();
    let files = folder.map(|entry| entry.unwrap().path());
    let texts = files.filter_map(|path| fs::read_to_string(path).ok());
    let name = |line: &str| Some(line.strip_prefix("fn ")?.split_once('(')?.0.to_owned());
    texts
        .flat_map(|text| text.lines().filter_map(name).collect::<Vec<_>>())
        .collect()
}

#[test]
fn every_promise_names_what_tries_to_break_it() {
    let stage = Stage::new(Launcher::Ourselves);
    let probes = succeed(std::process::Command::new(hostile(&stage)).arg("list"));
    let mut known = tests();
    known.extend(
        probes
            .lines()
            .filter_map(|line| Some(line.split_once('\t')?.0.to_owned())),
    );
    let text = fs::read_to_string(repository("docs/security.md")).unwrap();
    let rows: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("| ") && !line.contains("| ---"))
        .filter(|line| !line.starts_with("| promise"))
        .collect();
    assert!(rows.len() > 20, "only {}", rows.len());
    for row in rows {
        let tried = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let names: Vec<_> = tried.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "{row}");
        let unknown: Vec<_> = names
            .iter()
            .filter(|name| !known.contains(**name))
            .collect();
        assert!(unknown.is_empty(), "{unknown:?} in {row}");
    }
}

/// The specifications of the language's description, and what it says that each prints.
fn examples() -> Vec<(String, String)> {
    let text = fs::read_to_string(repository("docs/specification.md")).unwrap();
    let mut blocks = text.split("```json\n").skip(1);
    let example = |block: &str| {
        let (specification, rest) = block.split_once("```\n").unwrap();
        let output = rest.trim_start().strip_prefix("```text\n").unwrap();
        let (output, _) = output.split_once("```").unwrap();
        (specification.to_owned(), output.to_owned())
    };
    blocks.by_ref().map(example).collect()
}

#[test]
fn every_example_of_the_language_prints_what_its_description_says() {
    let examples = examples();
    assert!(examples.len() > 5, "only {}", examples.len());
    for launcher in launchers() {
        for (specification, expected) in &examples {
            if specification.contains("\"memory\"") && !launcher.must_have_groups("memory") {
                eprintln!("skipped for {launcher:?}: a limit that needs a control group");
                continue;
            }
            let stage = Stage::new(launcher);
            stage.own_folder("");
            stage.own_file("spec.json", specification);
            stage.own_file("input", "what is in the file\n");
            let output = stage.shim(&["run", "spec.json"]).output().unwrap();
            assert!(output.status.success(), "{specification}{}", shown(&output));
            assert_eq!(
                stdout(&output),
                *expected,
                "{specification}{}",
                shown(&output)
            );
        }
    }
}

/// The keys of all objects in a value, and what each schema property says of itself.
fn keys(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                into.insert(key.clone());
                keys(value, into);
            }
        }
        Value::Array(values) => {
            for value in values {
                keys(value, into);
            }
        }
        _ => {}
    }
}

fn fields_of(schema: &Value, into: &mut BTreeSet<String>) {
    let Value::Object(object) = schema else {
        if let Value::Array(values) = schema {
            for value in values {
                fields_of(value, into);
            }
        }
        return;
    };
    for (key, value) in object {
        if let ("properties", Value::Object(properties)) = (key.as_str(), value) {
            let supported = properties.iter().filter(|(_, property)| {
                let description = property["description"].as_str().unwrap_or_default();
                !description.contains("Not yet supported")
            });
            into.extend(supported.map(|(name, _)| name.clone()));
        }
        fields_of(value, into);
    }
}

#[test]
fn every_field_of_the_language_has_an_example() {
    let stage = Stage::new(Launcher::Ourselves);
    let schema: Value = serde_json::from_str(&succeed(&mut stage.shim(&["schema"]))).unwrap();
    let mut fields = BTreeSet::new();
    fields_of(&schema, &mut fields);
    assert!(fields.len() > 40, "only {}", fields.len());
    let mut shown = BTreeSet::new();
    for (specification, _) in examples() {
        keys(&serde_json::from_str(&specification).unwrap(), &mut shown);
    }
    let missing: Vec<_> = fields.difference(&shown).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
