//! What a monitor can see of voids: forktop, strace(1), ps(1).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use support::{Stage, launchers, succeed};

/// Says that it runs, and waits for the end of its input.
fn waiting() -> Value {
    json!({
        "program": "/bin/busybox", "args": ["sh", "-c", "echo; while read -r line; do :; done"],
        "stdin": "inherit", "stdout": "inherit"
    })
}

/// Starts clone-shim by these words before it, and waits until the void has said a line.
fn started(stage: &Stage, before: &[&str]) -> Child {
    let specification = json!({ "version": 1, "entrypoints": { "patient": waiting() } });
    fs::write(stage.path("spec.json"), specification.to_string()).unwrap();
    let shim = stage.text("clone-shim");
    let words = [before, &[&shim, "run", "spec.json"]].concat();
    let mut command = stage.command(words[0]);
    let command = command.args(&words[1..]).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let output = child.stdout.as_mut().unwrap();
    BufReader::new(output).read_line(&mut line).unwrap();
    child
}

fn ended(mut child: Child) {
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

/// The first child of this process.
fn child_of(pid: u32) -> u32 {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    children.split_whitespace().next().unwrap().parse().unwrap()
}

fn name_of(pid: u32) -> String {
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap();
    name.trim().to_owned()
}

/// Where a process has its plan open.
fn plan_of(pid: u32) -> Option<PathBuf> {
    let open = fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let is_plan = |path: &PathBuf| {
        let target = fs::read_link(path).unwrap_or_default();
        target == Path::new("/memfd:clone-shim-plan (deleted)")
    };
    open.map(|entry| entry.unwrap().path()).find(is_plan)
}

#[test]
fn a_void_begins_with_the_name_of_its_entrypoint() {
    for launcher in launchers() {
        let child = started(&Stage::new(launcher), &["env", "--"]);
        assert_eq!(name_of(child_of(child.id())), "void:patient");
        assert_eq!(name_of(child.id()), "clone-shim", "the shim keeps its own");
        ended(child);
    }
}

/// What the paths of the host led to, which is taken out of the plan.
fn origins_of(plan: &mut Value) -> Vec<(String, Value)> {
    let files = plan["entrypoints"]["patient"]["files"]
        .as_object_mut()
        .unwrap();
    let grants = files
        .values_mut()
        .filter(|grant| grant.get("host").is_some());
    let taken = grants.map(|grant| {
        let origin = grant.as_object_mut().unwrap().remove("origin");
        let host = grant["host"].as_str().unwrap();
        (host.to_owned(), origin.expect("its mount is known"))
    });
    taken.collect()
}

#[test]
fn a_tracer_finds_the_plan_and_nobody_else_has_it_made() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let strace = started(&stage, &["strace", "-f", "-o", "/dev/null"]);
        let shim = child_of(strace.id());
        let found = plan_of(shim).expect("a traced shim has a plan open");
        let mut found: Value = serde_json::from_slice(&fs::read(found).unwrap()).unwrap();
        for (path, origin) in origins_of(&mut found) {
            let real = fs::canonicalize(&path).unwrap();
            let root = origin["root"].as_str().unwrap();
            assert!(
                real.ends_with(root.trim_start_matches('/')),
                "{path}: {origin}"
            );
        }
        // Its own standard input is a pipe, too.
        let mut plan = stage.shim(&["plan", "--json", "spec.json"]);
        let printed = succeed(plan.stdin(Stdio::piped()));
        assert_eq!(found, serde_json::from_str::<Value>(&printed).unwrap());
        let void = child_of(shim);
        assert_eq!(plan_of(void), None, "a void has it not");
        assert_eq!(plan_of(child_of(void)), None, "nor its program");
        ended(strace);
        let alone = started(&stage, &["env", "--"]);
        assert_eq!(plan_of(alone.id()), None);
        ended(alone);
    }
}
