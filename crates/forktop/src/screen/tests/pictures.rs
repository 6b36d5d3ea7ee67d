//! Every part of the screen, as it looks.
use crate::screen::effect::Input;
use crate::screen::sample::{Session, settings};
use crate::screen::settings::{Charset, Follows, Settings};
use crate::screen::theme::Palette;
use ratatui::style::{Color, Modifier};

/// What the command wrote.
const OUTPUT: &[u8] = b"$ make -j2 all\r\ngcc -O2 -c main.c\r\n\x1b[1mtree.c:3:1:\x1b[m \x1b[31merror:\x1b[m expected `;`\r\n$ ";

/// Keys, and what is then on a screen of two sizes.
const PICTURES: [(&str, &str); 40] = [
    ("tree", ""),
    ("privileges", "1"),
    ("difference", "3jj2"),
    ("events-with-the-keys", "9<Tab>"),
    ("folded", "-"),
    ("ended-hidden", "d"),
    ("threads", "/dnsmasq<Enter>nHHjj"),
    ("sorted", ">jj<Enter>"),
    ("sort", ">"),
    ("filtered", "\\ns:net !cap:chown<Enter>"),
    ("filter-misspelt", "\\cap:net_bind"),
    ("filter-of-nothing", "\\nothing-like-this<Enter>"),
    ("search", "/dnsmasq"),
    ("deep", "/nested 9<Enter>"),
    ("signals", "jK"),
    ("signal-asked", "jK<Enter>"),
    ("breaks", "bj<Enter>"),
    ("quit", "q"),
    ("export", "e"),
    ("paused", "Z[[["),
    ("help", "?"),
    ("newest", "F"),
    ("marked", "j=jj2"),
    ("held-at-exec", "/ping<Enter>9"),
    ("breaks-held", "bj<Enter>j <Esc>"),
    ("found", "/cc1<Enter>n"),
    ("found-around", "/cc1<Enter>N"),
    ("found-nothing", "/nothing-like-this"),
    ("filter-typed", "\\ns:net<Home>!"),
    ("filter-of-a-user", "utester"),
    ("signals-end", "jKG"),
    ("export-edited", "e<Home>/tmp/"),
    ("copied", "y"),
    ("explained", "jjf"),
    ("back-in-time", "Z{"),
    ("help-end", "?G"),
    ("modes", "jS"),
    ("try", "jpopen /etc/shadow r | connect"),
    ("try-what-is-not", "jpopne /etc/shadow"),
    ("quit-with-a-shell", "j!^]q"),
];

pub(super) fn with_output(mut session: Session) -> Session {
    session.command(OUTPUT);
    session
}

#[test]
fn an_ordinary_screen_looks_so() {
    for (name, keys) in PICTURES {
        let mut session = with_output(Session::ordinary());
        let screen = session.press(keys).screen();
        insta::assert_snapshot!(format!("80x24-{name}"), screen);
    }
}

#[test]
fn a_large_screen_looks_so() {
    for (name, keys) in PICTURES {
        let mut session = with_output(Session::large());
        let screen = session.press(keys).screen();
        insta::assert_snapshot!(format!("200x50-{name}"), screen);
    }
}

#[test]
fn a_small_screen_says_what_fits() {
    for (name, keys) in [
        ("tree", ""),
        ("privileges", "1"),
        ("terminal", "t"),
        ("help", "?"),
        ("quit", "q"),
        ("signals", "K"),
        ("time", "[["),
    ] {
        let session = Session::of(settings(Follows::Command), 40, 10);
        let screen = with_output(session).press(keys).screen();
        insta::assert_snapshot!(format!("40x10-{name}"), screen);
    }
}

#[test]
fn messages_stand_in_the_last_line_until_a_key_is_pressed() {
    let mut session = Session::ordinary();
    let refused = "cannot freeze 4101: no such process".to_owned();
    session.input(Input::Refused(refused.clone()));
    assert!(session.screen().contains(&format!("✗ {refused}")));
    session.press("j");
    assert!(!session.screen().contains(&refused));
    session.input(Input::Done("wrote \u{1b}[2Jx".to_owned()));
    assert!(session.screen().contains("✓ wrote \\u{1b}[2Jx"));
}

#[test]
fn a_terminal_that_knows_only_ascii_gets_only_that() {
    let ascii = Settings {
        charset: Charset::Ascii,
        ..settings(Follows::Command)
    };
    for (name, columns, rows) in [("ascii", 80, 24), ("ascii-large", 200, 50)] {
        let mut session = Session::of(ascii.clone(), columns, rows);
        let buffer = session.terminal().backend().buffer().clone();
        assert!(buffer.content.iter().all(|cell| cell.symbol().is_ascii()));
        insta::assert_snapshot!(name, session.screen());
    }
}

#[test]
fn what_was_lost_and_what_killed_have_their_colours_and_without_colours_their_signs() {
    let mut session = Session::large();
    let style = |session: &mut Session, row: &str, sign: &str| {
        let buffer = session.terminal().backend().buffer().clone();
        let line = |y: u16| -> String { (0..118).map(|x| buffer[(x, y)].symbol()).collect() };
        let y = (0..50).find(|y| line(*y).contains(row)).unwrap();
        let x = (0..118).find(|x| buffer[(*x, y)].symbol() == sign).unwrap();
        buffer[(x, y)].style()
    };
    assert_eq!(
        style(&mut session, "clone-shim run", "▼").fg,
        Some(Color::LightGreen)
    );
    assert_eq!(
        style(&mut session, "./crash --now", "✗").fg,
        Some(Color::LightRed)
    );
    assert!(
        style(&mut session, "▾ bash", "4")
            .add_modifier
            .contains(Modifier::REVERSED)
    );
    let plain = Settings {
        palette: Palette::Plain,
        ..settings(Follows::Command)
    };
    let mut plain = Session::of(plain, 200, 50);
    let buffer = plain.terminal().backend().buffer().clone();
    assert!(
        buffer
            .content
            .iter()
            .all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset)
    );
}

#[test]
fn what_a_program_is_named_cannot_reach_the_terminal() {
    let mut session = Session::of(settings(Follows::Running), 250, 50);
    let screen = session.press("G").screen();
    assert!(screen.contains("\\u{1b}[2J"));
    assert!(screen.contains("gpj.\\u{202e}exe"));
    assert!(!screen.contains(|sign: char| sign.is_control() && sign != '\n'));
}
