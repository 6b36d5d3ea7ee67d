//! Many shells in what one forktop follows: in the same process, one after the other and at once.
use crate::support::process::{children, size};
use crate::support::session;
use forktop::follow::{Entry, Mode, Request, Streams};
use forktop::log::{Departure, Ending, Event, ProcessId, VisitId};
use forktop::session::Session;
use forktop::shell::Which;
use rustix::pipe::{PipeFlags, pipe_with};
use std::os::fd::OwnedFd;

/// Follows a command, which is known to have been started.
fn begun(words: &[&str]) -> Session {
    let session = session(words);
    while !matches!(session.records.recv().unwrap().event, Event::Born(_)) {}
    session
}

/// Asks for a shell in the first process, and gives what it reads from.
pub fn enter(session: &Session, visit: u32, command: &str) -> OwnedFd {
    let [input, output, errors] = [(); 3].map(|()| pipe_with(PipeFlags::CLOEXEC).unwrap());
    session.desk.hand_in(Request::Enter(Entry {
        visit: VisitId(visit),
        process: ProcessId(0),
        program: Which::default().find().unwrap(),
        arguments: ["sh", "-c", command].map(Into::into).into(),
        streams: Streams::Apart([input.0, output.1, errors.1]),
        filters: Mode::Faithful,
    }));
    input.1
}

fn left(session: &Session) -> Departure {
    loop {
        match session.records.recv().unwrap().event {
            Event::Left(departure) => return *departure,
            Event::NotEntered { words, .. } => panic!("{words}"),
            _ => {}
        }
    }
}

#[test]
fn forktop_keeps_nothing_of_shells_that_have_ended() {
    let session = begun(&["sleep", "1000"]);
    let process = session.process.unwrap().as_raw_pid().unsigned_abs();
    let mut sizes = Vec::new();
    for visit in 0..60 {
        drop(enter(&session, visit, "(sleep 1000 &) ; exit 3"));
        let departure = left(&session);
        assert_eq!(departure.ending, Some(Ending::Code(3)));
        let stay = departure.stay.unwrap();
        assert_eq!(stay.differs, [""; 0]);
        assert_eq!(children(process), [0; 0]);
        sizes.push(size("self"));
    }
    // Other tests can run beside this one in the same process: never had it less at first.
    let least = |sizes: &[[usize; 2]]| [0, 1].map(|it| sizes.iter().map(|size| size[it]).min());
    let [first, last] = [&sizes[..30], &sizes[30..]].map(least);
    assert!(last <= first, "{sizes:?}");
    session.desk.hand_in(Request::Kill);
}

#[test]
fn several_shells_are_open_in_a_process_at_once() {
    let session = begun(&["sleep", "1000"]);
    let process = session.process.unwrap().as_raw_pid().unsigned_abs();
    let open: Vec<_> = (0..5)
        .map(|visit| enter(&session, visit, "read x"))
        .collect();
    let mut entered = 0;
    while entered < 5 {
        let record = session.records.recv().unwrap();
        entered += usize::from(matches!(record.event, Event::Entered(_)));
    }
    assert_eq!(children(process).len(), 5);
    drop(open);
    for _ in 0..5 {
        assert_eq!(left(&session).ending, Some(Ending::Code(1)));
    }
    assert_eq!(children(process), [0; 0]);
    session.desk.hand_in(Request::Kill);
}
