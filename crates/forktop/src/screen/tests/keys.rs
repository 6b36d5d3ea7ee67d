//! What is done with processes, with the command's terminal and at the end; and that the table of keys is whole.
use crate::log::{Ending, Event, ProcessId};
use crate::screen::app::Opened;
use crate::screen::effect::{Breaks, Effect, Input};
use crate::screen::layout::Focus;
use crate::screen::sample::{Session, Writer, settings};
use crate::screen::settings::Follows;
use crate::screen::terminals::TerminalId;
use crate::screen::tree::Step;

const COMMAND: TerminalId = TerminalId::Command;

#[test]
fn a_process_is_acted_on_only_while_it_is_alive() {
    let make = ProcessId(1);
    for (keys, effect) in [
        ("jf", Effect::Freeze(make)),
        ("jc", Effect::Continue(make)),
        ("jr", Effect::Look(make)),
        ("j<F5>", Effect::Look(make)),
        ("jK<Enter>y", Effect::Signal(make, 15)),
        ("j<F9>gjjj<Enter><Enter>", Effect::Signal(make, 4)),
        ("j4", Effect::Look(make)),
    ] {
        assert_eq!(Session::ordinary().press(keys).effects, [effect], "{keys}");
    }
    for keys in ["jK<Enter>n", "jK<Esc>", "jK<Enter><Esc>", "j1", "j9"] {
        assert_eq!(Session::ordinary().press(keys).effects, [], "{keys}");
    }
    for keys in ["jjf", "jjc", "jjr", "jjK", "jj4"] {
        assert_eq!(Session::ordinary().press(keys).effects, [], "{keys}");
    }
    assert!(
        Session::ordinary()
            .press("jjf")
            .screen()
            .contains("✗ that process has ended")
    );
}

#[test]
fn breaks_are_switched_one_by_one() {
    let exec = Breaks {
        exec: true,
        ..Breaks::default()
    };
    let both = Breaks { exit: true, ..exec };
    let mut session = Session::ordinary();
    session.press("bj<Enter>j ");
    assert_eq!(
        session.effects,
        [Effect::BreakOn(exec), Effect::BreakOn(both)]
    );
    assert!(session.press("b").screen().contains("holds at exec, exit"));
}

#[test]
fn the_base_of_the_difference_is_marked_and_forgotten() {
    let mut session = Session::ordinary();
    assert!(session.press("j=").screen().contains("against 4101 make"));
    assert!(!session.press("=").screen().contains("against"));
    assert!(session.press("=jj=").screen().contains("against 4103 cc1"));
}

#[test]
fn a_row_is_copied_whole_and_harmless() {
    let mut session = Session::ordinary();
    session.press("Gy");
    let [Effect::Copy(text)] = &session.effects[..] else {
        panic!("{:?}", session.effects)
    };
    assert!(
        text.starts_with(
            "4190  -  root  41 =  -  -  ········  host  A alive  0s  printf \\u{1b}[2J"
        )
    );
    assert!(text.ends_with("long long "));
}

#[test]
fn quitting_asks_what_becomes_of_those_that_are_alive() {
    for (keys, effects) in [
        ("q", vec![]),
        ("ql", vec![Effect::Detach]),
        ("qk", vec![Effect::Kill]),
        ("qs", vec![]),
        ("^c<Esc>", vec![]),
        ("<F10>qk", vec![]),
    ] {
        assert_eq!(Session::ordinary().press(keys).effects, effects, "{keys}");
    }
    let mut log = Writer::default();
    let only = log.born(0, None, &[1], None);
    log.end(1, only, Ending::Code(0));
    let mut over = Session::empty(settings(Follows::Running), 80, 24);
    assert_eq!(over.learn(log.records()).press("q").effects, [Effect::Quit]);
    let mut file = Session::of(settings(Follows::File), 80, 24);
    assert_eq!(file.press("q").effects, [Effect::Quit]);
}

#[test]
fn nothing_is_asked_or_shown_once_nothing_is_alive() {
    let started = |log: &mut Writer| log.born(0, None, &[1], None);
    let mut log = Writer::default();
    let only = started(&mut log);
    let mut asked = Session::empty(settings(Follows::Running), 80, 24);
    asked.learn(log.records()).press("q");
    assert!(asked.screen().contains("1 process is alive."));
    let mut log = Writer::default();
    log.end(1, only, Ending::Code(0));
    assert_eq!(asked.learn(log.records()).effects, [Effect::Quit]);
    // A command whose program could not be executed.
    let mut log = Writer::default();
    let only = started(&mut log);
    log.end(1, only, Ending::Code(127));
    let mut missing = Session::empty(settings(Follows::Command), 80, 24);
    missing.learn(log.records());
    assert!(missing.effects.contains(&Effect::Quit));
}

#[test]
fn what_was_let_go_is_not_asked_about() {
    let mut log = Writer::default();
    let first = log.born(0, None, &[1], None);
    let second = log.born(1, Some(first), &[2], None);
    let process = ProcessId(second);
    log.at(2, Event::Released { process });
    let mut session = Session::empty(settings(Follows::Running), 80, 24);
    session.learn(log.records());
    let screen = session.press("q").screen();
    assert!(
        screen.contains("1 alive, 0 ended, 1 let go") && screen.contains("1 process is alive."),
        "{screen}"
    );
    let mut log = Writer::default();
    log.end(3, first, Ending::Code(0));
    session.press("s").learn(log.records());
    assert_eq!(session.press("q").effects, [Effect::Quit]);
}

#[test]
fn forktop_is_stopped_as_other_programs_are() {
    assert_eq!(Session::ordinary().press("^z").effects, [Effect::Suspend]);
    let mut typing = Session::ordinary();
    typing.command(b"$ ").press("t^z");
    assert_eq!(typing.effects, [Effect::Type(COMMAND, b"z".to_vec())]);
}

#[test]
fn the_command_gets_all_keys_but_the_one_that_gives_them_back() {
    let mut session = Session::ordinary();
    session.command(b"$ ").press("tq<Enter>^c");
    let typed = |bytes: &[u8]| Effect::Type(COMMAND, bytes.to_vec());
    assert_eq!(session.effects, [typed(b"q"), typed(b"Enter"), typed(b"c")]);
    session.effects.clear();
    session.input(Input::Terminal(crossterm::event::Event::Paste(
        "ls".to_owned(),
    )));
    assert_eq!(session.effects, [typed(b"ls")]);
    session.effects.clear();
    assert_eq!(session.press("^]j").selected(), Some(4101));
    assert_eq!(session.press("t^5j").selected(), Some(4102));
    assert_eq!(session.effects, []);
    let mut running = Session::of(settings(Follows::Running), 80, 24);
    assert!(
        running
            .press("t")
            .screen()
            .contains("✗ there is no terminal: ! opens a shell")
    );
}

#[test]
fn lines_that_have_left_the_commands_screen_are_asked_for() {
    let scroll = |step| Effect::Scroll(COMMAND, step);
    let typed = |bytes: &[u8]| Effect::Type(COMMAND, bytes.to_vec());
    let lines = "line\r\n".repeat(40);
    for (keys, effects) in [
        ("t<S-PgUp>", vec![scroll(Step::Up(9))]),
        ("t<S-PgDn>", vec![scroll(Step::Down(9))]),
        ("T<S-PgUp>", vec![scroll(Step::Up(22))]),
        ("t<PgUp>", vec![scroll(Step::Last), typed(b"Page Up")]),
        ("tx", vec![scroll(Step::Last), typed(b"x")]),
        ("<S-PgUp>", vec![]),
    ] {
        let mut session = Session::ordinary();
        session.command_scrolled(lines.as_bytes(), 3).press(keys);
        let resized = |effect: &Effect| matches!(effect, Effect::Resize { .. });
        session.effects.retain(|effect| !resized(effect));
        assert_eq!(session.effects, effects, "{keys}");
    }
    // At the end there is nowhere to return to; and who has taken the screen for itself gets the keys.
    let mut session = Session::ordinary();
    session.command(b"$ ").press("tx");
    assert_eq!(session.effects, [typed(b"x")]);
    session.effects.clear();
    session.command(b"\x1b[?1049h~").press("<S-PgUp>");
    assert_eq!(session.effects, [typed(b"Page Up")]);
}

#[test]
fn the_command_is_told_how_much_room_its_terminal_has() {
    let size = |columns, rows| Effect::Resize {
        terminal: COMMAND,
        columns,
        rows,
    };
    let mut session = Session::empty(settings(Follows::Command), 80, 24);
    session.learn(crate::screen::sample::session());
    assert_eq!(session.effects, [size(80, 10)]);
    session.effects.clear();
    session.press("T");
    assert_eq!(session.effects, [size(80, 23)]);
    session.press("^]");
    session.input(Input::Terminal(crossterm::event::Event::Resize(200, 50)));
    session.input(Input::Terminal(crossterm::event::Event::Resize(200, 50)));
    assert_eq!(session.effects[1..], [size(80, 10), size(119, 19)]);
    session.effects.clear();
    session.input(Input::Terminal(crossterm::event::Event::Resize(40, 10)));
    assert_eq!(session.effects, [size(40, 7)]);
    let mut running = Session::empty(settings(Follows::Running), 80, 24);
    assert_eq!(running.press("j").effects, []);
}

#[test]
fn panes_are_chosen_turned_and_scrolled() {
    let mut session = Session::of(settings(Follows::Running), 80, 24);
    session.press("9<Tab>");
    assert_eq!(session.app.focus, Focus::Detail);
    assert_eq!(session.press("jj").app.scrolled, 2);
    assert!(session.press("<PgDn><PgDn><PgDn>j").app.scrolled < 20);
    assert_eq!(session.press("g").app.scrolled, 0);
    assert!(session.press("h").screen().contains(" 8 Limits "));
    assert!(session.press("l").screen().contains(" 9 Events "));
    assert_eq!(session.press("<Esc>j").selected(), Some(4101));
    // Another process's lines begin at the beginning.
    session.press("<Esc>k<Tab>jj<Tab>j");
    assert_eq!(session.app.scrolled, 0);
}

#[test]
fn every_key_of_the_table_is_there_once() {
    use crate::screen::bindings::BINDINGS;
    for (nth, binding) in BINDINGS.iter().enumerate() {
        for key in binding.keys {
            let others = BINDINGS[nth + 1..]
                .iter()
                .filter(|other| other.context == binding.context);
            assert!(
                others
                    .flat_map(|other| other.keys)
                    .all(|other| other != key),
                "{key}"
            );
        }
        assert!(!binding.words.is_empty() && !binding.keys.is_empty());
    }
}

#[test]
fn the_help_has_every_key_and_nothing_of_it_is_cut() {
    for (columns, rows) in [(80, 24), (40, 10), (120, 24), (200, 50), (80, 200)] {
        let told = help(columns, rows);
        for binding in crate::screen::bindings::BINDINGS {
            let names: Vec<_> = binding.keys.iter().map(ToString::to_string).collect();
            let entry = format!("{} {}", names.join(" "), binding.words);
            assert!(told.contains(&entry), "{columns}×{rows}: {entry}");
        }
        assert!(!told.contains('…'), "{told}");
    }
}

/// The words of the help, all of which were in view on such a screen, with single blanks.
fn help(columns: u16, rows: u16) -> String {
    let mut session = Session::of(settings(Follows::Command), columns, rows);
    session.press("?");
    let mut sides: [Vec<String>; 2] = Default::default();
    loop {
        let before = session.app.opened;
        let buffer = session.terminal().backend().buffer().clone();
        let frame = |x: &u16| buffer[(*x, 0)].symbol();
        let left = (0..columns).find(|x| frame(x) == "┌").unwrap();
        let right = (0..columns).rev().find(|x| frame(x) == "┐").unwrap();
        let middle = if columns < 120 {
            right
        } else {
            u16::midpoint(left, right)
        };
        let Some(Opened::Help(top)) = before else {
            panic!("the help is closed")
        };
        for (nth, y) in (1..rows - 2).enumerate() {
            for (side, part) in sides.iter_mut().zip([left + 1..middle, middle..right]) {
                side.resize(side.len().max(top + nth + 1), String::new());
                side[top + nth] = part.map(|x| buffer[(x, y)].symbol()).collect();
            }
        }
        if session.press("<PgDn>").app.opened == before {
            break;
        }
    }
    let words = sides.concat().join(" ");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
