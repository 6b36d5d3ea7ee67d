//! Logs as data: whole, shuffled and cut.
use super::*;
use crate::log::{Birth, Ending, Event, Execution, Origin, ProcessId};
use proptest::prelude::*;

fn record(at: u64, event: Event) -> Record {
    Record {
        at: Time(at),
        event,
    }
}

fn born(at: u64, id: u32, creator: Option<u32>) -> Record {
    record(
        at,
        Event::Born(Box::new(Birth {
            process: ProcessId(id),
            origin: Origin::Forked,
            pid: 100 + id,
            pids: vec![100 + id],
            creator: creator.map(ProcessId),
            creator_tid: creator.map(|creator| 100 + creator),
            parent: 1,
            essentials: None,
            entrypoint: None,
            running: None,
        })),
    )
}

fn executed(at: u64, id: u32, name: &str) -> Record {
    record(
        at,
        Event::Executed(Box::new(Execution {
            process: ProcessId(id),
            former_tid: None,
            program: Some(format!("/bin/{name}")),
            name: name.to_owned(),
            arguments: vec![name.to_owned()],
            directory: None,
            environment: None,
            essentials: None,
            taken_away: None,
        })),
    )
}

fn ended(at: u64, id: u32, code: i32) -> Record {
    record(
        at,
        Event::Ended {
            process: ProcessId(id),
            ending: Ending::Code(code),
            user_us: 1,
            system_us: 2,
            peak_kib: 3,
        },
    )
}

fn released(at: u64, id: u32) -> Record {
    let process = ProcessId(id);
    record(at, Event::Released { process })
}

/// `sh` (0) makes `make` (1), which makes `cc` (2) and, before any exec, another `make` (3), which is let go at the end; `sh`
/// makes `echo` (4).
fn session() -> Vec<Record> {
    vec![
        born(0, 0, None),
        executed(1, 0, "sh"),
        born(2, 1, Some(0)),
        executed(3, 1, "make"),
        born(4, 2, Some(1)),
        executed(5, 2, "cc"),
        born(6, 3, Some(1)),
        ended(7, 2, 1),
        born(8, 4, Some(0)),
        executed(9, 4, "echo"),
        ended(10, 4, 0),
        released(11, 3),
    ]
}

fn tree(model: &Model, descent: &Descent<'_>) -> Vec<String> {
    let line = |row: &Row| {
        let name = &model.process(row.process).unwrap().program.name;
        format!("{}{name}", "  ".repeat(row.depth))
    };
    model.rows(descent).iter().map(line).collect()
}

#[test]
fn every_process_stands_below_the_one_that_made_it() {
    let model = Model::of(session());
    let all = Descent {
        shows: &|_| true,
        folds: &|_| false,
    };
    assert_eq!(
        tree(&model, &all),
        ["sh", "  make", "    cc", "    make", "  echo"]
    );
    let lasts: Vec<_> = model.rows(&all).iter().map(|row| row.last).collect();
    assert_eq!(lasts, [true, false, false, true, true]);
    assert_eq!((model.len(), model.alive(), model.followed()), (5, 3, 2));
}

#[test]
fn what_a_hidden_process_made_stands_in_its_place() {
    let model = Model::of(session());
    let without_make = Descent {
        shows: &|process| process.id != ProcessId(1),
        folds: &|_| false,
    };
    assert_eq!(
        tree(&model, &without_make),
        ["sh", "  cc", "  make", "  echo"]
    );
    let folded = Descent {
        shows: &|_| true,
        folds: &|process| process.program.name == "make",
    };
    assert_eq!(tree(&model, &folded), ["sh", "  make", "  echo"]);
}

#[test]
fn a_chain_of_ten_thousand_is_walked() {
    let model = Model::of((0..10_000).map(|id| born(id.into(), id, id.checked_sub(1))));
    let rows = model.rows(&Descent {
        shows: &|_| true,
        folds: &|_| false,
    });
    assert_eq!(rows.last().unwrap().depth, 9_999);
}

proptest! {
    /// Every process has a row, once, whatever is missing and in whatever order.
    #[test]
    fn any_order_and_any_part_of_a_log_makes_a_tree(
        records in Just(session()).prop_shuffle(),
        length in 0..13usize,
        circle in any::<bool>(),
    ) {
        let made_up = circle.then(|| born(12, 0, Some(3)));
        let records: Vec<_> = records.into_iter().take(length).chain(made_up).collect();
        let told: std::collections::BTreeSet<_> =
            records.iter().filter_map(|record| record.event.process()).collect();
        let model = Model::of(records.clone());
        let rows = model.rows(&Descent { shows: &|_| true, folds: &|_| false });
        let shown: std::collections::BTreeSet<_> = rows.iter().map(|row| row.process).collect();
        prop_assert_eq!(shown.len(), rows.len());
        prop_assert!(shown.is_superset(&told));
        prop_assert_eq!(model.log().len(), records.len());
        prop_assert_eq!(model.alive(), model.processes().filter(|process| process.is_alive()).count());
        let followed = model.processes().filter(|process| process.is_followed()).count();
        prop_assert_eq!(model.followed(), followed);
    }
}
