//! A process that is visited again and again: nothing of it gathers, neither in that process nor in forktop. Alone in its file, as
//! the memory of this whole process is looked at.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use forktop::follow::{Entry, Mode, Request, Streams, Trial};
use forktop::log::{Answer, Ending, Event, ProcessId, VisitId};
use forktop::probe::Probe;
use forktop::session::Session;
use forktop::shell::Which;
use rustix::pipe::{PipeFlags, pipe_with};
use std::fs;
use std::ops::Range;
use support::process::{children, size, state};
use support::{session, wait};

/// So many visits; each tenth is a shell's.
const VISITS: u32 = 1000;
/// So much more memory of its own, in kilobytes, forktop may have after the second half than after the first: half of one for each.
const GROWTH: u64 = VISITS as u64 / 4;

const fn is_of_a_shell(visit: u32) -> bool {
    visit.is_multiple_of(10)
}

/// The same trial or shell each time, in the first process.
fn ask(session: &Session, visit: u32) {
    let is_of_a_shell = is_of_a_shell(visit);
    let (visit, process, filters) = (VisitId(visit), ProcessId(0), Mode::Faithful);
    if !is_of_a_shell {
        return session.desk.hand_in(Request::Try(Trial {
            visit,
            process,
            probes: Probe::all_of("call getpid").unwrap(),
            filters,
            patience: Trial::PATIENCE,
        }));
    }
    let [input, output, errors] = [(); 3].map(|()| pipe_with(PipeFlags::CLOEXEC).unwrap());
    session.desk.hand_in(Request::Enter(Entry {
        visit,
        process,
        program: Which::default().find().unwrap(),
        arguments: ["sh", "-c", "(sleep 1000 &) ; exit 3"]
            .map(Into::into)
            .into(),
        streams: Streams::Apart([input.0, output.1, errors.1]),
        filters,
    }));
}

/// What was asked for was done and is over, and nothing differs.
fn is_done(session: &Session) {
    let mut tried = None;
    let departure = loop {
        match session.records.recv().unwrap().event {
            Event::Tried { calls, .. } => tried = Some(calls),
            Event::Left(departure) => break departure,
            Event::NotEntered { words, .. } => panic!("{words}"),
            _ => {}
        }
    };
    match tried.as_deref() {
        Some([one]) => assert!(matches!(one.answer, Answer::Done { .. }), "{one:?}"),
        Some(other) => panic!("{other:?}"),
        None => assert_eq!(departure.ending, Some(Ending::Code(3))),
    }
    assert_eq!(departure.stay.unwrap().differs, [""; 0]);
}

/// How much memory of its own this process has, in kilobytes (proc_pid_smaps(5)): statm counts in batches for each processor.
fn memory() -> u64 {
    let rollup = fs::read_to_string("/proc/self/smaps_rollup").unwrap();
    let mut lines = rollup.lines();
    let own = lines.find_map(|line| line.strip_prefix("Anonymous:"));
    let own = own.unwrap().trim().trim_end_matches(" kB");
    own.parse().unwrap()
}

/// So many visits, and after each tenth, which is a shell's, what there is of forktop: descriptors, threads, and memory.
fn visit(session: &Session, visits: Range<u32>) -> Vec<([usize; 2], u64)> {
    let mut seen = Vec::new();
    for visit in visits {
        ask(session, visit);
        is_done(session);
        if is_of_a_shell(visit) {
            seen.push((size("self"), memory()));
        }
    }
    seen
}

#[test]
fn nothing_gathers_of_a_thousand_visits() {
    let session = session(&["sleep", "1000"]);
    while !matches!(session.records.recv().unwrap().event, Event::Executed(_)) {}
    let process = session.process.unwrap().as_raw_pid().unsigned_abs();
    wait("its sleep", || {
        state(process).is_some_and(|it| it.starts_with('S'))
    });
    let before = size(process);
    let [first, second] = [0..VISITS / 2, VISITS / 2..VISITS].map(|some| visit(&session, some));
    assert_eq!(size(process), before);
    assert_eq!(children(process), [0; 0]);
    // Threads of a visit can be there a moment longer: the least is what there is without them.
    let least = |seen: &[([usize; 2], u64)]| {
        let counts = [0, 1].map(|it| seen.iter().map(|(size, _)| size[it]).min());
        counts.map(Option::unwrap)
    };
    assert_eq!(least(&second), least(&first));
    let most = |seen: &[([usize; 2], u64)]| seen.iter().map(|(_, memory)| *memory).max();
    let [first, second] = [most(&first), most(&second)].map(Option::unwrap);
    eprintln!("{first} kB after half of {VISITS} visits, {second} kB after all");
    assert!(second <= first + GROWTH, "{first} kB became {second}");
    session.desk.hand_in(Request::Kill);
}
