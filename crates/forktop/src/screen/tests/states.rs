//! What the screen looks like in states to which keys alone do not lead: with `pictures`, every state there is.
use super::pictures::with_output;
use crate::log::{Ending, Event, ProcessId};
use crate::screen::effect::Input;
use crate::screen::panes::Pane;
use crate::screen::sample::{Session, Writer, settings};
use crate::screen::settings::Follows;

const SIZES: [(u16, u16); 2] = [(80, 24), (200, 50)];

/// How a state comes about, on a screen of any size.
type Made = fn(u16, u16) -> Session;

const STATES: [(&str, Made); 15] = [
    ("nothing-yet", nothing_yet),
    ("no-output-yet", |columns, rows| {
        Session::of(settings(Follows::Command), columns, rows)
    }),
    ("one-process", one_process),
    ("all-over", all_over),
    ("all-let-go", all_let_go),
    ("many", many),
    ("running", |columns, rows| {
        Session::of(settings(Follows::Running), columns, rows)
    }),
    ("file", |columns, rows| file(columns, rows, "{{")),
    ("file-begun", |columns, rows| file(columns, rows, "(")),
    ("terminal", |columns, rows| typing(columns, rows, "t")),
    ("whole-terminal", |columns, rows| typing(columns, rows, "T")),
    ("terminal-scrolled-back", |columns, rows| {
        scrolled_back(columns, rows, "t")
    }),
    ("whole-terminal-scrolled-back", |columns, rows| {
        scrolled_back(columns, rows, "T")
    }),
    ("done", |columns, rows| {
        let words = "everything was written to `forktop.json`".to_owned();
        told(columns, rows, Input::Done(words))
    }),
    ("refused", |columns, rows| {
        let words = "cannot freeze 4101: no such process".to_owned();
        told(columns, rows, Input::Refused(words))
    }),
];

fn nothing_yet(columns: u16, rows: u16) -> Session {
    Session::empty(settings(Follows::Running), columns, rows)
}

/// A shell, of which no more is known than that it was started.
fn one_process(columns: u16, rows: u16) -> Session {
    let mut log = Writer::default();
    let only = log.born(0, None, &[4100], None);
    log.exec(1, only, &["bash"], None);
    let mut session = Session::empty(settings(Follows::Command), columns, rows);
    session.learn(log.records());
    session
}

fn all_over(columns: u16, rows: u16) -> Session {
    let mut log = Writer::default();
    log.end(2_000, 0, Ending::Signal(9));
    let mut session = one_process(columns, rows);
    session.learn(log.records());
    session
}

fn all_let_go(columns: u16, rows: u16) -> Session {
    let mut log = Writer::default();
    let process = ProcessId(0);
    log.at(2_000, Event::Released { process });
    let mut session = one_process(columns, rows);
    session.learn(log.records());
    session
}

/// More than there is room for, some screenfuls down.
fn many(columns: u16, rows: u16) -> Session {
    let mut log = Writer::default();
    let first = log.born(0, None, &[1], None);
    log.exec(1, first, &["make", "-j", "all"], None);
    for pid in 2..400 {
        let made = log.born(u64::from(pid), Some(first), &[pid], None);
        log.exec(u64::from(pid), made, &["cc", &format!("{pid}.c")], None);
    }
    let mut session = Session::empty(settings(Follows::Running), columns, rows);
    session.learn(log.records());
    // How far a screenful is, is known once it was drawn.
    session.screen();
    session.press("<PgDn><PgDn><PgDn>kk");
    session
}

fn file(columns: u16, rows: u16, keys: &str) -> Session {
    let mut session = Session::of(settings(Follows::File), columns, rows);
    session.press(keys);
    session
}

fn typing(columns: u16, rows: u16, keys: &str) -> Session {
    let session = Session::of(settings(Follows::Command), columns, rows);
    let mut session = with_output(session);
    session.press(keys);
    session
}

fn scrolled_back(columns: u16, rows: u16, keys: &str) -> Session {
    let lines: Vec<_> = (0..40).map(|number| format!("line {number}\r\n")).collect();
    let mut session = Session::of(settings(Follows::Command), columns, rows);
    session.command_scrolled(lines.concat().as_bytes(), 17);
    session.press(keys);
    session
}

fn told(columns: u16, rows: u16, input: Input) -> Session {
    let session = Session::of(settings(Follows::Command), columns, rows);
    let mut session = with_output(session);
    session.input(input);
    session
}

#[test]
fn every_state_looks_so() {
    for (columns, rows) in SIZES {
        for (name, made) in STATES {
            let screen = made(columns, rows).screen();
            insta::assert_snapshot!(format!("{columns}x{rows}-{name}"), screen);
        }
    }
}

/// On the server in its void, which was looked at.
#[test]
fn every_pane_looks_so() {
    for (columns, rows) in SIZES {
        for pane in Pane::ALL {
            let mut session = Session::empty(settings(Follows::File), columns, rows);
            session.learn(crate::sample::everything());
            session.press(&format!("/pid:4104<Enter>{}<Tab>", pane.key()));
            let screen = session.screen();
            insta::assert_snapshot!(format!("{columns}x{rows}-pane-{}", pane.name()), screen);
        }
    }
}

#[test]
fn a_screen_that_is_too_small_shows_what_it_can() {
    for (columns, rows) in [(20, 5), (12, 3)] {
        for (name, keys) in [
            ("tree", ""),
            ("line", "/漢字の"),
            ("help", "?"),
            ("quit", "q"),
        ] {
            let mut session = Session::of(settings(Follows::Command), columns, rows);
            let screen = session.press(keys).screen();
            insta::assert_snapshot!(format!("{columns}x{rows}-{name}"), screen);
        }
    }
    for (columns, rows) in [(0, 0), (1, 1), (2, 1), (1, 9), (200, 1), (3, 2)] {
        for keys in [
            "", "t", "T", "/x", "?", "q", "K", ">", "b", "e", "[[", "9<Tab>",
        ] {
            let mut session = Session::of(settings(Follows::Command), columns, rows);
            session.command_scrolled("line\r\n".repeat(40).as_bytes(), 9);
            session.press(keys).terminal();
        }
    }
}
