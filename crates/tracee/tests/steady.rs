//! The program by which it is measured what a process notices (`tests/tracees/steady.c`): it notices nothing when nothing
//! happens to it, and a signal when one comes. Otherwise nothing that is found by it would mean anything. What else it notices is
//! in `disturbances.rs`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use rustix::process::{Signal, kill_process};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;
use support::steady::{LATE, Steady, each, modes};
use support::{compile, root, tracee};

#[test]
fn the_same_holds_for_an_ordinary_user() {
    support::as_tester("the_same_holds_for_an_ordinary_user");
}

/// Some rounds.
const WORK: Duration = Duration::from_millis(700);

/// What went wrong with a program that nothing was done to.
fn complaint(mode: &str, steady: Steady) -> Option<String> {
    let (text, code) = steady.end();
    for line in text.lines().filter(|line| line.starts_with("unchecked")) {
        eprintln!("{mode}: {line}");
    }
    let rested = text.contains("rounds 0");
    (code != Some(0) || rested).then(|| format!("{mode}: {code:?}\n{text}"))
}

/// All modes at once, with nothing done to them.
fn check_all(start: impl Fn(&str) -> Steady) {
    let mut running: Vec<_> = modes()
        .into_iter()
        .map(|mode| (start(&mode), mode))
        .collect();
    sleep(WORK);
    for (steady, _) in &mut running {
        steady.tell();
    }
    let complaints: Vec<_> = running
        .into_iter()
        .filter_map(|(steady, mode)| complaint(&mode, steady))
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn nothing_is_noticed_where_nothing_happens() {
    let program = tracee("steady.c");
    check_all(|mode| Steady::in_mode(&program, &[mode, LATE]));
}

#[test]
fn nothing_is_noticed_by_a_program_that_does_not_wait_for_its_children() {
    let program = tracee("steady.c");
    for children in ["ignore", "nocldwait"] {
        check_all(|mode| Steady::in_mode(&program, &[mode, LATE, children]));
    }
}

#[test]
fn nothing_is_noticed_in_an_empty_root_and_what_cannot_be_checked_there_is_said() {
    if !root("an empty root") {
        return;
    }
    let program = compile(
        "steady.c",
        &["-static", "-O1", "-Wall", "-Wextra", "-pthread"],
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(program.unwrap(), folder.path().join("steady")).unwrap();
    let start = |mode: &str| {
        let mut command = Command::new("chroot");
        command.arg("--userspec=1001:1001").arg(folder.path());
        command.args(["/steady", mode, LATE]);
        Steady::start(command)
    };
    // It is searched by whom it does not belong to.
    let all = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path(), all).unwrap();
    check_all(start);
    let (text, _) = start("inotify").end();
    for what in ["mappings", "descriptors above 255", "inotify"] {
        assert!(text.contains(&format!("unchecked: {what}")), "{text}");
    }
}

/// How a process in a mode ends that is sent signals.
fn signalled(mode: &str, signals: &[Signal]) -> String {
    let steady = Steady::in_mode(&tracee("steady.c"), &[mode, LATE]);
    for signal in signals {
        sleep(Duration::from_millis(50));
        kill_process(steady.subject, *signal).unwrap();
    }
    let (text, code) = steady.end();
    assert_eq!(code, Some(1), "{mode}: {text}");
    text
}

#[test]
fn a_signal_that_nobody_expects_is_noticed() {
    let modes = [
        "nanosleep",
        "sums",
        "signals",
        "vfork_child",
        "leader_gone",
        "spin",
    ];
    each(&modes, |mode| {
        let text = signalled(mode, &[Signal::USR1]);
        text.contains("noticed: signal 10 (code 0")
            .then_some(())
            .ok_or(text)
    });
}

#[test]
fn a_process_that_was_stopped_and_continued_notices() {
    let text = signalled("epoll_wait", &[Signal::STOP, Signal::CONT]);
    assert!(text.contains("epoll_wait gave -1 (EINTR)"), "{text}");
    assert!(text.contains("noticed: signal 18"), "{text}");
    // Half of the time it is stopped already, and then another stop is none.
    let text = signalled("group", &[Signal::STOP; 8]);
    assert!(text.contains("noticed: waitid told code"), "{text}");
    let text = signalled("group", &[Signal::CONT]);
    assert!(text.contains("noticed: SIGCONT of process"), "{text}");
}
