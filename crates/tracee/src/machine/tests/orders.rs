//! Sequences that matter, one by one.
use super::*;

/// What is told of a child that is made by fork(2).
fn born(creator: Option<i32>, parent: i32, child: i32) -> What {
    What::Born {
        origin: Origin::Forked,
        creator: creator.map(pid),
        creator_thread: creator.map(pid),
        parent,
        pids: vec![child],
    }
}

#[test]
fn a_child_is_born_once_its_creator_and_its_first_stop_are_known_in_either_order() {
    let fork = (1, made(Origin::Forked, 2));
    let first_stop = (2, Kind::Trapped);
    for order in [[fork.clone(), first_stop.clone()], [first_stop, fork]] {
        let mut bench = Bench::started();
        bench.is(2, 2, 1);
        let [first, second] = order;
        bench.report(first.0, first.1);
        assert_eq!(bench.what().len(), 1, "told too early");
        bench.report(second.0, second.1);
        assert_eq!(*bench.last(), born(Some(1), 1, 2));
        assert_eq!(bench.done(), [resumed(1, Way::On)]);
        bench.resume_all();
        assert_eq!(bench.done(), [resumed(2, Way::On)]);
    }
}

#[test]
fn a_child_that_is_not_to_be_followed_is_given_back_and_never_born() {
    let mut bench = Bench::started();
    bench.is(2, 2, 9);
    bench.report(2, Kind::Trapped);
    let given: Vec<_> = bench
        .machine
        .disown(pid(2))
        .into_iter()
        .map(|it| it.kind)
        .collect();
    assert_eq!(given, [Kind::Trapped]);
    bench.machine.expire(Duration::from_secs(10));
    bench.collect();
    assert_eq!(bench.what().len(), 1);
    assert!(bench.machine.disown(pid(2)).is_empty());
}

#[test]
fn a_creator_is_held_when_it_has_made_something_and_the_birth_does_not_wait_for_it() {
    let fork = (1, made(Origin::Forked, 2));
    let first_stop = (2, Kind::Trapped);
    for order in [[fork.clone(), first_stop.clone()], [first_stop, fork]] {
        let mut bench = Bench::started();
        bench.keeps_creators = true;
        bench.is(2, 2, 1);
        for (thread, kind) in order {
            bench.report(thread, kind);
        }
        let made = What::Made {
            new: pid(2),
            flags: None,
        };
        let told = bench.what();
        assert_eq!(told[1..], [(1, &made), (2, &born(Some(1), 1, 2))]);
        assert_eq!(bench.done(), []);
        let held = bench.holds.iter().map(|hold| hold.thread.as_raw_pid());
        assert_eq!(held.collect::<Vec<_>>(), [1, 2]);
        bench.resume_all();
        assert_eq!(bench.done(), [resumed(1, Way::On), resumed(2, Way::On)]);
    }
}

#[test]
fn a_creator_that_is_killed_while_it_is_held_is_not_resumed() {
    let mut bench = Bench::started();
    bench.keeps_creators = true;
    bench.is(2, 2, 1);
    bench.report(1, made(Origin::Forked, 2));
    bench.report(1, ended());
    bench.resume_all();
    assert_eq!(bench.done(), []);
    bench.report(2, Kind::Trapped);
    assert_eq!(*bench.last(), born(Some(1), 1, 2));
}

#[test]
fn a_child_whose_creator_was_killed_before_it_could_tell_is_born_at_its_end() {
    let mut bench = Bench::started();
    bench.is(2, 2, 1);
    bench.report(2, Kind::Trapped);
    bench.report(1, exiting());
    bench.report(1, ended());
    let events: Vec<_> = bench
        .what()
        .into_iter()
        .map(|(thread, what)| (thread, what.clone()))
        .collect();
    let What::Born {
        creator,
        creator_thread,
        ..
    } = &events[2].1
    else {
        panic!("{events:?}");
    };
    assert_eq!(
        (events[2].0, *creator, *creator_thread),
        (2, Some(pid(1)), None)
    );
    assert!(matches!(events[3], (1, What::Ended { .. })));
}

#[test]
fn a_child_whose_creator_nobody_knows_is_held_for_a_while_only() {
    let mut bench = Bench::started();
    bench.is(2, 2, 77);
    bench.report(2, Kind::Trapped);
    let due = bench.machine.deadline().unwrap();
    bench
        .machine
        .expire(due.checked_sub(Duration::from_nanos(1)).unwrap());
    bench.collect();
    assert_eq!(bench.events.len(), 1);
    bench.machine.expire(due);
    bench.collect();
    let What::Born {
        creator: None,
        parent: 77,
        ..
    } = bench.last()
    else {
        panic!("{:?}", bench.last());
    };
    assert_eq!(bench.machine.deadline(), None);
    // The word that comes after all changes nothing.
    bench.report(1, made(Origin::Forked, 2));
    bench.resume_all();
    assert_eq!(bench.events.len(), 2);
    assert!(bench.machine.knows(pid(2)) && bench.machine.follows(pid(2)));
}

#[test]
fn a_child_that_is_killed_before_its_first_stop_is_still_born() {
    for early in [true, false] {
        let mut bench = Bench::started();
        bench.is(2, 2, 1);
        if early {
            bench.report(2, exiting());
            bench.report(1, made(Origin::Vforked, 2));
        } else {
            bench.report(1, made(Origin::Vforked, 2));
            bench.report(2, exiting());
        }
        let told = bench.what();
        assert!(
            matches!(
                told[1],
                (
                    2,
                    What::Born {
                        origin: Origin::Vforked,
                        ..
                    }
                )
            ),
            "{told:?}"
        );
        assert!(matches!(told[2], (2, What::Exiting { .. })), "{told:?}");
        assert_eq!(bench.holds.len(), 1, "only the stop that it is in is held");
    }
}

#[test]
fn a_thread_is_told_from_a_process_by_who_it_is() {
    let mut bench = Bench::started();
    bench.is(2, 1, 0);
    bench.is(3, 3, 1);
    for new in [2, 3] {
        bench.report(1, made(Origin::Cloned, new));
        bench.report(new, Kind::Trapped);
    }
    let told = bench.what();
    assert!(matches!(told[1], (2, What::ThreadBorn { .. })), "{told:?}");
    assert!(
        matches!(
            told[2],
            (
                3,
                What::Born {
                    origin: Origin::Cloned,
                    ..
                }
            )
        ),
        "{told:?}"
    );
    assert_eq!(bench.events[1].process, pid(1));
}

/// A process 1 with the threads 1, 2 and 3.
fn threads() -> Bench {
    let mut bench = Bench::started();
    for new in [2, 3] {
        bench.is(new, 1, 0);
        bench.report(1, made(Origin::Cloned, new));
        bench.report(new, Kind::Trapped);
    }
    bench.resume_all();
    bench.done();
    bench
}

#[test]
fn an_exec_by_another_thread_leaves_the_leader_alone() {
    let mut bench = threads();
    bench.report(1, exiting());
    bench.report(3, exiting());
    bench.resume_all();
    bench.report(3, ended());
    assert_eq!(*bench.last(), What::ThreadEnded);
    bench.report(
        1,
        Kind::Executed {
            former: Some(pid(2)),
        },
    );
    assert_eq!(
        *bench.last(),
        What::Executed {
            former_thread: pid(2)
        }
    );
    assert!(
        bench.machine.knows(pid(1)) && !bench.machine.knows(pid(2)) && !bench.machine.knows(pid(3))
    );
    bench.resume_all();
    bench.report(1, exiting());
    bench.resume_all();
    bench.report(1, ended());
    assert!(matches!(bench.last(), What::Ended { .. }));
    assert!(bench.machine.is_empty());
}

#[test]
fn the_number_of_a_thread_that_vanished_by_an_exec_can_be_a_childs_before_that_is_known() {
    // Thread 2 executes, so its number is free, and process 9's child gets it before the exec is reported.
    for announced_first in [true, false] {
        let mut bench = threads();
        bench.is(9, 9, 0);
        bench.report(1, made(Origin::Forked, 9));
        bench.report(9, Kind::Trapped);
        bench.resume_all();
        bench.is(2, 2, 9);
        if announced_first {
            bench.report(9, made(Origin::Forked, 2));
            bench.report(2, Kind::Trapped);
        } else {
            bench.report(2, Kind::Trapped);
            bench.report(9, made(Origin::Forked, 2));
        }
        assert_eq!(*bench.last(), born(Some(9), 9, 2));
        bench.report(
            1,
            Kind::Executed {
                former: Some(pid(2)),
            },
        );
        assert!(matches!(bench.last(), What::Executed { .. }));
        assert!(
            bench.machine.follows(pid(2)),
            "the child is not the old thread"
        );
    }
}

#[test]
fn a_stop_by_a_signal_is_told_once_and_left_alone() {
    let mut bench = threads();
    for thread in [2, 1, 3] {
        bench.report(thread, Kind::GroupStopped { signal: 19 });
    }
    let listen = |thread| resumed(thread, Way::Listen);
    assert_eq!(bench.done(), [listen(2), listen(1), listen(3)]);
    assert_eq!(
        bench
            .events
            .iter()
            .filter(|event| event.what == What::Stopped { signal: 19 })
            .count(),
        1
    );
    for thread in [3, 1] {
        bench.report(thread, Kind::Trapped);
    }
    assert_eq!(bench.done(), [resumed(3, Way::On), resumed(1, Way::On)]);
    assert_eq!(
        bench
            .events
            .iter()
            .filter(|event| event.what == What::Continued)
            .count(),
        1
    );
    // The stop was to be felt, so the signal that ended it is, too.
    bench.report(1, Kind::Signalled { signal: 18 });
    assert_eq!(bench.done(), [resumed(1, Way::Continued(18))]);
    bench.report(1, Kind::Trapped);
    bench.report(1, Kind::Signalled { signal: 18 });
    assert_eq!(
        bench.done(),
        [resumed(1, Way::Undisturbed), resumed(1, Way::Signal(18))]
    );
}

#[test]
fn what_is_frozen_stays_until_it_is_resumed() {
    let mut bench = threads();
    assert!(bench.machine.freeze(pid(1)));
    bench.collect();
    assert_eq!(bench.done().len(), 3);
    // Another stop takes the place of the one that was asked for, which is asked for again.
    bench.report(2, Kind::Signalled { signal: 10 });
    assert_eq!(
        bench.done(),
        [
            Act::Interrupt { thread: pid(2) },
            resumed(2, Way::Signal(10))
        ]
    );
    // What it makes meanwhile is frozen too.
    bench.is(4, 1, 0);
    bench.report(3, made(Origin::Cloned, 4));
    bench.report(4, Kind::Trapped);
    bench.resume_all();
    assert!(bench.done().contains(&Act::Interrupt { thread: pid(4) }));
    for thread in [1, 2, 3, 4] {
        bench.report(thread, Kind::Trapped);
        assert_eq!(*bench.last(), What::Frozen);
    }
    assert_eq!((bench.holds.len(), bench.done().len()), (4, 0));
    bench.resume_all();
    assert_eq!(
        bench.done(),
        [1, 2, 3, 4].map(|thread| resumed(thread, Way::Undisturbed))
    );
}

#[test]
fn thawing_takes_back_what_has_not_happened_yet() {
    let mut bench = threads();
    bench.machine.freeze(pid(1));
    bench.machine.thaw(pid(1));
    bench.collect();
    bench.done();
    bench.report(2, Kind::Trapped);
    assert_eq!(bench.done(), [resumed(2, Way::Undisturbed)]);
    assert!(!bench.machine.freeze(pid(5)));
}

#[test]
fn a_process_that_is_stopped_can_be_frozen_and_is_stopped_still() {
    let mut bench = Bench::started();
    bench.report(1, Kind::GroupStopped { signal: 20 });
    bench.machine.freeze(pid(1));
    bench.collect();
    bench.done();
    bench.report(1, Kind::GroupStopped { signal: 20 });
    assert_eq!(*bench.last(), What::Frozen);
    bench.resume_all();
    assert_eq!(bench.done(), [resumed(1, Way::Listen)]);
}

#[test]
fn a_stop_that_is_over_cannot_be_resumed() {
    let mut bench = Bench::started();
    bench.report(
        1,
        Kind::Executed {
            former: Some(pid(1)),
        },
    );
    let before = bench.holds.clone();
    // It is killed while it is held.
    bench.report(1, exiting());
    for hold in &before {
        assert!(!bench.machine.is_in(hold));
        bench.machine.resume(hold);
    }
    bench.collect();
    assert_eq!(bench.done(), []);
    bench.resume_all();
    assert_eq!(bench.done(), [resumed(1, Way::On)]);
    // And its number is another's.
    bench.report(1, ended());
    bench.machine.expect_started(pid(1));
    bench.report(1, Kind::Trapped);
    for hold in &before {
        bench.machine.resume(hold);
    }
    bench.collect();
    assert_eq!(bench.done(), []);
}

#[test]
fn a_report_that_was_overtaken_is_told_but_resumes_nothing() {
    let mut bench = Bench::started();
    bench.machine.on(Report {
        thread: pid(1),
        at: Duration::ZERO,
        kind: made(Origin::Forked, 2),
        identity: None,
        stale: true,
    });
    bench.report(1, exiting());
    assert_eq!((bench.done(), bench.holds.len()), (vec![], 1));
    bench.is(2, 2, 1);
    bench.report(2, Kind::Trapped);
    assert_eq!(*bench.last(), born(Some(1), 1, 2));
}

#[test]
fn letting_go_leaves_nothing_and_a_stopped_process_stopped() {
    let mut bench = threads();
    bench.report(3, Kind::GroupStopped { signal: 19 });
    bench.report(2, exiting());
    bench.done();
    bench.machine.release();
    bench.collect();
    let detached = |thread, way| Act::Detach {
        thread: pid(thread),
        way,
    };
    let done = bench.done();
    assert!(
        done.contains(&detached(2, Way::On)),
        "what is held is let go at once: {done:?}"
    );
    bench.report(3, Kind::GroupStopped { signal: 19 });
    bench.report(1, Kind::Signalled { signal: 10 });
    assert_eq!(
        bench.done(),
        [detached(3, Way::Listen), detached(1, Way::Signal(10))]
    );
    bench.machine.finish_release(Duration::MAX);
    bench.collect();
    assert_eq!(*bench.last(), What::Released);
    assert!(bench.machine.is_empty());
}

#[test]
fn a_leader_that_has_ended_does_not_keep_its_process_from_being_let_go() {
    let mut bench = threads();
    bench.report(1, exiting());
    bench.resume_all();
    bench.machine.release();
    for thread in [2, 3] {
        bench.report(thread, Kind::Trapped);
    }
    bench.machine.finish_release(Duration::MAX);
    bench.collect();
    assert_eq!(*bench.last(), What::Released);
    assert!(bench.machine.is_empty());
}

#[test]
fn killing_ends_what_is_made_meanwhile_too() {
    let mut bench = Bench::started();
    bench.machine.kill();
    bench.collect();
    bench.is(2, 2, 1);
    bench.report(1, made(Origin::Forked, 2));
    bench.report(2, Kind::Trapped);
    let killed = |process| Act::Kill {
        process: pid(process),
    };
    let done = bench.done();
    assert!(
        done.contains(&killed(1)) && done.contains(&killed(2)),
        "{done:?}"
    );
    for process in [1, 2] {
        bench.report(process, exiting());
        bench.report(process, ended());
    }
    assert!(bench.machine.is_empty() && bench.holds.is_empty());
}

#[test]
fn without_its_leader_a_process_ends_with_its_last_thread() {
    let mut bench = Bench::default();
    let who = |thread| Identity {
        process: pid(5),
        parent: 1,
        pids: vec![thread],
    };
    bench
        .machine
        .adopt_process(pid(5), Origin::Seized, who(5), Duration::ZERO);
    for thread in [6, 7] {
        bench
            .machine
            .adopt_thread(pid(thread), who(thread), Duration::ZERO);
    }
    bench.collect();
    bench.report(6, ended());
    assert_eq!(*bench.last(), What::ThreadEnded);
    bench.report(7, ended());
    assert!(matches!(bench.last(), What::Ended { .. }));
    assert!(bench.machine.is_empty());
}

#[test]
fn what_ends_while_the_rest_is_let_go_has_ended() {
    let mut bench = Bench::started();
    bench.is(2, 2, 1);
    bench.report(1, made(Origin::Forked, 2));
    bench.report(2, Kind::Trapped);
    bench.machine.release();
    bench.report(1, Kind::Trapped);
    bench.report(1, ended());
    // The other one is not a child of the tracer's: its number can be another's before all is over.
    bench.machine.expect_started(pid(2));
    bench.report(2, Kind::Trapped);
    bench.machine.finish_release(Duration::MAX);
    bench.collect();
    let told: Vec<_> = bench
        .what()
        .split_off(2)
        .into_iter()
        .map(|(thread, what)| (thread, what.clone()))
        .collect();
    assert!(matches!(told[0], (1, What::Ended { .. })), "{told:?}");
    assert!(
        matches!(
            told[1..],
            [
                (2, What::Released),
                (2, What::Born { .. }),
                (2, What::Released)
            ]
        ),
        "{told:?}"
    );
}

#[test]
fn withheld_children_are_looked_for_wherever_there_may_be_some() {
    let mut bench = threads();
    let exec = || Kind::Executed {
        former: Some(pid(1)),
    };
    // A thread's children are its own until it is the last one.
    for (doubt, thread, kind, looked) in [
        (false, 2, exiting(), false),
        (true, 3, exiting(), true),
        (false, 1, exec(), true),
        (false, 1, exec(), false),
        (true, 1, exec(), true),
        (true, 1, Kind::Signalled { signal: 10 }, false),
        (false, 1, Kind::Signalled { signal: 17 }, true),
        (false, 1, exiting(), false),
        (true, 1, exiting(), true),
    ] {
        bench.looks.clear();
        if doubt {
            bench.machine.doubt();
        }
        bench.report(thread, kind.clone());
        bench.resume_all();
        assert_eq!(bench.looks == [thread], looked, "{doubt} {thread} {kind:?}");
    }
}
