//! Arrows between the crates point one way, and names that two crates must both know are the same.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::process::Command;

/// The crates of this workspace that a crate is built with, by `cargo metadata`; what only its tests use is not among them.
fn arrows() -> BTreeSet<(String, String)> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--locked",
            "--offline",
        ])
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let name = |value: &serde_json::Value| value["name"].as_str().unwrap().to_owned();
    let ours: BTreeSet<_> = packages.iter().map(name).collect();
    let arrows = packages.iter().flat_map(|package| {
        let dependencies = package["dependencies"].as_array().unwrap();
        dependencies
            .iter()
            .filter(|dependency| dependency["kind"] != "dev")
            .map(move |dependency| (name(package), name(dependency)))
    });
    arrows.filter(|(_, to)| ours.contains(to)).collect()
}

#[test]
fn arrows_point_one_way() {
    let expected = [
        ("clone-shim", "kernel"),
        ("clone-shim", "manual"),
        ("clone-shim", "specification"),
        ("clone-shim", "void"),
        ("embed-specification", "specification"),
        ("forktop", "manual"),
        ("forktop", "privileges"),
        ("forktop", "specification"),
        ("forktop", "tracee"),
        ("kernel", "clone3"),
        ("privileges", "kernel"),
        ("tracee", "kernel"),
        ("void", "kernel"),
    ];
    let expected: BTreeSet<_> = expected
        .map(|(from, to)| (from.to_owned(), to.to_owned()))
        .into();
    assert_eq!(arrows(), expected);
}

#[test]
fn the_language_knows_the_names_that_a_void_can_be_given() {
    assert_eq!(specification::CAPABILITIES, kernel::CAPABILITY_NAMES);
    for name in specification::SYSCALLS {
        assert!(void::is_grantable(name), "{name}");
    }
    for (name, _) in kernel::syscalls().filter(|(name, _)| void::is_grantable(name)) {
        assert!(specification::SYSCALLS.contains(&name), "{name}");
    }
}
