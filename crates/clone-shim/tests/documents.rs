//! What documents say is there is there.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use support::{Launcher, Stage, hostile, repository, succeed};

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
