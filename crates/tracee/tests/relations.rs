//! Processes and threads that are made, and replaced, in every way that there is.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use rustix::process::Pid;
use std::collections::HashSet;
use support::{all, command, count, endings, follow, tracee, word, words};
use tracee::{Ending, Event, Options, Origin, Tracer, What};

#[test]
fn the_same_holds_for_an_ordinary_user() {
    support::as_tester("the_same_holds_for_an_ordinary_user");
}

/// The births of processes but for the first: origin, creator, parent, the new one.
fn births(events: &[Event]) -> Vec<(Origin, Option<Pid>, i32, Pid)> {
    let birth = |event: &Event| match event.what {
        What::Born {
            origin,
            creator,
            parent,
            ..
        } => Some((origin, creator, parent, event.process)),
        _ => None,
    };
    events.iter().filter_map(birth).skip(1).collect()
}

/// What one way to make a process comes to, and the first process of all.
fn related(way: &str) -> (Vec<Event>, Pid) {
    let events = follow(&command(tracee("relations.c"), &[way]));
    let first = events[0].process;
    each_begins_and_ends(&events);
    (events, first)
}

/// Every process's first event is its birth, and its last its end.
fn each_begins_and_ends(events: &[Event]) {
    let processes: HashSet<_> = events.iter().map(|event| event.process).collect();
    for process in processes {
        let own: Vec<_> = events
            .iter()
            .filter(|event| event.process == process)
            .collect();
        assert!(matches!(own[0].what, What::Born { .. }), "{own:?}");
        assert!(
            matches!(own[own.len() - 1].what, What::Ended { .. }),
            "{own:?}"
        );
        let births = own
            .iter()
            .filter(|event| matches!(event.what, What::Born { .. }));
        assert_eq!(births.count(), 1);
    }
}

/// Another thread can change that memory, and have whoever reads it wait for a process that serves it.
#[test]
fn flags_that_are_in_memory_are_not_known() {
    let (events, first) = related("clone3");
    let flags = events.iter().filter_map(|event| match event.what {
        What::Made { flags, .. } if event.process == first => Some(flags),
        _ => None,
    });
    assert_eq!(flags.collect::<Vec<_>>(), [None]);
}

#[test]
fn vfork_and_posix_spawn_are_told_apart_from_fork() {
    for way in ["vfork", "posix_spawn"] {
        let (events, first) = related(way);
        let [(origin, creator, parent, child)] = births(&events)[..] else {
            panic!("{events:?}");
        };
        assert_eq!(
            (origin, creator, parent),
            (Origin::Vforked, Some(first), first.as_raw_pid()),
            "{way}"
        );
        let executed =
            |event: &&Event| event.process == child && matches!(event.what, What::Executed { .. });
        assert_eq!(events.iter().filter(executed).count(), 1, "{way}");
        assert!(
            endings(&events)
                .iter()
                .all(|(_, ending)| *ending == Ending::Exited(0))
        );
    }
}

#[test]
fn who_made_a_process_is_not_always_its_parent() {
    let (events, first) = related("parent");
    let births = births(&events);
    let (_, _, _, middle) = births[0];
    let (origin, creator, parent, _) = births[1];
    assert_eq!((creator, parent), (Some(middle), first.as_raw_pid()));
    assert_eq!(origin, Origin::Forked);
}

#[test]
fn a_process_without_an_exit_signal_is_a_process() {
    let (events, first) = related("no_signal");
    let [(origin, creator, _, child)] = births(&events)[..] else {
        panic!("{events:?}");
    };
    assert_eq!((origin, creator), (Origin::Cloned, Some(first)));
    assert!(endings(&events).contains(&(child, Ending::Exited(5))));
}

#[test]
fn children_that_a_clone_withholds_are_found_before_their_parent_ends() {
    let (events, first) = related("untraced");
    let births = births(&events);
    let untraced: Vec<_> = births
        .iter()
        .filter(|birth| birth.0 == Origin::Untraced)
        .collect();
    assert_eq!(untraced.len(), 2, "it and its child: {births:?}");
    assert_eq!(untraced[0].1, Some(first));
    assert_eq!(untraced[1].1, Some(untraced[0].3));
    assert_eq!(count(&events, "ended"), 3);
    assert_eq!(count(&events, "executed"), 2, "{:?}", words(&events));
}

#[test]
fn children_that_a_clone_withholds_are_found_when_another_child_ends() {
    let (events, first) = related("untraced_kept");
    let untraced = events.iter().position(|event| {
        matches!(
            event.what,
            What::Born {
                origin: Origin::Untraced,
                ..
            }
        )
    });
    let first_exits = events
        .iter()
        .position(|event| event.process == first && matches!(event.what, What::Exiting { .. }));
    assert!(untraced.unwrap() < first_exits.unwrap());
    assert_eq!(count(&events, "ended"), 3);
}

#[test]
fn children_that_a_clone_withholds_are_found_on_request() {
    let mut tracer = Tracer::new(Options::default()).unwrap();
    let first = tracer
        .start(&command(tracee("relations.c"), &["untraced_kept"]))
        .unwrap()
        .process();
    support::until(&mut tracer, |event| word(&event.what) == "executed");
    // Before the child that is not withheld has been told of.
    support::wait_until("a child", || !support::children(first).unwrap().is_empty());
    tracer.look(first).unwrap();
    let events = support::until(&mut tracer, |event| matches!(event.what, What::Born { .. }));
    assert_eq!(words(&events), ["untraced"]);
    let events = all(&mut tracer);
    assert_eq!(count(&events, "ended"), 3);
    assert!(tracer.look(first).is_err(), "it is not followed any more");
}

#[test]
fn an_exec_by_a_thread_that_is_not_the_leader_keeps_the_process() {
    const ROUNDS: usize = 200;
    let events = follow(&command(tracee("exec_thread.c"), &[&ROUNDS.to_string()]));
    let first = events[0].process;
    assert!(events.iter().all(|event| event.process == first));
    assert_eq!(count(&events, "executed"), ROUNDS + 1);
    assert_eq!(count(&events, "thread born"), 8 * ROUNDS);
    let formers = events.iter().filter(|event| match event.what {
        What::Executed { former_thread } => former_thread != first,
        _ => false,
    });
    assert_eq!(formers.count(), ROUNDS);
    assert_eq!(endings(&events), [(first, Ending::Exited(7))]);
    // Seven of the eight are told of to the end; the one that executes vanishes.
    assert_eq!(count(&events, "thread ended"), 7 * ROUNDS);
}

#[test]
#[cfg(target_arch = "x86_64")]
fn a_32_bit_program_is_followed() {
    let flags = ["-m32", "-nostdlib", "-static"];
    let program = support::compile("narrow.s", &flags).expect("binutils that make 32-bit programs");
    let events = follow(&command(program, &[]));
    assert_eq!(
        words(&events),
        [
            "started", "executed", "forked", "exiting", "ended", "exiting", "ended"
        ]
    );
    assert_eq!(endings(&events)[1].1, Ending::Exited(9));
}
