//! What is followed does not notice: no call comes back that would not have, none ends at another time. On aarch64 those
//! come back that the kernel does not make again itself.
#![cfg(target_arch = "x86_64")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;
mod watched;
mod ways;

use rustix::process::{Signal, kill_process};
use std::process::Child;
use std::time::Duration;
use support::{for_a_while, tracee, until, untraced, wait_until, word};
use tracee::{Options, Tracer};
use ways::{LATE, Time, WAIT, Way, freeze, is_in_a_call, pid, said, waiting};

#[test]
fn the_same_holds_for_an_ordinary_user() {
    support::as_tester("the_same_holds_for_an_ordinary_user");
}

/// Checks what they say, which were let go at some time since.
fn check(children: Vec<(&'static Way, Child)>) {
    for (way, child) in children {
        let (result, time) = said(child);
        assert_eq!(result, way.result, "{}", way.name);
        let latest = if way.time == Time::Stays {
            WAIT
        } else {
            2 * WAIT
        } + LATE;
        assert!(
            (WAIT..latest).contains(&time),
            "{} took {time} ms",
            way.name
        );
    }
}

#[test]
fn being_seized_frozen_and_let_go_interrupts_nothing() {
    let children = waiting();
    let mut tracer = Tracer::new(Options::default()).unwrap();
    for (_, child) in &children {
        tracer.seize(pid(child)).unwrap();
    }
    for _ in 0..3 {
        for (way, child) in &children {
            let stopped = freeze(&mut tracer, pid(child));
            assert_eq!(
                support::field(pid(child), "State"),
                "t (tracing stop)",
                "{}",
                way.name
            );
            tracer.resume(stopped).unwrap();
        }
    }
    assert_eq!(tracer.detach().unwrap().left, []);
    check(children);
}

#[test]
fn a_signal_that_a_process_ignores_interrupts_nothing() {
    // For SIGCONT the kernel stops every thread, besides.
    for signals in [
        &[Signal::CHILD][..],
        &[Signal::WINCH, Signal::URG],
        &[Signal::CONT],
    ] {
        let children = waiting();
        let mut tracer = Tracer::new(Options::default()).unwrap();
        for (_, child) in &children {
            tracer.seize(pid(child)).unwrap();
            for signal in signals {
                kill_process(pid(child), *signal).unwrap();
            }
        }
        for_a_while(&mut tracer, Duration::from_millis(300));
        tracer.detach().unwrap();
        check(children);
    }
}

#[test]
fn a_signal_with_a_handler_interrupts_what_it_would_have() {
    let program = tracee("waits.c");
    let arguments = ["epoll_wait", "20000", "handled"];
    // As it is when nobody follows, and when it comes to a process that runs or is frozen.
    for frozen in [None, Some(false), Some(true)] {
        let child = untraced(&program, &arguments);
        wait_until("the call", || is_in_a_call(&child));
        let mut tracer = Tracer::new(Options::default()).unwrap();
        if let Some(frozen) = frozen {
            tracer.seize(pid(&child)).unwrap();
            let stopped = freeze(&mut tracer, pid(&child));
            if frozen {
                kill_process(pid(&child), Signal::USR1).unwrap();
                tracer.resume(stopped).unwrap();
            } else {
                tracer.resume(stopped).unwrap();
                kill_process(pid(&child), Signal::USR1).unwrap();
            }
            until(&mut tracer, |event| word(&event.what) == "exiting");
            while tracer.next().unwrap().is_some() {}
        } else {
            kill_process(pid(&child), Signal::USR1).unwrap();
        }
        assert_eq!(said(child).0, "-1 EINTR", "{frozen:?}");
    }
}

#[test]
fn a_call_of_a_32_bit_program_is_not_interrupted() {
    let program = support::compile("narrow.s", &["-m32", "-nostdlib", "-static"]);
    let program = program.expect("binutils that make 32-bit programs");
    for arguments in [&[][..], &["sendto"]] {
        let code = disturbed(untraced(&program, arguments));
        assert_eq!(code, Some(9), "{arguments:?}");
    }
}

/// With what a process ends that is frozen once, like its child, while both wait.
fn disturbed(mut child: Child) -> Option<i32> {
    let children = || support::children(pid(&child));
    wait_until("a child", || children().is_ok_and(|all| !all.is_empty()));
    std::thread::sleep(Duration::from_millis(100));
    let [waiting] = children().unwrap()[..] else {
        panic!("it has another number of children");
    };
    let mut tracer = Tracer::new(Options::default()).unwrap();
    tracer.seize(pid(&child)).unwrap();
    for process in [pid(&child), waiting] {
        let stopped = freeze(&mut tracer, process);
        tracer.resume(stopped).unwrap();
    }
    tracer.detach().unwrap();
    child.wait().unwrap().code()
}

#[test]
fn a_signal_with_a_handler_that_comes_while_a_process_is_let_go_interrupts_what_it_would_have() {
    let child = untraced(tracee("waits.c"), &["epoll_wait", "20000", "handled"]);
    wait_until("the call", || is_in_a_call(&child));
    let mut tracer = Tracer::new(Options::default()).unwrap();
    tracer.seize(pid(&child)).unwrap();
    let stopped = freeze(&mut tracer, pid(&child));
    kill_process(pid(&child), Signal::USR1).unwrap();
    tracer.detach().unwrap();
    drop(stopped);
    assert_eq!(said(child).0, "-1 EINTR");
}
