//! However clone-shim dies, nothing of its making stays.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};
use support::{Stage, launchers};

/// The processes whose command line has this word.
fn processes(word: &str) -> BTreeSet<u32> {
    let all = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    all.filter(|pid| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // What has ended and not been waited for holds nothing any more.
        String::from_utf8_lossy(&line).contains(word) && !state.contains(") Z ")
    })
    .collect()
}

fn cgroups() -> BTreeSet<String> {
    let find = std::process::Command::new("find")
        .args(["/sys/fs/cgroup", "-type", "d"])
        .output()
        .unwrap();
    String::from_utf8(find.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// Two voids with all that a void can have, that never end by themselves.
fn specification(stage: &Stage) -> serde_json::Value {
    let sleeper = json!({
        "program": "/bin/busybox",
        "args": ["sleep", "600"],
        "argv0": "sleep",
        "files": {
            "/": "${pwd}",
            "/made/here": { "content": "x" },
            "/tmp": { "tmpfs": "64K" },
            "/proc": { "proc": true },
            "/dev": { "devices": ["null", "pts"] },
        },
        "descriptors": { "log": { "open": stage.path("log"), "access": "a" } },
        "stdout": "inherit",
    });
    let hostile = json!({
        "program": "/bin/busybox",
        "args": ["sh", "-c", "trap '' TERM INT HUP; (busybox setsid busybox sleep 600 &) ; while :; do busybox sleep 1; done"],
    });
    json!({ "version": 1, "entrypoints": { "sleeper": sleeper, "hostile": hostile } })
}

#[test]
fn killed_at_any_moment_it_leaves_nothing() {
    const MOMENTS: u64 = 100;
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let folder = stage.own_folder("pwd");
        stage.own_file("log", "");
        fs::write(stage.path("spec.json"), specification(&stage).to_string()).unwrap();
        let word = stage.text("spec.json");
        let (mounts, groups) = (
            fs::read_to_string("/proc/self/mountinfo").unwrap(),
            cgroups(),
        );
        for moment in 0..MOMENTS {
            let mut child = stage
                .shim(&["run", &word])
                .current_dir(&folder)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            // From before main to well after both programs run; the steps are no multiples of anything.
            std::thread::sleep(Duration::from_micros(moment * 131));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        // The kernel takes a moment to kill what was left.
        let began = Instant::now();
        while !processes(&word).is_empty() {
            assert!(
                began.elapsed() < Duration::from_secs(10),
                "{:?}",
                processes(&word)
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(
            fs::read_dir(&folder).unwrap().count(),
            0,
            "no file and no folder"
        );
        assert_eq!(
            fs::read_to_string("/proc/self/mountinfo").unwrap(),
            mounts,
            "no mount"
        );
        assert_eq!(cgroups(), groups, "no cgroup");
    }
}
