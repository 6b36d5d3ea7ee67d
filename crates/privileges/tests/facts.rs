//! What a monitor shows is what the kernel's own files say.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use privileges::{Seen, Strings};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;
use support::{Stage, Subject, is_root};

fn strings(strings: &Seen<Strings>) -> Vec<Vec<u8>> {
    let strings = strings.known().unwrap().iter();
    strings.map(<[u8]>::to_vec).collect()
}

#[test]
fn names_arguments_and_environment_can_be_any_bytes() {
    let stage = Stage::new();
    let mut command = stage.behind(&[], &["name=a) S 1 (\nb\\", "groups="]);
    if !is_root("setgroups") {
        command = stage.behind(&[], &["name=a) S 1 (\nb\\"]);
    }
    command.arg0(OsStr::from_bytes(b"zero\xff\n"));
    command
        .env_clear()
        .env("KEY", OsStr::from_bytes(b"=\xfe\n"))
        .env("EMPTY", "");
    let subject = Subject::start(&mut command);
    let facts = subject.process().facts().unwrap();
    assert_eq!(facts.name, "a) S 1 (\nb\\");
    assert_eq!(subject.process().name().unwrap(), facts.name);
    let raw = std::fs::read(format!("/proc/{}/cmdline", subject.pid())).unwrap();
    let mut joined = strings(&facts.arguments).join(&0);
    joined.push(0);
    assert_eq!(joined, raw);
    assert_eq!(strings(&facts.arguments)[0], b"zero\xff\n");
    let mut environment = strings(&facts.environment);
    environment.sort_unstable();
    assert_eq!(environment, [&b"EMPTY="[..], b"KEY==\xfe\n"]);
}

#[test]
fn numbers_paths_and_state_are_the_kernels() {
    let stage = Stage::new();
    let mut command = stage.behind(&[], &["thread=no-new-privs", "thread=no-new-privs"]);
    let subject = Subject::start(command.current_dir(stage.path()));
    // It may just be falling asleep.
    let same = || {
        let facts = subject.process().facts().unwrap();
        (facts.state.to_string() == subject.raw("State")[..1]).then_some(facts)
    };
    let facts = std::iter::repeat_with(same)
        .take(100)
        .flatten()
        .next()
        .unwrap();
    assert_eq!(facts.parent, std::process::id());
    assert_eq!(facts.pids, [subject.number()]);
    assert_eq!((facts.thread_count, facts.tracer), (3, 0));
    assert_eq!(facts.program, Seen::Known(stage.subject()));
    assert_eq!(facts.directory, Seen::Known(stage.path().to_owned()));
    assert_eq!(facts.program.known(), Some(&subject.link("exe")));
}

#[test]
fn a_start_time_is_between_those_of_before_and_after() {
    let now = || {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Duration::new(
            now.tv_sec.cast_unsigned(),
            u32::try_from(now.tv_nsec).unwrap(),
        )
    };
    let tick = Duration::from_millis(10);
    let before = now().saturating_sub(tick);
    let subject = Stage::new().start(&[], &[]);
    let after = now() + tick;
    let started = subject.process().started().unwrap();
    assert!(
        before <= started && started <= after,
        "{before:?} {started:?} {after:?}"
    );
}

#[test]
fn what_is_too_long_is_marked() {
    let stage = Stage::new();
    let long = "x".repeat(Strings::MOST);
    let subject = Subject::start(stage.behind(&[], &[]).env_clear().env("K", &long));
    let facts = subject.process().facts().unwrap();
    let environment = facts.environment.known().unwrap().clone();
    assert!(environment.truncated);
    assert_eq!(
        environment.iter().collect::<Vec<_>>(),
        [format!("K={long}").as_bytes()[..Strings::MOST].to_vec()]
    );
    assert!(!facts.arguments.known().unwrap().truncated);
    let fits = "x".repeat(Strings::MOST - 3);
    let subject = Subject::start(stage.behind(&[], &[]).env_clear().env("K", fits));
    assert!(
        !subject
            .process()
            .facts()
            .unwrap()
            .environment
            .known()
            .unwrap()
            .truncated
    );
}

#[test]
fn a_process_has_a_number_in_each_pid_namespace() {
    if !is_root("a pid namespace without a user namespace") {
        return;
    }
    let stage = Stage::new();
    let mut command = stage.behind(&["unshare", "--pid", "--fork", "--kill-child"], &[]);
    let subject = Subject::start_below(&mut command);
    let process = subject.process();
    assert_eq!(process.facts().unwrap().pids, [subject.number(), 1]);
    assert_eq!(process.privileges().unwrap().pids, [subject.number(), 1]);
}

#[test]
fn a_thread_of_the_kernels_has_no_program() {
    let kernel = rustix::process::Pid::from_raw(2).unwrap();
    let Ok(process) = privileges::Process::open(kernel) else {
        eprintln!("skipped: a thread of the kernel's, since none is to be seen");
        return;
    };
    let facts = process.facts().unwrap();
    if facts.name != "kthreadd" {
        return eprintln!("skipped: a thread of the kernel's, which are not in this PID namespace");
    }
    if is_root("its program") {
        assert_eq!(facts.program, privileges::Why::Absent.into());
        assert_eq!(facts.arguments, Seen::Known(Strings::default()));
    }
}

#[test]
fn the_tracer_is_told() {
    let subject = Stage::new().start(&[], &[]);
    let mut strace = Command::new("strace");
    strace.args(["-o", "/dev/null", "-p", &subject.number().to_string()]);
    let mut strace = strace.stderr(std::process::Stdio::null()).spawn().unwrap();
    support::until(|| subject.raw("TracerPid") != "0");
    let facts = subject.process().facts().unwrap();
    strace.kill().unwrap();
    let number = strace.id();
    strace.wait().unwrap();
    assert_eq!(facts.tracer, number);
}
