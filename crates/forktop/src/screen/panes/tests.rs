//! What each pane shows of a void, of one that was not looked at, and of one that has ended.
use super::sample::{DNSMASQ, GONE, HELPER, SHELL, SHIM, model, roots};
use super::{Beside, Pane, Subject};
use crate::log::{Event, Noticed, Origin, ProcessId, Record};
use crate::model::Model;
use crate::screen::theme::{Palette, Theme};
use privileges::{CapabilitySet, Names, Seen, Why};

const THEME: Theme = Theme::of(Palette::Dark);

fn lines(
    model: &Model,
    pane: Pane,
    id: ProcessId,
    base: Option<ProcessId>,
    width: u16,
) -> Vec<String> {
    let process = model.process(id).unwrap();
    let base = base.map_or_else(|| model.creator(process), |base| model.process(base));
    let subject = Subject {
        model,
        process,
        base,
        beside: Beside::Tree,
        names: &Names::parse(
            b"root:x:0:\nann:x:1000:\n",
            b"root:x:0:\nadm:x:4:\nann:x:1000:\n",
        ),
        theme: &THEME,
        width,
    };
    pane.lines(&subject)
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn shown(pane: Pane, id: ProcessId, width: u16) -> String {
    lines(&model(), pane, id, None, width).join("\n")
}

#[test]
fn each_pane_of_a_void_is_read_at_every_width() {
    for pane in Pane::ALL {
        for width in [38, 80, 200] {
            insta::assert_snapshot!(
                format!("{}-{width}", pane.name()),
                shown(pane, DNSMASQ, width)
            );
        }
    }
}

#[test]
fn each_pane_of_an_ordinary_process_is_read() {
    for pane in Pane::ALL {
        insta::assert_snapshot!(format!("ordinary-{}", pane.name()), shown(pane, SHELL, 60));
    }
}

#[test]
fn a_marked_process_is_compared_as_a_creator_is() {
    let marked = lines(&model(), Pane::Difference, HELPER, Some(SHIM), 80).join("\n");
    insta::assert_snapshot!("marked-Difference", marked);
    let same = lines(&model(), Pane::Difference, SHIM, Some(SHELL), 80).join("\n");
    assert!(same.contains("may do exactly what 4100 sh may"), "{same}");
}

#[test]
fn what_has_ended_tells_how_and_offers_no_look() {
    let events = shown(Pane::Events, GONE, 200);
    assert!(
        events.contains("killed by SIGSEGV, leaving a core dump; used 1 ms user"),
        "{events}"
    );
    assert!(
        events.contains("user 0 (root) of its file is not given, as it is traced"),
        "{events}"
    );
    assert_eq!(
        shown(Pane::Limits, GONE, 80),
        "not looked at before it ended"
    );
}

#[test]
fn no_pane_is_empty_or_wider_than_it_may_be_or_holds_a_control_character() {
    let model = model();
    for pane in Pane::ALL {
        for process in model.processes() {
            for width in [10, 21, 38, 39, 57, 80, 133, 200] {
                let lines = lines(&model, pane, process.id, None, width);
                assert!(!lines.is_empty());
                for line in lines {
                    let is_wide =
                        unicode_width::UnicodeWidthStr::width(&*line) > usize::from(width);
                    assert!(
                        !is_wide && !line.contains(char::is_control),
                        "{pane:?} {width} {line:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn what_root_may_do_is_told_by_what_it_may_not() {
    for (id, name) in [(SHELL, "root"), (SHIM, "container")] {
        for pane in [Pane::Privileges, Pane::Difference] {
            let shown = lines(&roots(), pane, id, None, 80).join("\n");
            insta::assert_snapshot!(format!("{name}-{}", pane.name()), shown);
        }
    }
}

#[test]
fn nothing_is_said_of_a_user_namespace_that_cannot_be_read() {
    let unreadable = Seen::Unreadable {
        unreadable: Why::NotPermitted,
    };
    let mut records = crate::sample::everything();
    for record in &mut records {
        if let Event::Executed(execution) = &mut record.event
            && let Some(own) = &mut execution.essentials
            && execution.process == ProcessId(3)
        {
            let own = std::sync::Arc::make_mut(own);
            own.namespaces.own = [unreadable; 8];
            own.capabilities.effective = CapabilitySet(1);
        }
    }
    let model = Model::of(records);
    let of = |pane| lines(&model, pane, ProcessId(3), None, 200).join("\n");
    let privileges = of(Pane::Privileges);
    assert!(
        privileges.contains("forktop may not read which it is"),
        "{privileges}"
    );
    let difference = of(Pane::Difference);
    assert!(
        difference
            .contains("not compared (forktop may not read it): user namespace, mnt namespace")
            && !difference.contains("In different user namespaces"),
        "{difference}"
    );
}

/// The sample's server, or its clone-shim, with its log changed.
fn granted(id: ProcessId, change: fn(&mut Event), width: u16) -> String {
    let mut records = crate::sample::everything();
    for record in &mut records {
        change(&mut record.event);
    }
    lines(&Model::of(records), Pane::Granted, id, None, width).join("\n")
}

#[test]
fn what_a_void_was_granted_is_told_with_what_it_holds_beyond() {
    const SERVER: ProcessId = ProcessId(3);
    let as_it_is: fn(&mut Event) = |_| {};
    for width in [38, 80, 200] {
        let shown = granted(SERVER, as_it_is, width);
        insta::assert_snapshot!(format!("findings-Granted-{width}"), shown);
    }
    let before_a_look: fn(&mut Event) = |event| {
        if let Event::Looked { process, .. } = *event {
            *event = Event::Continued { process };
        }
        if let Event::Executed(execution) = event
            && let Some(own) = &mut execution.essentials
            && own.no_new_privs
        {
            std::sync::Arc::make_mut(own).capabilities.permitted = CapabilitySet(1);
        }
    };
    let shown = granted(SERVER, before_a_look, 80);
    insta::assert_snapshot!("agrees-Granted", shown);
    let shown = granted(ProcessId(2), as_it_is, 80);
    insta::assert_snapshot!("shim-Granted", shown);
}

/// The sample's void with a first process of clone-shim's own, which is seen to be so once the program has begun.
fn first_process(own: privileges::Essentials) -> String {
    const FIRST: ProcessId = ProcessId(3);
    let mut records = crate::sample::everything();
    let begins = |record: &Record| matches!(&record.event, Event::Executed(execution) if execution.process == FIRST);
    let place = records.iter().position(begins).unwrap();
    let at = records[place].at;
    let born = crate::sample::birth(9, Origin::Vforked, Some(FIRST.0));
    if let Event::Executed(execution) = &mut records[place].event {
        execution.process = born.process;
    }
    let changed = Event::Changed {
        process: FIRST,
        tid: None,
        noticed: Noticed::Glance,
        essentials: std::sync::Arc::new(own),
    };
    let events = [(place + 1, changed), (place, Event::Born(Box::new(born)))];
    for (place, event) in events {
        records.insert(place, Record { at, event });
    }
    let shown = lines(&Model::of(records), Pane::Granted, FIRST, None, 80).join("\n");
    let (_, holds) = shown.split_once("What it holds\n").unwrap();
    holds.to_owned()
}

#[test]
fn what_a_first_process_of_clone_shims_own_keeps_is_told_beside_what_it_is_to_keep() {
    let mut own = crate::sample::in_void(true);
    own.capabilities = privileges::Capabilities::default();
    let without = first_process(own.clone());
    own.capabilities.permitted = CapabilitySet(1);
    insta::assert_snapshot!("first-Granted", without + "\n\n" + &first_process(own));
}
