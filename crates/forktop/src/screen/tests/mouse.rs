//! What is clicked on, and what the wheel turns.
use crate::screen::effect::{Effect, Input};
use crate::screen::layout::Focus;
use crate::screen::sample::{Session, settings};
use crate::screen::settings::{Follows, Settings};
use crate::screen::terminals::TerminalId;
use crate::screen::tree::Step;
use crossterm::event::{Event, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

const COMMAND: TerminalId = TerminalId::Command;

fn point(session: &mut Session, kind: MouseEventKind, column: u16, row: u16) {
    let modifiers = KeyModifiers::NONE;
    session.input(Input::Terminal(Event::Mouse(MouseEvent {
        kind,
        column,
        row,
        modifiers,
    })));
}

fn click(session: &mut Session, column: u16, row: u16) {
    point(
        session,
        MouseEventKind::Down(MouseButton::Left),
        column,
        row,
    );
}

/// Where on the screen a text stands.
fn find(session: &mut Session, text: &str) -> (u16, u16) {
    let buffer = session.terminal().backend().buffer().clone();
    let area = buffer.area;
    for y in 0..area.height {
        let line: Vec<_> = (0..area.width).map(|x| buffer[(x, y)].symbol()).collect();
        if let Some(x) = (0..line.len()).find(|x| line[*x..].concat().starts_with(text)) {
            return (u16::try_from(x).unwrap(), y);
        }
    }
    panic!("{text} is not on the screen");
}

#[test]
fn a_click_selects_and_on_the_sign_folds() {
    let mut session = Session::ordinary();
    let (x, y) = find(&mut session, "4104");
    click(&mut session, x, y);
    assert_eq!(session.selected(), Some(4104));
    let (x, y) = find(&mut session, "▾ make");
    click(&mut session, x, y);
    assert_eq!(session.selected(), Some(4101));
    assert!(session.screen().contains("▸ +6 make"));
    let (x, y) = find(&mut session, "▸ +6 make");
    click(&mut session, x, y);
    assert!(session.screen().contains("▾ make"));
    let (x, y) = find(&mut session, "make -j2");
    click(&mut session, x, y);
    assert!(session.screen().contains("▾ make"));
}

#[test]
fn the_wheel_scrolls_what_is_below_it() {
    let mut session = Session::of(settings(Follows::Running), 80, 24);
    session.press("9");
    session.screen();
    point(&mut session, MouseEventKind::ScrollDown, 5, 5);
    assert_eq!(
        (session.app.tree.top(), session.selected()),
        (3, Some(4103))
    );
    point(&mut session, MouseEventKind::ScrollUp, 5, 5);
    assert_eq!(
        (session.app.tree.top(), session.selected()),
        (0, Some(4103))
    );
    session.press("g");
    point(&mut session, MouseEventKind::ScrollDown, 5, 20);
    assert_eq!((session.app.tree.top(), session.app.scrolled), (0, 3));
    session.press("?");
    point(&mut session, MouseEventKind::ScrollDown, 5, 5);
    assert_eq!(session.app.tree.top(), 0);
    assert!(!session.screen().contains("this help"));
}

#[test]
fn tabs_titles_and_keys_are_clicked() {
    let mut session = Session::ordinary();
    let (x, y) = find(&mut session, " 9 E");
    click(&mut session, x + 1, y);
    assert!(session.screen().contains("seconds since the log began"));
    assert_eq!(session.app.focus, Focus::Detail);
    let (x, y) = find(&mut session, "COMMAND");
    click(&mut session, x, y);
    assert!(session.screen().contains("COMMAND↑"));
    click(&mut session, 3, y);
    assert!(session.screen().contains("PID↑"));
    let (x, y) = find(&mut session, "quit");
    click(&mut session, x, y);
    assert!(session.screen().contains("25 processes are alive."));
    let (x, y) = find(&mut session, "kill ");
    click(&mut session, x, 23.max(y));
    session.press("k");
    assert_eq!(session.effects.last(), Some(&Effect::Kill));
}

#[test]
fn an_entry_of_a_list_is_clicked() {
    let mut session = Session::ordinary();
    session.press("jKg");
    let (x, y) = find(&mut session, "SIGHUP");
    click(&mut session, x, y);
    assert!(session.screen().contains("Send SIGHUP to 4101 make?"));
}

#[test]
fn a_click_on_the_commands_terminal_gives_it_the_keys_and_then_the_mouse() {
    let mut session = Session::ordinary();
    session.command(b"$ ");
    click(&mut session, 10, 15);
    assert_eq!(
        (session.app.focus, session.effects.len()),
        (Focus::Terminal, 0)
    );
    click(&mut session, 10, 15);
    let [Effect::Type(COMMAND, bytes)] = &session.effects[..] else {
        panic!("{:?}", session.effects)
    };
    assert!(String::from_utf8_lossy(bytes).ends_with("at (0, 13)"));
    session.press("^]");
    assert_eq!(session.app.focus, Focus::Tree);
}

#[test]
fn the_wheel_over_the_commands_terminal_scrolls_it_unless_a_program_asked_for_the_mouse() {
    let (up, down) = (MouseEventKind::ScrollUp, MouseEventKind::ScrollDown);
    let lines = "line\r\n".repeat(40);
    let silent = Settings {
        encode: |_, _, _| Vec::new(),
        ..settings(Follows::Command)
    };
    for (settings, keys, back, kind, effects) in [
        (
            &silent,
            "t",
            0,
            up,
            vec![Effect::Scroll(COMMAND, Step::Up(3))],
        ),
        (
            &silent,
            "t",
            5,
            down,
            vec![Effect::Scroll(COMMAND, Step::Down(3))],
        ),
        (
            &silent,
            "",
            0,
            up,
            vec![Effect::Scroll(COMMAND, Step::Up(3))],
        ),
        (
            &settings(Follows::Command),
            "",
            0,
            up,
            vec![Effect::Scroll(COMMAND, Step::Up(3))],
        ),
        // What is in view is not where the program would think that the mouse is.
        (
            &settings(Follows::Command),
            "t",
            5,
            up,
            vec![Effect::Scroll(COMMAND, Step::Up(3))],
        ),
    ] {
        let mut session = Session::of(settings.clone(), 80, 24);
        session.command_scrolled(lines.as_bytes(), back).press(keys);
        point(&mut session, kind, 5, 20);
        assert_eq!(session.effects, effects, "{keys} {back}");
    }
    let mut session = Session::ordinary();
    session.command(lines.as_bytes()).press("t");
    point(&mut session, up, 5, 20);
    assert!(matches!(session.effects[..], [Effect::Type(COMMAND, _)]));
    let mut session = Session::of(silent, 80, 24);
    session.command(b"\x1b[?1049h~").press("t");
    point(&mut session, up, 5, 20);
    assert_eq!(session.effects, []);
}

#[test]
fn a_click_on_the_line_of_time_goes_there() {
    let mut session = Session::of(settings(Follows::File), 80, 24);
    let (x, y) = find(&mut session, "●");
    click(&mut session, x - 20, y);
    let shown = session.app.history.position();
    assert!((20..60).contains(&shown), "{shown}");
    assert_eq!(find(&mut session, "●").1, y);
}
