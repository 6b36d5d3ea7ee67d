//! Processes that make whoever looks at them wait for ever, had it not been foreseen (tests/tracees/unanswering.py).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::Path;
use std::time::{Duration, Instant};
use support::{Stage, shown};

/// Follows such a process, if root runs this. What is served to nobody any more after half a minute lets a test fail.
fn follow(way: &str, before: &[&str], options: &[&str]) {
    if !rustix::process::getuid().is_root() {
        return eprintln!("skipped: only root may serve a file system by itself");
    }
    let stage = Stage::new();
    std::fs::create_dir(stage.path("mount")).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/tracees/unanswering.py");
    let words = [before, &[env!("CARGO_BIN_EXE_forktop"), "log"], options].concat();
    let mut command = stage.command(words[0], &words[1..]);
    command.args(["--", "python3"]).arg(script);
    let begun = Instant::now();
    let output = command.args([way, &stage.text("mount")]).output().unwrap();
    assert!(output.status.success(), "{}", shown(&output));
    assert!(begun.elapsed() < Duration::from_secs(15), "it waited");
}

/// What has the name of a plan among the descriptors of a process need not be one.
#[test]
fn a_plan_that_is_a_file_of_the_processs_own_making_is_not_opened() {
    follow("plan", &[], &[]);
}

/// Only who may not trace everything asks what a program's file would give.
#[test]
fn a_programs_file_that_its_process_serves_is_not_asked() {
    let without = [
        "setpriv",
        "--bounding-set=-sys_ptrace",
        "--inh-caps=-sys_ptrace",
    ];
    follow("program", &without, &[]);
}

/// The path of a program that cannot be executed lies in memory that can be of such a file.
#[test]
fn a_path_that_its_process_serves_does_not_hold_up_following() {
    follow("failed", &[], &["--failed-execs"]);
}
