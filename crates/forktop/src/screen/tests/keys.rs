//! What each key does.
use crate::log::{Birth, Ending, Event, Origin, ProcessId, Record, Time};
use crate::screen::effect::{Breaks, Effect, Input};
use crate::screen::layout::Focus;
use crate::screen::sample::{Session, Writer, settings};
use crate::screen::settings::Follows;

/// The numbers of the rows, from the first.
fn rows(session: &mut Session) -> Vec<u32> {
    session.app.settle();
    let model = session.app.model();
    let rows = session.app.tree.rows().iter();
    rows.filter_map(|row| model.process(row.place.process))
        .map(|process| process.pid)
        .collect()
}

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
    let all = rows(&mut Session::ordinary()).len();
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
        let shown = rows(Session::ordinary().press(keys)).len();
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
        assert_eq!(rows(session.press("<Enter>")), shown, "{filter}");
        assert_eq!(rows(session.press("<Esc>")).len(), 32, "{filter}");
    }
    assert_eq!(rows(Session::ordinary().press("utester<Enter>")).len(), 5);
}

#[test]
fn a_misspelt_filter_is_not_taken() {
    let mut session = Session::ordinary();
    assert_eq!(rows(session.press("\\pid:x<Enter>")).len(), 32);
    assert!(session.screen().contains("`x` is no process number"));
    assert_eq!(rows(session.press("<Backspace>4101<Enter>")), [4101]);
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
fn siblings_are_sorted_and_the_same_order_again_is_the_reverse() {
    let siblings = |keys: &str| {
        let rows = rows(Session::ordinary().press(keys));
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
    assert_eq!(rows(Session::ordinary().press("d")).len(), 26);
    assert_eq!(rows(Session::ordinary().press("dd")).len(), 32);
    assert_eq!(rows(Session::ordinary().press("H")).len(), 33);
    assert_eq!(rows(Session::ordinary().press("HH")).len(), 34);
    assert_eq!(rows(Session::ordinary().press("HHH")).len(), 32);
}

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
            "4190  -  root  41 =  -  -  ········  host  R alive  0s  printf \\u{1b}[2J"
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
fn forktop_is_stopped_as_other_programs_are() {
    assert_eq!(Session::ordinary().press("^z").effects, [Effect::Suspend]);
    let mut typing = Session::ordinary();
    typing.command(b"$ ").press("t^z");
    assert_eq!(typing.effects, [Effect::Type(b"z".to_vec())]);
}

#[test]
fn the_command_gets_all_keys_but_one() {
    let mut session = Session::ordinary();
    session.command(b"$ ").press("tq<Enter>^c");
    let typed = |bytes: &[u8]| Effect::Type(bytes.to_vec());
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
            .contains("✗ there is no terminal of a command")
    );
}

#[test]
fn the_command_is_told_how_much_room_its_terminal_has() {
    let size = |columns, rows| Effect::Resize { columns, rows };
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
fn the_help_has_every_key() {
    let mut session = Session::of(settings(Follows::Command), 80, 200);
    let screen = session.press("?").screen();
    for binding in crate::screen::bindings::BINDINGS {
        let name = binding.keys[0].to_string();
        let first: String = binding.words.chars().take(40).collect();
        assert!(
            screen
                .lines()
                .any(|line| line.contains(&name) && line.contains(&first)),
            "{name}"
        );
    }
}
