//! Any log: what each field can hold, from the sample's events with other strings and numbers in them.
mod visits;

use crate::log::{
    Ending, Event, FrozenAt, Noticed, Origin, ProcessId, Record, Refusal, TakenAway, Time,
};
use crate::sample;
use privileges::{CapabilitySet, Essentials, Seen, Why};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use std::sync::Arc;

pub(super) const OCCASIONS: [Noticed; 4] = [
    Noticed::Creation,
    Noticed::End,
    Noticed::Look,
    Noticed::Glance,
];

/// A log that begins as it should.
pub(crate) fn records() -> impl Strategy<Value = Vec<Record>> {
    let header = (any::<String>(), any::<f64>(), vec(any::<String>(), 0..4));
    let first = header.prop_map(|(host, started, command)| {
        let mut record = sample::everything().swap_remove(0);
        if let Event::Opened(header) = &mut record.event {
            (header.host, header.command) = (host, command);
            header.started = if started.is_finite() { started } else { 0.0 };
        }
        record
    });
    (first, vec(record(), 0..40)).prop_map(|(first, rest)| [vec![first], rest].concat())
}

fn record() -> impl Strategy<Value = Record> {
    (any::<u64>(), event()).prop_map(|(at, event)| Record {
        at: Time(at),
        event,
    })
}

fn process() -> impl Strategy<Value = ProcessId> {
    prop_oneof![0..9_u32, any::<u32>()].prop_map(ProcessId)
}

fn event() -> impl Strategy<Value = Event> {
    let of_the_sample = (0..sample::everything().len(), process()).prop_map(|(place, process)| {
        let mut event = sample::everything().swap_remove(place).event;
        rename(&mut event, process);
        event
    });
    prop_oneof![
        visits::visits(),
        of_the_sample,
        born(),
        executed(),
        changed(),
        ended(),
        failed(),
        frozen(),
        refused(),
    ]
}

/// The same, to another process.
fn rename(event: &mut Event, to: ProcessId) {
    match event {
        Event::Opened(_) => {}
        Event::Born(birth) => birth.process = to,
        Event::Executed(execution) => execution.process = to,
        Event::Refused(refusal) => refusal.process = to,
        Event::Entered(entrance) => entrance.process = to,
        Event::Left(departure) => departure.process = to,
        Event::ThreadBorn { process, .. }
        | Event::ExecFailed { process, .. }
        | Event::Changed { process, .. }
        | Event::ThreadEnded { process, .. }
        | Event::Ended { process, .. }
        | Event::Stopped { process, .. }
        | Event::Continued { process }
        | Event::Frozen { process, .. }
        | Event::Released { process }
        | Event::Planned { process, .. }
        | Event::NotEntered { process, .. }
        | Event::Tried { process, .. }
        | Event::Looked { process, .. } => *process = to,
    }
}

fn born() -> impl Strategy<Value = Event> {
    use Origin::{Cloned, Forked, Keeper, Seized, Shell, Started, Untraced, Vforked};
    let origins = [
        Started, Seized, Forked, Vforked, Cloned, Untraced, Keeper, Shell,
    ];
    let fields = (
        proptest::sample::select(origins.to_vec()),
        process(),
        option::of(process()),
        vec(any::<u32>(), 0..4),
        option::of(essentials()),
        option::of(any::<String>()),
    );
    fields.prop_map(|(origin, process, creator, pids, essentials, entrypoint)| {
        let mut event = sample::everything().swap_remove(1).event;
        if let Event::Born(birth) = &mut event {
            (birth.origin, birth.process, birth.creator) = (origin, process, creator);
            (birth.pids, birth.essentials) = (pids, essentials.map(Arc::new));
            birth.entrypoint = entrypoint;
        }
        event
    })
}

fn executed() -> impl Strategy<Value = Event> {
    let taken = prop_oneof![
        any::<u32>().prop_map(TakenAway::User),
        any::<u32>().prop_map(TakenAway::Group),
        Just(TakenAway::Capabilities),
    ];
    let environment = btree_map(any::<String>(), any::<String>(), 0..3);
    let fields = (
        process(),
        option::of(any::<String>()),
        any::<String>(),
        vec(any::<String>(), 0..5),
        option::of((environment, vec(any::<String>(), 0..3))),
        option::of(taken),
    );
    fields.prop_map(|(process, program, name, arguments, environment, taken)| {
        let mut event = sample::everything().swap_remove(2).event;
        if let Event::Executed(execution) = &mut event {
            (execution.process, execution.program) = (process, program);
            (execution.name, execution.arguments) = (name, arguments);
            execution.environment =
                environment.map(|(set, unset)| crate::log::EnvironmentChange { set, unset });
            execution.taken_away = taken;
        }
        event
    })
}

fn essentials() -> impl Strategy<Value = Essentials> {
    let why = prop_oneof![
        Just(Why::NotPermitted),
        Just(Why::NotRead),
        any::<i32>().prop_map(Why::Failed)
    ];
    let seen = prop_oneof![
        any::<u64>().prop_map(Seen::Known),
        why.prop_map(|unreadable| Seen::Unreadable { unreadable })
    ];
    let fields = (seen, any::<u64>(), any::<bool>(), vec(any::<u32>(), 0..3));
    fields.prop_map(|(user, set, no_new_privs, groups)| {
        let mut essentials = sample::in_void(no_new_privs);
        essentials.namespaces.own[0] = user;
        essentials.capabilities.effective = CapabilitySet(set);
        essentials.groups = groups;
        essentials
    })
}

fn changed() -> impl Strategy<Value = Event> {
    let noticed = proptest::sample::select(OCCASIONS.to_vec());
    let fields = (process(), option::of(any::<u32>()), noticed, essentials());
    fields.prop_map(|(process, tid, noticed, essentials)| Event::Changed {
        process,
        tid,
        noticed,
        essentials: Arc::new(essentials),
    })
}

fn ended() -> impl Strategy<Value = Event> {
    let ending = prop_oneof![
        any::<i32>().prop_map(Ending::Code),
        any::<i32>().prop_map(Ending::Signal),
        any::<i32>().prop_map(Ending::Core),
    ];
    (process(), ending, any::<u64>()).prop_map(|(process, ending, used)| Event::Ended {
        process,
        ending,
        user_us: used,
        system_us: used >> 1,
        peak_kib: used >> 2,
    })
}

fn failed() -> impl Strategy<Value = Event> {
    let fields = (process(), any::<u32>(), any::<String>(), any::<i32>());
    fields.prop_map(|(process, tid, path, errno)| Event::ExecFailed {
        process,
        tid,
        path,
        errno,
    })
}

fn refused() -> impl Strategy<Value = Event> {
    let fields = (
        process(),
        option::of(process()),
        any::<String>(),
        any::<String>(),
        vec(any::<String>(), 0..4),
    );
    fields.prop_map(|(process, creator, words, name, arguments)| {
        Event::Refused(Box::new(Refusal {
            process,
            pid: 7,
            creator,
            parent: 6,
            reason: words.clone(),
            words,
            name,
            arguments,
        }))
    })
}

fn frozen() -> impl Strategy<Value = Event> {
    use FrozenAt::{Birth, Change, Exec, Exit, Request};
    let places = proptest::sample::select(vec![Request, Birth, Exec, Exit, Change]);
    (process(), places).prop_map(|(process, at)| Event::Frozen { process, at })
}
