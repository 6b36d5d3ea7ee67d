//! Moving, folding and sorting in the tree.
use crate::log::{Birth, Event, Origin, ProcessId, Record, Time};
use crate::screen::sample::{self, Session, Writer, settings};
use crate::screen::settings::Follows;

fn birth(session: &Session, pid: u32, creator: u32) -> Record {
    let model = session.app.model();
    let birth = Birth {
        process: ProcessId(u32::try_from(model.len()).unwrap()),
        origin: Origin::Forked,
        pid,
        pids: vec![pid],
        creator: Some(ProcessId(creator)),
        creator_tid: None,
        parent: 1,
        entrypoint: None,
        essentials: None,
        running: None,
        lived_us: None,
    };
    let at = Time(model.now().0 + 1);
    Record {
        at,
        event: Event::Born(Box::new(birth)),
    }
}

#[test]
fn the_selection_moves_as_in_htop_and_as_in_vim() {
    for (keys, selected) in [
        ("", 4100),
        ("j", 4101),
        ("<Down><Down>", 4102),
        ("jjk<Up>", 4100),
        ("G", 4190),
        ("<End>g", 4100),
        ("<End><Home>", 4100),
        ("^d", 4105),
        ("^d^u", 4100),
        ("<PgDn>", 4125),
        ("^f^b", 4100),
        ("<PgDn><PgUp>", 4100),
        ("jjj<Backspace>", 4102),
        ("k", 4100),
    ] {
        assert_eq!(
            Session::ordinary().press(keys).selected(),
            Some(selected),
            "{keys}"
        );
    }
}

#[test]
fn a_row_is_folded_and_unfolded() {
    let all = Session::ordinary().rows().len();
    for (keys, hidden) in [
        ("j ", 6),
        ("j  ", 0),
        ("j<Enter>", 6),
        ("jh", 6),
        ("j<Left><Right>", 0),
        ("jhl", 0),
        ("-", 21),
        ("-+", 0),
        ("*", 21),
        ("**", 0),
        ("j *", 0),
    ] {
        let shown = Session::ordinary().press(keys).rows().len();
        assert_eq!(all - shown, hidden, "{keys}");
    }
    // Left goes up where there is nothing to fold, right goes down where there is nothing to unfold.
    assert_eq!(Session::ordinary().press("jjjh").selected(), Some(4102));
    assert_eq!(Session::ordinary().press("ll").selected(), Some(4102));
}

#[test]
fn who_is_folded_away_leaves_the_selection_to_the_one_above() {
    let mut session = Session::ordinary();
    assert_eq!(session.press("jjj").selected(), Some(4103));
    assert_eq!(session.press("-").selected(), Some(4101));
}

#[test]
fn the_selection_stays_on_its_process_and_line_while_the_tree_grows() {
    let mut session = Session::ordinary();
    session.press("/sleep<Enter>");
    session.screen();
    let line =
        |session: &Session| session.app.tree.selected_row().unwrap() - session.app.tree.top();
    let before = line(&session);
    for pid in 5000..5020 {
        let record = birth(&session, pid, 1);
        session.learn([record]);
    }
    assert_eq!(session.selected(), Some(4141));
    assert_eq!(line(&session), before);
}

#[test]
fn what_is_found_in_view_leaves_the_rows_where_they_are() {
    for (keys, top, selected) in [
        ("/view.c<Enter>", 0, 4106),
        ("jjj/view.c<Enter>n", 0, 4107),
        // Near, and further away.
        ("/dnsmasq<Enter>n", 1, 4125),
        ("/ping<Enter>", 10, 4143),
        ("/ping<Enter>/make<Enter>", 0, 4101),
        // What is typed further begins where the search began.
        ("/ping<Esc>", 0, 4100),
        ("/ping^uview.c", 0, 4106),
        ("<Down><Down>/pi^u", 0, 4102),
    ] {
        let mut session = Session::ordinary();
        session.screen();
        session.press(keys).screen();
        assert_eq!(
            (session.app.tree.top(), session.selected()),
            (top, Some(selected)),
            "{keys}"
        );
    }
}

/// A process has its place among its siblings from its birth on: the number that orders them is given when its birth is told.
/// Those whose first stops come in another order than they were made stand in that of their first stops, and stay there.
#[test]
fn rows_never_swap_while_the_log_goes_on() {
    for all in [sample::session(), crate::sample::everything()] {
        let mut session = Session::empty(settings(Follows::Running), 80, 24);
        let mut before: Vec<u32> = Vec::new();
        for record in all {
            let rows = session.learn([record]).rows();
            let kept: Vec<_> = rows
                .iter()
                .copied()
                .filter(|pid| before.contains(pid))
                .collect();
            assert_eq!(kept, before);
            before = rows;
        }
    }
    // Of numbers that come in any order, the order in which they come is that of the rows, and of sorting by birth.
    let mut log = Writer::default();
    let first = log.born(0, None, &[1], None);
    for pid in [7, 3, 9, 2] {
        log.born(1, Some(first), &[pid], None);
    }
    let mut session = Session::empty(settings(Follows::Running), 80, 24);
    session.learn(log.records());
    assert_eq!(session.rows(), [1, 7, 3, 9, 2]);
    assert_eq!(session.press(">g<Enter>").rows(), [1, 2, 9, 3, 7]);
}

#[test]
fn the_newest_is_followed_until_one_goes_elsewhere() {
    let mut session = Session::ordinary();
    assert_eq!(session.press("F").selected(), Some(4190));
    let record = birth(&session, 5000, 1);
    assert_eq!(session.learn([record]).selected(), Some(5000));
    session.press("k");
    let record = birth(&session, 5001, 1);
    assert_ne!(session.learn([record]).selected(), Some(5001));
}

#[test]
fn siblings_are_sorted_and_the_same_order_again_is_the_reverse() {
    let siblings = |keys: &str| {
        let rows = Session::ordinary().press(keys).rows();
        rows.into_iter()
            .filter(|pid| (4140..=4144).contains(pid))
            .collect::<Vec<_>>()
    };
    assert_eq!(siblings(">jj<Enter>"), [4140, 4143, 4141, 4144, 4142]);
    assert_eq!(
        siblings(">jj<Enter><F6><Enter>"),
        [4142, 4144, 4141, 4143, 4140]
    );
    assert_eq!(siblings(">jjj<Enter>"), [4140, 4144, 4143, 4141, 4142]);
    assert_eq!(
        siblings(">j<Enter>>k<Enter>"),
        [4140, 4141, 4142, 4143, 4144]
    );
    assert_eq!(siblings(">G<Esc>"), [4140, 4141, 4142, 4143, 4144]);
}

#[test]
fn what_has_ended_is_hidden_and_threads_are_shown() {
    assert_eq!(Session::ordinary().press("d").rows().len(), 26);
    assert_eq!(Session::ordinary().press("dd").rows().len(), 32);
    assert_eq!(Session::ordinary().press("H").rows().len(), 33);
    assert_eq!(Session::ordinary().press("HH").rows().len(), 34);
    assert_eq!(Session::ordinary().press("HHH").rows().len(), 32);
}
