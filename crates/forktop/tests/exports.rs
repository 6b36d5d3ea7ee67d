//! What an export says of a process that has ended is what it could do just before.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::{Value, json};
use support::{Stage, succeed};

/// Everything that the first process of a program of `tests/tracees` could do at its end, by an export.
fn at_end(source: &str) -> Value {
    let stage = Stage::new();
    let program = support::tracee(&stage, source);
    let words = ["log", "--export", "it.json", "--", &program];
    succeed(&mut stage.forktop(&words));
    let exported = std::fs::read_to_string(stage.path("it.json")).unwrap();
    let mut exported: Value = serde_json::from_str(&exported).unwrap();
    exported["processes"][0]["looked"]["privileges"].take()
}

#[test]
fn the_filters_of_a_process_are_exported_as_they_were_at_its_end() {
    let privileges = at_end("filters.c");
    let filters = &privileges["filters"];
    if !rustix::process::geteuid().is_root() {
        assert_eq!(*filters, json!({ "unreadable": "needs-tracing" }));
        return eprintln!("skipped: the filters themselves, which only root is given");
    }
    let first = [
        "ld [nr]",
        "jeq kexec_load else → 3",
        "return errno EPERM",
        "return allow",
    ];
    assert_eq!(*filters, json!([first, ["return allow"]]));
}
