//! Processes that run already are followed by `-p`, whichever are named; and of what cannot be followed it is said why.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use forktop::log::read;
use forktop::model::Model;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use support::{Stage, shown};

/// A process, which ends with the test.
struct Running(Child);

impl Running {
    fn new(mut command: Command) -> Self {
        Self(command.stdin(Stdio::null()).spawn().unwrap())
    }

    fn shell(script: &str) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Self::new(command)
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for pid in below(self.pid()) {
            kill(pid);
        }
        kill(self.pid());
        // A tracer may have waited for it.
        let _ = self.0.wait();
    }
}

fn kill(pid: u32) {
    let mut kill = Command::new("kill");
    let _ = kill
        .args(["-s", "KILL", &pid.to_string()])
        .stderr(Stdio::null())
        .status();
}

fn children(pid: u32) -> Vec<u32> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace()
        .map(|pid| pid.parse().unwrap())
        .collect()
}

/// All that is below a process, parents first.
fn below(pid: u32) -> Vec<u32> {
    let mut found = children(pid);
    let mut at = 0;
    while let Some(pid) = found.get(at) {
        found.extend(children(*pid));
        at += 1;
    }
    found
}

/// Waits until what is below a process executes these programs, and gives their numbers.
fn wait_below(pid: u32, programs: &[&str]) -> Vec<u32> {
    let name = |pid: &u32| {
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        name.trim_end().to_owned()
    };
    let begun = Instant::now();
    loop {
        let found = below(pid);
        if found.iter().map(name).collect::<Vec<_>>() == programs {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{programs:?}");
        sleep(Duration::from_millis(10));
    }
}

/// What is known of processes that are followed by `command` until they end, for which `end` is to see when they are.
fn followed(stage: &Stage, mut command: Command, end: impl FnOnce()) -> Model {
    let forktop = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = stage.path("log");
    let begun = Instant::now();
    let is_told = || std::fs::read_to_string(&log).is_ok_and(|text| text.contains("\"born\""));
    while !is_told() && begun.elapsed() < Duration::from_secs(20) {
        sleep(Duration::from_millis(10));
    }
    end();
    let output = forktop.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", shown(&output));
    Model::of(read(&log).unwrap().records)
}

#[test]
fn a_process_and_another_below_it_can_both_be_named_in_any_order() {
    for reversed in [false, true] {
        let shell = Running::shell("sh -c 'sleep 30; :'; :");
        let found = wait_below(shell.pid(), &["sh", "sleep"]);
        let mut named = [shell.pid(), found[0], found[1]].map(|pid| pid.to_string());
        if reversed {
            named.reverse();
        }
        let stage = Stage::new();
        let log = stage.text("log");
        let [one, two, three] = &named;
        let words = ["log", "--json", "-o", &log, "-p", one, two, three];
        let model = followed(&stage, stage.forktop(&words), || kill(found[1]));
        let tree: Vec<_> = model
            .processes()
            .map(|process| (process.pid, model.creator(process).map(|one| one.pid)))
            .collect();
        let expected = [
            (shell.pid(), None),
            (found[0], Some(shell.pid())),
            (found[1], Some(found[0])),
        ];
        assert_eq!(tree, expected, "{named:?}");
    }
}
