//! A void's first process before and after it has made itself safe, and each way not to.
use crate::log::{Event, Noticed, Origin, ProcessId, Record, Time};
use crate::model::Model;
use crate::plan::{Grants, Identity, Plan};
use crate::sample::{birth, execution, ids, namespaces};
use privileges::{Capabilities, CapabilitySet, Essentials, NamespaceKind, Seccomp, SeccompMode};
use std::sync::Arc;

const NET_RAW: CapabilitySet = CapabilitySet(1 << 13);
/// When the program begins, in nanoseconds.
const BEGUN: u64 = 5_000_000;

/// Of what it had as it made the program, and has until it has begun.
fn making() -> Essentials {
    Essentials {
        uid: ids(1001),
        gid: ids(1001),
        groups: Vec::new(),
        capabilities: Capabilities {
            permitted: NET_RAW,
            effective: NET_RAW,
            bounding: NET_RAW,
            ..Capabilities::default()
        },
        no_new_privs: true,
        seccomp: Seccomp {
            mode: SeccompMode::Off,
            filters: Some(0),
        },
        namespaces: namespaces(100),
        uid_map: None,
        gid_map: None,
    }
}

fn settled() -> Essentials {
    let mut own = making();
    own.capabilities.permitted = CapabilitySet::NONE;
    own.capabilities.effective = CapabilitySet::NONE;
    own.seccomp.mode = SeccompMode::Filter;
    // The shim's own clocks.
    own.namespaces.own[NamespaceKind::Time as usize] = *namespaces(200).of(NamespaceKind::Time);
    own
}

fn plan() -> Plan {
    let grants = Grants {
        identity: Identity {
            uid: 1000,
            gid: 1000,
            host_uid: 1001,
            host_gid: 1001,
        },
        capabilities: vec!["CAP_NET_RAW".to_owned()],
        ..Grants::default()
    };
    Plan {
        entrypoints: [("web".to_owned(), grants)].into(),
        supplementary_groups_dropped: true,
    }
}

/// The findings of it, where it is seen to be so at a time; and whether it is known to be safe by then.
fn found(own: Essentials, at: u64) -> (Vec<String>, bool) {
    let mut shim = birth(0, Origin::Started, None);
    shim.essentials = Some(Arc::new(Essentials {
        namespaces: namespaces(200),
        ..making()
    }));
    let mut first = birth(1, Origin::Cloned, Some(0));
    first.entrypoint = Some("web".to_owned());
    first.essentials = Some(Arc::new(making()));
    let mut program = birth(2, Origin::Vforked, Some(1));
    program.entrypoint = Some("web".to_owned());
    let events = [
        (0, Event::Born(Box::new(shim))),
        (
            1,
            Event::Planned {
                process: ProcessId(0),
                plan: Arc::new(plan()),
            },
        ),
        (2, Event::Born(Box::new(first))),
        (3, Event::Born(Box::new(program))),
        (
            BEGUN,
            Event::Executed(Box::new(execution(2, "/bin/web", &["web"]))),
        ),
        (
            at,
            Event::Changed {
                process: ProcessId(1),
                tid: None,
                noticed: Noticed::Glance,
                essentials: Arc::new(own),
            },
        ),
    ];
    let records = events.map(|(at, event)| Record {
        at: Time(at),
        event,
    });
    let model = Model::of(records);
    let first = model.process(ProcessId(1)).unwrap();
    let findings = model.findings(first);
    let words = findings.iter().map(ToString::to_string).collect();
    (words, model.is_settled(first))
}

fn but(change: impl FnOnce(&mut Essentials)) -> Essentials {
    let mut own = settled();
    change(&mut own);
    own
}

#[test]
fn one_that_keeps_nothing_has_no_findings() {
    assert_eq!(found(settled(), BEGUN + 1), (vec![], true));
}

#[test]
fn one_that_has_not_filtered_its_calls_yet_is_left_alone_for_a_while() {
    assert_eq!(found(making(), BEGUN + 1), (vec![], false));
    let (found, settled) = found(making(), BEGUN + 1_000_000_000);
    assert!(settled);
    let expected = [
        "capabilities (CAP_NET_RAW)",
        "its system calls are not filtered",
    ];
    let expected = expected.map(|what| format!("not explained by the plan: {what}"));
    assert_eq!(found, expected);
}

#[test]
fn whatever_it_keeps_is_found() {
    type Change = fn(&mut Essentials);
    let table: [(Change, &str); 7] = [
        (
            |own| own.capabilities.permitted = NET_RAW,
            "capabilities (CAP_NET_RAW)",
        ),
        (
            |own| own.capabilities.ambient = NET_RAW,
            "capabilities (CAP_NET_RAW)",
        ),
        (
            |own| own.capabilities.bounding = CapabilitySet(1 << 21),
            "capabilities (CAP_SYS_ADMIN)",
        ),
        (
            |own| own.no_new_privs = false,
            "it may gain privileges by executing a program",
        ),
        (|own| own.uid.saved = 0, "it is user 0 on the host"),
        (|own| own.groups.push(27), "supplementary groups [27]"),
        (
            |own| {
                let network = NamespaceKind::Network;
                own.namespaces.own[network as usize] = *namespaces(200).of(network);
            },
            "the net namespace of the shim",
        ),
    ];
    for (change, expected) in table {
        let expected = format!("not explained by the plan: {expected}");
        assert_eq!(found(but(change), BEGUN + 1), (vec![expected], true));
    }
}
