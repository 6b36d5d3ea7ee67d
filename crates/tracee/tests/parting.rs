//! How following ends: with everything let go as it was, or with everything killed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, test_kill_process};
use std::time::Duration;
use support::{
    command, count, endings, field, for_a_while, held, ready, shell, tracee, until, wait_until,
    waits_in_vfork, word, words,
};
use tracee::{Ending, News, Options, Tracer, What};

#[test]
fn the_same_holds_for_an_ordinary_user() {
    support::as_tester("the_same_holds_for_an_ordinary_user");
}

/// The state of every thread of a process, and who traces it.
fn states(process: Pid) -> Vec<(String, String)> {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", process.as_raw_pid())).unwrap();
    let threads = tasks.map(|task| task.unwrap().file_name().to_str().unwrap().parse().unwrap());
    let threads = threads.map(|thread| Pid::from_raw(thread).unwrap());
    threads
        .map(|thread| (field(thread, "State"), field(thread, "TracerPid")))
        .collect()
}

#[test]
fn everything_is_let_go_as_it_was() {
    let waiting = ready(tracee("threads.c"), &["3"]);
    let stopped = ready(tracee("threads.c"), &["3"]);
    kill_process(stopped.pid(), Signal::STOP).unwrap();
    // A thread that was just made may not have come to where it waits.
    for (process, wanted) in [(&waiting, "S (sleeping)"), (&stopped, "T (stopped)")] {
        wait_until(wanted, || {
            let states = states(process.pid());
            states.iter().all(|(state, _)| state == wanted)
        });
    }
    let before = [waiting.pid(), stopped.pid()].map(states);
    let mut tracer = Tracer::new(Options::default()).unwrap();
    for process in [&waiting, &stopped] {
        tracer.seize(process.pid()).unwrap();
    }
    // One that runs all the time, and one that is held.
    let busy = tracer
        .start(&shell("while :; do :; done"))
        .unwrap()
        .process();
    until(&mut tracer, |event| word(&event.what) == "executed");
    let held_one = tracer.start(&command("sleep", &["30"])).unwrap().process();
    let (_, still) = held(&mut tracer, "executed");
    let parting = tracer.detach().unwrap();
    drop(still);
    assert_eq!(
        (parting.left, count(&parting.events, "released")),
        (vec![], 4)
    );
    wait_until("the old states", || {
        [waiting.pid(), stopped.pid()].map(states) == before
    });
    for process in [busy, held_one] {
        assert_eq!(field(process, "TracerPid"), "0");
        wait_until("it runs", || {
            field(process, "State").starts_with(['R', 'S'])
        });
        kill_process(process, Signal::KILL).unwrap();
    }
    kill_process(stopped.pid(), Signal::CONT).unwrap();
    for process in [waiting, stopped] {
        assert!(process.said().1.unwrap().success());
    }
}

#[test]
fn a_tree_that_forks_is_let_go_whole() {
    let mut tracer = Tracer::new(Options::default()).unwrap();
    let first = tracer
        .start(&command(tracee("storm.c"), &["3", "4", "60"]))
        .unwrap()
        .process();
    for_a_while(&mut tracer, Duration::from_millis(40));
    let parting = tracer.detach().unwrap();
    assert_eq!(parting.left, []);
    let last = parting.events.iter().rfind(|event| event.process == first);
    // It comes to its own end, perhaps while the others are let go.
    match last.unwrap().what {
        What::Ended { ending, .. } => assert_eq!(ending, Ending::Exited(3)),
        _ => {
            let end = rustix::process::waitpid(Some(first), WaitOptions::empty()).unwrap();
            assert_eq!(
                (word(&last.unwrap().what), end.unwrap().1.exit_status()),
                ("released", Some(3))
            );
        }
    }
}

#[test]
fn everything_is_killed_with_what_it_makes_meanwhile() {
    let mut tracer = Tracer::new(Options::default()).unwrap();
    let first = tracer
        .start(&command(tracee("storm.c"), &["3", "4", "100000"]))
        .unwrap()
        .process();
    let stopped = tracer.start(&shell("kill -STOP $$")).unwrap().process();
    let mut events = until(&mut tracer, |event| word(&event.what) == "stopped");
    tracer.start(&command("sleep", &["30"])).unwrap();
    let (event, still) = held(&mut tracer, "executed");
    let parting = tracer.kill().unwrap();
    drop(still);
    assert_eq!(parting.left, []);
    events.extend(parting.events);
    let endings = endings(&events);
    for process in [first, stopped, event.process] {
        assert!(
            endings.contains(&(
                process,
                Ending::Killed {
                    signal: 9,
                    core: false
                }
            )),
            "{process}"
        );
        assert!(test_kill_process(process).is_err(), "it is gone");
    }
}

#[test]
fn a_tracer_that_ends_otherwise_kills_or_lets_go_as_it_was_told() {
    for kill_on_exit in [true, false] {
        // The end of the thread is what counts for the kernel.
        let followed = std::thread::spawn(move || {
            let options = Options {
                kill_on_exit,
                ..Options::default()
            };
            let mut tracer = Tracer::new(options).unwrap();
            let first = tracer.start(&shell("sleep 30 & wait")).unwrap().process();
            let events = until(&mut tracer, |event| {
                word(&event.what) == "executed" && event.process != first
            });
            [first, events.last().unwrap().process]
        });
        for process in followed.join().unwrap() {
            let gone = || {
                matches!(
                    field(process, "State").chars().next(),
                    None | Some('Z' | 'X')
                )
            };
            if kill_on_exit {
                wait_until("its end", gone);
            } else {
                // The thread is joined a moment before the kernel takes notice of its end.
                wait_until("no tracer", || field(process, "TracerPid") == "0");
                assert!(!gone());
                kill_process(process, Signal::KILL).unwrap();
            }
        }
    }
}

#[test]
fn what_is_let_go_is_not_killed_when_the_tracer_ends() {
    let process = std::thread::spawn(|| {
        let options = Options {
            kill_on_exit: true,
            ..Options::default()
        };
        let mut tracer = Tracer::new(options).unwrap();
        let process = tracer.start(&command("sleep", &["30"])).unwrap().process();
        until(&mut tracer, |event| word(&event.what) == "executed");
        tracer.detach().unwrap();
        process
    });
    let process = process.join().unwrap();
    std::thread::sleep(Duration::from_millis(100));
    wait_until("its sleep", || field(process, "State").starts_with('S'));
    kill_process(process, Signal::KILL).unwrap();
}

#[test]
fn a_process_that_the_kernel_does_not_let_stop_is_named() {
    let (mut waiting, process) = waits_in_vfork();
    let mut tracer = Tracer::new(Options::default()).unwrap();
    tracer.seize(process).unwrap();
    let start = std::time::Instant::now();
    let parting = tracer.detach().unwrap();
    assert_eq!(parting.left, [process]);
    assert!(start.elapsed() < Duration::from_secs(10));
    rustix::process::kill_process_group(process, Signal::KILL).unwrap();
    waiting.wait().unwrap();
}

#[test]
fn the_bell_wakes_a_tracer_that_has_nothing_to_tell() {
    let process = ready(tracee("threads.c"), &["0"]);
    let mut tracer = Tracer::new(Options::default()).unwrap();
    tracer.seize(process.pid()).unwrap();
    until(&mut tracer, |event| word(&event.what) == "seized");
    let bell = tracer.bell();
    for _ in 0..200 {
        let bell = bell.clone();
        let ringer = std::thread::spawn(move || bell.ring());
        assert!(matches!(tracer.next().unwrap(), Some(News::Rung)));
        ringer.join().unwrap();
    }
    assert_eq!(for_a_while(&mut tracer, Duration::from_millis(50)), []);
    tracer.detach().unwrap();
    bell.ring();
    drop(process.said());
}

#[test]
fn the_bell_is_heard_while_there_is_much_to_tell() {
    let mut tracer = Tracer::new(Options::default()).unwrap();
    tracer
        .start(&command(tracee("storm.c"), &["3", "4", "100000"]))
        .unwrap();
    let start = std::time::Instant::now();
    for_a_while(&mut tracer, Duration::from_millis(100));
    assert!(start.elapsed() < Duration::from_secs(5));
    tracer.kill().unwrap();
}

#[test]
fn tracers_of_several_threads_do_not_take_each_others_news() {
    let trace = || {
        for _ in 0..30 {
            let events = support::follow(&shell("/bin/true; /bin/true; exit 0"));
            assert_eq!(
                (count(&events, "vforked"), count(&events, "ended")),
                (2, 3),
                "{:?}",
                words(&events)
            );
        }
    };
    let threads = [(); 4].map(|()| std::thread::spawn(trace));
    for thread in threads {
        thread.join().unwrap();
    }
}
