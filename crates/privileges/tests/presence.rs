//! An answer is about the process that was asked for, or there is none.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use privileges::{OpenError, Process, ReadError, Seen, Why};
use rustix::process::Pid;
use std::process::Command;
use support::{Stage, Subject, is_root, until};

#[test]
fn a_process_that_has_been_reaped_is_gone() {
    let stage = Stage::new();
    let mut subject = stage.start(&[], &[]);
    let (process, held) = (subject.process(), Process::held(subject.pid()).unwrap());
    assert!(!process.is_gone());
    subject.end();
    for process in [process, held] {
        assert!(process.is_gone());
        assert_eq!(process.essentials(), Err(ReadError::Gone));
        assert_eq!(process.facts(), Err(ReadError::Gone));
        assert_eq!(process.threads(), Err(ReadError::Gone));
        assert_eq!(process.privileges(), Err(ReadError::Gone));
    }
    assert!(
        matches!(Process::open(subject.pid()), Err(OpenError::Gone(pid)) if pid == subject.pid())
    );
    assert!(matches!(
        Process::held(subject.pid()),
        Err(OpenError::Gone(_))
    ));
}

/// In a pid namespace and a /proc of its own, the test runs itself again, where it may choose the next number.
#[test]
fn a_number_that_is_anothers_by_now_is_not_taken_for_it() {
    const INSIDE: &str = "PRIVILEGES_TEST_INSIDE";
    if std::env::var_os(INSIDE).is_some() {
        return reuse();
    }
    if !is_root("the reuse of a process's number") {
        return;
    }
    let name = "a_number_that_is_anothers_by_now_is_not_taken_for_it";
    let output = Command::new("unshare")
        .args(["--pid", "--fork", "--mount-proc", "--kill-child", "--"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("1 passed") && said.contains("reused"),
        "{said}"
    );
}

fn reuse() {
    let stage = Stage::new();
    let mut first = stage.start(&[], &["no-new-privs"]);
    let (process, pid) = (first.process(), first.pid());
    assert!(process.essentials().unwrap().no_new_privs);
    first.end();
    let last = pid.as_raw_pid() - 1;
    std::fs::write("/proc/sys/kernel/ns_last_pid", last.to_string()).unwrap();
    let second = stage.start(&[], &[]);
    assert_eq!(second.pid(), pid, "the number was not taken again");
    assert_eq!(process.essentials(), Err(ReadError::Gone));
    assert_eq!(process.privileges(), Err(ReadError::Gone));
    assert!(process.is_gone());
    assert!(!second.process().essentials().unwrap().no_new_privs);
    println!("reused");
}

#[test]
fn what_has_ended_and_waits_to_be_reaped_is_told_apart() {
    let stage = Stage::new();
    let mut subject = stage.start(&[], &["no-new-privs"]);
    let process = subject.process();
    subject.become_zombie();
    let facts = process.facts().unwrap();
    assert_eq!(facts.state, 'Z');
    let absent = Why::Absent;
    assert_eq!(facts.arguments, absent.into());
    assert_eq!(facts.program, absent.into());
    let privileges = process.privileges().unwrap();
    assert!(privileges.essentials.no_new_privs);
    assert_eq!(privileges.descriptors, absent.into());
    assert_eq!(privileges.mounts, absent.into());
    assert_eq!(privileges.root, absent.into());
    let namespaces = &privileges.essentials.namespaces;
    assert_eq!(
        *namespaces.of(privileges::NamespaceKind::Network),
        Seen::from(absent)
    );
    assert_eq!(namespaces.pid_for_children, None);
}

#[test]
fn a_thread_is_no_process() {
    let stage = Stage::new();
    let subject = stage.start(&[], &["thread=no-new-privs"]);
    let threads = subject.process().threads().unwrap();
    let [leader, other] = threads[..] else {
        panic!("{threads:?}");
    };
    assert_eq!(leader, subject.pid());
    assert!(matches!(Process::open(other), Err(OpenError::Thread(pid)) if pid == other));
    assert!(
        Process::held(other)
            .unwrap()
            .essentials()
            .unwrap()
            .no_new_privs
    );
    assert!(!subject.process().essentials().unwrap().no_new_privs);
}

#[test]
fn a_number_that_nobody_has_is_of_no_process() {
    let most = Pid::from_raw(i32::MAX).unwrap();
    assert_eq!(Process::open(most).unwrap_err(), OpenError::Gone(most));
}

#[test]
fn a_pidfd_is_readable_once_the_process_has_ended() {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut subject: Subject = Stage::new().start(&[], &[]);
    let process = subject.process();
    let is_over = || {
        let mut events = [PollFd::from_borrowed_fd(
            process.pidfd().unwrap(),
            PollFlags::IN,
        )];
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        poll(&mut events, Some(&now)).unwrap() == 1
    };
    assert!(!is_over());
    subject.end();
    until(is_over);
    assert!(
        Process::held(rustix::process::getpid())
            .unwrap()
            .pidfd()
            .is_none()
    );
}
