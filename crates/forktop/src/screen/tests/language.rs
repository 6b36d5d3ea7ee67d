//! Searches, filters, and the line in which they are typed.
use crate::screen::effect::{Effect, Input};
use crate::screen::sample::{Session, settings};
use crate::screen::settings::Follows;

#[test]
fn a_search_begins_with_the_selected_row_and_goes_on_after_it() {
    // The compilers are 4103, 4105 and 4107; what stands below is what is selected before, and then.
    for (keys, selected) in [
        ("/cc1", 4103),
        ("/cc1<Enter>", 4103),
        ("jjj/cc1<Enter>", 4103),
        ("jjjj/cc1<Enter>", 4105),
        ("/cc1<Enter>n", 4105),
        ("/cc1<Enter>nn", 4107),
        ("/cc1<Enter>nnN", 4105),
        // On from wherever one has gone meanwhile.
        ("/cc1<Enter>nkN", 4103),
        ("/cc1<Enter>jn", 4105),
        // Nothing typed is what was searched for before.
        ("/cc1<Enter>/<Enter>", 4105),
        // What was typed until now decides, not what it was on the way.
        ("/cc1 view", 4107),
        ("/cc1 view^w", 4103),
        ("/cc1 view^u", 4100),
        ("jj/cc1 view<Esc>", 4102),
    ] {
        assert_eq!(
            Session::ordinary().press(keys).selected(),
            Some(selected),
            "{keys}"
        );
    }
}

#[test]
fn a_search_goes_around_and_says_so() {
    let (down, up) = (
        "none further down: on from the first",
        "none further up: on from the last",
    );
    for (keys, selected, said) in [
        ("/cc1<Enter>", 4103, ""),
        ("/cc1<Enter>nn", 4107, ""),
        ("/cc1<Enter>nnn", 4103, down),
        ("/cc1<Enter>N", 4107, up),
        ("/cc1<Enter>Nn", 4103, down),
        ("G/cc1", 4103, down),
        ("/make<Enter>n", 4101, "✗ no other process is like that"),
        ("/make<Enter>N", 4101, "✗ no other process is like that"),
        ("j/make", 4101, ""),
        ("j/nothing-like-this", 4101, "no process is like that"),
        ("j/nothing<Enter>", 4101, "✗ no process is like that"),
        ("j/nothing<Enter>n", 4101, "✗ no process is like that"),
        // It is searched in what is shown.
        (
            "\\make<Enter>/cc1<Enter>",
            4101,
            "✗ no process is like that",
        ),
    ] {
        let mut session = Session::ordinary();
        assert_eq!(session.press(keys).selected(), Some(selected), "{keys}");
        let screen = session.screen();
        let last = screen.lines().last().unwrap();
        assert!(last.contains(said), "{keys}: {last}");
        assert_eq!(
            said.is_empty(),
            !(last.contains("further") || last.contains("like that")),
            "{keys}: {last}"
        );
    }
    for keys in ["n", "N", "/<Enter>"] {
        let screen = Session::ordinary().press(keys).screen();
        assert!(screen.contains("✗ nothing was searched for yet: press /"));
    }
}

#[test]
fn a_search_unfolds_what_it_finds_and_only_that() {
    for (keys, rows) in [
        ("-", 11),
        ("-/cc1", 15),
        ("-/cc1<Esc>", 11),
        ("-/cc1^u", 11),
        ("-/cc1<Enter>", 15),
        ("-/cc1<Enter>n", 16),
        ("-/cc1^upid:4125<Enter>", 13),
    ] {
        let shown = Session::ordinary().press(keys).rows().len();
        assert_eq!(shown, rows, "{keys}");
    }
}

#[test]
fn a_filter_shows_those_of_which_everything_is_so() {
    for (filter, shown) in [
        ("make", vec![4101]),
        ("MAKE", vec![4101]),
        ("-quiet view.c", vec![4107]),
        ("user:tester !nnp", vec![4120, 4130, 4143]),
        ("user:1000 seccomp", vec![4121, 4125]),
        ("pid:2", vec![4125]),
        ("pid:4142", vec![4142]),
        ("ns:net", vec![4121]),
        ("ns:user", vec![4121, 4130]),
        ("cap:net_raw !cap:CAP_CHOWN", vec![4143]),
        ("failed", vec![4104, 4105, 4140, 4141]),
        ("ended !failed", vec![4102, 4103]),
        ("stopped", vec![4142, 4143]),
        ("alive dns", vec![4120, 4121, 4125]),
    ] {
        let mut session = Session::ordinary();
        session
            .press("\\")
            .input(Input::Terminal(crossterm::event::Event::Paste(
                filter.to_owned(),
            )));
        assert_eq!(session.press("<Enter>").rows(), shown, "{filter}");
        assert_eq!(session.press("<Esc>").rows().len(), 32, "{filter}");
    }
    assert_eq!(Session::ordinary().press("utester<Enter>").rows().len(), 5);
}

#[test]
fn a_misspelt_filter_is_not_taken() {
    let mut session = Session::ordinary();
    assert_eq!(session.press("\\pid:x<Enter>").rows().len(), 32);
    assert!(session.screen().contains("`x` is no process number"));
    assert_eq!(session.press("<Backspace>4101<Enter>").rows(), [4101]);
}

#[test]
fn a_line_is_edited() {
    let mut session = Session::ordinary();
    session.press("e");
    assert_eq!(
        session
            .press("^w^u/tmp/x y^wz.dot<Backspace>t<Enter>")
            .effects,
        [Effect::Export("/tmp/x z.dot".into())].map(|effect| effect)
    );
    session.effects.clear();
    assert_eq!(session.press("e^u<Enter>").effects, []);
    for (keys, name) in [
        ("<Left><Left><Left><Left><Left>2", "forktop2.json"),
        ("<Home>my-", "my-forktop.json"),
        ("^ax<Right>y^ez", "xfyorktop.jsonz"),
        ("^a<Del><Del>x<End><Backspace>", "xrktop.jso"),
        ("^a<Right><Right><Right><Right>^k-2", "fork-2"),
        ("<Left><Left><Left><Left>^uall.", "all.json"),
        ("^u漢字<Left>x<Left><Left>y", "y漢x字"),
    ] {
        let mut session = Session::ordinary();
        session.press("e").press(keys).press("<Enter>");
        assert_eq!(session.effects, [Effect::Export(name.into())], "{keys}");
    }
}

#[test]
fn the_cursor_stands_where_the_next_character_goes() {
    for (keys, column) in [
        ("/", 8),
        ("/abc", 11),
        ("/abc<Left>", 10),
        ("/漢字", 12),
        ("/漢字<Left>", 10),
        ("/漢字<Home>", 8),
        ("/e\u{301}x<Left><Left>", 8),
        ("\\<Left>", 11),
        // What is longer than the line has its end there, or what is around the cursor.
        (&*format!("/{}", "long ".repeat(30)), 79),
        (&*format!("/{}<Home>", "long ".repeat(30)), 8),
        (&*format!("/{}字<Left>", "long ".repeat(30)), 78),
        (&*format!("/{}", "漢".repeat(99)), 78),
    ] {
        let mut session = Session::ordinary();
        session.press(keys);
        let mut terminal = session.terminal();
        let cursor = terminal.get_cursor_position().unwrap();
        assert_eq!((cursor.x, cursor.y), (column, 23), "{keys}");
    }
    let long = format!("/{}字<Left>", "long ".repeat(30));
    assert!(
        Session::ordinary()
            .press(&long)
            .screen()
            .contains("long 字")
    );
}

#[test]
fn what_was_typed_before_comes_back_where_the_same_is_asked() {
    let mut session = Session::ordinary();
    session.press("/cc1<Enter>/make<Enter>/cc1<Enter>\\gcc<Enter>u^utester<Enter><Esc><Esc>");
    for (keys, typed) in [
        ("/<Up>", "search: cc1 "),
        ("/<Up><Up>", "search: make "),
        ("/<Up><Up><Up>", "search: make "),
        ("/ab<Up><Up><Down>", "search: cc1 "),
        ("/ab<Up><Up><Down><Down>", "search: ab "),
        ("/ab<Left><Down>", "search: ab "),
        ("/<Up>8<Up>", "search: make "),
        ("\\<Up>", "show only: tester "),
        ("\\<Up><Up>", "show only: gcc "),
        ("e<Up>", "write to: forktop.json "),
    ] {
        assert!(session.press(keys).screen().contains(typed), "{keys}");
        session.press("<Esc>");
    }
    // What comes back is searched for at once.
    assert_eq!(session.press("g/<Up><Up>").selected(), Some(4101));
}

#[test]
fn a_filter_shows_what_is_in_a_void_or_may_do_more_than_it_was_granted() {
    let mut session = Session::empty(settings(Follows::Command), 120, 24);
    session.learn(crate::sample::everything());
    for (filter, shown) in [
        ("void", vec![4104, 4110, 4111]),
        ("void !visitor", vec![4104]),
        ("void:web !visitor", vec![4104]),
        ("void:w", vec![]),
        ("finding", vec![4104]),
        ("!void !finding cc1", vec![4105]),
    ] {
        session.press(&format!("\\{filter}<Enter>"));
        assert_eq!(session.rows(), shown, "{filter}");
        session.press("<Esc>");
    }
    let screen = session.screen();
    let row = screen.lines().find(|line| line.contains("4104")).unwrap();
    assert!(row.contains("[web] !8 nginx"), "{row}");
    assert!(session.press("gv").screen().contains("It is in no void"));
}
