//! A visit that does not come about keeps nobody who wants to end: its process waits in vfork(2), and does not stop.
use super::tmux::{Tmux, children, kill, wait_for_end};
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// Longer than forktop waits for what does not stop, on a machine with much to do; shorter than what waits in vfork(2) does.
const SOON: Duration = Duration::from_secs(8);

/// A program that waits in vfork(2) for its child for 20 seconds, and is gone when this is dropped.
struct Program(String);

impl Program {
    fn new(name: &str) -> Self {
        let file = format!("forktop-vfork-{}-{name}", std::process::id());
        let program = std::env::temp_dir().join(file).display().to_string();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/tracees/relations.c");
        let built = Command::new("gcc")
            .args(["-o", &program])
            .arg(source)
            .status();
        assert!(built.unwrap().success());
        Self(program)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn status(pid: i32) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default()
}

/// Waits until it waits, and gives its child.
fn waits(tmux: &Tmux, pid: i32) -> i32 {
    tmux.wait("vfork", |_| status(pid).contains("\nState:\tD"));
    *children(pid).first().unwrap()
}

/// Has the selected process visited, and answers the question that comes when forktop is to end meanwhile. That ends soon, with
/// all that it has started: its helpers, and a command, which loses its terminal.
fn quits(tmux: &Tmux, answer: &str) {
    tmux.keys(&["!"]);
    tmux.wait_for("being opened");
    let (forktop, begun_by_it) = (tmux.pid(), children(tmux.pid()));
    let begun = Instant::now();
    tmux.keys(&["C-]", "q", answer]);
    tmux.wait_for_prompt();
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    wait_for_end(forktop);
    for process in begun_by_it {
        wait_for_end(process);
    }
}

/// It was let go, and waits as before.
fn goes_on(pid: i32, child: i32) {
    let status = status(pid);
    assert!(status.contains("\nTracerPid:\t0\n"), "{status}");
    assert!(status.contains("\nState:\tD"), "{status}");
    assert_eq!(children(pid), [child]);
}

#[test]
fn a_visit_that_does_not_come_about_keeps_nobody_who_lets_go() {
    let program = Program::new("running");
    let mut process: Child = Command::new(&program.0).arg("vfork_waits").spawn().unwrap();
    let pid = i32::try_from(process.id()).unwrap();
    let tmux = Tmux::forktop(&format!("-p {pid}"));
    let child = waits(&tmux, pid);
    tmux.wait_for("2 alive");
    quits(&tmux, "l");
    goes_on(pid, child);
    tmux.is_as_before();
    for one in [child, pid] {
        kill(one, "KILL");
    }
    process.wait().unwrap();
}

#[test]
fn a_visit_that_does_not_come_about_keeps_nobody_who_ends_a_command() {
    let program = Program::new("command");
    for answer in ["k", "l"] {
        let tmux = Tmux::forktop(&format!("-- {} vfork_waits", program.0));
        tmux.wait_for("2 alive");
        let name = program.0.rsplit('/').next().unwrap();
        let pid = tmux.child_of_forktop(name.get(..15).unwrap_or(name));
        let child = waits(&tmux, pid);
        quits(&tmux, answer);
        wait_for_end(child);
        tmux.is_as_before();
    }
}
