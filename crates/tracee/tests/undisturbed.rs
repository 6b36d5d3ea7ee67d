//! What is followed does not notice: no call comes back that would not have, none ends at another time. On aarch64 those
//! come back that the kernel does not make again itself.
#![cfg(target_arch = "x86_64")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use rustix::process::{Pid, Signal, kill_process};
use std::io::Read;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};
use support::{for_a_while, held, tracee, until, untraced, wait_until, word};
use tracee::{Options, Stopped, Tracer};

#[test]
fn the_same_holds_for_an_ordinary_user() {
    support::as_tester("the_same_holds_for_an_ordinary_user");
}

/// How long a program waits, in milliseconds.
const WAIT: i64 = 1500;
/// A machine that is busy with other tests.
const LATE: i64 = 300;

/// A way to wait, and what comes of it.
struct Way {
    name: &'static str,
    result: &'static str,
    time: Time,
}

/// What becomes of a call's time when it is interrupted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Time {
    /// What is left of it stays, as the kernel has it.
    Stays,
    /// It stays while the process is followed, and begins anew when it is let go.
    Watched,
    /// It begins anew.
    Anew,
}

use Time::{Anew, Stays, Watched};

const fn way(name: &'static str, result: &'static str, time: Time) -> Way {
    Way { name, result, time }
}

const WAYS: [Way; 31] = [
    way("nanosleep", "0 -", Stays),
    way("clock_nanosleep", "0 -", Stays),
    way("poll", "0 -", Stays),
    way("ppoll", "0 -", Stays),
    way("select", "0 -", Stays),
    way("futex", "-1 ETIMEDOUT", Stays),
    way("inotify", "0 -", Stays),
    way("epoll_wait", "0 -", Watched),
    way("epoll_pwait", "0 -", Watched),
    way("sigtimedwait", "-1 EAGAIN", Watched),
    way("semtimedop", "-1 EAGAIN", Watched),
    way("recv", "-1 EAGAIN", Anew),
    way("read_socket", "-1 EAGAIN", Anew),
    way("recvmsg", "-1 EAGAIN", Anew),
    way("recvmmsg", "-1 EAGAIN", Anew),
    way("readv", "-1 EAGAIN", Anew),
    way("preadv2", "-1 EAGAIN", Anew),
    way("send", "-1 EAGAIN", Anew),
    way("send_datagram", "-1 EAGAIN", Anew),
    way("send_tcp", "-1 EAGAIN", Anew),
    way("sendmsg", "-1 EAGAIN", Anew),
    way("sendmmsg", "-1 EAGAIN", Anew),
    way("write_socket", "-1 EAGAIN", Anew),
    way("writev", "-1 EAGAIN", Anew),
    way("pwritev2", "-1 EAGAIN", Anew),
    way("accept", "-1 EAGAIN", Anew),
    way("accept4", "-1 EAGAIN", Anew),
    way("epoll_pwait2", "0 -", Watched),
    way("io_getevents", "0 -", Watched),
    way("io_uring_enter", "-1 ETIME", Watched),
    way("semop", "0 -", Stays),
];

/// Starts a program for each way, unfollowed, and lets it come to where it waits.
fn waiting() -> Vec<(&'static Way, Child)> {
    start(&tracee("waits.c"), |_| true, WAIT)
}

/// Those ways that `which` says.
fn start(program: &Path, which: impl Fn(&Way) -> bool, wait: i64) -> Vec<(&'static Way, Child)> {
    let start = |way: &'static Way| (way, untraced(program, &[way.name, &wait.to_string()]));
    let ways = WAYS.iter().filter(|way| which(way));
    let children: Vec<_> = ways.map(start).collect();
    let all_sleep = || children.iter().all(|(_, child)| sleeps(child));
    wait_until("the calls", || lasts(all_sleep));
    children
}

/// Whether it sleeps in a system call that it will not leave by itself for a while: not in one of its beginning.
fn is_in_a_call(child: &Child) -> bool {
    lasts(|| sleeps(child))
}

fn sleeps(child: &Child) -> bool {
    support::sleeps(pid(child), "waits")
}

fn lasts(condition: impl Fn() -> bool) -> bool {
    condition() && {
        std::thread::sleep(Duration::from_millis(20));
        condition()
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// What a program said, when it has ended.
fn said(mut child: Child) -> (String, i64) {
    let mut text = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    // A tracer that follows it to its end takes that, as it is a child of this thread.
    let _ = child.wait();
    let (result, time) = text.trim().rsplit_once(' ').unwrap();
    (result.to_owned(), time.parse().unwrap())
}

/// Checks what they say, which were let go at some time since.
fn check(children: Vec<(&'static Way, Child)>) {
    for (way, child) in children {
        let (result, time) = said(child);
        assert_eq!(result, way.result, "{}", way.name);
        let latest = if way.time == Stays { WAIT } else { 2 * WAIT } + LATE;
        assert!(
            (WAIT..latest).contains(&time),
            "{} took {time} ms",
            way.name
        );
    }
}

/// Freezes a process of one thread, and gives what holds it.
fn freeze(tracer: &mut Tracer, process: Pid) -> Stopped {
    tracer.freeze(process).unwrap();
    held(tracer, "frozen").1
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
fn what_is_followed_waits_no_longer_however_often_it_is_stopped() {
    const LONG: i64 = 3000;
    let program = tracee("waits.c");
    let children = start(&program, |way| way.time == Watched, LONG);
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
        let children = start(&program, |way| way.time == Watched, WAIT);
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
