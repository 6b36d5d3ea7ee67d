//! Whole trees whose reports come in any order that keeps each thread's own.
use super::*;
use proptest::prelude::*;
use std::collections::{HashSet, VecDeque};

/// What each thread of a tree goes through, and who it is.
#[derive(Clone, Debug)]
struct Life {
    thread: i32,
    process: i32,
    parent: i32,
    creator: i32,
    reports: VecDeque<Kind>,
}

/// One life for each number from 2 on, made by one of those before it: a process, or a thread of that one's process.
fn lives(choices: &[(usize, bool, bool)]) -> Vec<Life> {
    let mut lives = vec![Life {
        thread: 1,
        process: 1,
        parent: 0,
        creator: 0,
        reports: VecDeque::new(),
    }];
    for ((by, is_thread, executes), new) in choices.iter().zip(2..) {
        let by = by % lives.len();
        let creator = lives[by].clone();
        let (process, parent) = match is_thread {
            true => (creator.process, creator.parent),
            false => (new, creator.process),
        };
        let origin = if *is_thread {
            Origin::Cloned
        } else {
            Origin::Forked
        };
        lives[by].reports.push_back(made(origin, new));
        let mut reports = VecDeque::from([Kind::Trapped]);
        if *executes && !is_thread {
            reports.push_back(Kind::Executed {
                former: Some(pid(new)),
            });
        }
        lives.push(Life {
            thread: new,
            process,
            parent,
            creator: creator.thread,
            reports,
        });
    }
    for life in &mut lives {
        life.reports
            .extend([Kind::Signalled { signal: 10 }, exiting(), ended()]);
    }
    lives
}

/// Whether what comes next of a thread can come: a leader's end is the last of its process, and nothing but the first
/// stop comes of a thread that is not resumed, which takes its creator.
fn can_come(life: &Life, lives: &[Life], bench: &Bench) -> bool {
    let tracee = bench.machine.tracees.get(&pid(life.thread));
    let runs = tracee.is_some_and(|tracee| tracee.stop.is_none());
    let others = |other: &&Life| other.process == life.process && other.thread != life.thread;
    match life.reports.front() {
        None => false,
        Some(Kind::Trapped) => true,
        Some(Kind::Ended { .. }) if life.thread == life.process => {
            runs && lives
                .iter()
                .filter(others)
                .all(|other| other.reports.is_empty())
        }
        Some(_) => runs,
    }
}

/// Plays all, in the order that the numbers say, resuming what is held now and then.
fn play(mut lives: Vec<Life>, mut order: impl FnMut() -> usize) -> Bench {
    let mut bench = Bench::started();
    bench.keeps_creators = true;
    for life in &lives {
        bench.is(life.thread, life.process, life.parent);
    }
    loop {
        let ready: Vec<_> = (0..lives.len())
            .filter(|index| can_come(&lives[*index], &lives, &bench))
            .collect();
        if ready.is_empty() && bench.holds.is_empty() {
            return bench;
        }
        let choice = order();
        if ready.is_empty() || choice.is_multiple_of(4) {
            bench.resume_all();
            continue;
        }
        let life = &mut lives[ready[choice % ready.len()]];
        let kind = life.reports.pop_front().unwrap();
        bench.report(life.thread, kind);
    }
}

/// What must hold of any order.
fn check(bench: &mut Bench, lives: &[Life]) -> Result<(), TestCaseError> {
    let mut begun = HashSet::new();
    let mut over = HashSet::new();
    for event in &bench.events {
        let (process, thread) = (event.process.as_raw_pid(), event.thread.as_raw_pid());
        prop_assert!(!over.contains(&process), "after its end: {event:?}");
        match &event.what {
            What::Born { creator_thread, .. } => {
                prop_assert!(begun.insert(process), "born twice: {event:?}");
                let creator = lives[usize::try_from(process - 1).unwrap()].creator;
                prop_assert_eq!(creator_thread.map_or(0, Pid::as_raw_pid), creator);
            }
            What::ThreadBorn { creator_thread, .. } => {
                let creator = lives[usize::try_from(thread - 1).unwrap()].creator;
                prop_assert_eq!(creator_thread.map_or(0, Pid::as_raw_pid), creator);
            }
            What::Ended { .. } => {
                over.insert(process);
            }
            _ => {}
        }
        prop_assert!(
            begun.contains(&process),
            "before its birth: {event:?} of {thread}"
        );
    }
    let processes: HashSet<_> = lives.iter().map(|life| life.process).collect();
    prop_assert_eq!(&begun, &processes);
    prop_assert_eq!(&over, &processes);
    prop_assert!(bench.machine.is_empty(), "left: {bench:?}");
    for life in lives {
        let stops = bench.others.iter().filter(
            |act| matches!(act, Act::Resume { thread, .. } if thread.as_raw_pid() == life.thread),
        );
        let made = lives
            .iter()
            .filter(|other| other.creator == life.thread)
            .count();
        let executed = bench
            .events
            .iter()
            .filter(|event| {
                event.thread.as_raw_pid() == life.thread
                    && matches!(event.what, What::Executed { .. })
            })
            .count();
        // Its own stops: the first, but of what was started; what it made; a signal; the end.
        let expected = usize::from(life.thread != 1) + made + executed + 2;
        prop_assert_eq!(
            stops.count(),
            expected,
            "each stop is resumed once: {}",
            life.thread
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_tree_is_told_right_in_whatever_order_its_reports_come(
        choices in prop::collection::vec((any::<usize>(), any::<bool>(), any::<bool>()), 0..12),
        order in prop::collection::vec(any::<usize>(), 1..200),
    ) {
        let lives = lives(&choices);
        let mut numbers = order.iter().copied().cycle();
        let mut turn = 0usize;
        let next = || {
            turn += 1;
            numbers.next().unwrap_or_default().wrapping_add(turn)
        };
        let mut bench = play(lives.clone(), next);
        check(&mut bench, &lives)?;
    }
}
