//! Searches, filters, and the line in which they are typed.
use crate::screen::effect::{Effect, Input};
use crate::screen::sample::{Session, settings};
use crate::screen::settings::Follows;

#[test]
fn a_search_finds_what_is_folded_and_goes_around() {
    let mut session = Session::ordinary();
    assert_eq!(session.press("-/cc1").selected(), Some(4103));
    assert_eq!(session.press("<Esc>").selected(), Some(4100));
    assert_eq!(session.press("/cc1<Enter>").selected(), Some(4103));
    assert_eq!(session.press("n").selected(), Some(4105));
    assert_eq!(session.press("nn").selected(), Some(4103));
    assert_eq!(session.press("N").selected(), Some(4107));
    assert!(
        session
            .press("/nothing-like-this<Enter>")
            .screen()
            .contains("✗ no process is like that")
    );
    assert!(
        Session::ordinary()
            .press("n")
            .screen()
            .contains("nothing was searched for yet")
    );
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
}

#[test]
fn a_filter_shows_what_is_in_a_void_or_may_do_more_than_it_was_granted() {
    let mut session = Session::empty(settings(Follows::Command), 120, 24);
    session.learn(crate::sample::everything());
    for (filter, shown) in [
        ("void", vec![4104]),
        ("void:web", vec![4104]),
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
