//! Many shells in what one forktop follows, in the same process at once.
use crate::subject::stage;
use crate::support::process::{children, state};
use crate::support::{Stage, session, succeed, wait};
use forktop::follow::{Entry, Mode, Request, Streams};
use forktop::log::{Departure, Ending, Entrance, Event, FrozenAt, Origin, ProcessId, VisitId};
use forktop::screen::effect::Breaks;
use forktop::session::Session;
use forktop::shell::Which;
use rustix::pipe::{PipeFlags, pipe_with};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

/// Follows a command, which is known to have been started.
fn begun(words: &[&str]) -> Session {
    let session = session(words);
    while !matches!(session.records.recv().unwrap().event, Event::Born(_)) {}
    session
}

/// Asks for a shell in the first process, and gives what it reads from.
pub fn enter(session: &Session, visit: u32, command: &str) -> OwnedFd {
    enter_process(session, visit, ProcessId(0), command)
}

/// Asks for a shell in a process, and gives what it reads from.
fn enter_process(session: &Session, visit: u32, process: ProcessId, command: &str) -> OwnedFd {
    let [input, output, errors] = [(); 3].map(|()| pipe_with(PipeFlags::CLOEXEC).unwrap());
    session.desk.hand_in(Request::Enter(Entry {
        visit: VisitId(visit),
        process,
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

/// The next shell that is open, and the origins of what was made until then.
fn opened(session: &Session) -> (Entrance, Vec<Origin>) {
    let mut origins = Vec::new();
    loop {
        match session.records.recv().unwrap().event {
            Event::Born(birth) => origins.push(birth.origin),
            Event::Entered(entrance) => return (*entrance, origins),
            Event::NotEntered { words, .. } => panic!("{words}"),
            _ => {}
        }
    }
}

#[test]
fn a_shell_in_a_shell_has_a_keeper_of_its_own() {
    let session = begun(&["sleep", "1000"]);
    let first = enter(&session, 0, "read x");
    let (outer, origins) = opened(&session);
    assert_eq!(origins, [Origin::Keeper, Origin::Shell]);
    let second = enter_process(&session, 1, outer.shell, "read x");
    let (inner, origins) = opened(&session);
    assert_eq!(inner.process, outer.shell);
    assert_eq!(origins, [Origin::Keeper, Origin::Shell]);
    drop(second);
    assert_eq!(left(&session).visit, VisitId(1));
    drop(first);
    assert_eq!(left(&session).visit, VisitId(0));
    session.desk.hand_in(Request::Kill);
}

#[test]
fn a_keeper_is_refused_at_once_and_in_words() {
    let session = begun(&["sleep", "1000"]);
    let first = enter(&session, 0, "read x");
    let (outer, _) = opened(&session);
    let asked = Instant::now();
    let _second = enter_process(&session, 1, outer.keeper, "read x");
    let words = loop {
        if let Event::NotEntered { words, .. } = session.records.recv().unwrap().event {
            break words;
        }
    };
    assert!(words.starts_with("it is forktop's own"), "{words}");
    // It is not waited for until it stands.
    assert!(asked.elapsed() < Duration::from_secs(1));
    drop(first);
    assert_eq!(left(&session).ending, Some(Ending::Code(1)));
    session.desk.hand_in(Request::Kill);
}

#[test]
fn a_process_that_is_to_go_on_before_it_stands_is_visited_all_the_same() {
    let session = begun(&["sleep", "1000"]);
    let typed = enter(&session, 0, "true");
    session.desk.hand_in(Request::Continue(ProcessId(0)));
    drop(typed);
    assert_eq!(left(&session).ending, Some(Ending::Code(0)));
    session.desk.hand_in(Request::Kill);
}

/// A process that is held where it executes `sleep`.
fn held_at_an_exec(stage: &Stage) -> Session {
    let fifo = stage.text("go");
    succeed(&mut stage.command("mkfifo", &[&fifo]));
    let session = begun(&["sh", "-c", r#"read x <"$1"; exec sleep 1000"#, "sh", &fifo]);
    // It is open once somebody reads of it.
    let mut input = OpenOptions::new().write(true).open(fifo).unwrap();
    session.desk.hand_in(Request::BreakOn(Breaks {
        exec: true,
        ..Breaks::default()
    }));
    session.desk.hand_in(Request::Freeze(ProcessId(0)));
    assert_eq!(frozen(&session), FrozenAt::Request);
    input.write_all(b"x\n").unwrap();
    session.desk.hand_in(Request::Continue(ProcessId(0)));
    assert_eq!(frozen(&session), FrozenAt::Exec);
    session
}

/// Where it is frozen.
fn frozen(session: &Session) -> FrozenAt {
    loop {
        if let Event::Frozen { at, .. } = session.records.recv().unwrap().event {
            return at;
        }
    }
}

#[test]
fn what_is_held_at_an_event_is_held_after_each_visit() {
    let stage = stage();
    let session = held_at_an_exec(&stage);
    let process = session.process.unwrap().as_raw_pid().unsigned_abs();
    for visit in 0..2 {
        drop(enter(&session, visit, "true"));
        assert_eq!(left(&session).ending, Some(Ending::Code(0)));
        let state = state(process);
        assert!(state.unwrap().starts_with('t'), "after visit {visit}");
    }
    session.desk.hand_in(Request::Continue(ProcessId(0)));
    wait("its sleep", || {
        state(process).is_some_and(|it| it.starts_with('S'))
    });
    session.desk.hand_in(Request::Kill);
}
