//! Calls that begin their time anew when they are made again wait for what is left of it.
use crate::support::{self, for_a_while, held, tracee, until, untraced, wait_until, word};
use crate::ways::{LATE, Time, WAIT, freeze, is_in_a_call, pid, said, start};
use rustix::process::{Signal, kill_process};
use std::process::Child;
use std::time::{Duration, Instant};
use tracee::{Options, Tracer};

#[test]
fn what_is_followed_waits_no_longer_however_often_it_is_stopped() {
    const LONG: i64 = 3000;
    let program = tracee("waits.c");
    let children = start(&program, |way| way.time == Time::Watched, LONG);
    let before = Duration::from_millis(600);
    std::thread::sleep(before);
    let mut tracer = Tracer::new(Options::default()).unwrap();
    let began = Instant::now();
    for (_, child) in &children {
        tracer.seize(pid(child)).unwrap();
        let stopped = freeze(&mut tracer, pid(child));
        tracer.resume(stopped).unwrap();
    }
    let seized = began.elapsed() + before;
    for signal in [Some(Signal::WINCH), None, Some(Signal::URG), None] {
        for_a_while(&mut tracer, Duration::from_millis(300));
        for (_, child) in &children {
            match signal {
                Some(signal) => kill_process(pid(child), signal).unwrap(),
                None => {
                    let stopped = freeze(&mut tracer, pid(child));
                    tracer.resume(stopped).unwrap();
                }
            }
        }
    }
    support::all(&mut tracer);
    let (mut exact, count) = (0, children.len());
    for (way, child) in children {
        let (result, time) = said(child);
        assert_eq!(result, way.result, "{}", way.name);
        // Those that came to another processor as they were stopped first begin anew then, and no more.
        let latest = LONG + LATE + i64::try_from(seized.as_millis()).unwrap();
        let name = way.name;
        assert!((LONG..latest).contains(&time), "{name} took {time} ms");
        exact += usize::from(time < LONG + LATE);
    }
    assert!(2 * exact >= count, "{exact} of {count}");
}

#[test]
fn a_call_whose_time_is_over_while_it_is_held_comes_back_when_it_goes_on() {
    let program = tracee("waits.c");
    for let_go in [false, true] {
        let children = start(&program, |way| way.time == Time::Watched, WAIT);
        let mut tracer = Tracer::new(Options::default()).unwrap();
        let hold = |(_, child): &(_, Child)| {
            tracer.seize(pid(child)).unwrap();
            freeze(&mut tracer, pid(child))
        };
        let all: Vec<_> = children.iter().map(hold).collect();
        std::thread::sleep(Duration::from_millis(2 * WAIT.unsigned_abs()));
        let began = Instant::now();
        if let_go {
            tracer.detach().unwrap();
        } else {
            for stopped in all {
                tracer.resume(stopped).unwrap();
            }
            support::all(&mut tracer);
        }
        for (way, child) in children {
            assert_eq!(said(child).0, way.result, "{}", way.name);
        }
        let time = began.elapsed().as_millis();
        assert!(time < WAIT.unsigned_abs().into(), "{time} ms");
    }
}

/// What becomes of a process that was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    GoesOn,
    /// And what it waits for comes when it has.
    WentOn,
    IsLetGo,
}

#[test]
fn what_a_call_waits_for_ends_it_also_when_that_came_while_it_was_held() {
    let program = tracee("waits.c");
    for (wait, held, then) in [
        ("20000", 0, Then::GoesOn),
        ("20000", 0, Then::WentOn),
        ("500", 1000, Then::GoesOn),
        ("500", 1000, Then::IsLetGo),
    ] {
        let child = untraced(&program, &["sigtimedwait", wait]);
        wait_until("the call", || is_in_a_call(&child));
        let mut tracer = Tracer::new(Options::default()).unwrap();
        tracer.seize(pid(&child)).unwrap();
        let stopped = freeze(&mut tracer, pid(&child));
        std::thread::sleep(Duration::from_millis(held));
        let send = || kill_process(pid(&child), Signal::USR2).unwrap();
        if then == Then::WentOn {
            tracer.resume(stopped).unwrap();
            for_a_while(&mut tracer, Duration::from_millis(100));
            send();
            support::all(&mut tracer);
        } else if then == Then::IsLetGo {
            send();
            tracer.detach().unwrap();
        } else {
            send();
            tracer.resume(stopped).unwrap();
            support::all(&mut tracer);
        }
        // SIGUSR2, and not because its time was over.
        let (result, time) = said(child);
        assert_eq!(result, "12 -", "{then:?} after {held} ms");
        assert!(time < 10_000, "{time} ms");
    }
}

#[test]
fn who_is_let_go_where_a_call_begins_is_not_interrupted_in_it() {
    let program = tracee("waits.c");
    // Its end is waited for, but not told of any more; or it is one thread of many that was looked at alone.
    for alone in [false, true] {
        for _ in 0..5 {
            let child = untraced(&program, &["epoll_wait", "600"]);
            wait_until("the call", || is_in_a_call(&child));
            let mut tracer = Tracer::new(Options::default()).unwrap();
            let thread = match alone {
                true => tracer.seize_alone(pid(&child)).unwrap(),
                false => tracer.seize(pid(&child)).map(|()| pid(&child)).unwrap(),
            };
            tracer.freeze_thread(thread).unwrap();
            let stopped = held(&mut tracer, "frozen").1;
            tracer.resume(stopped).unwrap();
            // It is about to make the call again.
            std::thread::sleep(Duration::from_millis(5));
            match alone {
                true => {
                    tracer.let_alone_go(thread);
                    support::all(&mut tracer);
                }
                false => drop(tracer.detach().unwrap()),
            }
            assert_eq!(said(child).0, "0 -", "alone: {alone}");
        }
    }
}

/// A process that waits in its first call, which a stop ends, and then in another for so long; it is followed, and stopped.
fn stopped_in_its_first_call(options: Options, wait: &str) -> (Child, Tracer) {
    let child = untraced(tracee("waits.c"), &["epoll_again", wait]);
    wait_until("the call", || is_in_a_call(&child));
    let mut tracer = Tracer::new(options).unwrap();
    tracer.seize(pid(&child)).unwrap();
    kill_process(pid(&child), Signal::STOP).unwrap();
    until(&mut tracer, |event| word(&event.what) == "stopped");
    (child, tracer)
}

const EVERY_CALL: Options = Options {
    kill_on_exit: false,
    failed_execs: true,
};

#[test]
fn a_stop_says_nothing_of_the_calls_that_come_later() {
    let (child, mut tracer) = stopped_in_its_first_call(Options::default(), "1500");
    let stopped = freeze(&mut tracer, pid(&child));
    tracer.resume(stopped).unwrap();
    for_a_while(&mut tracer, Duration::from_millis(1200));
    kill_process(pid(&child), Signal::CONT).unwrap();
    for_a_while(&mut tracer, Duration::from_millis(400));
    // The second is made again for a signal that is ignored.
    kill_process(pid(&child), Signal::WINCH).unwrap();
    support::all(&mut tracer);
    let (result, time) = said(child);
    assert_eq!(result, "0 -");
    assert!(time >= WAIT, "{time} ms");
}

#[test]
fn where_every_call_is_stopped_at_it_waits_no_longer() {
    let (child, mut tracer) = stopped_in_its_first_call(EVERY_CALL, "2000");
    kill_process(pid(&child), Signal::CONT).unwrap();
    for_a_while(&mut tracer, Duration::from_secs(1));
    let stopped = freeze(&mut tracer, pid(&child));
    tracer.resume(stopped).unwrap();
    support::all(&mut tracer);
    let (result, time) = said(child);
    assert_eq!(result, "0 -");
    // It may have come to another processor when it stopped: then it has its whole time again, once.
    assert!((2000..3000 + LATE).contains(&time), "{time} ms");
}

#[test]
fn who_is_let_go_where_every_call_is_stopped_at_is_not_interrupted() {
    let (child, mut tracer) = stopped_in_its_first_call(EVERY_CALL, "800");
    kill_process(pid(&child), Signal::CONT).unwrap();
    for_a_while(&mut tracer, Duration::from_millis(200));
    tracer.detach().unwrap();
    assert_eq!(said(child).0, "0 -");
}
