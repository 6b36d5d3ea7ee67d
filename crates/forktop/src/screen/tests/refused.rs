//! What cannot be followed has its row, with the reason, and nothing can be done to it.
use crate::log::{Birth, Event, Origin, ProcessId, Record, Refusal, Time};
use crate::screen::sample::Session;

const NUMBER: u32 = 4999;

fn record(event: Event) -> Record {
    let at = Time(100_000_000_000);
    Record { at, event }
}

/// A child of the first process, which another traces.
fn refused(id: ProcessId) -> Record {
    record(Event::Refused(Box::new(Refusal {
        process: id,
        pid: NUMBER,
        creator: Some(ProcessId(0)),
        parent: 4100,
        reason: "traced-already".to_owned(),
        words: "it is traced already, by process 12 (strace)".to_owned(),
        name: "sleep".to_owned(),
        arguments: vec!["sleep".to_owned(), "30".to_owned()],
    })))
}

#[test]
fn what_cannot_be_followed_has_a_row_with_the_reason_and_is_not_counted_as_alive() {
    let mut session = Session::large();
    let alive = session.app.model().followed();
    let id = ProcessId(u32::try_from(session.app.model().len()).unwrap());
    session.learn([refused(id)]).press("G");
    let (screen, number) = (session.screen(), NUMBER.to_string());
    let row = screen.lines().find(|line| line.contains(&number)).unwrap();
    for part in ["sleep 30; cannot be followed: it is tra", "N refused"] {
        assert!(row.contains(part), "{row}");
    }
    let counts = format!("{alive} alive");
    assert!(
        screen.contains(&counts) && screen.contains("1 not followed"),
        "{screen}"
    );
    // What has ended is hidden; this has not, as far as is known.
    assert!(session.press("d").rows().contains(&NUMBER));
    assert_eq!(session.press("G").selected(), Some(NUMBER));
    session.effects.clear();
    session.press("f");
    assert_eq!(session.effects, []);
    assert!(session.screen().contains("that process cannot be followed"));
}

#[test]
fn what_can_be_followed_after_all_is_the_same_process() {
    let mut session = Session::large();
    let alive = session.app.model().alive();
    let id = ProcessId(u32::try_from(session.app.model().len()).unwrap());
    let birth = Birth {
        process: id,
        origin: Origin::Untraced,
        pid: NUMBER,
        pids: vec![NUMBER],
        creator: Some(ProcessId(0)),
        creator_tid: None,
        parent: 4100,
        entrypoint: None,
        essentials: None,
        running: None,
        lived_us: None,
    };
    session.learn([refused(id), record(Event::Born(Box::new(birth)))]);
    let model = session.app.model();
    assert_eq!((model.alive(), model.refused()), (alive + 1, 0));
    let rows = session.rows();
    assert_eq!(rows.iter().filter(|pid| **pid == NUMBER).count(), 1);
}
