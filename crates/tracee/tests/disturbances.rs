//! The program by which it is measured what a process notices notices each disturbance (`tests/tracees/disturb.c`).
#![cfg(target_arch = "x86_64")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::process::Command;
use std::thread::sleep;
use std::time::Duration;
use support::steady::{LATE, Steady, each};
use support::{compile, tracee};

#[test]
fn the_same_holds_for_an_ordinary_user() {
    support::as_tester("the_same_holds_for_an_ordinary_user");
}

/// A mode, what is done to it meanwhile by `tests/tracees/disturb.c`, and what it notices.
struct Disturbance(&'static str, &'static str, &'static str);

const DISTURBANCES: [Disturbance; 34] = [
    Disturbance("epoll_wait", "stop", "epoll_wait gave -1 (EINTR)"),
    Disturbance("epoll_pwait", "stop", "epoll_pwait gave -1 (EINTR)"),
    Disturbance("sigtimedwait", "stop", "sigtimedwait gave -1 (EINTR)"),
    Disturbance("semtimedop", "stop", "semtimedop gave -1 (EINTR)"),
    Disturbance("accept_timed", "stop", "accept_timed gave -1 (EINTR)"),
    Disturbance("recv_timed", "stop", "recv_timed gave -1 (EINTR)"),
    Disturbance("nanosleep", "leak", "nanosleep gave -1"),
    Disturbance("futex_woken", "leak", "futex_woken gave -1"),
    Disturbance("poll", "leak", "poll gave -1"),
    Disturbance("poll", "hold", "poll ended more than 200 ms late"),
    Disturbance("spin", "rbx", "rbx changed"),
    Disturbance("spin", "r15", "r15 changed"),
    Disturbance("spin", "flags", "flags changed"),
    Disturbance("spin", "zone", "128 bytes below the stack pointer"),
    Disturbance("spin", "xmm", "register 1 changed"),
    Disturbance("spin", "ymm", "register 1 changed"),
    Disturbance("spin", "st", "x87 registers changed"),
    Disturbance("spin", "mxcsr", "MXCSR changed"),
    Disturbance("spin", "control", "the x87 control word changed"),
    Disturbance("registers_asleep", "asleep", "r12 changed"),
    Disturbance("clock_nanosleep", "gs", "changed: the base of gs"),
    Disturbance("ppoll", "mask", "changed: the signal mask"),
    Disturbance("select", "text", "program text or constants changed"),
    Disturbance("pselect", "heap", "the heap changed"),
    Disturbance("nanosleep", "descriptor", "is new"),
    Disturbance("sums", "child", "a child was found that nobody made"),
    Disturbance("nanosleep", "descriptor_flags", "descriptor 0 changed"),
    // Taken by the wait, or by what looks for children after it.
    Disturbance("wait4", "child", "child"),
    Disturbance(
        "waitid",
        "quiet_child",
        "a child was found that nobody made",
    ),
    Disturbance("nanosleep", "robust_list", "changed: the robust list"),
    Disturbance("nanosleep", "address", "changed: the address cleared"),
    Disturbance("nanosleep", "mapping", "changed: mappings"),
    Disturbance("syscall_dispatch", "dispatch", "handed over 0 times"),
    Disturbance("signals", "lose", "a signal had the value"),
];

/// How a process ends that is disturbed in the midst of its work.
fn disturbed(mode: &str, way: &str, late: &str) -> (String, Option<i32>) {
    let steady = Steady::in_mode(&tracee("steady.c"), &[mode, late]);
    disturb(&steady, mode, way);
    steady.end()
}

fn disturb(steady: &Steady, name: &str, way: &str) {
    // Past where the first of its rounds begins.
    sleep(Duration::from_millis(50));
    let subject = steady.subject.to_string();
    let status = Command::new(tracee("disturb.c"))
        .args([&subject, way])
        .status();
    assert!(status.unwrap().success(), "{name}, {way}");
}

fn bites(mode: &str, way: &str, wanted: &str, late: &str) -> Result<(), String> {
    let (text, code) = disturbed(mode, way, late);
    let noticed = text
        .lines()
        .any(|line| line.starts_with("noticed: ") && line.contains(wanted));
    if noticed && code == Some(1) {
        return Ok(());
    }
    Err(format!("{mode}, {way}: {code:?}\n{text}"))
}

#[test]
fn each_disturbance_is_noticed() {
    // On a machine with much to do a disturbance can come before a round has begun, or between two.
    each(&DISTURBANCES, |Disturbance(mode, way, wanted)| {
        let once = || bites(mode, way, wanted, "200");
        once().or_else(|_| once()).or_else(|_| once())
    });
}

#[test]
fn a_sequence_that_goes_on_in_its_middle_is_noticed() {
    // Others have to add meanwhile, and so it has the machine for itself.
    bites("rseq", "calls", "of what was added is there", LATE).unwrap();
}

#[test]
fn what_is_done_as_it_should_be_is_not_noticed() {
    // The kernel makes these calls again by itself, and registers are put back where it does.
    const STOPPED: [&str; 7] = [
        "nanosleep",
        "poll",
        "futex",
        "read",
        "accept",
        "wait4",
        "flock",
    ];
    const CALLING: [&str; 10] = [
        "nanosleep",
        "futex",
        "read",
        "wait4",
        "spin",
        "sums",
        "signals",
        "registers_asleep",
        "syscall_dispatch",
        "leader_gone_asleep",
    ];
    let all: Vec<_> = STOPPED
        .iter()
        .map(|mode| (mode, "stop"))
        .chain(CALLING.iter().map(|mode| (mode, "call")))
        .collect();
    each(&all, |(mode, way)| match disturbed(mode, way, LATE) {
        (_, Some(0)) => Ok(()),
        (text, code) => Err(format!("{mode}, {way}: {code:?}\n{text}")),
    });
}

#[test]
fn a_32_bit_program_notices_too() {
    let program = compile("narrow_steady.s", &["-m32", "-nostdlib", "-static"]);
    let program = program.expect("binutils that make 32-bit programs");
    for (way, code) in [(None, 0), (Some("stop"), 0), (Some("rsi"), 1)] {
        let steady = Steady::in_mode(&program, &[]);
        if let Some(way) = way {
            disturb(&steady, "narrow_steady", way);
        }
        assert_eq!(steady.end().1, Some(code), "{way:?}");
    }
}
