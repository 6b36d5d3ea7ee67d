//! Whatever comes in, in whatever order: nothing panics, and the selection is on a row that is in view, or there is none.
use crate::log::{Ending, ProcessId, Time, VisitId};
use crate::screen::effect::Input;
use crate::screen::sample::visits;
use crate::screen::sample::{Session, session, settings};
use crate::screen::settings::{Charset, Follows, Settings};
use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use proptest::prelude::*;

fn any_key() -> impl Strategy<Value = Event> {
    let code = prop_oneof![
        8 => prop::sample::select("jkgGhl *+-/\\nN>uHdFZ[]{}()=frcbKyetTq?0123456789|x:!pidcapwWS!!x".chars().collect::<Vec<_>>()).prop_map(KeyCode::Char),
        3 => prop::sample::select(vec![
            KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::Backspace, KeyCode::Up, KeyCode::Down, KeyCode::Left,
            KeyCode::Right, KeyCode::Delete, KeyCode::PageUp, KeyCode::PageDown, KeyCode::Home, KeyCode::End, KeyCode::F(9),
        ]),
        1 => any::<char>().prop_map(KeyCode::Char),
    ];
    let modifiers = prop_oneof![6 => Just(KeyModifiers::NONE), 1 => Just(KeyModifiers::CONTROL), 1 => Just(KeyModifiers::SHIFT)];
    (code, modifiers).prop_map(|(code, modifiers)| Event::Key(KeyEvent::new(code, modifiers)))
}

fn any_mouse() -> impl Strategy<Value = Event> {
    let kind = prop::sample::select(vec![
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::ScrollDown,
        MouseEventKind::ScrollUp,
    ]);
    (kind, 0..210u16, 0..60u16).prop_map(|(kind, column, row)| {
        Event::Mouse(MouseEvent {
            kind,
            column,
            row,
            modifiers: KeyModifiers::NONE,
        })
    })
}

#[derive(Clone, Debug)]
enum Come {
    Records(usize),
    Terminal(Event),
    Tick(u64),
    Refused(String),
    Command(Vec<u8>),
    Visit(VisitId, usize),
    Drawn,
}

fn any_input() -> impl Strategy<Value = Come> {
    prop_oneof![
        10 => any_key().prop_map(Come::Terminal),
        3 => any_mouse().prop_map(Come::Terminal),
        2 => (0..210u16, 0..60u16).prop_map(|(columns, rows)| Come::Terminal(Event::Resize(columns, rows))),
        1 => ".{0,20}".prop_map(|text| Come::Terminal(Event::Paste(text))),
        3 => (1..20usize).prop_map(Come::Records),
        1 => any::<u64>().prop_map(Come::Tick),
        1 => ".{0,90}".prop_map(Come::Refused),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Come::Command),
        4 => (1..4_u32, 0..6_usize).prop_map(|(visit, what)| Come::Visit(VisitId(visit), what)),
        4 => Just(Come::Drawn),
    ]
}

fn take(session: &mut Session, come: Come, left: &mut impl Iterator<Item = crate::log::Record>) {
    match come {
        Come::Records(count) => {
            session.learn(left.take(count).collect::<Vec<_>>());
        }
        Come::Terminal(event) => {
            session.input(Input::Terminal(event));
        }
        Come::Tick(at) => {
            session.input(Input::Tick(Time(at)));
        }
        Come::Refused(words) => {
            session.input(Input::Refused(words));
        }
        Come::Command(bytes) => {
            session.command(&bytes);
        }
        Come::Visit(visit, what) => {
            session.learn(visited(visit, what));
        }
        Come::Drawn => {
            session.terminal();
        }
    }
}

/// Something that is told of a visit, whether that was asked for or not.
fn visited(visit: VisitId, what: usize) -> Vec<crate::log::Record> {
    let process = ProcessId(visit.0);
    match what {
        0 => visits::entered(visits::entrance(visit, process)),
        1 => vec![visits::ended(visits::SHELL, Ending::Code(0))],
        2 => vec![visits::left(process, None, &["its mask"])],
        3 => vec![visits::not_entered(visit, process, &"words ".repeat(30))],
        _ => vec![visits::tried(visit, process)],
    }
}

fn is_in_view(session: &Session) -> bool {
    let tree = &session.app.tree;
    let Some(selected) = tree.selected() else {
        return tree.rows().is_empty();
    };
    let at = tree.selected_row().unwrap();
    let in_view = tree.top()..tree.top() + tree.height().max(1);
    tree.rows()[at].place == selected && in_view.contains(&at)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn no_sequence_of_inputs_loses_the_selection(
        follows in prop::sample::select(vec![Follows::Command, Follows::Running, Follows::File]),
        charset in prop::sample::select(vec![Charset::Utf8, Charset::Ascii]),
        inputs in prop::collection::vec(any_input(), 1..60),
    ) {
        let settings = Settings { charset, ..settings(follows) };
        let mut session = Session::empty(settings, 80, 24);
        let mut left = self::session().into_iter();
        for come in inputs {
            take(&mut session, come, &mut left);
            session.app.settle();
            prop_assert!(is_in_view(&session));
            prop_assert!(session.app.wants_tick().is_none_or(|beat| !beat.is_zero()));
        }
        session.terminal();
    }
}
