//! Other namespaces, other users, and numbers that are used again.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::{HashMap, HashSet};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command as Program;
use support::{command, count, endings, follow, shell, tracee, words};
use tracee::{Ending, Event, What};

#[test]
fn the_same_holds_for_an_ordinary_user() {
    support::as_tester("the_same_holds_for_an_ordinary_user");
}

/// Whether user namespaces are to be had; says so if not.
fn user_namespaces() -> bool {
    let allowed = Program::new("unshare")
        .args(["-Ur", "true"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !allowed {
        eprintln!("skipped: user namespaces, which this machine refuses");
    }
    allowed
}

#[test]
fn what_lives_in_other_namespaces_is_followed_with_its_numbers_there() {
    if !user_namespaces() {
        return;
    }
    let script = "(exit 3) & wait; /bin/true; exit 4";
    let arguments = ["-Urpmf", "--mount-proc", "/bin/sh", "-c", script];
    let events = follow(&command("unshare", &arguments));
    let pids: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.what {
            What::Born { pids, .. } => Some((event.process.as_raw_pid(), pids.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(pids.len(), 4, "{:?}", words(&events));
    for (index, (process, pids)) in pids.iter().enumerate() {
        // unshare itself, then pid 1 and what it makes.
        match i32::try_from(index).unwrap() {
            0 => assert_eq!(pids, &[*process]),
            inner => assert_eq!(pids, &[*process, inner]),
        }
    }
    assert_eq!(endings(&events).last().unwrap().1, Ending::Exited(4));
}

#[test]
fn the_end_of_a_pid_namespace_is_told_of_for_all_in_it() {
    if !user_namespaces() {
        return;
    }
    let arguments = [
        "-Urpf",
        "/bin/sh",
        "-c",
        "sleep 30 & sleep 30 & sleep 0.1; exit 0",
    ];
    let events = follow(&command("unshare", &arguments));
    let killed = endings(&events).into_iter().filter(|(_, ending)| {
        *ending
            == Ending::Killed {
                signal: 9,
                core: false,
            }
    });
    assert_eq!((killed.count(), count(&events, "ended")), (2, 5));
}

/// Runs one test of this file again, as the program `this`, by a command that is put before it, with a variable that it
/// knows itself by.
fn again(before: &[&str], this: &Path, name: &str, (variable, value): (&str, &Path)) {
    let mut program = Program::new(before[0]);
    program
        .args(&before[1..])
        .arg(this)
        .args(["--exact", name, "--nocapture"])
        .env(variable, value);
    let output = program.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}\n{errors}"
    );
}

const AS_TESTER: [&str; 7] = [
    "setpriv",
    "--reuid",
    "tester",
    "--regid",
    "tester",
    "--clear-groups",
    "--",
];

#[test]
fn numbers_that_are_used_again_are_never_confused() {
    const INNER: &str = "TRACEE_IN_A_PID_NAMESPACE";
    if std::env::var_os(INNER).is_none() {
        if user_namespaces() {
            let name = "numbers_that_are_used_again_are_never_confused";
            let before = ["unshare", "-Urpmf", "--mount-proc", "--kill-child", "--"];
            let this = std::env::current_exe().unwrap();
            again(&before, &this, name, (INNER, Path::new("")));
        }
        return;
    }
    assert!(
        std::process::id() < 100,
        "not in a pid namespace of its own"
    );
    // What the next number is follows from this, for this namespace alone.
    let rewind = |from: u32| format!("echo {from} > /proc/sys/kernel/ns_last_pid");
    let used = i32::try_from(std::process::id()).unwrap() + 60;
    let script = format!(
        "i=0; while [ $i -lt 400 ]; do {}; /bin/true; (:) & (:) & wait; i=$((i+1)); done",
        rewind(used.unsigned_abs())
    );
    let events = follow(&shell(&script));
    check_turns(&events);
    assert_eq!(count(&events, "ended"), 1201);
    let mut births = HashMap::new();
    for event in events
        .iter()
        .filter(|event| matches!(event.what, What::Born { .. }))
    {
        *births.entry(event.process).or_insert(0) += 1;
    }
    let most = births.values().max().copied();
    assert!(most > Some(300), "numbers were not used again: {births:?}");
    // The numbers of threads, while one that is not the leader executes a program.
    let program = tracee("exec_thread.c");
    let script = format!(
        "{} 60 & i=0; while kill -0 $! 2>/dev/null; do {}; (:) & (:) & (:) & wait %2 %3 %4 2>/dev/null; done; wait; exit 0",
        program.display(),
        rewind(used.unsigned_abs())
    );
    let events = follow(&shell(&script));
    check_turns(&events);
    assert_eq!(
        endings(&events)
            .iter()
            .filter(|(_, ending)| *ending == Ending::Exited(7))
            .count(),
        1
    );
}

/// Births and ends of each number take turns, and nothing happens to what is not alive.
fn check_turns(events: &[Event]) {
    let mut alive = HashSet::new();
    for event in events {
        match event.what {
            What::Born { .. } => assert!(alive.insert(event.process), "{event:?}"),
            What::Ended { .. } => assert!(alive.remove(&event.process), "{event:?}"),
            _ => assert!(alive.contains(&event.process), "{event:?}"),
        }
    }
    assert!(alive.is_empty());
}

/// What a program that is setuid root says of its users when it is followed: real, effective, saved.
fn users(program: &Path, before: &str) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().display();
    std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o666)).unwrap();
    let events = follow(&shell(&format!(
        "{before} {} > {path}; exit 0",
        program.display()
    )));
    assert_eq!(endings(&events).last().unwrap().1, Ending::Exited(0));
    std::fs::read_to_string(file.path())
        .unwrap()
        .trim()
        .to_owned()
}

#[test]
fn an_ordinary_users_tracer_takes_a_setuid_programs_privilege_and_roots_does_not() {
    const INNER: &str = "TRACEE_SETUID_PROGRAM";
    if let Some(program) = std::env::var_os(INNER) {
        let tester = rustix::process::getuid().as_raw();
        assert_eq!(
            users(Path::new(&program), ""),
            format!("{tester} {tester} {tester}")
        );
        return;
    }
    if !support::root("setuid programs") {
        return;
    }
    let folder = tempfile::Builder::new()
        .prefix("tracee-")
        .tempdir_in("/tmp")
        .unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("identity");
    let copied = Program::new("cp")
        .arg(tracee("identity.c"))
        .arg(&program)
        .status();
    assert!(copied.unwrap().success());
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o4755)).unwrap();
    let tester = AS_TESTER.join(" ");
    let untraced = Program::new("sh")
        .args(["-c", &format!("{tester} {}", program.display())])
        .output()
        .unwrap();
    let untraced = String::from_utf8(untraced.stdout)
        .unwrap()
        .trim()
        .to_owned();
    assert!(
        untraced.ends_with(" 0 0"),
        "{} must not be mounted nosuid: {untraced}",
        folder.path().display()
    );
    assert_eq!(users(&program, &tester), untraced);
    let this = folder.path().join("tests");
    std::fs::copy(std::env::current_exe().unwrap(), &this).unwrap();
    let name = "an_ordinary_users_tracer_takes_a_setuid_programs_privilege_and_roots_does_not";
    again(&AS_TESTER, &this, name, (INNER, &program));
}

#[test]
fn the_user_of_a_process_is_what_it_was_without_a_tracer() {
    if !support::root("changing users") {
        return;
    }
    let program = tracee("identity.c");
    let users = users(
        &program,
        "setpriv --ruid tester --euid root --regid tester --clear-groups --",
    );
    assert_eq!(users.split(' ').nth(1), Some("0"), "{users}");
}
