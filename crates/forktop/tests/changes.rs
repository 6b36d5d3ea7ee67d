//! A change of what a process may do is told of the process that made it, and once.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use forktop::log::{Event, Noticed, ProcessId, Record};
use std::process::Command;
use std::time::Duration;
use support::{Stage, succeed, wait};

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
            } => Some((process, Some(is_early(noticed)), essentials.no_new_privs)),
            Event::Born(birth) if birth.creator.is_some() => {
                Some((birth.process, None, birth.essentials.is_some()))
            }
            _ => None,
        })
        .collect();
    let (first, child) = (ProcessId(0), ProcessId(1));
    assert_eq!(told, [(first, Some(true), true), (child, None, false)]);
}

/// Where the machine has so much to do that the child takes its time a glance comes first.
const fn is_early(noticed: Noticed) -> bool {
    matches!(noticed, Noticed::Creation | Noticed::Glance)
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
    // As above, the thread can take its time.
    let [(thread, Noticed::End | Noticed::Glance, true)] = changes(&log)[..] else {
        panic!("{log}");
    };
    assert_eq!(thread, Some(threads[1]));
}

/// The log of a program that makes a file `ready`, and outlives a forktop that then looks at all of it.
fn looked_at(stage: &Stage, program: &str) -> String {
    let log = stage.text("it.jsonl");
    let options = ["log", "--json", "-o", &log, "--export", "it.json", "--"];
    let mut command = stage.forktop(&options);
    let mut forktop = command.args([program, "ready"]).spawn().unwrap();
    wait("a thread", || stage.path("ready").exists());
    // The first is passed on to the program, and the second ends forktop, which looks at all before.
    for _ in 0..2 {
        std::thread::sleep(Duration::from_millis(100));
        succeed(Command::new("kill").arg(forktop.id().to_string()));
    }
    forktop.wait().unwrap();
    std::fs::read_to_string(log).unwrap()
}

/// Ends the process of a thread.
fn kill_process_of(thread: u32) {
    let status = std::fs::read_to_string(format!("/proc/{thread}/status")).unwrap();
    let process = status.lines().find_map(|line| line.strip_prefix("Tgid:"));
    succeed(Command::new("kill").args(["-KILL", process.unwrap().trim()]));
}

#[test]
fn a_thread_that_has_changed_itself_alone_is_told_apart_at_a_look() {
    let stage = Stage::new();
    let program = support::tracee(&stage, "differing_threads.c");
    let log = looked_at(&stage, &program);
    let threads = threads(&log);
    assert_eq!(changes(&log), [(Some(threads[1]), Noticed::Look, true)]);
    kill_process_of(threads[1]);
}

#[test]
fn a_process_whose_leader_has_ended_has_not_changed_by_that() {
    let stage = Stage::new();
    stage.write(
        "without_leader.c",
        "#include <fcntl.h>\n#include <pthread.h>\n#include <signal.h>\n#include <unistd.h>\n
         static void *work(void *file) { usleep(50000); close(open(file, O_CREAT | O_WRONLY, 0644)); for (;;) pause(); return 0; }
         int main(int argc, char **argv) { pthread_t thread; signal(SIGTERM, SIG_IGN);
           pthread_create(&thread, 0, work, argv[argc - 1]); pthread_exit(0); }\n",
    );
    let program = stage.text("without_leader");
    succeed(&mut stage.command("gcc", &["-pthread", "-o", &program, "without_leader.c"]));
    let log = looked_at(&stage, &program);
    assert_eq!(changes(&log), []);
    kill_process_of(threads(&log)[0]);
}
