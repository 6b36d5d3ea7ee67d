//! Processes that make whoever looks at them wait for ever, had it not been foreseen (tests/tracees/unanswering.py).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use support::{Stage, shown};

/// A forktop that follows such a process, or nothing, said, if root does not run this.
fn begin(stage: &Stage, way: &str, before: &[&str], options: &[&str]) -> Option<Child> {
    if !rustix::process::getuid().is_root() {
        eprintln!("skipped: only root may serve a file system by itself");
        return None;
    }
    std::fs::create_dir(stage.path("mount")).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/tracees/unanswering.py");
    let words = [before, &[env!("CARGO_BIN_EXE_forktop"), "log"], options].concat();
    let mut command = stage.command(words[0], &words[1..]);
    command.args(["--", "python3"]).arg(script);
    command.args([way, &stage.text("mount")]);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    Some(command.spawn().unwrap())
}

/// What came of it, if it ends by itself.
fn end(stage: &Stage, mut forktop: Child) -> Output {
    let begun = Instant::now();
    let mut in_time = true;
    while forktop.try_wait().unwrap().is_none() {
        sleep(Duration::from_millis(20));
        if in_time && begun.elapsed() > Duration::from_secs(20) {
            in_time = false;
            // Not even a signal ends who waits for it.
            kill("KILL", &server(stage).unwrap());
            forktop.kill().unwrap();
        }
    }
    let output = forktop.wait_with_output().unwrap();
    assert!(in_time, "{}", shown(&output));
    output
}

fn server(stage: &Stage) -> Option<String> {
    std::fs::read_to_string(stage.path("mount.server")).ok()
}

fn kill(signal: &str, pid: &str) {
    let _ = Command::new("kill").args(["-s", signal, pid]).status();
}

fn follow(way: &str, before: &[&str]) {
    let stage = Stage::new();
    if let Some(forktop) = begin(&stage, way, before, &[]) {
        let output = end(&stage, forktop);
        assert!(output.status.success(), "{}", shown(&output));
    }
}

/// What has the name of a plan among the descriptors of a process need not be one.
#[test]
fn a_plan_that_is_a_file_of_the_processs_own_making_is_not_opened() {
    follow("plan", &[]);
}

/// Only who may not trace everything asks what a program's file would give.
#[test]
fn a_programs_file_that_its_process_serves_is_not_asked() {
    let without = [
        "setpriv",
        "--bounding-set=-sys_ptrace",
        "--inh-caps=-sys_ptrace",
    ];
    follow("program", &without);
}
