//! A log with every event and every field, such as `make -j2` could give: a compiler that fails, a program in a void, one
//! that changes its user, one that must not be given its file's privileges, and strings that mean harm.
mod essentials;
mod looked;

use crate::log::{
    Answer, Birth, Departure, Ending, Entrance, EnvironmentChange, Event, Execution, FrozenAt,
    Header, Noticed, Origin, ProcessId, Record, Refusal, Stay, TakenAway, Time, Tried, VisitId,
};
use crate::plan::Plan;
pub(crate) use essentials::{ALL, ids, in_void, namespaces, nobody, user};
use looked::ends;
pub(crate) use looked::looked;
use std::sync::Arc;

/// What a name can do to a terminal, a page, a picture, and a graph.
pub(crate) const HOSTILE: &str = "\u{1b}[2J</text><script>alert('1')</script>&\"\\N\u{202e}\r\n]]>";

pub(crate) fn birth(process: u32, origin: Origin, creator: Option<u32>) -> Birth {
    let number = |process: u32| 4101 + process;
    Birth {
        process: ProcessId(process),
        origin,
        pid: number(process),
        pids: vec![number(process)],
        creator: creator.map(ProcessId),
        creator_tid: creator.map(number),
        parent: creator.map_or(4100, number),
        essentials: None,
        entrypoint: None,
        running: None,
        lived_us: None,
    }
}

fn born(birth: Birth) -> Event {
    Event::Born(Box::new(birth))
}

fn executed(execution: Execution) -> Event {
    Event::Executed(Box::new(execution))
}

pub(crate) fn execution(process: u32, program: &str, arguments: &[&str]) -> Execution {
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
    let mut first = birth(0, Origin::Started, None);
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
    [(0, born(first)), (900, executed(exec))]
}

/// A compiler that crashes.
fn compiler() -> Vec<(u64, Event)> {
    let process = ProcessId(1);
    let mut exec = execution(
        1,
        "/usr/bin/cc",
        &["cc", "-O2", "-DNAME=a b", "-c", "main.c"],
    );
    exec.environment = Some(EnvironmentChange {
        set: [("MAKELEVEL".to_owned(), "1".to_owned())].into(),
        unset: vec!["LANG".to_owned()],
    });
    let words = ["cc1", "-quiet", "main.c", "-o", "/tmp/ccQ0Hv7T.s"];
    let second = execution(4, "/usr/libexec/cc1", &words);
    vec![
        (3000, born(birth(1, Origin::Vforked, Some(0)))),
        (
            3400,
            Event::ExecFailed {
                process,
                tid: 4102,
                path: "/usr/local/bin/cc".to_owned(),
                errno: 2,
            },
        ),
        (3600, executed(exec)),
        (5100, born(birth(4, Origin::Forked, Some(1)))),
        (5500, executed(second)),
        (46_000, ended(4, Ending::Core(11), 40)),
        (46_900, ended(1, Ending::Code(1), 2)),
    ]
}

/// A server in a void, and the clone-shim that made it.
fn server() -> Vec<(u64, Event)> {
    let process = ProcessId(3);
    let mut first = birth(3, Origin::Cloned, Some(2));
    first.pids = vec![4104, 1];
    first.essentials = Some(Arc::new(in_void(false)));
    first.entrypoint = Some("web".to_owned());
    let mut exec = execution(3, "/usr/sbin/nginx", &["nginx", "-g", "daemon off;"]);
    exec.directory = None;
    exec.former_tid = Some(4111);
    exec.essentials = Some(Arc::new(in_void(true)));
    let thread = |tid, inside, creator| Event::ThreadBorn {
        process,
        tid,
        tids: vec![tid, inside],
        creator,
    };
    let shim = ["clone-shim", "run", "site.json"];
    let planned = Event::Planned {
        process: ProcessId(2),
        plan: Arc::new(plan()),
    };
    let looked = Event::Looked {
        process,
        privileges: Arc::new(looked()),
        ends: Some(Arc::new(ends())),
    };
    let at = FrozenAt::Request;
    vec![
        (3900, born(birth(2, Origin::Vforked, Some(0)))),
        (4000, executed(execution(2, "/usr/bin/clone-shim", &shim))),
        (4100, planned),
        (4200, born(first)),
        (4300, thread(4111, 2, Some(4104))),
        (6100, executed(exec)),
        (6600, thread(4112, 3, None)),
        (7700, Event::Frozen { process, at }),
        (7800, looked),
        (9000, Event::Continued { process }),
        (9900, Event::ThreadEnded { process, tid: 4112 }),
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
    let mut ping = execution(6, "/usr/bin/ping", &["ping", "-c1", "192.0.2.1"]);
    ping.taken_away = Some(TakenAway::Capabilities);
    let mut found = birth(7, Origin::Untraced, Some(5));
    found.running = Some(Box::new(execution(7, HOSTILE, &[HOSTILE, "", HOSTILE])));
    let process = ProcessId(7);
    let changed = |tid, noticed| Event::Changed {
        process: ProcessId(5),
        tid,
        noticed,
        essentials: Arc::new(nobody()),
    };
    let shell = ["sh", "-c", "drop; ping -c1 192.0.2.1; it &"];
    vec![
        (47_500, born(birth(5, Origin::Forked, Some(0)))),
        (47_900, executed(execution(5, "/bin/sh", &shell))),
        (48_800, changed(None, Noticed::Creation)),
        (48_810, born(birth(6, Origin::Forked, Some(5)))),
        (49_300, executed(ping)),
        (60_200, ended(6, Ending::Code(2), 1)),
        (61_000, born(found)),
        (61_500, Event::Refused(Box::new(refusal()))),
        (62_000, changed(Some(4113), Noticed::Look)),
        (64_000, ended(5, Ending::Signal(15), 3)),
        (65_000, Event::Released { process }),
        (70_500, ended(0, Ending::Code(2), 12)),
    ]
}

/// What is told of a process that may have no more processes.
pub(crate) const NO_ROOM: &str = "the kernel refuses clone there: Resource temporarily unavailable (os error 11): a limit of \
    processes is reached there (RLIMIT_NPROC, or pids.max of its control group): raise it, or end some";

/// A shell in the server, and calls that were tried there.
fn visits() -> Vec<(u64, Event)> {
    let process = ProcessId(3);
    let stay = Stay {
        held_us: 412,
        lent_us: 131,
        ..Stay::default()
    };
    let entrance = Entrance {
        visit: VisitId(1),
        process,
        keeper: ProcessId(9),
        shell: ProcessId(10),
        program: "/bin/busybox".to_owned(),
        assisted: false,
        stay: stay.clone(),
        lacks: vec!["uid 0 → 1000 (saved)".to_owned()],
        outlook: vec!["its filters say that socket fails with EPERM".to_owned()],
    };
    let uncompared = ["its descriptors", "its mappings"].map(str::to_owned);
    let departure = Departure {
        visit: VisitId(1),
        process,
        ending: Some(Ending::Code(0)),
        stay: Some(Stay {
            uncompared: uncompared.into(),
            ..stay.clone()
        }),
        is_awaited: false,
    };
    let refused = Answer::Refused {
        by: "openat".to_owned(),
        errno: 2,
    };
    let calls = vec![Tried {
        call: "open /etc/shadow r".to_owned(),
        answer: refused,
    }];
    let words = NO_ROOM.to_owned();
    let not_entered = Event::NotEntered {
        visit: VisitId(3),
        process,
        words,
        is_awaited: false,
    };
    let tried = Event::Tried {
        visit: VisitId(2),
        process,
        calls,
        stay: Box::new(stay),
    };
    vec![
        (12_100, born(birth(9, Origin::Keeper, Some(3)))),
        (12_200, born(birth(10, Origin::Shell, Some(9)))),
        (12_300, executed(execution(10, "/memfd:shell", &["sh"]))),
        (12_400, Event::Entered(Box::new(entrance))),
        (30_000, ended(10, Ending::Code(0), 1)),
        (30_100, ended(9, Ending::Code(0), 1)),
        (30_200, Event::Left(Box::new(departure))),
        (30_300, tried),
        (30_400, not_entered),
    ]
}

/// A child of what was found, which another traces.
fn refusal() -> Refusal {
    let words = format!("it is traced already, by process 4090 ({HOSTILE})");
    Refusal {
        process: ProcessId(8),
        pid: 4109,
        creator: Some(ProcessId(7)),
        parent: 4108,
        reason: "traced-already".to_owned(),
        words,
        name: "sleep".to_owned(),
        arguments: vec!["sleep".to_owned(), "30".to_owned()],
    }
}

fn plan() -> Plan {
    let written = r#"{ "entrypoints": { "web": {
        "program": "/usr/sbin/nginx", "arguments": ["nginx", "-g", "daemon off;"],
        "identity": { "uid": 1000, "gid": 1000, "host_uid": 1000, "host_gid": 1000 },
        "files": { "/site": { "host": "/home/ada/site", "access": "r", "optional": false }, "/tmp": { "tmpfs": 65536 },
                   "/proc": { "proc": true }, "/dev": { "devices": ["null"] }, "/motd": { "content": "hello" } },
        "descriptors": ["null", "null", "null"],
        "network": { "loopback": false, "unix": false,
                     "serve": [{ "tcp": "80", "host": "127.0.0.1:8080" }, { "udp": "53", "host": "127.0.0.1:5353" }],
                     "reach": ["tcp:192.0.2.1:443"] },
        "capabilities": ["CAP_CHOWN"], "syscalls": ["ptrace"]
    } }, "supplementary_groups_dropped": true }"#;
    serde_json::from_str(written).unwrap()
}

/// The records, in order.
pub(crate) fn everything() -> Vec<Record> {
    let mut events = vec![(0, opened())];
    events.extend(make());
    events.extend(compiler());
    events.extend(server());
    events.extend(others());
    events.extend(visits());
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

/// The names of this machine's users and groups.
pub fn names() -> privileges::Names {
    let users = b"root:x:0:0\ntester:x:1000:1000\n";
    privileges::Names::parse(users, b"root:x:0:\nadm:x:4:\ntester:x:1000:\n")
}
