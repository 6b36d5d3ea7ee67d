//! A session in which a little of everything happens, as a log.
mod session;
pub mod visits;

pub use session::{Session, settings};

use crate::log::{
    Birth, Ending, Event, Execution, FORMAT, FrozenAt, Header, Origin, ProcessId, Record, Time,
};
use crate::sample::{ALL, ids, namespaces, user};
use privileges::{
    Capabilities, CapabilitySet, Essentials, IdMap, NamespaceKind, Seccomp, SeccompMode, Seen,
};
use std::sync::Arc;

const NONE: CapabilitySet = CapabilitySet(0);

/// What a user of the machine may do.
pub fn essentials(uid: u32, capabilities: CapabilitySet) -> Essentials {
    Essentials {
        uid: ids(uid),
        gid: ids(uid),
        groups: vec![uid],
        capabilities: Capabilities {
            permitted: capabilities,
            effective: capabilities,
            bounding: ALL,
            ..Capabilities::default()
        },
        namespaces: namespaces(4_026_531_830),
        ..user()
    }
}

fn mapped(inside: u32, outside: u32) -> Seen<Vec<IdMap>> {
    Seen::Known(vec![IdMap {
        inside,
        outside,
        count: 1,
    }])
}

/// What a void may do: nothing.
fn void() -> Essentials {
    let mut void = essentials(1000, NONE);
    void.no_new_privs = true;
    void.seccomp = Seccomp {
        mode: SeccompMode::Filter,
        filters: Some(1),
    };
    void.namespaces = namespaces(4_026_532_400);
    void.uid_map = Some(mapped(1000, 1000));
    void
}

/// What root may do of a user namespace that an ordinary user made.
fn own_root() -> Essentials {
    let mut root = essentials(1000, ALL);
    root.namespaces.own[NamespaceKind::User as usize] = Seen::Known(4_026_532_300);
    root.uid_map = Some(mapped(0, 1000));
    root
}

/// A log that is being written.
#[derive(Default)]
pub struct Writer {
    records: Vec<Record>,
    next: u32,
}

impl Writer {
    /// Something happens, so many milliseconds after the beginning.
    pub fn at(&mut self, milliseconds: u64, event: Event) {
        let at = Time(milliseconds * 1_000_000);
        self.records.push(Record { at, event });
    }

    /// A process is made.
    pub fn born(
        &mut self,
        at: u64,
        creator: Option<u32>,
        pids: &[u32],
        may: Option<Essentials>,
    ) -> u32 {
        let id = self.next;
        self.next += 1;
        let birth = Birth {
            process: ProcessId(id),
            origin: if creator.is_some() {
                Origin::Forked
            } else {
                Origin::Started
            },
            pid: pids[0],
            pids: pids.to_vec(),
            creator: creator.map(ProcessId),
            creator_tid: None,
            parent: 1,
            entrypoint: pids
                .get(1)
                .filter(|inner| **inner == 1)
                .map(|_| "dns".to_owned()),
            essentials: may.map(Arc::new),
            running: None,
            lived_us: None,
        };
        self.at(at, Event::Born(Box::new(birth)));
        id
    }

    /// A process executes a program, and may then do this.
    pub fn exec(&mut self, at: u64, id: u32, arguments: &[&str], may: Option<Essentials>) {
        let path = arguments[0];
        let execution = Execution {
            process: ProcessId(id),
            former_tid: None,
            program: Some(format!("/usr/bin/{path}")),
            name: path.chars().take(15).collect(),
            arguments: arguments
                .iter()
                .map(|&argument| argument.to_owned())
                .collect(),
            directory: Some("/home/user".to_owned()),
            environment: None,
            essentials: may.map(Arc::new),
            taken_away: None,
        };
        self.at(at, Event::Executed(Box::new(execution)));
    }

    /// A process ends.
    pub fn end(&mut self, at: u64, id: u32, ending: Ending) {
        let event = Event::Ended {
            process: ProcessId(id),
            ending,
            user_us: 1000 * u64::from(id),
            system_us: 500,
            peak_kib: 2048,
        };
        self.at(at, event);
    }

    /// What was written, in the order of time.
    pub fn records(mut self) -> Vec<Record> {
        self.records.sort_by_key(|record| record.at);
        self.records
    }
}

/// The session.
pub fn session() -> Vec<Record> {
    let mut log = Writer::default();
    let header = Header {
        format: FORMAT,
        forktop: "0.1.0".to_owned(),
        started: 1_790_000_000.0,
        host: "box".to_owned(),
        command: vec!["bash".to_owned()],
        own: Arc::new(essentials(0, ALL)),
        init: None,
    };
    log.at(0, Event::Opened(Box::new(header)));
    let bash = log.born(1, None, &[4100], Some(essentials(0, ALL)));
    log.exec(2, bash, &["bash"], None);
    build(&mut log, bash);
    voids(&mut log, bash);
    ends(&mut log, bash);
    chain(&mut log, bash);
    let odd = log.born(9_000, Some(bash), &[4190], None);
    log.exec(
        9_001,
        odd,
        &[
            "printf",
            "\u{1b}[2J\u{1b}]0;x\u{7}",
            "漢字の引数",
            "e\u{301}gal",
            "gpj.\u{202e}exe",
            &"long ".repeat(40),
        ],
        None,
    );
    log.records()
}

fn build(log: &mut Writer, bash: u32) {
    let make = log.born(1_000, Some(bash), &[4101], None);
    log.exec(1_001, make, &["make", "-j2", "all"], None);
    for (pid, at, file, ending) in [
        (4102, 1_100, "main.c", Some(Ending::Code(0))),
        (4104, 1_600, "tree.c", Some(Ending::Code(1))),
        (4106, 2_100, "view.c", None),
    ] {
        let gcc = log.born(at, Some(make), &[pid], None);
        log.exec(at + 1, gcc, &["gcc", "-O2", "-c", file], None);
        let cc1 = log.born(at + 5, Some(gcc), &[pid + 1], None);
        log.exec(
            at + 6,
            cc1,
            &["cc1", "-quiet", file, "-O2", "-o", "/tmp/ccXa81.s"],
            None,
        );
        if let Some(ending) = ending {
            log.end(at + 400, cc1, ending);
            log.end(at + 412, gcc, ending);
        }
    }
}

fn voids(log: &mut Writer, bash: u32) {
    let shim = log.born(3_000, Some(bash), &[4120], Some(essentials(1000, NONE)));
    log.exec(3_001, shim, &["clone-shim", "run", "dns.json"], None);
    let dns = log.born(3_010, Some(shim), &[4121, 1], Some(void()));
    log.exec(
        3_020,
        dns,
        &["dnsmasq", "--keep-in-foreground", "--conf-file=/config"],
        None,
    );
    let worker = log.born(3_500, Some(dns), &[4125, 2], None);
    for tid in [4126, 4127] {
        log.at(
            3_510,
            Event::ThreadBorn {
                process: ProcessId(worker),
                tid,
                tids: vec![tid],
                creator: None,
            },
        );
    }
    let mut weaker = void();
    weaker.seccomp.filters = Some(2);
    let event = Event::Changed {
        process: ProcessId(worker),
        tid: Some(4127),
        noticed: crate::log::Noticed::Look,
        essentials: Arc::new(weaker),
    };
    log.at(3_520, event);
    let unshare = log.born(4_000, Some(bash), &[4130], Some(essentials(1000, NONE)));
    log.exec(4_001, unshare, &["unshare", "--map-root-user", "sh"], None);
    log.exec(4_010, unshare, &["sh"], Some(own_root()));
}

fn ends(log: &mut Writer, bash: u32) {
    let crashed = log.born(5_000, Some(bash), &[4140], None);
    log.exec(5_001, crashed, &["./crash", "--now"], None);
    log.end(5_040, crashed, Ending::Core(11));
    let killed = log.born(5_100, Some(bash), &[4141], None);
    log.exec(5_101, killed, &["sleep", "1000"], None);
    log.end(8_600, killed, Ending::Signal(9));
    let stopped = log.born(5_200, Some(bash), &[4142], None);
    log.exec(5_201, stopped, &["vi", "notes"], None);
    let process = ProcessId(stopped);
    log.at(
        5_900,
        Event::Stopped {
            process,
            signal: 20,
        },
    );
    let held = log.born(6_000, Some(bash), &[4143], None);
    log.exec(
        6_001,
        held,
        &["ping", "-c1", "192.0.2.1"],
        Some(essentials(1000, CapabilitySet(1 << 13))),
    );
    let process = ProcessId(held);
    log.at(
        6_002,
        Event::Frozen {
            process,
            at: FrozenAt::Exec,
        },
    );
    let daemon = log.born(6_100, Some(bash), &[4144], None);
    log.exec(6_101, daemon, &["sshd", "-D"], None);
    log.at(
        6_500,
        Event::Released {
            process: ProcessId(daemon),
        },
    );
}

fn chain(log: &mut Writer, bash: u32) {
    let mut creator = bash;
    for depth in 0..14 {
        let at = 7_000 + 10 * u64::from(depth);
        creator = log.born(at, Some(creator), &[4160 + depth], None);
        log.exec(
            at + 1,
            creator,
            &["sh", "-c", &format!("./nested {depth}")],
            None,
        );
    }
}
