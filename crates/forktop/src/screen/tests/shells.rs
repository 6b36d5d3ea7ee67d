//! Shells in processes: the keys that open, turn, leave and close them, what is told of them; and calls that are tried.
use crate::follow::Mode;
use crate::log::{Ending, Entrance, ProcessId, VisitId};
use crate::screen::app::Opened;
use crate::screen::effect::{Effect, Input};
use crate::screen::layout::{Focus, Tab};
use crate::screen::panes::Pane;
use crate::screen::sample::visits::{SHELL, ended, entered, entrance, left, not_entered, tried};
use crate::screen::sample::{Session, settings};
use crate::screen::settings::Follows;
use crate::screen::terminals::TerminalId;
use crate::screen::tree::Step;

const FIRST: VisitId = VisitId(1);
const SECOND: VisitId = VisitId(2);
/// The compiler that is alive.
const CC1: ProcessId = ProcessId(7);

fn enter(visit: VisitId, process: ProcessId, mode: Mode) -> Effect {
    Effect::Enter {
        visit,
        process,
        mode,
    }
}

/// What was wanted done, but for sizes.
fn effects(session: &mut Session) -> Vec<Effect> {
    let mut effects = std::mem::take(&mut session.effects);
    effects.retain(|effect| !matches!(effect, Effect::Resize { .. }));
    effects
}

#[test]
fn a_key_opens_a_shell_in_the_selected_process_and_gives_it_the_keys() {
    let mut session = Session::ordinary();
    session.press("/pid:4107<Enter>!");
    assert_eq!(
        session.effects,
        [
            enter(FIRST, CC1, Mode::Faithful),
            Effect::Resize {
                terminal: TerminalId::Shell(FIRST),
                columns: 80,
                // A line less than the command's: it tells whose permissions these are.
                rows: 9,
            },
        ]
    );
    assert_eq!(session.app.focus, Focus::Terminal);
    session.effects.clear();
    let id = TerminalId::Shell(FIRST);
    session.written(id, b"$ ", 0).press("q<Enter>^c");
    let typed = |bytes: &[u8]| Effect::Type(id, bytes.to_vec());
    assert_eq!(
        effects(&mut session),
        [typed(b"q"), typed(b"Enter"), typed(b"c")]
    );
    assert!(session.press("^]j").effects.is_empty());
    assert_eq!(session.app.focus, Focus::Tree);
    session.press("t<S-PgUp>");
    assert_eq!(effects(&mut session), [Effect::Scroll(id, Step::Up(8))]);
}

#[test]
fn only_in_what_is_alive_there_is_a_shell() {
    for (keys, why) in [
        ("/pid:4103<Enter>!", "that process has ended"),
        ("/pid:4144<Enter>!", "that process was let go"),
        ("/pid:4103<Enter>S", "that process has ended"),
        ("/pid:4103<Enter>p", "that process has ended"),
    ] {
        let mut session = Session::ordinary();
        let screen = session.press(keys).screen();
        assert!(screen.contains(why), "{keys}: {screen}");
        assert_eq!(session.effects, [], "{keys}");
    }
    let mut file = Session::of(settings(Follows::File), 80, 24);
    assert!(file.press("!").screen().contains("this is a log of before"));
    assert_eq!(file.effects, []);
}

#[test]
fn how_filters_are_dealt_with_is_chosen_of_a_list() {
    for (keys, mode) in [
        ("S<Enter>", Mode::Faithful),
        ("Sj<Enter>", Mode::Bold),
        ("SG<Enter>", Mode::Assisted),
    ] {
        let mut session = Session::ordinary();
        session.press("/pid:4107<Enter>").press(keys);
        assert_eq!(effects(&mut session), [enter(FIRST, CC1, mode)], "{keys}");
        assert_eq!(session.app.focus, Focus::Terminal);
        let screen = session.screen();
        assert_eq!(
            screen.contains("filters passed over"),
            mode == Mode::Assisted,
            "{screen}"
        );
    }
    assert_eq!(Session::ordinary().press("S<Esc>").effects, []);
}

/// The colour of this text, where it is on the screen first.
fn colour(session: &mut Session, text: &str) -> Option<ratatui::style::Color> {
    let buffer = session.terminal().backend().buffer().clone();
    let area = buffer.area;
    let line = |y: u16| -> Vec<_> { (0..area.width).map(|x| buffer[(x, y)].symbol()).collect() };
    let is_there = |at: &(u16, u16)| line(at.1)[usize::from(at.0)..].concat().starts_with(text);
    let mut all = (0..area.height).flat_map(|y| (0..area.width).map(move |x| (x, y)));
    let at = all.find(is_there).unwrap_or_else(|| panic!("{text}"));
    buffer[at].style().fg
}

#[test]
fn that_filters_are_passed_over_is_red_wherever_the_shell_is() {
    let mut session = Session::ordinary();
    session.press("/pid:4107<Enter>SG<Enter>");
    let red = Some(ratatui::style::Color::LightRed);
    assert_eq!(colour(&mut session, "filters passed over"), red);
    assert_eq!(colour(&mut session, "sh: cc1 4107"), red);
    session.press("^]1");
    assert_eq!(colour(&mut session, "sh: 4107"), red);
    session.press("T");
    assert_eq!(colour(&mut session, "filters passed over"), red);
    session.press("^]S");
    assert_eq!(colour(&mut session, "assisted: "), red);
}

#[test]
fn that_filters_are_passed_over_is_red_in_the_tree() {
    let mut session = Session::large();
    session.press("/pid:4107<Enter>SG<Enter>^]");
    let red = Some(ratatui::style::Color::LightRed);
    session.learn(entered(Entrance {
        assisted: true,
        ..entrance(FIRST, CC1)
    }));
    for words in ["»1 cc1", "» keeper", "» assisted shell"] {
        assert_eq!(colour(&mut session, words), red, "{words}");
    }
    session.press("/pid:4901<Enter>");
    assert_eq!(colour(&mut session, "» assisted shell"), red);
}

#[test]
fn a_shell_that_its_filters_hold_for_is_not_red() {
    let mut session = Session::large();
    session.press("/pid:4107<Enter>!^]");
    session.learn(entered(entrance(FIRST, CC1)));
    let red = Some(ratatui::style::Color::LightRed);
    for words in ["»1 cc1", "» keeper", "» shell"] {
        assert_ne!(colour(&mut session, words), red, "{words}");
    }
}

#[test]
fn several_are_open_at_once_and_turned() {
    let mut session = Session::ordinary();
    session.command(b"$ ");
    session.press("/pid:4107<Enter>!^]g!^]");
    assert_eq!(
        effects(&mut session),
        [
            enter(FIRST, CC1, Mode::Faithful),
            enter(SECOND, ProcessId(0), Mode::Faithful)
        ]
    );
    let (first, second) = (TerminalId::Shell(FIRST), TerminalId::Shell(SECOND));
    for id in [first, second] {
        session.written(id, b"$ ", 0);
    }
    for (keys, id) in [
        ("", second),
        ("w", TerminalId::Command),
        ("w", first),
        ("W", TerminalId::Command),
        ("W", second),
        // What is out of view comes into view first.
        ("1w", second),
        ("0", TerminalId::Command),
        ("t<S-Right>", first),
        ("<S-Left><S-Left>", second),
    ] {
        session.press(keys);
        assert_eq!(session.app.terminals.shown().unwrap().id, id, "{keys}");
        assert_eq!(session.app.tab, Tab::Terminal(id), "{keys}");
    }
    session.effects.clear();
    session.press("x");
    assert_eq!(session.effects, [Effect::Type(second, b"x".to_vec())]);
    // Of those in the same process each has a name of its own.
    let screen = session.press("^]!").screen();
    for name in [" sh: cc1 4107 ", " sh: bash 4100 ", " sh: bash 4100 #2 "] {
        assert!(screen.contains(name), "{name}: {screen}");
    }
}

#[test]
fn a_shell_that_is_closed_is_ended_when_that_was_asked() {
    let mut session = Session::of(settings(Follows::Running), 80, 24);
    session.press("/pid:4107<Enter>!");
    session.learn(entered(entrance(FIRST, CC1)));
    session.press("^]");
    effects(&mut session);
    let screen = session.press("x").screen();
    assert!(screen.contains("End the shell in cc1 [4107]"), "{screen}");
    assert_eq!(session.app.opened, Some(Opened::Leave(FIRST)));
    assert_eq!(session.press("n").effects, []);
    session.press("xy");
    let closed = Effect::Close(TerminalId::Shell(FIRST));
    assert_eq!(session.effects, [Effect::Leave(FIRST), closed]);
    assert!(session.app.terminals.is_empty());
    assert_eq!(session.app.tab, Tab::Pane(Pane::Privileges));
    session.effects.clear();
    assert!(session.press("x").screen().contains("no shell is in view"));
    assert!(session.press("t").screen().contains("! opens a shell"));
    // What is told of it later disturbs nobody.
    session.learn([ended(SHELL, Ending::Signal(9)), left(CC1, None, &[])]);
    assert_eq!(session.effects, []);
}

#[test]
fn a_shell_that_ends_says_how_until_it_is_closed() {
    let mut session = Session::large();
    session.press("/pid:4107<Enter>!");
    assert!(session.screen().contains("being opened"));
    session.learn(entered(entrance(FIRST, CC1)));
    let title = "shell in cc1 [4107] · uid 0 · held 412 µs";
    let screen = session.screen();
    assert!(screen.contains(title), "{screen}");
    effects(&mut session);
    session.learn([ended(SHELL, Ending::Code(3))]);
    let screen = session.screen();
    assert!(
        screen.contains("shell in cc1 [4107] · ended with code 3"),
        "{screen}"
    );
    session.learn([left(CC1, None, &[])]);
    let over = "shell in cc1 [4107] · ended with code 3 · held 800 µs · returned to normal";
    let screen = session.screen();
    assert!(screen.contains(over), "{screen}");
    // Nobody reads what is typed; and it can stay.
    assert_eq!(session.press("ab").effects, []);
    assert!(session.press("^]").screen().contains(over));
    session.press("t<Enter>");
    assert_eq!(
        session.effects,
        [Effect::Close(TerminalId::Shell(FIRST))],
        "nothing is left that could be ended"
    );
    assert_eq!(session.app.focus, Focus::Tree);
}

#[test]
fn what_is_no_longer_as_it_was_is_told() {
    let mut session = Session::large();
    session.press("/pid:4107<Enter>!");
    session.learn(entered(entrance(FIRST, CC1)));
    session.learn([left(CC1, Some(Ending::Signal(9)), &["its mask"])]);
    let screen = session.screen();
    assert!(
        screen.contains("killed by SIGKILL · held 800 µs · 1 differ: see 9"),
        "{screen}"
    );
    assert!(session.press("^]9<Tab>G").screen().contains("its mask"));
}

#[test]
fn what_a_shell_lacks_is_counted_and_told_among_the_events() {
    let mut session = Session::large();
    session.press("/pid:4107<Enter>!");
    let entrance = Entrance {
        lacks: vec!["its saved user id is 0, and not 7".to_owned()],
        outlook: vec![
            "its filters refuse unshare".to_owned(),
            "its filters kill it for mount".to_owned(),
        ],
        ..entrance(FIRST, CC1)
    };
    session.learn(entered(entrance));
    let screen = session.press("^]9").screen();
    for words in [
        "lacks 1, filters: see 9",
        "- its saved user id is 0, and not 7",
        "! its filters refuse unshare",
        "! its filters kill it for mount",
    ] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
}

#[test]
fn filters_that_are_not_known_are_not_said_to_refuse() {
    let mut session = Session::large();
    session.press("/pid:4107<Enter>!");
    let words = "what its filters refuse is not known, as only root can read them";
    session.learn(entered(Entrance {
        outlook: vec![words.to_owned()],
        ..entrance(FIRST, CC1)
    }));
    let screen = session.screen();
    assert!(screen.contains("· filters: see 9"), "{screen}");
    assert!(!screen.contains("refused 1"), "{screen}");
}

#[test]
fn who_cannot_be_entered_is_told_with_the_whole_reason() {
    let words = "process 4107 cannot be entered: it has 3 filters, and whether they kill it for a copy of itself is not known; \
                 choose `bold` to do it nevertheless";
    let mut session = Session::ordinary();
    session.press("/pid:4107<Enter>!");
    session.learn([not_entered(FIRST, CC1, words)]);
    assert_eq!(
        effects(&mut session).last(),
        Some(&Effect::Close(TerminalId::Shell(FIRST)))
    );
    let screen = session.screen();
    let told: Vec<_> = screen
        .split_whitespace()
        .filter(|word| !"│".contains(word))
        .collect();
    assert!(
        told.join(" ").contains("choose `bold` to do it"),
        "{screen}"
    );
    assert!(matches!(session.app.opened, Some(Opened::Told(0))));
    // What was still typed at it is no key of the tree.
    assert_eq!(session.press("fK").effects, []);
    assert_eq!(session.press("<Enter>").app.opened, None);
    // Where there is not even a shell to open, it is told alike.
    let mut session = Session::ordinary();
    session.press("/pid:4107<Enter>!");
    let why = "there is no shell to open: install busybox-static".to_owned();
    session.input(Input::NotAsked(FIRST, why.clone()));
    assert!(session.screen().contains(&why));
    // Who types elsewhere meanwhile is not disturbed.
    let mut session = Session::ordinary();
    session.command(b"$ ").press("/pid:4107<Enter>!^]0t");
    session.learn([not_entered(FIRST, CC1, words)]);
    assert_eq!(session.app.opened, None);
    assert!(
        session
            .screen()
            .contains("✗ process 4107 cannot be entered")
    );
    session.effects.clear();
    session.press("x");
    let typed = Effect::Type(TerminalId::Command, b"x".to_vec());
    assert_eq!(session.effects, [typed]);
}

#[test]
fn calls_are_typed_tried_and_told() {
    let mut session = Session::ordinary();
    session.press("/pid:4107<Enter>p");
    assert!(session.screen().contains("try in 4107 cc1: "));
    session.press("open<Enter>");
    assert!(session.screen().contains("in `open`, at its end"));
    session.press(" /etc/shadow r | connect tcp:10.0.0.1:80<Enter>");
    let words = "open /etc/shadow r | connect tcp:10.0.0.1:80".to_owned();
    assert_eq!(
        effects(&mut session),
        [Effect::Try {
            visit: FIRST,
            process: CC1,
            words
        }]
    );
    session.learn([tried(FIRST, CC1)]);
    let screen = session.screen();
    for words in [
        "Tried in 4107 cc1",
        "- open /etc/shadow r         refused by openat",
        "+ open /dev/null rw          let",
        "held for 412 µs, and returned to normal",
    ] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    session.press("<Esc>");
    assert_eq!(session.app.opened, None);
    // What was typed comes back; and nothing is tried of nothing.
    assert!(
        session
            .press("p<Up>")
            .screen()
            .contains("open /etc/shadow r |")
    );
    session.effects.clear();
    assert_eq!(session.press("<Esc>p<Enter>").effects, []);
    // It could not be tried.
    session.press("popen x r<Enter>");
    session.learn([not_entered(SECOND, CC1, "it is frozen")]);
    assert!(session.screen().contains("it is frozen"));
}

#[test]
fn other_visits_of_a_log_open_no_box() {
    let mut session = Session::ordinary();
    session.learn([
        tried(VisitId(7), CC1),
        not_entered(VisitId(8), CC1, "no"),
        left(CC1, None, &[]),
    ]);
    assert_eq!(session.app.opened, None);
    assert_eq!(session.app.message, None);
}

#[test]
fn what_is_forktops_is_told_from_what_is_not() {
    let mut session = Session::large();
    let made = session.app.model().visitors();
    session.press("F/pid:4107<Enter>!^]");
    session.learn(entered(entrance(FIRST, CC1)));
    assert_eq!(session.app.model().visitors(), made + 2);
    // Whoever follows the newest goes on looking at what is in it.
    assert_eq!(session.selected(), Some(4107));
    let screen = session.screen();
    for words in ["»1 cc1", "» keeper", "» shell"] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    session.press("\\visitor<Enter>");
    assert_eq!(session.rows(), [4900, 4901]);
    session.press("<Esc>\\visited<Enter>");
    assert_eq!(session.rows(), [4107]);
    session.press("<Esc>\\!visitor<Enter>");
    assert!(!session.rows().contains(&4900));
    let screen = session.press("<Esc><Esc>q").screen();
    assert!(
        screen.contains("25 processes are alive.") && screen.contains("1 shell is open"),
        "{screen}"
    );
    session.press("s").learn([left(CC1, None, &[])]);
    assert!(!session.screen().contains("»1 cc1"));
}

#[test]
fn a_shell_has_the_whole_screen_where_there_is_little_of_it() {
    for (columns, rows) in [(40, 10), (20, 5), (12, 3), (3, 2), (1, 1), (200, 50)] {
        for keys in ["!", "!^]T", "!^]x", "S", "p", "!^]wW", "!^]!^]q"] {
            let mut session = Session::of(settings(Follows::Running), columns, rows);
            session.press("/pid:4107<Enter>").press(keys);
            session.learn(entered(entrance(FIRST, CC1)));
            session.written(TerminalId::Shell(FIRST), b"$ ", 0);
            session.terminal();
            session.learn([not_entered(SECOND, CC1, "words ".repeat(60).trim())]);
            session.terminal();
        }
    }
}
