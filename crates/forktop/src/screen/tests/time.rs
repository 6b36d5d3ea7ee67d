//! Time that passes, that is held, and that is gone through.
use crate::log::{Ending, ProcessId, Record, Time};
use crate::model::Model;
use crate::screen::effect::Input;
use crate::screen::history::History;
use crate::screen::sample::{Session, Writer, session, settings};
use crate::screen::settings::Follows;
use std::sync::Arc;
use std::time::Duration;

const SECOND: u64 = 1_000_000_000;

#[test]
fn a_beat_is_wanted_only_while_something_ages() {
    let mut log = Writer::default();
    let only = log.born(0, None, &[1], None);
    let mut session = Session::empty(settings(Follows::Running), 80, 24);
    assert_eq!(session.app.wants_tick(), None);
    session.learn(log.records()).screen();
    assert_eq!(session.app.wants_tick(), Some(Duration::from_secs(1)));
    session.input(Input::Tick(Time(5 * SECOND / 2)));
    assert_eq!(session.app.wants_tick(), Some(Duration::from_millis(500)));
    assert!(session.screen().contains(" 2s "));
    session.input(Input::Tick(Time(4000 * SECOND)));
    assert_eq!(session.app.wants_tick(), Some(Duration::from_secs(20)));
    let mut log = Writer::default();
    log.end(4_000_001, only, Ending::Code(0));
    session.learn(log.records());
    assert_eq!(session.app.wants_tick(), None);
    assert_eq!(
        Session::of(settings(Follows::File), 80, 24)
            .app
            .wants_tick(),
        None
    );
}

#[test]
fn nothing_is_drawn_while_nothing_changes() {
    let mut session = Session::ordinary();
    assert!(session.app.wants_drawing());
    session.screen();
    assert!(!session.app.wants_drawing());
    session.press("X");
    assert!(!session.app.wants_drawing());
    session.press("j");
    assert!(session.app.wants_drawing());
}

#[test]
fn a_held_display_stays_while_the_log_goes_on() {
    let mut session = Session::ordinary();
    session.press("Z");
    let mut log = Writer::default();
    log.end(12_000, 0, Ending::Code(3));
    session
        .learn(log.records())
        .input(Input::Tick(Time(20 * SECOND)));
    let screen = session.screen();
    assert!(
        screen.contains("25 alive, 6 ended, 1 let go  9s  paused, 1 record later"),
        "{screen}"
    );
    assert_eq!(session.app.wants_tick(), None);
    assert_eq!(session.app.records().len(), 78);
    let screen = session.press("Z").screen();
    assert!(
        screen.contains("24 alive, 7 ended, 1 let go  20s  "),
        "{screen}"
    );
}

#[test]
fn the_clock_does_not_go_back_when_one_is_asked_how_to_end() {
    let mut session = Session::ordinary();
    session.input(Input::Tick(Time(30 * SECOND)));
    for keys in ["", "q", "s", "q<Esc>", ")", "Z", "Z", "[)"] {
        let screen = session.press(keys).screen();
        assert!(
            screen.contains("6 ended, 1 let go  30s"),
            "{keys}: {screen}"
        );
    }
    assert!(
        session
            .press("[")
            .screen()
            .contains("6 ended, 1 let go  9s  paused")
    );
}

#[test]
fn who_is_asked_how_to_end_and_stays_is_shown_the_same_time_again() {
    let mut session = Session::ordinary();
    session.input(Input::Tick(Time(11 * SECOND))).press("Z");
    let mut log = Writer::default();
    log.end(12_000, 0, Ending::Code(3));
    session.learn(log.records());
    let paused = session.screen();
    assert!(paused.contains("1 let go  11s  paused, 1 record later"));
    let asked = session.press("q").screen();
    assert!(asked.contains("24 processes are alive.") && asked.contains("1 let go  12s"));
    assert_eq!(session.press("s").screen(), paused);
    let earlier = session.press("[[[").screen();
    assert_eq!(session.press("q<Esc>").screen(), earlier);
}

#[test]
fn one_goes_back_and_forth_in_time() {
    let mut session = Session::of(settings(Follows::File), 80, 24);
    let all = session.app.history.position();
    for (keys, position) in [
        ("[", all - 1),
        ("[,", all - 2),
        ("[].", all),
        ("(", 1),
        ("()", all),
        ("(}", 4),
        ("([", 1),
    ] {
        let mut session = Session::of(settings(Follows::File), 80, 24);
        assert_eq!(
            session.press(keys).app.history.position(),
            position,
            "{keys}"
        );
    }
    session.press("{");
    assert_eq!(session.app.model().now(), Time(7_131_000_000));
    // Live, the display is held meanwhile, and its end is now.
    let mut live = Session::ordinary();
    assert!(live.press("{").screen().contains("paused, 3 records later"));
    assert!(!live.press(")").screen().contains("paused"));
}

#[test]
fn who_was_not_there_yet_leaves_the_selection_to_who_was() {
    let mut session = Session::of(settings(Follows::File), 80, 24);
    session.press("/dnsmasq<Enter>");
    assert_eq!(session.selected(), Some(4121));
    session.press("(");
    assert_eq!(session.selected(), None);
    session.press("]");
    assert_eq!(session.selected(), Some(4100));
}

/// Forty thousand processes and ends of processes.
fn long() -> Vec<Record> {
    let mut log = Writer::default();
    let first = log.born(0, None, &[1], None);
    let mut alive = vec![];
    for pid in 1..40_000 {
        let at = u64::from(pid);
        match alive.pop() {
            Some(ends) if pid % 3 == 0 => log.end(at, ends, Ending::Code(0)),
            _ => alive.push(log.born(at, Some(first), &[pid], None)),
        }
    }
    log.records()
}

#[test]
fn each_time_shows_what_its_records_tell() {
    let records: Vec<_> = long().into_iter().map(Arc::new).collect();
    let mut history = History::default();
    for record in &records {
        history.learn(record.clone());
    }
    for position in [
        39_000, 38_999, 38_998, 17_000, 16_384, 16_385, 40_000, 39_999, 3, 20_000, 5,
    ] {
        history.seek(position);
        let model = Model::of(records[..position].iter().cloned());
        let state = |model: &Model| (model.len(), model.alive(), model.now(), model.log().len());
        assert_eq!(state(history.model()), state(&model), "{position}");
        let ended = |model: &Model| model.process(ProcessId(40)).map(|process| process.ended);
        assert_eq!(ended(history.model()), ended(&model), "{position}");
    }
    history.follow();
    assert_eq!(history.ahead(), 0);
    assert_eq!(session().len(), 77);
}
