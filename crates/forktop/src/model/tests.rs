//! Logs as data: whole, shuffled and cut.
use super::*;
use crate::log::{Birth, Ending, Event, Execution, Origin, ProcessId};
use crate::sample;
use crate::screen::history::History;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use std::collections::BTreeSet;

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
            lived_us: None,
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
        holds(&records)?;
    }

    /// The same of a log with every event, whole: then everybody has the parent that it has in the log's own order.
    #[test]
    fn any_order_of_all_events_makes_the_same_tree(
        records in Just(sample::everything()).prop_shuffle(),
    ) {
        holds(&records)?;
        prop_assert_eq!(creators(&Model::of(records)), creators(&Model::of(sample::everything())));
    }

    /// The same of logs that make no sense.
    #[test]
    fn any_records_make_a_tree(
        records in crate::log::tests::any::records().prop_shuffle(),
        length in 0..41usize,
    ) {
        holds(&records[..records.len().min(length)])?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// Wherever one goes in a log, and from wherever: the copies that are kept on the way are of that time and no other.
    #[test]
    fn a_log_that_is_walked_shows_at_each_place_what_its_part_up_to_there_tells(
        records in crate::log::tests::any::records(),
        places in proptest::collection::vec(0..700usize, 1..8),
    ) {
        let records: Vec<_> = records.iter().cycle().take(700).cloned().collect();
        let mut history = History::default();
        for record in &records {
            history.learn(Arc::new(record.clone()));
        }
        for place in places {
            history.seek(place);
            let part = Model::of(records[..place].iter().cloned());
            prop_assert_eq!(known(history.model()), known(&part));
        }
    }
}

/// All that a model tells.
fn known(model: &Model) -> String {
    let processes: Vec<_> = model.processes().collect();
    let rest = (
        model.log().len(),
        model.header(),
        model.roots(),
        model.now(),
        model.alive(),
    );
    format!("{processes:?} {rest:?}")
}

/// Who made whom.
fn creators(model: &Model) -> Vec<(ProcessId, Option<ProcessId>)> {
    let creators = model
        .processes()
        .map(|process| (process.id, process.creator));
    creators.collect()
}

/// What is so after every record of any log.
fn holds(records: &[Record]) -> Result<(), TestCaseError> {
    let mut model = Model::default();
    let mut ended = BTreeSet::new();
    let mut told = BTreeSet::new();
    for record in records {
        model.apply(record.clone());
        told.extend(record.event.process());
        if let Event::Ended { process, .. } = record.event {
            ended.insert(process);
        }
        is_a_tree(&model, &told)?;
        for id in &ended {
            let process = model.process(*id).unwrap();
            prop_assert!(
                !process.is_alive() && process.ended.is_some(),
                "{:?}",
                process
            );
        }
    }
    Ok(())
}

fn is_a_tree(model: &Model, told: &BTreeSet<ProcessId>) -> Result<(), TestCaseError> {
    let all = Descent {
        shows: &|_| true,
        folds: &|_| false,
    };
    // What is in a circle cannot be reached from a root, and has no row.
    let rows = model.rows(&all);
    let shown: BTreeSet<_> = rows.iter().map(|row| row.process).collect();
    prop_assert_eq!(shown.len(), rows.len());
    prop_assert_eq!(shown.len(), model.len());
    prop_assert!(shown.is_superset(told));
    for process in model.processes() {
        let roots = model.roots().iter().filter(|root| **root == process.id);
        prop_assert_eq!(roots.count(), usize::from(process.creator.is_none()));
        for child in &process.children {
            prop_assert_eq!(model.process(*child).unwrap().creator, Some(process.id));
        }
    }
    let alive = model.processes().filter(|process| process.is_alive());
    prop_assert_eq!(model.alive(), alive.count());
    let followed = model.processes().filter(|process| process.is_followed());
    prop_assert_eq!(model.followed(), followed.count());
    Ok(())
}
