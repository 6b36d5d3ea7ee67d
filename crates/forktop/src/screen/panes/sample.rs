//! A tree for the panes' tests: a shell (4100) starts clone-shim (4107), which makes a void for dnsmasq (4110), in which
//! a helper (4112) is at the other end of a pipe; the shell itself was not looked at.
mod looks;

use crate::log::*;
use crate::model::Model;
use crate::sample::{ALL, ids, namespaces, user};
use looks::{dnsmasq, helper, shim};
use privileges::*;
use std::sync::Arc;

pub const SHELL: ProcessId = ProcessId(0);
pub const SHIM: ProcessId = ProcessId(1);
pub const DNSMASQ: ProcessId = ProcessId(2);
pub const HELPER: ProcessId = ProcessId(3);
pub const GONE: ProcessId = ProcessId(4);

const NONE: CapabilitySet = CapabilitySet(0);

fn ordinary() -> Essentials {
    Essentials {
        groups: vec![4, 27, 1000],
        ..user()
    }
}

/// A void in the making: new namespaces, and all capabilities in them.
fn new() -> Essentials {
    let map = vec![IdMap {
        inside: 1000,
        outside: 1000,
        count: 1,
    }];
    let mut namespaces = namespaces(4_026_532_200);
    namespaces.time_for_children = Some(Seen::Known(4_026_532_299));
    Essentials {
        capabilities: Capabilities {
            permitted: ALL,
            effective: ALL,
            bounding: ALL,
            inheritable: NONE,
            ambient: NONE,
        },
        namespaces,
        uid_map: Some(Seen::Known(map.clone())),
        gid_map: Some(Seen::Known(map)),
        ..ordinary()
    }
}

/// The void: two filters, one capability, nothing more to gain.
fn void() -> Essentials {
    let bind = CapabilitySet(1 << 10);
    Essentials {
        capabilities: Capabilities {
            permitted: bind,
            effective: bind,
            ambient: bind,
            inheritable: bind,
            bounding: bind,
        },
        no_new_privs: true,
        seccomp: Seccomp {
            mode: SeccompMode::Filter,
            filters: Some(2),
        },
        namespaces: namespaces(4_026_532_200),
        ..new()
    }
}

fn born(
    id: ProcessId,
    origin: Origin,
    pids: &[u32],
    creator: Option<ProcessId>,
    essentials: Option<Essentials>,
) -> Event {
    Event::Born(Box::new(Birth {
        process: id,
        origin,
        pid: pids[0],
        pids: pids.to_vec(),
        creator,
        creator_tid: creator.map(|creator| [4100, 4107, 4111][creator.0 as usize]),
        parent: 1,
        essentials: essentials.map(Arc::new),
        entrypoint: None,
        running: None,
        lived_us: None,
    }))
}

fn executed(
    id: ProcessId,
    arguments: &[&str],
    change: EnvironmentChange,
    essentials: Option<Essentials>,
) -> Event {
    let name = arguments[0].rsplit('/').next().unwrap();
    Event::Executed(Box::new(Execution {
        process: id,
        former_tid: None,
        program: Some(arguments[0].to_owned()),
        name: name.to_owned(),
        arguments: arguments.iter().map(|one| (*one).to_owned()).collect(),
        directory: Some("/".to_owned()),
        environment: Some(change),
        essentials: essentials.map(Arc::new),
        taken_away: (id == GONE).then_some(TakenAway::User(0)),
    }))
}

fn environment(set: &[(&str, &str)], unset: &[&str]) -> EnvironmentChange {
    EnvironmentChange {
        set: set
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        unset: unset.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn header() -> Event {
    Event::Opened(Box::new(Header {
        format: FORMAT,
        forktop: "0.1.0".to_owned(),
        started: 1_800_000_000.0,
        host: "example".to_owned(),
        command: vec!["sh".to_owned()],
        own: Arc::new(ordinary()),
        init: Some(Arc::new(Essentials {
            uid: ids(0),
            ..ordinary()
        })),
    }))
}

fn first_events() -> Vec<Event> {
    let long = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games:/usr/local/games:/snap/bin";
    vec![
        header(),
        born(SHELL, Origin::Started, &[4100], None, Some(ordinary())),
        executed(
            SHELL,
            &["/bin/sh", "-c", "clone-shim run dns.json"],
            environment(
                &[("HOME", "/home/ann"), ("PATH", long), ("SHLVL", "1")],
                &[],
            ),
            None,
        ),
        born(SHIM, Origin::Vforked, &[4107], Some(SHELL), None),
        executed(
            SHIM,
            &["/usr/bin/clone-shim", "run", "dns.json"],
            environment(&[("SHLVL", "2"), ("_", "/usr/bin/clone-shim")], &["OLDPWD"]),
            None,
        ),
        born(DNSMASQ, Origin::Cloned, &[4110, 1], Some(SHIM), Some(new())),
        executed(
            DNSMASQ,
            &[
                "/usr/sbin/dnsmasq",
                "--keep-in-foreground",
                "--conf-file=/config\n",
                "--no-daemon",
            ],
            environment(
                &[("LISTEN_FDS", "2"), ("PATH", "/bin")],
                &["HOME", "SHLVL", "_"],
            ),
            Some(void()),
        ),
        Event::ThreadBorn {
            process: DNSMASQ,
            tid: 4111,
            tids: vec![4111, 2],
            creator: Some(4110),
        },
        born(HELPER, Origin::Forked, &[4112, 3], Some(DNSMASQ), None),
        Event::ExecFailed {
            process: HELPER,
            tid: 4112,
            path: "/bin/\u{1b}[2Jsh".to_owned(),
            errno: 2,
        },
        born(GONE, Origin::Forked, &[4113], Some(SHELL), None),
        executed(GONE, &["/usr/bin/su"], EnvironmentChange::default(), None),
    ]
}

fn later_events() -> Vec<Event> {
    let stopped = Essentials {
        groups: vec![1000],
        ..void()
    };
    vec![
        Event::Changed {
            process: DNSMASQ,
            tid: None,
            noticed: Noticed::Look,
            essentials: Arc::new(stopped),
        },
        Event::Looked {
            process: DNSMASQ,
            privileges: Arc::new(dnsmasq()),
            ends: None,
        },
        Event::Looked {
            process: SHIM,
            privileges: Arc::new(shim()),
            ends: None,
        },
        Event::Looked {
            process: HELPER,
            privileges: Arc::new(helper()),
            ends: None,
        },
        Event::Stopped {
            process: DNSMASQ,
            signal: 20,
        },
        Event::Continued { process: DNSMASQ },
        Event::Frozen {
            process: DNSMASQ,
            at: FrozenAt::Request,
        },
        Event::Ended {
            process: GONE,
            ending: Ending::Core(11),
            user_us: 1_200,
            system_us: 350,
            peak_kib: 12_400,
        },
    ]
}

/// The whole of it, an event every 12 ms.
pub fn model() -> Model {
    let events = first_events().into_iter().chain(later_events());
    Model::of(events.zip(0_u64..).map(|(event, place)| Record {
        at: Time(place * 12_000_000),
        event,
    }))
}

/// A root in a container, as Docker makes it, that gave up its user for a while; and root itself.
pub fn roots() -> Model {
    let some = CapabilitySet(0xa804_25fb);
    let contained = Essentials {
        uid: Ids {
            real: 0,
            effective: 33,
            saved: 0,
            filesystem: 33,
        },
        capabilities: Capabilities {
            permitted: CapabilitySet(1 << 7),
            bounding: some,
            effective: CapabilitySet(1 << 7),
            ..Capabilities::default()
        },
        ..ordinary()
    };
    let root = Essentials {
        uid: ids(0),
        gid: ids(0),
        groups: Vec::new(),
        capabilities: Capabilities {
            permitted: ALL,
            effective: CapabilitySet(ALL.0 & !(1 << 21)),
            bounding: ALL,
            ..Capabilities::default()
        },
        ..ordinary()
    };
    let events = [
        header(),
        born(SHELL, Origin::Seized, &[1], None, Some(root)),
        born(SHIM, Origin::Forked, &[2], Some(SHELL), Some(contained)),
    ];
    Model::of(events.map(|event| Record { at: Time(0), event }))
}
