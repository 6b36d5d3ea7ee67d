//! Signals arrive as they would have, and what stops a process stops it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use rustix::process::{Signal, kill_process};
use std::time::Duration;
use support::{
    all, command, count, endings, field, for_a_while, held, ready, shell, tracee, until,
    wait_until, word, words,
};
use tracee::{Ending, Options, Tracer, What};

#[test]
fn the_same_holds_for_an_ordinary_user() {
    support::as_tester("the_same_holds_for_an_ordinary_user");
}

const MANY: usize = 300;

/// Whether real-time signals came complete and in the order in which they were sent, each kind by itself.
fn check_queue(text: &str, many: usize) {
    let taken = text.split_whitespace().map(|one| {
        let (number, value) = one.split_once(':').unwrap();
        (
            number.parse::<i32>().unwrap(),
            value.parse::<usize>().unwrap(),
        )
    });
    let taken: Vec<_> = taken.collect();
    let first = taken.iter().map(|(number, _)| *number).min().unwrap();
    for kind in 0..2 {
        let values = taken.iter().filter(|(number, _)| *number == first + kind);
        let values: Vec<_> = values.map(|(_, value)| *value).collect();
        let expected: Vec<_> = (0..many)
            .filter(|value| value % 2 == usize::try_from(kind).unwrap())
            .collect();
        assert_eq!(values, expected);
    }
}

fn send(to: rustix::process::Pid, many: usize) {
    let status = std::process::Command::new(tracee("send.c"))
        .args([to.as_raw_pid().to_string(), many.to_string()])
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn queued_signals_come_in_order_with_their_values() {
    let process = ready(tracee("queue.c"), &[&MANY.to_string()]);
    let mut tracer = Tracer::new(Options::default()).unwrap();
    tracer.seize(process.pid()).unwrap();
    let to = process.pid();
    let sender = std::thread::spawn(move || send(to, MANY));
    all(&mut tracer);
    sender.join().unwrap();
    check_queue(&process.said().0, MANY);
}

#[test]
fn signals_that_are_sent_to_what_is_held_come_when_it_goes_on() {
    let process = ready(tracee("queue.c"), &[&MANY.to_string()]);
    let mut tracer = Tracer::new(Options::default()).unwrap();
    tracer.seize(process.pid()).unwrap();
    tracer.freeze(process.pid()).unwrap();
    let (_, stopped) = held(&mut tracer, "frozen");
    send(process.pid(), MANY);
    // And what is on its way when everything is let go.
    tracer.resume(stopped).unwrap();
    tracer.detach().unwrap();
    check_queue(&process.said().0, MANY);
}

#[test]
fn a_signal_during_an_event_is_not_lost() {
    for wanted in ["started", "executed", "exiting"] {
        let mut tracer = Tracer::new(Options::default()).unwrap();
        tracer.start(&command("sleep", &["0.01"])).unwrap();
        let (event, stopped) = held(&mut tracer, wanted);
        kill_process(event.process, Signal::TERM).unwrap();
        tracer.resume(stopped).unwrap();
        let ending = endings(&all(&mut tracer))[0].1;
        let expected = match wanted {
            // It is past all signals.
            "exiting" => Ending::Exited(0),
            _ => Ending::Killed {
                signal: 15,
                core: false,
            },
        };
        assert_eq!(ending, expected, "{wanted}");
    }
}

#[test]
fn what_is_held_can_be_killed() {
    for wanted in ["started", "executed"] {
        let mut tracer = Tracer::new(Options::default()).unwrap();
        tracer.start(&command("sleep", &["5"])).unwrap();
        let (event, stopped) = held(&mut tracer, wanted);
        kill_process(event.process, Signal::KILL).unwrap();
        let events = all(&mut tracer);
        assert_eq!(
            endings(&events)[0].1,
            Ending::Killed {
                signal: 9,
                core: false
            }
        );
        // It has no effect any more, and harms nobody.
        assert!(stopped.filters(&tracer).is_err());
        tracer.resume(stopped).unwrap();
    }
}

#[test]
fn a_stop_is_a_stop_until_it_is_continued() {
    let mut process = ready(tracee("threads.c"), &["3"]);
    let pid = process.pid();
    let mut tracer = Tracer::new(Options::default()).unwrap();
    tracer.seize(pid).unwrap();
    kill_process(pid, Signal::STOP).unwrap();
    let events = until(&mut tracer, |event| word(&event.what) == "stopped");
    assert_eq!(events.last().unwrap().what, What::Stopped { signal: 19 });
    // Nothing makes it go on: not the tracer, and not its input.
    process.end();
    assert_eq!(
        words(&for_a_while(&mut tracer, Duration::from_millis(300))),
        <[&str; 0]>::default()
    );
    assert_eq!(field(pid, "State"), "t (tracing stop)");
    kill_process(pid, Signal::CONT).unwrap();
    let events = all(&mut tracer);
    assert_eq!(
        (
            word(&events[0].what),
            count(&events, "continued"),
            count(&events, "stopped")
        ),
        ("continued", 1, 0)
    );
    assert_eq!(endings(&events), [(pid, Ending::Exited(0))]);
}

#[test]
fn a_process_that_stops_itself_again_and_again_is_told_of_each_time() {
    let mut tracer = Tracer::new(Options::default()).unwrap();
    let script = "for i in 1 2 3 4 5; do kill -STOP $$; done; exit 4";
    let pid = tracer.start(&shell(script)).unwrap().process();
    for _ in 0..5 {
        until(&mut tracer, |event| word(&event.what) == "stopped");
        kill_process(pid, Signal::CONT).unwrap();
        until(&mut tracer, |event| word(&event.what) == "continued");
    }
    assert_eq!(endings(&all(&mut tracer)), [(pid, Ending::Exited(4))]);
}

#[test]
fn what_was_stopped_before_it_was_seized_is_told_so_and_stays_stopped_when_it_is_let_go() {
    let process = ready(tracee("threads.c"), &["2"]);
    let pid = process.pid();
    kill_process(pid, Signal::STOP).unwrap();
    wait_until("the stop", || field(pid, "State") == "T (stopped)");
    let mut tracer = Tracer::new(Options::default()).unwrap();
    tracer.seize(pid).unwrap();
    let events = until(&mut tracer, |event| word(&event.what) == "stopped");
    assert_eq!(word(&events[0].what), "seized");
    let parting = tracer.detach().unwrap();
    assert_eq!(words(&parting.events).last(), Some(&"released"));
    wait_until("the stop", || field(pid, "State") == "T (stopped)");
    assert_eq!(field(pid, "TracerPid"), "0");
    kill_process(pid, Signal::CONT).unwrap();
    assert!(process.said().1.unwrap().success());
}

#[test]
fn what_is_stopped_can_be_frozen_without_being_continued() {
    let process = ready(tracee("threads.c"), &["0"]);
    let mut tracer = Tracer::new(Options::default()).unwrap();
    tracer.seize(process.pid()).unwrap();
    kill_process(process.pid(), Signal::STOP).unwrap();
    until(&mut tracer, |event| word(&event.what) == "stopped");
    tracer.freeze(process.pid()).unwrap();
    let (_, stopped) = held(&mut tracer, "frozen");
    tracer.resume(stopped).unwrap();
    assert_eq!(for_a_while(&mut tracer, Duration::from_millis(100)), []);
    kill_process(process.pid(), Signal::CONT).unwrap();
    until(&mut tracer, |event| word(&event.what) == "continued");
    tracer.detach().unwrap();
    assert!(process.said().1.unwrap().success());
}

#[test]
fn freezing_stops_every_thread_and_thawing_takes_it_back() {
    let process = ready(tracee("threads.c"), &["5"]);
    let mut tracer = Tracer::new(Options::default()).unwrap();
    tracer.seize(process.pid()).unwrap();
    tracer.freeze(process.pid()).unwrap();
    let mut frozen: Vec<_> = (0..6).map(|_| held(&mut tracer, "frozen").1).collect();
    frozen.sort_by_key(|stopped| stopped.thread().as_raw_pid());
    frozen.dedup_by_key(|stopped| stopped.thread());
    assert_eq!(frozen.len(), 6);
    for stopped in frozen {
        tracer.resume(stopped).unwrap();
    }
    tracer.freeze(process.pid()).unwrap();
    tracer.thaw(process.pid()).unwrap();
    assert_eq!(for_a_while(&mut tracer, Duration::from_millis(200)), []);
    tracer.detach().unwrap();
    assert!(process.said().1.unwrap().success());
}

#[test]
fn a_signal_that_is_just_being_delivered_when_all_is_let_go_arrives() {
    let process = ready(tracee("queue.c"), &["1"]);
    let mut tracer = Tracer::new(Options::default()).unwrap();
    tracer.seize(process.pid()).unwrap();
    send(process.pid(), 1);
    wait_until("the stop", || {
        field(process.pid(), "State") == "t (tracing stop)"
    });
    tracer.detach().unwrap();
    check_queue(&process.said().0, 1);
}
