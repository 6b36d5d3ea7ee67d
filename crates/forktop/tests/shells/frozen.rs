//! A shell that is frozen with its process, and control groups, which both are in.
use crate::freezer::{Freezer, Group};
use crate::open::Open;
use crate::subject::{Subject, stage};
use crate::support::process::{children, is_over, is_traced, send};
use crate::support::{Stage, User, shown, soon, wait};
use std::fs;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

/// How long forktop may take to end where its shell cannot.
const SOON: Duration = Duration::from_secs(10);

/// Longer than a caretaker has patience with what is not frozen.
const LONG: Duration = Duration::from_secs(12);

/// forktop is sent this with its shell frozen, and what is frozen is thawed this much later: nobody is left then.
fn end(stage: &Stage, group: Freezer, signal: &str, after: Duration) {
    let what = format!("{signal}, {}", group.file);
    let subject = Subject::start(stage, User::This, &["nice=0"]);
    // If this fails it is thawed before its end is waited for.
    let group = group;
    group.put(subject.process);
    let mut open = Open::begin(stage, subject.process);
    group.freeze();
    let begun = Instant::now();
    send(open.forktop.id(), signal);
    let status = soon("its end", || open.forktop.try_wait().unwrap());
    assert!(begun.elapsed() < SOON, "{what}: {:?}", begun.elapsed());
    let output = open.forktop.wait_with_output().unwrap();
    if signal == "TERM" {
        assert_eq!(status.code(), Some(143), "{what}: {}", shown(&output));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        for words in ["what is left of the copy stays", "is frozen", group.file] {
            assert!(said.contains(words), "{what}: {said}");
        }
    }
    sleep(after);
    group.thaw();
    wait("the end of all", || {
        let none = children(subject.process).is_empty();
        none && is_over(open.keeper) && is_over(open.shell)
    });
    wait("its rest", || !is_traced(subject.process));
    subject.ends_well();
}

#[test]
fn a_shell_that_is_frozen_keeps_nobody_and_ends_when_it_is_thawed() {
    let stage = stage();
    let cases = [
        ("TERM", Duration::ZERO),
        ("TERM", LONG),
        ("KILL", Duration::ZERO),
        ("KILL", LONG),
    ];
    let stage = &stage;
    let groups = (0..).map(|number| Freezer::all(&format!("open-{number}")));
    scope(|scope| {
        for (groups, (signal, after)) in groups.zip(cases) {
            for group in groups {
                scope.spawn(move || end(stage, group, signal, after));
            }
        }
    });
}

/// forktop is killed, and its process frozen this much later, for longer than a caretaker has patience: just when that takes the
/// copy away, or has found that the process is not frozen.
fn freeze_under_a_caretaker(stage: &Stage, group: Freezer, after: Duration) {
    let subject = Subject::start(stage, User::This, &["nice=0"]);
    let group = group;
    group.put(subject.process);
    let mut open = Open::begin(stage, subject.process);
    open.forktop.kill().unwrap();
    sleep(after);
    group.freeze();
    open.forktop.wait().unwrap();
    sleep(LONG);
    group.thaw();
    wait("the end of all", || {
        let none = children(subject.process).is_empty();
        none && !is_traced(subject.process)
    });
    subject.ends_well();
}

#[test]
fn what_is_frozen_at_any_moment_of_a_caretakers_work_is_rid_of_its_copy_when_it_is_thawed() {
    let stage = stage();
    let stage = &stage;
    scope(|scope| {
        for number in 0..24 {
            let after = Duration::from_micros(750 * number);
            for group in Freezer::all(&format!("taken-{number}")) {
                scope.spawn(move || freeze_under_a_caretaker(stage, group, after));
            }
            // One after the other begins, so that each has the processor.
            sleep(Duration::from_millis(150));
        }
    });
}

#[test]
fn a_shell_is_in_the_control_groups_of_its_process() {
    let stage = stage();
    let subject = Subject::start(&stage, User::This, &["nice=0"]);
    let kinds = [
        ("cgroup", "memory"),
        ("cgroup", "pids"),
        ("cgroup", "freezer"),
        ("cgroup", "cpu"),
        ("cgroup2", "rw"),
    ];
    let groups = kinds.map(|(system, option)| Group::new(system, option, "parity"));
    let groups: Vec<_> = groups.into_iter().flatten().collect();
    if groups.is_empty() {
        return eprintln!("skipped: control groups cannot be made here");
    }
    for group in &groups {
        group.put(subject.process);
    }
    let mut open = Open::begin(&stage, subject.process);
    let of = |process| fs::read_to_string(format!("/proc/{process}/cgroup")).unwrap();
    let own = of(subject.process);
    assert_eq!(own.matches("-parity\n").count(), groups.len(), "{own}");
    for process in [open.keeper, open.shell] {
        assert_eq!(of(process), own);
    }
    // What the shell starts is too, as it says itself.
    open.types("cat /proc/self/cgroup\n");
    let output = open.forktop.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), own);
    subject.ends_well();
}
