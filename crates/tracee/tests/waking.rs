//! A tracer comes back when it was asked to: however much else there is to tell, once, and never otherwise.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use rustix::process::{Signal, kill_process_group};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use support::{command, ready, tracee, until, waits_in_vfork, word};
use tracee::{News, Options, Tracer};

/// Tracers of one process wake each other (`Waiter::wake_all_but`), which would be counted.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A tracer of a process that does nothing, which has told all that there is; and what ends that process.
fn quiet() -> (Tracer, support::Ready) {
    let process = ready(tracee("threads.c"), &["0"]);
    let mut tracer = Tracer::new(Options::default()).unwrap();
    tracer.seize(process.pid()).unwrap();
    until(&mut tracer, |event| word(&event.what) == "seized");
    (tracer, process)
}

/// How often the calling thread has waited.
fn waits() -> u64 {
    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
    let count = status.lines().find_map(|line| {
        let rest = line.strip_prefix("voluntary_ctxt_switches:")?;
        rest.trim().parse().ok()
    });
    count.unwrap()
}

/// How long the calling thread has run.
fn ran() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(stat.split(' ').next().unwrap().parse().unwrap())
}

fn hears_nothing_but_the_bell(tracer: &mut Tracer) -> bool {
    let bell = tracer.bell();
    let ringer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        bell.ring();
    });
    let heard = tracer.next().unwrap();
    // This may be one wait more.
    ringer.join().unwrap();
    matches!(heard, Some(News::Rung))
}

fn in_ms(time: u64) -> Instant {
    Instant::now() + Duration::from_millis(time)
}

#[test]
fn one_that_has_nothing_to_tell_comes_back_at_its_time() {
    let _alone = alone();
    let (mut tracer, process) = quiet();
    for _ in 0..5 {
        let time = in_ms(30);
        tracer.wake_at(Some(time));
        assert!(matches!(tracer.next().unwrap(), Some(News::Due)));
        assert!(time <= Instant::now());
        assert!(time.elapsed() < Duration::from_secs(5));
    }
    tracer.detach().unwrap();
    drop(process.said());
}

#[test]
fn one_that_was_woken_or_is_asked_for_nothing_any_more_waits_for_the_bell_alone() {
    let _alone = alone();
    let (mut tracer, process) = quiet();
    tracer.wake_at(Some(in_ms(10)));
    assert!(matches!(tracer.next().unwrap(), Some(News::Due)));
    let before = waits();
    assert!(hears_nothing_but_the_bell(&mut tracer));
    tracer.wake_at(Some(in_ms(10)));
    tracer.wake_at(None);
    assert!(hears_nothing_but_the_bell(&mut tracer));
    assert!(waits() - before <= 6, "waited {} times", waits() - before);
    tracer.detach().unwrap();
    drop(process.said());
}

#[test]
fn while_events_keep_coming_both_they_and_what_is_due_are_told() {
    let _alone = alone();
    let options = Options {
        kill_on_exit: true,
        ..Options::default()
    };
    let mut tracer = Tracer::new(options).unwrap();
    tracer
        .start(&command(tracee("storm.c"), &["3", "4", "100000"]))
        .unwrap();
    let begun = Instant::now();
    tracer.wake_at(Some(in_ms(5)));
    let (mut due, mut events, mut since) = (0, 0, 0);
    while due < 20 {
        assert!(begun.elapsed() < Duration::from_secs(20), "{due} of 20");
        match tracer.next().unwrap().unwrap() {
            News::Due => {
                due += 1;
                events += usize::from(since > 0);
                since = 0;
                tracer.wake_at(Some(in_ms(5)));
            }
            News::Event(_, stopped) => {
                since += 1;
                stopped
                    .map_or(Ok(()), |stopped| tracer.resume(stopped))
                    .unwrap();
            }
            News::Rung | News::Worked | News::CameBack { .. } => {
                unreachable!("nobody rings, works, or is visited")
            }
        }
    }
    assert!(events >= 15, "events between {events} of 20");
    tracer.kill().unwrap();
}

#[test]
fn what_is_due_comes_behind_all_that_had_happened() {
    const THREADS: usize = 50;
    let _alone = alone();
    let process = ready(tracee("threads.c"), &["50"]);
    let mut tracer = Tracer::new(Options::default()).unwrap();
    tracer.seize(process.pid()).unwrap();
    // All have stopped by then, and one of them is told of.
    std::thread::sleep(Duration::from_millis(200));
    tracer.wake_at(Some(Instant::now()));
    let mut told = 0;
    while let Some(News::Event(..)) = tracer.next().unwrap() {
        told += 1;
    }
    assert!(told >= THREADS, "{told} of {THREADS}");
    assert!(hears_nothing_but_the_bell(&mut tracer));
    tracer.detach().unwrap();
    drop(process.said());
}

/// The end waits for what the kernel does not let stop.
#[test]
fn the_end_has_forgotten_what_was_due() {
    let _alone = alone();
    let (mut waiting, process) = waits_in_vfork();
    let mut tracer = Tracer::new(Options::default()).unwrap();
    tracer.seize(process).unwrap();
    tracer.wake_at(Some(Instant::now()));
    let before = ran();
    assert_eq!(tracer.detach().unwrap().left, [process]);
    assert!(ran() < before + Duration::from_millis(500));
    kill_process_group(process, Signal::KILL).unwrap();
    waiting.wait().unwrap();
}
