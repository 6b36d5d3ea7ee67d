//! A change of what a process may do is told of the process that made it, and once.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use forktop::log::{Event, Noticed, ProcessId, Record};
use std::process::Command;
use std::time::{Duration, Instant};
use support::{Stage, succeed};

#[test]
fn a_creator_that_has_changed_is_told_of_before_its_child_and_the_child_not_again() {
    let stage = Stage::new();
    stage.write(
        "changes.c",
        "#include <sys/prctl.h>\n#include <sys/wait.h>\n#include <unistd.h>\n
         int main(void) { prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); if (!fork()) _exit(0); wait(0); return 0; }\n",
    );
    succeed(&mut stage.command("gcc", &["-o", "changes", "changes.c"]));
    let log = succeed(&mut stage.forktop(&["log", "--json", "--", "./changes"]));
    let records = log
        .lines()
        .map(|line| serde_json::from_str::<Record>(line).unwrap());
    let told: Vec<_> = records
        .filter_map(|record| match record.event {
            Event::Changed {
                process,
                noticed,
                essentials,
                ..
            } => Some((process, Some(noticed), essentials.no_new_privs)),
            Event::Born(birth) if birth.creator.is_some() => {
                Some((birth.process, None, birth.essentials.is_some()))
            }
            _ => None,
        })
        .collect();
    let (first, child) = (ProcessId(0), ProcessId(1));
    assert_eq!(
        told,
        [(first, Some(Noticed::Creation), true), (child, None, false)]
    );
}

/// The changes that a log tells of threads and processes: which thread, when it was noticed, and whether no_new_privs is set.
fn changes(log: &str) -> Vec<(Option<u32>, Noticed, bool)> {
    let records = log.lines().map(|line| serde_json::from_str(line).unwrap());
    let change = |record: Record| match record.event {
        Event::Changed {
            tid,
            noticed,
            essentials,
            ..
        } => Some((tid, noticed, essentials.no_new_privs)),
        _ => None,
    };
    records.filter_map(change).collect()
}

/// The threads that a log tells of, in order.
fn threads(log: &str) -> Vec<u32> {
    let records = log.lines().map(|line| serde_json::from_str(line).unwrap());
    let born = |record: Record| match record.event {
        Event::ThreadBorn { tid, .. } => Some(tid),
        _ => None,
    };
    records.filter_map(born).collect()
}

#[test]
fn a_thread_that_changes_itself_alone_is_told_apart_when_it_ends() {
    let stage = Stage::new();
    let program = support::tracee(&stage, "differing_threads.c");
    let log = succeed(&mut stage.forktop(&["log", "--json", "--", &program]));
    let threads = threads(&log);
    assert_eq!(threads.len(), 2, "{log}");
    assert_eq!(changes(&log), [(Some(threads[1]), Noticed::End, true)]);
}

#[test]
fn a_thread_that_has_changed_itself_alone_is_told_apart_at_a_look() {
    let stage = Stage::new();
    let program = support::tracee(&stage, "differing_threads.c");
    let log = stage.text("it.jsonl");
    let options = ["log", "--json", "-o", &log, "--export", "it.json", "--"];
    let mut command = stage.forktop(&options);
    let mut forktop = command.args([&program, "ready"]).spawn().unwrap();
    let begun = Instant::now();
    while !stage.path("ready").exists() {
        assert!(begun.elapsed() < Duration::from_secs(20), "no thread came");
        std::thread::sleep(Duration::from_millis(5));
    }
    // The first is passed on to the program, and the second ends forktop, which looks at all before.
    for _ in 0..2 {
        succeed(Command::new("kill").arg(forktop.id().to_string()));
        std::thread::sleep(Duration::from_millis(100));
    }
    forktop.wait().unwrap();
    let log = std::fs::read_to_string(log).unwrap();
    let threads = threads(&log);
    assert_eq!(changes(&log), [(Some(threads[1]), Noticed::Look, true)]);
    let status = std::fs::read_to_string(format!("/proc/{}/status", threads[1])).unwrap();
    let process = status.lines().find_map(|line| line.strip_prefix("Tgid:"));
    succeed(Command::new("kill").args(["-KILL", process.unwrap().trim()]));
}
