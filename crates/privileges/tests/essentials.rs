//! The essentials are what the kernel's own files say.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use privileges::{
    CapabilitySet, Essentials, IdMap, NamespaceKind, Process, SeccompMode, Seen, Why,
};
use std::fs;
use support::{Stage, Subject, is_root};

const CHOWN: u32 = 0;
const KILL: u32 = 5;
const NET_RAW: u32 = 13;

/// A process, by what it is started with, what it does, and what must be so of it, to know that it did it.
type Case = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    fn(&Essentials) -> bool,
);

/// For root.
const CASES: &[Case] = &[
    ("nothing", &[], &[], |it| {
        !it.no_new_privs && it.uid_map.is_none()
    }),
    ("groups", &[], &["groups=7,3,5"], |it| {
        it.groups == [3, 5, 7]
    }),
    ("no groups", &[], &["groups="], |it| it.groups.is_empty()),
    ("group ids", &[], &["gids=1,2,3,4"], |it| {
        (
            it.gid.real,
            it.gid.effective,
            it.gid.saved,
            it.gid.filesystem,
        ) == (1, 2, 3, 4)
    }),
    ("user ids", &[], &["uids=1,0,3,4"], |it| {
        (
            it.uid.real,
            it.uid.effective,
            it.uid.saved,
            it.uid.filesystem,
        ) == (1, 0, 3, 4)
    }),
    (
        "another user",
        &[
            "setpriv",
            "--reuid",
            "tester",
            "--regid",
            "tester",
            "--clear-groups",
        ],
        &[],
        |it| it.uid.effective != 0 && it.capabilities.effective.is_empty(),
    ),
    ("no_new_privs", &[], &["no-new-privs"], |it| it.no_new_privs),
    ("a filter", &[], &["filter"], |it| {
        it.seccomp.mode == SeccompMode::Filter
    }),
    ("filters", &[], &["filter", "filter", "filter"], |it| {
        it.seccomp.filters == Some(3)
    }),
    ("strict", &[], &["strict"], |it| {
        it.seccomp.mode == SeccompMode::Strict
    }),
    ("inheritable", &[], &["inherit=13"], |it| {
        it.capabilities.inheritable.contains(NET_RAW)
    }),
    ("ambient", &[], &["inherit=13", "ambient=13"], |it| {
        it.capabilities.ambient == CapabilitySet(1 << NET_RAW)
    }),
    ("permitted", &[], &["permit-not=0"], |it| {
        !it.capabilities.permitted.contains(CHOWN)
    }),
    ("effective", &[], &["effect-not=5"], |it| {
        !it.capabilities.effective.contains(KILL) && it.capabilities.permitted.contains(KILL)
    }),
    ("bounding", &[], &["bound-not=5"], |it| {
        !it.capabilities.bounding.contains(KILL)
    }),
    (
        "bounding, by setpriv",
        &["setpriv", "--bounding-set=-all,+kill"],
        &[],
        |it| it.capabilities.bounding == CapabilitySet(1 << KILL),
    ),
    (
        "capabilities, by capsh",
        &["capsh", "--drop=cap_kill", "--shell=/usr/bin/env", "--"],
        &[],
        |it| !it.capabilities.bounding.contains(KILL),
    ),
    (
        "namespaces",
        &["unshare", "-m", "-n", "-i", "-u", "-C"],
        &[],
        |it| it.uid_map.is_none(),
    ),
    (
        "a pid namespace",
        &["unshare", "-p", "-f", "--kill-child"],
        &[],
        |_| true,
    ),
    (
        "a time namespace",
        &["unshare", "-T", "-f", "--kill-child"],
        &[],
        |_| true,
    ),
    (
        "children's pid namespace",
        &[],
        &["unshare=0x20000000"],
        |it| {
            it.namespaces.pid_for_children
                == Some(Seen::Unreadable {
                    unreadable: Why::Absent,
                })
        },
    ),
    ("children's time namespace", &[], &["unshare=0x80"], |it| {
        it.namespaces.time_for_children.is_some()
    }),
    ("a user namespace", &["unshare", "-U", "-r"], &[], |it| {
        it.uid_map.is_some()
    }),
    (
        "a user namespace without ids",
        &["unshare", "-U"],
        &[],
        |it| it.uid_map == Some(Seen::Known(vec![])) && it.gid_map == Some(Seen::Known(vec![])),
    ),
];

#[test]
fn what_a_process_may_do_is_what_the_kernels_files_say() {
    if !is_root("processes that root makes differ") {
        return;
    }
    let stage = Stage::new();
    for (name, words, actions, holds) in CASES {
        let subject = stage.start(words, actions);
        let essentials = subject.process().essentials().unwrap();
        assert_is_what_the_files_say(name, &subject, &essentials);
        assert!(holds(&essentials), "{name}: {essentials:?}");
        let held = Process::held(subject.pid()).unwrap();
        assert_eq!(held.essentials().unwrap(), essentials, "{name}");
    }
}

#[test]
fn a_map_of_several_ranges_is_read() {
    if !is_root("maps of ids that are not one's own") {
        return;
    }
    let subject = Stage::new().start(&["unshare", "-U"], &[]);
    fs::write(
        format!("/proc/{}/uid_map", subject.pid()),
        "0 1000 10\n20 2000 5",
    )
    .unwrap();
    let essentials = subject.process().essentials().unwrap();
    let map = |inside, outside, count| IdMap {
        inside,
        outside,
        count,
    };
    let expected = vec![map(0, 1000, 10), map(20, 2000, 5)];
    assert_eq!(essentials.uid_map, Some(Seen::Known(expected)));
    assert_eq!(essentials.gid_map, Some(Seen::Known(vec![])));
    assert_is_what_the_files_say("maps", &subject, &essentials);
}

#[test]
fn an_ordinary_user_can_read_its_own_process() {
    let stage = Stage::new();
    let subject = stage.start(&[], &["no-new-privs", "filter"]);
    let essentials = subject.process().essentials().unwrap();
    assert_is_what_the_files_say("own", &subject, &essentials);
    assert_eq!(essentials.seccomp.filters, Some(1));
}

fn assert_is_what_the_files_say(name: &str, subject: &Subject, it: &Essentials) {
    for (key, ids) in [("Uid", it.uid), ("Gid", it.gid)] {
        let ids = [ids.real, ids.effective, ids.saved, ids.filesystem];
        assert_eq!(numbers(&subject.raw(key)), ids, "{name}: {key}");
    }
    assert_eq!(numbers(&subject.raw("Groups")), it.groups, "{name}");
    let sets = it.capabilities;
    for (key, set) in [
        ("CapInh", sets.inheritable),
        ("CapPrm", sets.permitted),
        ("CapEff", sets.effective),
        ("CapBnd", sets.bounding),
        ("CapAmb", sets.ambient),
    ] {
        assert_eq!(subject.raw(key), format!("{:016x}", set.0), "{name}: {key}");
    }
    assert_eq!(
        subject.raw("NoNewPrivs"),
        u8::from(it.no_new_privs).to_string(),
        "{name}"
    );
    let mode = match it.seccomp.mode {
        SeccompMode::Off => "0",
        SeccompMode::Strict => "1",
        SeccompMode::Filter => "2",
    };
    assert_eq!(subject.raw("Seccomp"), mode, "{name}");
    let filters = it.seccomp.filters.unwrap().to_string();
    assert_eq!(subject.raw("Seccomp_filters"), filters, "{name}");
    assert_namespaces(name, subject, it);
    assert_maps(name, subject, it);
}

fn assert_namespaces(name: &str, subject: &Subject, it: &Essentials) {
    for kind in NamespaceKind::ALL {
        let own = it.namespaces.of(kind).known().unwrap();
        let link = format!("{}:[{own}]", kind.name());
        assert_eq!(
            subject.link(&format!("ns/{}", kind.name())).as_os_str(),
            link.as_str(),
            "{name}"
        );
    }
    for (kind, differing) in [
        (NamespaceKind::Pid, it.namespaces.pid_for_children),
        (NamespaceKind::Time, it.namespaces.time_for_children),
    ] {
        let path = format!("/proc/{}/ns/{}_for_children", subject.pid(), kind.name());
        match (fs::read_link(path), it.namespaces.for_children(kind)) {
            (Ok(link), Seen::Known(inode)) => {
                assert_eq!(
                    link.as_os_str(),
                    format!("{}:[{inode}]", kind.name()).as_str(),
                    "{name}"
                );
                assert_eq!(
                    differing.is_some(),
                    it.namespaces.of(kind).known() != Some(&inode),
                    "{name}"
                );
            }
            (Err(_), Seen::Unreadable { unreadable }) => {
                assert_eq!(unreadable, Why::Absent, "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

fn assert_maps(name: &str, subject: &Subject, it: &Essentials) {
    let own = fs::read_link("/proc/self/ns/user").unwrap();
    let is_own = subject.link("ns/user") == own;
    for (file, map) in [("uid_map", &it.uid_map), ("gid_map", &it.gid_map)] {
        assert_eq!(map.is_none(), is_own, "{name}: {file}");
        if let Some(map) = map {
            let lines = map.known().unwrap().iter();
            let map: Vec<u32> = lines
                .flat_map(|line| [line.inside, line.outside, line.count])
                .collect();
            assert_eq!(numbers(&subject.file(file)), map, "{name}: {file}");
        }
    }
}

fn numbers(text: &str) -> Vec<u32> {
    text.split_whitespace()
        .map(|word| word.parse().unwrap())
        .collect()
}
