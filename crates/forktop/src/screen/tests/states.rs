//! What the screen looks like in states to which keys alone do not lead: with `pictures`, every state there is.
use super::pictures::with_output;
use crate::log::{Ending, Event, ProcessId, VisitId};
use crate::screen::effect::Input;
use crate::screen::panes::Pane;
use crate::screen::sample::visits;
use crate::screen::sample::{Session, Writer, settings};
use crate::screen::settings::Follows;
use crate::screen::terminals::TerminalId;

const SIZES: [(u16, u16); 2] = [(80, 24), (200, 50)];

/// How a state comes about, on a screen of any size.
type Made = fn(u16, u16) -> Session;

const STATES: [(&str, Made); 26] = [
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
    ("shell-asked", |columns, rows| {
        visiting(columns, rows, Follows::Command, "!")
    }),
    ("shell", |columns, rows| {
        shell(columns, rows, Follows::Command, "!")
    }),
    ("shell-of-running", |columns, rows| {
        shell(columns, rows, Follows::Running, "!")
    }),
    ("shell-on-the-whole-screen", |columns, rows| {
        shell(columns, rows, Follows::Command, "!^]T")
    }),
    ("shell-left-to-itself", |columns, rows| {
        shell(columns, rows, Follows::Command, "!^]1")
    }),
    ("shell-assisted", |columns, rows| {
        shell(columns, rows, Follows::Command, "SG<Enter>")
    }),
    ("two-shells", |columns, rows| {
        let mut session = shell(columns, rows, Follows::Command, "!");
        session.press("^]/pid:4125<Enter>!");
        session
    }),
    ("shell-ended", shell_ended),
    ("shell-closed", |columns, rows| {
        shell(columns, rows, Follows::Command, "!^]x")
    }),
    ("not-entered", not_entered),
    ("tried", tried),
];

/// Into the compiler that is alive.
fn visiting(columns: u16, rows: u16, follows: Follows, keys: &str) -> Session {
    let mut session = with_output(Session::of(settings(follows), columns, rows));
    session.press("/pid:4107<Enter>").press(keys);
    session
}

fn shell(columns: u16, rows: u16, follows: Follows, keys: &str) -> Session {
    let mut session = visiting(columns, rows, follows, keys);
    let mut entrance = visits::entrance(VisitId(1), ProcessId(7));
    entrance.lacks = vec!["its saved user id is 0, and not 7".to_owned()];
    session.learn(visits::entered(entrance));
    let written = b"cc1[4107]# id\r\nuid=0 gid=0\r\ncc1[4107]# ";
    session.written(TerminalId::Shell(VisitId(1)), written, 0);
    session
}

fn shell_ended(columns: u16, rows: u16) -> Session {
    let mut session = shell(columns, rows, Follows::Command, "!");
    session.learn([
        visits::ended(visits::SHELL, Ending::Code(0)),
        visits::ended(visits::KEEPER, Ending::Code(0)),
        visits::left(ProcessId(7), None, &[]),
    ]);
    session
}

fn not_entered(columns: u16, rows: u16) -> Session {
    let words = "it has 3 filters of system calls which forktop may not read, so that it is not known whether they \
                 kill it for being copied: `bold` does it nevertheless, and root can read them";
    let mut session = visiting(columns, rows, Follows::Command, "!");
    session.learn([visits::not_entered(VisitId(1), ProcessId(7), words)]);
    session
}

fn tried(columns: u16, rows: u16) -> Session {
    let mut session = visiting(
        columns,
        rows,
        Follows::Command,
        "popen /etc/shadow r<Enter>",
    );
    session.learn([visits::tried(VisitId(1), ProcessId(7))]);
    session
}

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
