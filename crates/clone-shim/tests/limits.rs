//! What control groups bound, and that nothing stays of them. Where the launcher may make none, such a limit is refused.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use support::{Launcher, Stage, launchers, shown, stderr, stdout};

/// Groups of ours that are there, but for those of shims that other tests run.
fn groups_of(shim: u32) -> Vec<PathBuf> {
    let name = format!("clone-shim-{shim}-*");
    let find = Command::new("find")
        .args(["/sys/fs/cgroup", "-name", &name])
        .output()
        .unwrap();
    stdout(&find).lines().map(PathBuf::from).collect()
}

fn shell(script: &str, limits: &Value) -> Value {
    json!({
        "program": "/bin/busybox",
        "args": ["sh", "-c", script],
        "limits": limits,
        "files": { "/proc": { "proc": true }, "/dev": { "devices": ["null", "zero"] }, "/tmp": { "tmpfs": "256M" } },
        "stdout": "inherit",
        "stderr": "inherit",
    })
}

/// False, with a clear refusal, where the launcher may make no groups.
fn is_set(output: &Output, launcher: Launcher, limit: &str, controller: &str) -> bool {
    if output.status.code() != Some(125) {
        return true;
    }
    let must = launcher.must_have_groups(controller);
    assert!(!must, "{}", shown(output));
    let said = stderr(output);
    assert!(
        said.contains(&format!("cannot limit the {limit} of entrypoint `it`")),
        "{said}"
    );
    assert!(said.contains("control group"), "{said}");
    assert!(said.contains("help: "), "{said}");
    assert_eq!(stdout(output), "", "nothing ran");
    eprintln!("skipped for {launcher:?}: no control groups for {controller}");
    false
}

#[test]
fn memory_is_bounded_for_all_processes_together() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let limits = json!({ "memory": "32M" });
        let hold = "hold() { busybox head -c 20m /dev/zero | busybox tail -c 20m | (busybox sleep 0.5; busybox wc -c); }";
        let one = format!("{hold}; hold");
        let two = format!(
            "{hold}; hold >/tmp/a & hold >/tmp/b; wait; busybox cat /tmp/a /tmp/b | busybox grep -c 20971520 | busybox grep 2"
        );
        let output = stage.run(&shell(&one, &limits), &[]);
        if !is_set(&output, launcher, "memory", "memory") {
            continue;
        }
        assert_eq!(stdout(&output), "20971520\n", "{}", shown(&output));
        let in_a_file_system = "busybox dd if=/dev/zero of=/tmp/a bs=1M count=60";
        for too_much in [&two, in_a_file_system] {
            let bounded = stage.run(&shell(too_much, &limits), &[]);
            assert!(!bounded.status.success(), "{too_much}: {}", shown(&bounded));
            let unbounded = stage.run(&shell(too_much, &json!({})), &[]);
            assert!(
                unbounded.status.success(),
                "{too_much}: {}",
                shown(&unbounded)
            );
        }
    }
}

#[test]
fn processes_are_bounded_for_root_too() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let start = |count: u32| {
            let script = format!(
                "i=0; while [ $$i -lt {count} ]; do busybox sleep 5 & i=$$((i+1)); done; echo $$i; kill $$(jobs -p)"
            );
            stage.run(&shell(&script, &json!({ "processes": 10 })), &[])
        };
        let few = start(8);
        if !is_set(&few, launcher, "processes", "pids") {
            continue;
        }
        assert_eq!(stdout(&few), "8\n", "{}", shown(&few));
        let many = start(12);
        assert!(stderr(&many).contains("fork"), "{}", shown(&many));
    }
}

#[test]
fn a_void_sees_no_group_but_its_own() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let output = stage.run(
            &shell("busybox cat /proc/self/cgroup", &json!({ "memory": "32M" })),
            &[],
        );
        if is_set(&output, launcher, "memory", "memory") {
            let seen = stdout(&output);
            assert!(!seen.is_empty(), "{}", shown(&output));
            assert!(seen.lines().all(|line| line.ends_with(":/")), "{seen}");
        }
    }
}

#[test]
fn groups_go_with_the_void_however_it_ends() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let fields = shell(
            "while :; do busybox sleep 1; done",
            &json!({ "memory": "32M" }),
        );
        let specification = json!({ "version": 1, "entrypoints": { "it": fields } });
        std::fs::write(stage.path("spec.json"), specification.to_string()).unwrap();
        for signal in ["TERM", "KILL"] {
            let mut shim = stage.shim(&["run", "spec.json"]).spawn().unwrap();
            let began = Instant::now();
            let mut seen = false;
            while began.elapsed() < Duration::from_secs(2) && shim.try_wait().unwrap().is_none() {
                seen = !groups_of(shim.id()).is_empty();
                if seen {
                    break;
                }
            }
            let mut kill = Command::new("kill");
            let _ = kill.args(["-s", signal, &shim.id().to_string()]).status();
            shim.wait().unwrap();
            assert_eq!(seen, launcher.must_have_groups("memory"), "{launcher:?}");
            let ended = Instant::now();
            while !groups_of(shim.id()).is_empty() {
                assert!(signal == "KILL" && ended.elapsed() < Duration::from_secs(5));
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

/// The shim asks for as many as there may be; its voids have what the launcher's programs have.
#[test]
fn open_files_are_bounded_as_the_launchers_are() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let script = "ulimit -S -n 100; exec ./clone-shim void --stdio -- /bin/busybox sh -c 'ulimit -S -n; ulimit -H -n'";
        let output = stage.command("/bin/sh").args(["-c", script]).output();
        let output = output.unwrap();
        let hard = stage
            .command("/bin/sh")
            .args(["-c", "ulimit -H -n"])
            .output();
        let expected = format!("100\n{}", stdout(&hard.unwrap()));
        assert_eq!(stdout(&output), expected, "{}", shown(&output));
    }
}
