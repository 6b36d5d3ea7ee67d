//! Odd names, and very many execs.
use super::super::{Pane, Subject};
use crate::log::{EnvironmentChange, Event, Origin, ProcessId, Record, Time};
use crate::model::Model;
use crate::sample::{birth, execution};
use crate::screen::theme::{Palette, Theme};
use privileges::Names;
use std::time::Instant;

fn born(id: u32, creator: Option<u32>) -> Event {
    Event::Born(Box::new(birth(id, Origin::Forked, creator)))
}

fn executed(id: u32, set: &[(&str, &str)], unset: &[&str]) -> Event {
    let mut execution = execution(id, "/bin/x", &["x"]);
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    execution.environment = Some(EnvironmentChange {
        set: set.iter().map(owned).collect(),
        unset: unset.iter().map(|name| (*name).to_owned()).collect(),
    });
    Event::Executed(Box::new(execution))
}

fn unreadable(id: u32) -> Event {
    let mut execution = execution(id, "/bin/x", &["x"]);
    execution.environment = None;
    Event::Executed(Box::new(execution))
}

fn model(events: Vec<Event>) -> Model {
    let records = (0..).zip(events);
    Model::of(records.map(|(at, event)| Record {
        at: Time(at),
        event,
    }))
}

fn shown(model: &Model, id: u32) -> String {
    let subject = Subject {
        model,
        process: model.process(ProcessId(id)).unwrap(),
        base: None,
        beside: crate::screen::panes::Beside::Tree,
        names: &Names::default(),
        theme: &Theme::of(Palette::Plain),
        width: 80,
    };
    let lines = Pane::Environment.lines(&subject);
    let lines: Vec<_> = lines.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn a_change_of_a_variable_with_an_odd_name_is_told_with_its_former_value() {
    let model = model(vec![
        born(0, None),
        executed(0, &[("odd\tname", "one"), ("kept", "1")], &[]),
        born(1, Some(0)),
        // What the creator does afterwards is not the child's.
        executed(0, &[("odd\tname", "elsewhere")], &[]),
        executed(1, &[("odd\tname", "two")], &["kept"]),
        executed(1, &[("kept", "3")], &[]),
        unreadable(1),
        executed(1, &[("kept", "4")], &[]),
    ]);
    let shown = shown(&model, 1);
    for line in ["~ odd\\tname: one → two", "- kept", "+ kept=3", "+ kept=4"] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
}

#[test]
fn thousands_of_execs_with_large_environments_are_shown_at_once() {
    const EXECS: usize = 4_000;
    let large: Vec<_> = (0..300)
        .map(|number| format!("VARIABLE_{number}"))
        .collect();
    let large: Vec<_> = large.iter().map(|name| (name.as_str(), "value")).collect();
    let mut events = vec![born(0, None), executed(0, &large, &[])];
    let again = |id, number: usize| executed(id, &[("COUNT", &number.to_string())], &[]);
    events.extend((0..EXECS).map(|number| again(0, number)));
    events.push(born(1, Some(0)));
    events.extend((0..EXECS).map(|number| again(1, number)));
    let begun = Instant::now();
    let model = model(events);
    let making = begun.elapsed();
    let begun = Instant::now();
    let shown = shown(&model, 1);
    let drawing = begun.elapsed();
    // The model copies the environment once for each, which for every drawing would be too much.
    assert!(drawing < making / 3, "{drawing:?} of {making:?}");
    assert!(shown.starts_with("… 3500 execs earlier\n"), "{shown:.40}");
    assert!(shown.contains("~ COUNT: 3998 → 3999"));
}
