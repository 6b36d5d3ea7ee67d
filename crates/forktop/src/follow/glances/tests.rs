//! Glances: when they are due, and of whom.
use super::*;
use crate::session;
use std::sync::mpsc;
use tracee::{Options, Tracer};

const EXECUTED: Glance = Glance {
    process: ProcessId(7),
    execs: 1,
    at: Subject::Process,
    turn: Turn::First,
};

fn of(process: u32) -> Glance {
    let process = ProcessId(process);
    Glance {
        process,
        ..EXECUTED
    }
}

fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

#[test]
fn there_are_three_and_then_none() {
    let mut glances = Glances::default();
    let begun = Instant::now();
    glances.put(begun, EXECUTED);
    for after in [30, 300, 3_000] {
        let due = begun + ms(after);
        assert_eq!(glances.due(), Some(due));
        assert_eq!(glances.take(begun + ms(after - 1)), None);
        let glance = glances.take(due).unwrap();
        assert_eq!(glances.take(due), None);
        if let Some(turn) = glance.turn.next() {
            glances.put(due, Glance { turn, ..EXECUTED });
        }
    }
    assert_eq!(glances.due(), None);
    let (seen, tries) = (None, 0);
    assert_eq!(Turn::Again { seen, tries }.next(), None);
}

/// However many threads a process makes, and however often it goes on, nobody else waits longer for it.
#[test]
fn of_a_process_there_is_one_glance_to_come_and_one_of_its_threads() {
    let header = session::header(&session::Subject::Processes(Vec::new())).unwrap();
    let tracer = Tracer::new(Options::default()).unwrap();
    let (_desk, requests) = mpsc::channel();
    let mut tell = |_| ();
    let mut follower = Follower::new(tracer, header, None, requests, &mut tell);
    let this = rustix::process::getpid();
    follower.ledger.processes.meet(this, None);
    let event = |what| Event {
        at: Duration::ZERO,
        process: this,
        thread: this,
        what,
    };
    let made = event(What::ThreadBorn {
        creator_thread: None,
        pids: Vec::new(),
    });
    let waiting = |follower: &Follower<'_>| {
        let queues = follower.glances.queues.iter();
        queues.map(VecDeque::len).sum::<usize>()
    };
    for _ in 0..10_000 {
        follower.expect_change(&made);
        follower.expect_change(&event(What::Continued));
    }
    assert_eq!(waiting(&follower), 2);
    // Those that came meanwhile are looked at for longer, and then there is an end.
    let mut turns = Vec::new();
    while waiting(&follower) > 0 {
        let glance = follower
            .glances
            .queues
            .iter_mut()
            .find_map(VecDeque::pop_front);
        let (_, glance) = glance.unwrap();
        match glance.at {
            Subject::Process => follower.glance_at(this, &glance),
            Subject::Threads => follower.glance_at_threads(this, &glance),
        };
        follower.glances.queues[3].clear();
        turns.push(glance.turn.queue());
    }
    assert_eq!(turns, [0, 0, 1, 1, 2, 2]);
    follower.expect_change(&made);
    assert_eq!(waiting(&follower), 1);
}

#[test]
fn a_program_whose_file_was_taken_away_is_the_same() {
    let other = |now: &str, told: &str| is_other(Path::new(now), Path::new(told));
    assert!(!other("/bin/it (deleted)", "/bin/it"));
    assert!(!other("/bin/it", "/bin/it"));
    assert!(other("/bin/other (deleted)", "/bin/it"));
}

#[test]
fn what_has_been_due_for_longest_comes_first() {
    let mut glances = Glances::default();
    let begun = Instant::now();
    let turn = Turn::Second;
    glances.put(begun, Glance { turn, ..of(1) });
    for (process, after) in [(2, 0), (3, 240), (4, 241)] {
        glances.put(begun + ms(after), of(process));
    }
    let taken = std::iter::from_fn(|| glances.take(begun + ms(1_000)));
    let taken: Vec<_> = taken.map(|glance| glance.process.0).collect();
    // The second one and the third are due at the same time.
    assert!(
        matches!(taken[..], [2, 1, 3, 4] | [2, 3, 1, 4]),
        "{taken:?}"
    );
}

#[test]
fn events_have_their_turn_before_more_is_due() {
    let mut glances = Glances::default();
    let begun = Instant::now();
    glances.put(begun, of(1));
    let pause = begun + ms(35);
    glances.paused_until = Some(pause);
    assert_eq!(glances.due(), Some(pause));
    glances.paused_until = Some(begun + ms(20));
    assert_eq!(glances.due(), Some(begun + ms(30)));
    glances.take(begun + ms(30)).unwrap();
    assert_eq!(glances.due(), None);
}
