//! Any visit to a process.
use super::{process, rename};
use crate::log::{Answer, Departure, Ending, Entrance, Event, Stay, Tried, VisitId};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

fn words() -> impl Strategy<Value = Vec<String>> {
    vec(any::<String>(), 0..3)
}

fn visit() -> impl Strategy<Value = VisitId> {
    any::<u32>().prop_map(VisitId)
}

fn stay() -> impl Strategy<Value = Stay> {
    let fields = (any::<u64>(), any::<u64>(), words(), words());
    fields.prop_map(|(held_us, lent_us, differs, uncompared)| Stay {
        held_us,
        lent_us,
        differs,
        uncompared,
    })
}

fn entered() -> impl Strategy<Value = Event> {
    let fields = (
        visit(),
        [process(), process(), process()],
        any::<String>(),
        any::<bool>(),
        stay(),
        words(),
        words(),
    );
    fields.prop_map(
        |(visit, [process, keeper, shell], program, assisted, stay, lacks, outlook)| {
            Event::Entered(Box::new(Entrance {
                visit,
                process,
                keeper,
                shell,
                program,
                assisted,
                stay,
                lacks,
                outlook,
            }))
        },
    )
}

fn left() -> impl Strategy<Value = Event> {
    let ending = prop_oneof![
        any::<i32>().prop_map(Ending::Code),
        any::<i32>().prop_map(Ending::Signal),
    ];
    let fields = (
        visit(),
        process(),
        option::of(ending),
        option::of(stay()),
        any::<bool>(),
    );
    fields.prop_map(|(visit, process, ending, stay, is_awaited)| {
        Event::Left(Box::new(Departure {
            visit,
            process,
            ending,
            stay,
            is_awaited,
        }))
    })
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        any::<String>().prop_map(|words| Answer::Done { words }),
        (any::<String>(), any::<i32>()).prop_map(|(by, errno)| Answer::Refused { by, errno }),
        any::<i32>().prop_map(|signal| Answer::Killed { signal }),
        Just(Answer::Trapped),
        Just(Answer::TimedOut),
        any::<String>().prop_map(|words| Answer::Untried { words }),
    ]
}

fn tried() -> impl Strategy<Value = Event> {
    let call = (any::<String>(), answer()).prop_map(|(call, answer)| Tried { call, answer });
    let fields = (visit(), process(), vec(call, 0..4), stay());
    fields.prop_map(|(visit, process, calls, stay)| Event::Tried {
        visit,
        process,
        calls,
        stay: Box::new(stay),
    })
}

fn not_entered() -> impl Strategy<Value = Event> {
    let fields = (visit(), process(), any::<String>(), any::<bool>());
    fields.prop_map(|(visit, process, words, is_awaited)| Event::NotEntered {
        visit,
        process,
        words,
        is_awaited,
    })
}

/// Anything that a log tells of visits.
pub fn visits() -> impl Strategy<Value = Event> {
    let any = prop_oneof![entered(), left(), tried(), not_entered()];
    (any, process()).prop_map(|(mut event, to)| {
        rename(&mut event, to);
        event
    })
}
