//! A process is copied, calls are made in the copy, and it goes on as if nothing had been.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use rustix::process::{Pid, Signal, kill_process};
use std::io::Read;
use std::process::Child;
use std::time::Duration;
use support::work::work;
use support::{field, held, ready, sleeps, tracee, untraced};
use tracee::{
    Call, CallError, Data, Ending, Errno, Filters, Inside, Options, Preparation, Stopped, Tracer,
    Visited,
};

/// Follows a process alone, and holds a thread of it.
fn meet(tracer: &mut Tracer, process: Pid) -> (Stopped, Preparation) {
    let thread = tracer.seize_alone(process).unwrap();
    let preparation = Preparation::of(thread);
    tracer.freeze_thread(thread).unwrap();
    let (_, stopped) = held(tracer, "frozen");
    (stopped, preparation)
}

/// Copies a process that is followed by nobody, and lets it go.
fn copy(tracer: &mut Tracer, process: Pid) -> Inside {
    let (stopped, preparation) = meet(tracer, process);
    let visited = tracer.copy(stopped, preparation, Filters::Hold).unwrap();
    leave(tracer, visited)
}

/// Takes away what is left of a copy.
fn take_away(tracer: &mut Tracer, process: Pid, copied: &Inside) -> bool {
    let (stopped, preparation) = meet(tracer, process);
    let visited = tracer.take_away(stopped, preparation, Filters::Hold, copied.remains());
    leave(tracer, visited.unwrap())
}

fn leave<T>(tracer: &mut Tracer, visited: Visited<T>) -> T {
    assert_eq!(visited.differs, [""; 0]);
    tracer.leave(visited.stopped.unwrap()).unwrap();
    eprintln!("lent for {:?}", visited.lent);
    visited.result.unwrap()
}

#[test]
#[cfg(target_arch = "x86_64")]
fn a_process_whose_filters_are_passed_over_makes_no_other_call_than_the_one_asked_for() {
    if !support::root("passing filters over") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("made");
    let mut program = ready(tracee("tampered.c"), &[made.to_str().unwrap()]);
    let process = program.pid();
    let mut tracer = Tracer::new(Options::default()).unwrap();
    let mut tampered = 0;
    for _ in 0..5000 {
        let (stopped, preparation) = meet(&mut tracer, process);
        let visited = tracer.copy(stopped, preparation, Filters::Suspended);
        let visited = visited.unwrap();
        tracer.leave(visited.stopped.unwrap()).unwrap();
        match visited.result {
            Ok(copy) => end(&mut tracer, process, &copy),
            // It was changed before, or after it was looked at.
            Err(tracee::VisitError::NoDoor) => {}
            Err(error) => {
                assert_eq!(error, tracee::VisitError::Tampered("clone"));
                tampered += 1;
            }
        }
        assert!(!made.exists());
        if tampered > 2 {
            break;
        }
    }
    assert!(tampered > 0, "it was never changed in time");
    program.end();
    drop(tracer);
    assert!(program.said().1.unwrap().success());
}

/// Ends a copy, and takes away what is left of it; the process may keep a call from being made.
#[cfg(target_arch = "x86_64")]
fn end(tracer: &mut Tracer, process: Pid, copy: &Inside) {
    let remains = copy.remains();
    copy.kill();
    while tracer.next().unwrap().is_some() {}
    loop {
        let (stopped, preparation) = meet(tracer, process);
        let visited = tracer.take_away(stopped, preparation, Filters::Suspended, remains);
        let visited = visited.unwrap();
        tracer.leave(visited.stopped.unwrap()).unwrap();
        if visited.result == Ok(true) {
            return;
        }
    }
}

#[test]
fn calls_are_made_in_a_copy() {
    let child = untraced("sleep", &["100"]);
    let process = Pid::from_child(&child);
    support::wait_until("sleep", || sleeps(process, "sleep"));
    let mut tracer = Tracer::new(Options::default()).unwrap();
    let copied = copy(&mut tracer, process);
    let number = copied.number();
    assert_eq!(
        number,
        u64::try_from(copied.process().as_raw_pid()).unwrap()
    );
    assert_eq!(
        field(copied.process(), "PPid"),
        process.as_raw_pid().to_string()
    );
    let inside = copied.clone();
    work(&mut tracer, async move {
        let copied = inside;
        copied.begin(Filters::Hold).await.unwrap();
        let own = copied.call(&Call::new("getpid")).await.unwrap();
        assert_eq!(own.value, copied.number());
        let open = Call::new("openat")
            .signed(-100)
            .at(Data::text("/nowhere"))
            .number(0);
        assert_eq!(
            copied.call(&open).await,
            Err(CallError::Refused(Errno::NOENT))
        );
        let pipe = Call::new("pipe2").at(Data::Room(8)).number(0);
        let answer = copied.call(&pipe).await.unwrap();
        assert_eq!(answer.value, 0);
        assert_ne!(answer.room, [0; 8]);
        let child = copied.fork(17, Filters::Hold).await.unwrap();
        let program = Call::new("execve")
            .at(Data::text("/bin/true"))
            .at(Data::texts(["true"]))
            .at(Data::texts([""; 0]));
        child
            .execute(&program, Duration::from_secs(5))
            .await
            .unwrap();
        assert_eq!(field(child.process(), "Name"), "true");
        child.exit().await.unwrap();
        let wait = Call::new("wait4").signed(-1).number(0).number(0).number(0);
        assert_eq!(copied.call(&wait).await.unwrap().value, child.number());
        copied.exit().await.unwrap();
    });
    assert!(take_away(&mut tracer, process, &copied));
    assert!(!take_away(&mut tracer, process, &copied));
    kill_process(process, Signal::KILL).unwrap();
    support::wait_until("its end", || field(process, "State").starts_with('Z'));
    drop(child);
}

/// What a call comes to under a filter that does this to openat(2).
fn opened_under(action: &str) -> Result<u64, CallError> {
    let (program, arguments) = (tracee("answers.c"), [action, "openat"]);
    let asked = ready(program, &arguments);
    let process = asked.pid();
    let mut tracer = Tracer::new(Options::default()).unwrap();
    let copied = copy(&mut tracer, process);
    let inside = copied.clone();
    let opened = work(&mut tracer, async move {
        inside.begin(Filters::Hold).await.unwrap();
        let fork = inside.fork(0, Filters::Hold).await.unwrap();
        let path = Call::new("openat").signed(-100).at(Data::text("/"));
        let opened = fork.call(&path.number(0)).await;
        fork.kill();
        inside.exit().await.unwrap();
        opened.map(|answer| answer.value)
    });
    assert!(take_away(&mut tracer, process, &copied));
    kill_process(process, Signal::KILL).unwrap();
    opened
}

#[test]
fn what_filters_do_to_a_call_is_told_of_that_call() {
    let killed = CallError::Ended(Ending::Killed {
        signal: 31,
        core: false,
    });
    for (action, expected) in [
        ("errno", CallError::Refused(Errno::ACCESS)),
        ("trap", CallError::Trapped),
        ("kill", killed.clone()),
        ("thread", killed),
    ] {
        let mut opened = opened_under(action);
        if let Err(CallError::Ended(Ending::Killed { core, .. })) = &mut opened {
            *core = false;
        }
        assert_eq!(opened, Err(expected), "{action}");
    }
}

/// How long what is visited waits, in milliseconds, and how much later it may end on a machine that is busy. An emulated one is slower.
const WAIT: u64 = 2500 * SLOWNESS;
const LATE: u64 = 1500 * SLOWNESS;
const SLOWNESS: u64 = match cfg!(target_arch = "x86_64") {
    true => 1,
    false => 4,
};

/// A program that waits in one way, in its call.
fn waiting(way: &str, milliseconds: u64, more: &[&str]) -> Child {
    let time = milliseconds.to_string();
    let child = untraced(tracee("waits.c"), &[&[way, &time], more].concat());
    let process = Pid::from_child(&child);
    support::wait_until(way, || sleeps(process, "waits"));
    child
}

/// What came of that.
fn said(mut child: Child) -> (String, u64) {
    let mut text = String::new();
    let mut output = child.stdout.take().unwrap();
    output.read_to_string(&mut text).unwrap();
    // A tracer that follows it to its end takes that, as it is a child of this thread.
    let _ = child.wait();
    let (result, time) = text.trim().rsplit_once(' ').unwrap();
    (result.to_owned(), time.parse().unwrap())
}

/// Has a copy end. Until it has, it holds what its process has open.
fn end_at_once(tracer: &mut Tracer, copied: &Inside) {
    copied.kill();
    while copied.ended().is_none() {
        tracer.next().unwrap();
    }
}

/// A visit of which nothing is left.
fn visit(tracer: &mut Tracer, process: Pid) {
    let copied = copy(tracer, process);
    end_at_once(tracer, &copied);
    assert!(take_away(tracer, process, &copied));
}

#[test]
fn what_a_visited_process_waits_for_ends_when_it_would_have() {
    let ways = [
        "nanosleep",
        "clock_nanosleep",
        "poll",
        "ppoll",
        "select",
        "futex",
    ];
    let children = ways.map(|way| waiting(way, WAIT, &[]));
    let mut tracer = Tracer::new(Options::default()).unwrap();
    for _ in 0..2 {
        for child in &children {
            visit(&mut tracer, Pid::from_child(child));
        }
    }
    for (way, child) in ways.into_iter().zip(children) {
        let (result, time) = said(child);
        let expected = if way == "futex" {
            "-1 ETIMEDOUT"
        } else {
            "0 -"
        };
        assert_eq!(result, expected, "{way}");
        assert!((WAIT..WAIT + LATE).contains(&time), "{way} took {time} ms");
    }
}

#[test]
fn a_handler_interrupts_what_is_visited_as_it_would_have() {
    for way in ["nanosleep", "ppoll", "futex"] {
        let child = waiting(way, 20_000, &["handled"]);
        let process = Pid::from_child(&child);
        let mut tracer = Tracer::new(Options::default()).unwrap();
        let (stopped, preparation) = meet(&mut tracer, process);
        kill_process(process, Signal::USR1).unwrap();
        let visited = tracer.copy(stopped, preparation, Filters::Hold).unwrap();
        let copied = leave(&mut tracer, visited);
        end_at_once(&mut tracer, &copied);
        let (result, time) = said(child);
        assert_eq!(result, "-1 EINTR", "{way}");
        assert!(time < 15_000, "{way} took {time} ms");
    }
}
