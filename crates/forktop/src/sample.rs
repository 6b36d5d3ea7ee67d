//! A log with every event and every field, such as `make -j2` could give: a compiler that fails, a program in a void, one
//! that changes its user, one that must not be given its file's privileges, and strings that mean harm.
mod essentials;
mod looked;

use crate::log::{
    Birth, Ending, EnvironmentChange, Event, Execution, FrozenAt, Header, Noticed, Origin,
    ProcessId, Record, TakenAway, Time,
};
pub(crate) use essentials::{in_void, nobody, user};
pub(crate) use looked::looked;
use std::sync::Arc;

/// What a name can do to a terminal, a page, a picture, and a graph.
pub(crate) const HOSTILE: &str = "\u{1b}[2J</text><script>alert('1')</script>&\"\\N\u{202e}\r\n]]>";

fn birth(process: u32, origin: Origin, pid: u32, creator: Option<u32>) -> Birth {
    Birth {
        process: ProcessId(process),
        origin,
        pid,
        pids: vec![pid],
        creator: creator.map(ProcessId),
        creator_tid: creator.map(|creator| 4101 + creator),
        parent: creator.map_or(4100, |creator| 4101 + creator),
        essentials: None,
        running: None,
    }
}

fn execution(process: u32, program: &str, arguments: &[&str]) -> Execution {
    let name = program.rsplit('/').next().unwrap_or_default();
    Execution {
        process: ProcessId(process),
        former_tid: None,
        program: Some(program.to_owned()),
        name: name.chars().take(15).collect(),
        arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
        directory: Some("/home/ada/site".to_owned()),
        environment: Some(EnvironmentChange::default()),
        essentials: None,
        taken_away: None,
    }
}

fn ended(process: u32, ending: Ending, milliseconds: u64) -> Event {
    Event::Ended {
        process: ProcessId(process),
        ending,
        user_us: milliseconds * 700,
        system_us: milliseconds * 100,
        peak_kib: 1500 + milliseconds * 20,
    }
}

fn opened() -> Event {
    Event::Opened(Box::new(Header {
        format: crate::log::FORMAT,
        forktop: "0.1.0".to_owned(),
        started: 1_790_000_000.125,
        host: "analytical".to_owned(),
        command: vec!["make".to_owned(), "-j2".to_owned(), "site".to_owned()],
        own: Arc::new(user()),
        init: Some(Arc::new(essentials::root())),
    }))
}

fn make() -> [(u64, Event); 2] {
    let mut first = birth(0, Origin::Started, 4101, None);
    first.essentials = Some(Arc::new(user()));
    let mut exec = execution(0, "/usr/bin/make", &["make", "-j2", "site"]);
    exec.environment = Some(EnvironmentChange {
        set: [
            ("LANG", "C.UTF-8"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into(),
        unset: Vec::new(),
    });
    [
        (0, Event::Born(Box::new(first))),
        (900, Event::Executed(Box::new(exec))),
    ]
}

/// A compiler that crashes.
fn compiler() -> Vec<(u64, Event)> {
    let mut exec = execution(
        1,
        "/usr/bin/cc",
        &["cc", "-O2", "-DNAME=a b", "-c", "main.c"],
    );
    exec.environment = Some(EnvironmentChange {
        set: [("MAKELEVEL".to_owned(), "1".to_owned())].into(),
        unset: vec!["LANG".to_owned()],
    });
    let process = ProcessId(1);
    vec![
        (
            3000,
            Event::Born(Box::new(birth(1, Origin::Vforked, 4102, Some(0)))),
        ),
        (
            3400,
            Event::ExecFailed {
                process,
                tid: 4102,
                path: "/usr/local/bin/cc".to_owned(),
                errno: 2,
            },
        ),
        (3600, Event::Executed(Box::new(exec))),
        (
            5100,
            Event::Born(Box::new(birth(3, Origin::Forked, 4104, Some(1)))),
        ),
        (
            5500,
            Event::Executed(Box::new(execution(
                3,
                "/usr/libexec/cc1",
                &["cc1", "-quiet", "main.c", "-o", "/tmp/ccQ0Hv7T.s"],
            ))),
        ),
        (46_000, ended(3, Ending::Core(11), 40)),
        (46_900, ended(1, Ending::Code(1), 2)),
    ]
}

/// A server in a void.
fn server() -> Vec<(u64, Event)> {
    let process = ProcessId(2);
    let mut born = birth(2, Origin::Cloned, 4103, Some(0));
    born.pids = vec![4103, 1];
    born.essentials = Some(Arc::new(in_void(false)));
    let mut exec = execution(2, "/usr/sbin/nginx", &["nginx", "-g", "daemon off;"]);
    exec.directory = None;
    exec.former_tid = Some(4105);
    exec.essentials = Some(Arc::new(in_void(true)));
    vec![
        (4200, Event::Born(Box::new(born))),
        (
            4300,
            Event::ThreadBorn {
                process,
                tid: 4105,
                tids: vec![4105, 2],
                creator: Some(4103),
            },
        ),
        (6100, Event::Executed(Box::new(exec))),
        (
            6600,
            Event::ThreadBorn {
                process,
                tid: 4106,
                tids: vec![4106, 3],
                creator: None,
            },
        ),
        (
            7700,
            Event::Frozen {
                process,
                at: FrozenAt::Request,
            },
        ),
        (
            7800,
            Event::Looked {
                process,
                privileges: Arc::new(looked()),
            },
        ),
        (9000, Event::Continued { process }),
        (9900, Event::ThreadEnded { process, tid: 4106 }),
        (
            12_000,
            Event::Stopped {
                process,
                signal: 19,
            },
        ),
    ]
}

/// A shell that gives up its user, and has made something with a strange name; a ping that does not get its capability.
fn others() -> Vec<(u64, Event)> {
    let mut ping = execution(5, "/usr/bin/ping", &["ping", "-c1", "192.0.2.1"]);
    ping.taken_away = Some(TakenAway::Capabilities);
    let mut found = birth(6, Origin::Untraced, 4107, Some(4));
    found.running = Some(Box::new(execution(6, HOSTILE, &[HOSTILE, "", "~/*.c"])));
    let changed = |tid, noticed| Event::Changed {
        process: ProcessId(4),
        tid,
        noticed,
        essentials: Arc::new(nobody()),
    };
    vec![
        (
            47_500,
            Event::Born(Box::new(birth(4, Origin::Forked, 4105, Some(0)))),
        ),
        (
            47_900,
            Event::Executed(Box::new(execution(
                4,
                "/bin/sh",
                &["sh", "-c", "drop; ping -c1 192.0.2.1; it &"],
            ))),
        ),
        (48_800, changed(None, Noticed::Creation)),
        (
            48_800,
            Event::Born(Box::new(birth(5, Origin::Forked, 4106, Some(4)))),
        ),
        (49_300, Event::Executed(Box::new(ping))),
        (60_200, ended(5, Ending::Code(2), 1)),
        (61_000, Event::Born(Box::new(found))),
        (62_000, changed(Some(4110), Noticed::Look)),
        (64_000, ended(4, Ending::Signal(15), 3)),
        (
            65_000,
            Event::Released {
                process: ProcessId(6),
            },
        ),
        (70_500, ended(0, Ending::Code(2), 12)),
    ]
}

/// The records, in order.
pub(crate) fn everything() -> Vec<Record> {
    let mut events = vec![(0, opened())];
    events.extend(make());
    events.extend(compiler());
    events.extend(server());
    events.extend(others());
    events.sort_by_key(|(at, _)| *at);
    let record = |(microseconds, event)| Record {
        at: Time(microseconds * 1000),
        event,
    };
    events.into_iter().map(record).collect()
}

#[test]
fn the_sample_has_every_kind_of_event() {
    let mut kinds: Vec<String> = Vec::new();
    for record in everything() {
        let json = serde_json::to_value(&record).unwrap();
        kinds.push(json["event"].as_str().unwrap().to_owned());
    }
    for name in Event::NAMES {
        assert!(kinds.iter().any(|kind| kind == name), "{name}");
    }
    kinds.retain(|kind| !Event::NAMES.contains(&kind.as_str()));
    assert!(kinds.is_empty(), "{kinds:?}");
}
