//! What stands again after a visit.
use super::*;
use kernel::{Status, TraceEvent};

const TRAP: Status = Status::Event(TraceEvent::Trap);
const SIGSTOP: i32 = 19;

impl Bench {
    /// Process 1 is frozen, where it was stopped if that is asked for.
    fn frozen(stopped: bool) -> (Self, Hold) {
        let mut bench = Self::started();
        if stopped {
            bench.report(1, Kind::GroupStopped { signal: SIGSTOP });
        }
        assert!(bench.machine.freeze_thread(pid(1)));
        bench.collect();
        match stopped {
            true => bench.report(1, Kind::GroupStopped { signal: SIGSTOP }),
            false => bench.report(1, Kind::Trapped),
        }
        let hold = bench.holds.pop().unwrap();
        assert_eq!(*bench.last(), What::Frozen);
        bench.done();
        bench.events.clear();
        (bench, hold)
    }

    fn stands(&mut self, hold: &Hold, stop: Status) -> bool {
        let is_held = self.machine.stood_again(hold, stop);
        self.collect();
        is_held
    }
}

#[test]
fn a_visit_that_changes_nothing_is_not_told_and_it_goes_on_as_it_would_have() {
    for (stopped, way) in [(false, Way::Undisturbed), (true, Way::Listen)] {
        let (mut bench, hold) = Bench::frozen(stopped);
        let stop = if stopped {
            Status::GroupStopped(SIGSTOP)
        } else {
            TRAP
        };
        for _ in 0..3 {
            assert!(bench.stands(&hold, stop));
        }
        assert!(bench.events.is_empty());
        bench.machine.resume(&hold);
        bench.collect();
        assert_eq!(bench.done(), [resumed(1, way)]);
    }
}

#[test]
fn a_stop_and_its_end_during_visits_are_told_once_each() {
    let (mut bench, hold) = Bench::frozen(false);
    assert!(bench.stands(&hold, Status::GroupStopped(SIGSTOP)));
    assert!(bench.stands(&hold, Status::GroupStopped(SIGSTOP)));
    assert_eq!(bench.what(), [(1, &What::Stopped { signal: SIGSTOP })]);
    assert!(bench.stands(&hold, TRAP));
    assert!(bench.stands(&hold, TRAP));
    assert_eq!(bench.events.len(), 2);
    assert_eq!(*bench.last(), What::Continued);
    bench.machine.resume(&hold);
    bench.collect();
    assert_eq!(bench.done(), [resumed(1, Way::On)]);
    // The signal that ended it was to be felt.
    bench.report(1, Kind::Signalled { signal: 18 });
    assert_eq!(bench.done(), [resumed(1, Way::Continued(18))]);
}

#[test]
fn what_was_told_by_another_thread_is_not_told_again() {
    let (mut bench, hold) = Bench::frozen(false);
    bench.is(2, 1, 0);
    bench.report(2, Kind::Trapped);
    bench.machine.announce(pid(1), pid(2), Origin::Cloned, None);
    bench.collect();
    bench.resume_all();
    bench.report(2, Kind::GroupStopped { signal: SIGSTOP });
    let before = bench.events.len();
    assert!(bench.stands(&hold, Status::GroupStopped(SIGSTOP)));
    assert_eq!(bench.events.len(), before);
}

#[test]
fn what_is_not_held_any_more_does_not_stand() {
    let (mut bench, hold) = Bench::frozen(false);
    bench.report(1, exiting());
    bench.events.clear();
    assert!(!bench.stands(&hold, Status::GroupStopped(SIGSTOP)));
    assert!(bench.events.is_empty());
}

#[test]
fn one_that_is_let_go_alone_while_it_stands_is_detached_from() {
    let (mut bench, hold) = Bench::frozen(true);
    assert!(!bench.machine.forget_alone(pid(1)));
    bench.collect();
    let detach = Act::Detach {
        thread: pid(1),
        way: Way::Listen,
    };
    assert_eq!(bench.done(), [detach]);
    assert_eq!(*bench.last(), What::Released);
    assert!(!bench.machine.leave(&hold) && bench.machine.is_empty());
    // There is nothing to detach from where it runs.
    let mut bench = Bench::started();
    assert!(bench.machine.forget_alone(pid(1)));
    bench.collect();
    assert_eq!(bench.done(), []);
}

#[test]
fn whoever_asked_for_a_leader_gets_what_has_its_number_after_an_exec() {
    let mut bench = Bench::started();
    bench.report(1, exiting());
    bench.resume_all();
    assert!(bench.machine.freeze_thread(pid(1)));
    bench.collect();
    bench.done();
    bench.report(
        1,
        Kind::Executed {
            former: Some(pid(2)),
        },
    );
    bench.resume_all();
    let interrupt = Act::Interrupt { thread: pid(1) };
    assert_eq!(bench.done(), [interrupt, resumed(1, Way::On)]);
    bench.report(1, Kind::Trapped);
    assert_eq!(*bench.last(), What::Frozen);
}

#[test]
fn who_lets_a_process_go_on_leaves_what_is_to_be_visited_to_stand_and_the_other_way_round() {
    let thaws: [fn(&mut Machine); 2] = [
        |machine| assert!(machine.thaw(pid(1))),
        |machine| machine.thaw_thread(pid(1)),
    ];
    for (thaw, other) in [(thaws[0], thaws[1]), (thaws[1], thaws[0])] {
        let mut bench = Bench::started();
        for thaws in [&[thaw][..], &[thaw, other]] {
            assert!(bench.machine.freeze(pid(1)) && bench.machine.freeze_thread(pid(1)));
            for thaw in thaws {
                thaw(&mut bench.machine);
            }
            bench.collect();
            bench.done();
            bench.events.clear();
            bench.report(1, Kind::Trapped);
            let is_frozen = bench.what() == [(1, &What::Frozen)];
            assert_eq!(is_frozen, thaws.len() == 1);
            bench.resume_all();
        }
    }
}

#[test]
fn what_comes_back_late_is_frozen_again_where_its_process_is_frozen() {
    let freezes: [fn(&mut Machine) -> bool; 2] = [
        |machine| machine.freeze(pid(1)),
        |machine| machine.freeze_thread(pid(1)),
    ];
    for (freeze, expected) in freezes.into_iter().zip([true, false]) {
        let mut bench = Bench::started();
        assert!(freeze(&mut bench.machine));
        bench.collect();
        bench.report(1, Kind::Trapped);
        let hold = bench.holds.pop().unwrap();
        bench.done();
        bench.events.clear();
        bench.machine.went_on(&hold);
        bench.report(1, Kind::Trapped);
        assert_eq!(bench.what() == [(1, &What::Frozen)], expected);
        assert_eq!(bench.done().is_empty(), expected);
    }
}
