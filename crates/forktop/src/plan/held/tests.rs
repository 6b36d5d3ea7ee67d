//! A void that holds exactly what it was granted, and each way not to.
use super::*;
use crate::log::{Event, Execution, Noticed, ProcessId, Record, Time};
use crate::model::Model;
use crate::plan::{FileGrant, Identity, NetworkGrants, Origin, ServeGrant};
use crate::sample::{ids, namespaces};
use privileges::{
    Access, Capabilities, CapabilitySet, Descriptor, Mount, Object, Privileges, Seccomp, Socket,
    Thread, Why,
};
use std::sync::Arc;

mod sockets;

fn essentials(first_namespace: u64) -> Essentials {
    Essentials {
        uid: ids(1001),
        gid: ids(1002),
        groups: Vec::new(),
        capabilities: Capabilities::default(),
        no_new_privs: true,
        seccomp: Seccomp {
            mode: SeccompMode::Filter,
            filters: Some(1),
        },
        namespaces: namespaces(first_namespace),
        uid_map: None,
        gid_map: None,
    }
}

fn mount(point: &str, options: &[&str]) -> Mount {
    Mount {
        id: 1,
        parent: 0,
        device: "0:1".to_owned(),
        root: "/".into(),
        point: point.into(),
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        propagation: Vec::new(),
        file_system: "tmpfs".to_owned(),
        source: "none".to_owned(),
        super_options: Vec::new(),
    }
}

fn open(number: u32, object: Object) -> Descriptor {
    Descriptor {
        number,
        object,
        access: Access::Read,
        close_on_exec: false,
    }
}

fn file(path: &str) -> Object {
    Object::File {
        path: path.into(),
        deleted: false,
    }
}

fn listening(address: &str) -> Object {
    Object::Socket(Socket {
        inode: 1,
        protocol: Some("tcp".to_owned()),
        state: Some("listen".to_owned()),
        local: Some(address.to_owned()),
        remote: None,
        peer: None,
        network: None,
    })
}

fn unread<T>() -> Seen<T> {
    Seen::Unreadable {
        unreadable: Why::NotRead,
    }
}

fn privileges() -> Privileges {
    Privileges {
        pid: 5,
        pids: vec![5, 2],
        parent: 4,
        name: "web".to_owned(),
        essentials: essentials(100),
        threads: Vec::new(),
        thread_count: 1,
        owners: std::array::from_fn(|_| unread()),
        root: unread(),
        directory: unread(),
        program: unread(),
        mounts: Seen::Known(
            vec![
                mount("/", &["ro", "nosuid", "nodev", "noexec"]),
                mount("/etc/web", &["ro", "nosuid", "nodev", "noexec"]),
                mount("/run", &["rw", "nosuid", "nodev", "noexec"]),
            ]
            .into(),
        ),
        descriptors: Seen::Known(vec![
            open(0, file("/null")),
            open(3, file("/etc/web/pages")),
            open(4, listening("127.0.0.1:8080")),
        ]),
        cgroups: unread(),
        limits: unread(),
        label: unread(),
        filters: Seen::Unreadable {
            unreadable: Why::NeedsTracing,
        },
    }
}

fn grants() -> Grants {
    let host = |host: &str, access: &str| FileGrant::Host {
        host: host.to_owned(),
        access: access.to_owned(),
        optional: false,
        origin: None,
    };
    Grants {
        identity: Identity {
            uid: 1000,
            gid: 1000,
            host_uid: 1001,
            host_gid: 1002,
        },
        files: [
            ("/etc/web".to_owned(), host("/srv/web", "r")),
            ("/run".to_owned(), FileGrant::Tmpfs { tmpfs: 4096 }),
        ]
        .into(),
        descriptors: vec!["null".to_owned()],
        network: NetworkGrants {
            serve: vec![ServeGrant {
                tcp: Some("80".to_owned()),
                udp: None,
                host: "127.0.0.1:8080".to_owned(),
            }],
            ..NetworkGrants::default()
        },
        ..Grants::default()
    }
}

/// The findings, where these change what the process may do, all of it, and what it was granted.
fn found(change: impl FnOnce(&mut Essentials, &mut Privileges, &mut Grants)) -> Vec<String> {
    found_since(change, |_, _, _| {})
}

/// The same of a process that this changes once it has been looked at, and that is looked at again.
fn found_since(
    change: impl FnOnce(&mut Essentials, &mut Privileges, &mut Grants),
    since: impl FnOnce(&mut Essentials, &mut Privileges, &mut Grants),
) -> Vec<String> {
    let (mut own, mut looked, mut grants) = (essentials(100), privileges(), grants());
    change(&mut own, &mut looked, &mut grants);
    let (mut own_since, mut looked_since) = (own.clone(), looked.clone());
    since(&mut own_since, &mut looked_since, &mut grants);
    let id = ProcessId(0);
    let execution = Execution {
        process: id,
        former_tid: None,
        program: None,
        name: "web".to_owned(),
        arguments: Vec::new(),
        directory: None,
        environment: None,
        essentials: Some(Arc::new(own)),
        taken_away: None,
    };
    let events = [
        Event::Executed(Box::new(execution)),
        Event::Looked {
            process: id,
            privileges: Arc::new(looked),
            ends: None,
        },
        Event::Changed {
            process: id,
            tid: None,
            noticed: Noticed::Look,
            essentials: Arc::new(own_since),
        },
        Event::Looked {
            process: id,
            privileges: Arc::new(looked_since),
            ends: None,
        },
    ];
    let model = Model::of(events.map(|event| Record { at: Time(0), event }));
    let mut shim = model.process(id).unwrap().clone();
    shim.essentials = Some(Arc::new(essentials(200)));
    let plan = Plan {
        supplementary_groups_dropped: true,
        ..Plan::default()
    };
    let process = model.process(id).unwrap();
    let void = Void {
        shim: &shim,
        first: process,
        entrypoint: "web",
        plan: &plan,
        grants: &grants,
    };
    findings(&void, process)
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn a_void_that_holds_what_it_was_granted_has_no_findings() {
    assert_eq!(found(|_, _, _| {}), [""; 0]);
}

type Change = fn(&mut Essentials, &mut Privileges, &mut Grants);

fn mounts(looked: &mut Privileges) -> &mut Vec<Mount> {
    match &mut looked.mounts {
        Seen::Known(mounts) => Arc::make_mut(mounts),
        Seen::Unreadable { .. } => panic!("they are known"),
    }
}
fn descriptors(looked: &mut Privileges) -> &mut Vec<Descriptor> {
    match &mut looked.descriptors {
        Seen::Known(descriptors) => descriptors,
        Seen::Unreadable { .. } => panic!("they are known"),
    }
}
/// What is changed of the void, and how that is told.
const UNEXPLAINED: [(Change, &str); 16] = [
    (|e, _, _| e.uid.saved = 0, "it is user 0 on the host"),
    (|e, _, _| e.gid.effective = 5, "it is group 5 on the host"),
    (|e, _, _| e.groups.push(27), "supplementary groups [27]"),
    (
        |e, _, _| e.no_new_privs = false,
        "it may gain privileges by executing a program",
    ),
    (
        |e, _, _| e.seccomp.mode = SeccompMode::Off,
        "its system calls are not filtered",
    ),
    (
        |e, _, _| e.capabilities.bounding = CapabilitySet(1 << 21),
        "capabilities (CAP_SYS_ADMIN)",
    ),
    (
        |e, _, _| e.capabilities.ambient = CapabilitySet(1 << 10),
        "capabilities (CAP_NET_BIND_SERVICE)",
    ),
    (
        |e, _, _| e.namespaces.own[3] = Seen::Known(203),
        "the net namespace of the shim",
    ),
    (
        |_, l, _| mounts(l).push(mount("/home", &[])),
        "a mount at /home",
    ),
    (
        |_, l, _| mounts(l)[1].options[0] = "rw".to_owned(),
        "/etc/web may be written",
    ),
    (
        |_, l, _| drop(mounts(l)[2].options.pop()),
        "/run may be executed",
    ),
    (
        |_, l, _| descriptors(l).push(open(7, file("/etc/shadow"))),
        "descriptor 7 on /etc/shadow",
    ),
    (
        |_, l, _| descriptors(l).push(open(8, listening("0.0.0.0:22"))),
        "descriptor 8 listens at 0.0.0.0:22",
    ),
    (
        |_, l, _| {
            let mut thread = essentials(100);
            thread.no_new_privs = false;
            l.threads.push(Thread {
                tid: 9,
                name: "worker".to_owned(),
                essentials: thread,
            });
        },
        "thread 9: it may gain privileges by executing a program",
    ),
    (
        |e, _, _| e.capabilities.bounding = CapabilitySet::ALL,
        "capabilities (all 41)",
    ),
    (
        |_, _, g| g.network.serve.clear(),
        "descriptor 4 listens at 127.0.0.1:8080",
    ),
];

#[test]
fn whatever_no_grant_explains_is_found() {
    for (change, expected) in UNEXPLAINED {
        let expected = format!("not explained by the plan: {expected}");
        assert_eq!(found(change), [expected]);
    }
}

#[test]
fn whatever_is_not_held_any_more_is_found() {
    let table: [(Change, &str); 5] = [
        (
            |_, _, g| g.capabilities.push("CAP_NET_RAW".to_owned()),
            "capabilities (CAP_NET_RAW)",
        ),
        (
            |_, _, g| {
                drop(
                    g.files
                        .insert("/tmp".to_owned(), FileGrant::Tmpfs { tmpfs: 1 }),
                );
            },
            "/tmp: a file system in memory of 1 byte",
        ),
        (
            |_, l, _| mounts(l)[2].options[0] = "ro".to_owned(),
            "/run may be written",
        ),
        (
            |_, l, _| mounts(l)[2].super_options.push("ro".to_owned()),
            "/run may be written",
        ),
        (
            |_, _, g| g.files.extend([web("rx", None)]),
            "/etc/web may be executed",
        ),
    ];
    for (change, expected) in table {
        let expected = format!("granted, but not held: {expected}");
        assert!(
            found(change).contains(&expected),
            "{expected}: {:?}",
            found(change)
        );
    }
}

#[test]
fn what_a_process_serves_to_itself_is_no_finding() {
    let table: [Change; 2] = [
        |_, l, _| descriptors(l).push(open(9, listening("[::ffff:127.0.0.1]:8080"))),
        |_, l, _| {
            let mut own = listening("[::]:80");
            if let Object::Socket(socket) = &mut own {
                socket.network = Some(103);
            }
            descriptors(l).push(open(9, own));
        },
    ];
    for change in table {
        assert_eq!(found(change), [""; 0]);
    }
}

/// The grant at /etc/web.
fn web(access: &str, origin: Option<Origin>) -> (String, FileGrant) {
    let grant = FileGrant::Host {
        host: "/srv/web".to_owned(),
        access: access.to_owned(),
        optional: false,
        origin,
    };
    ("/etc/web".to_owned(), grant)
}

fn origin() -> Origin {
    Origin {
        device: "254:0".to_owned(),
        root: "/srv/web".to_owned(),
    }
}

/// `DEVICE ROOT` of the mount there.
fn lies_at(looked: &mut Privileges, device: &str, root: &str) {
    let mount = &mut mounts(looked)[1];
    (mount.device, mount.root) = (device.to_owned(), root.into());
}

#[test]
fn something_else_than_was_granted_is_found_where_it_is_mounted() {
    let other =
        "not explained by the plan: /etc/web is /etc of the tmpfs 254:0, and not /srv/web of 254:0";
    let table: [(&str, &str, Option<&str>); 4] = [
        ("254:0", "/srv/web", None),
        ("254:0", "/srv/old//deleted", None),
        ("254:0", "/etc", Some(other)),
        (
            "0:7",
            "/srv/web",
            Some(
                "not explained by the plan: /etc/web is /srv/web of the tmpfs 0:7, and not /srv/web of 254:0",
            ),
        ),
    ];
    for (device, root, expected) in table {
        let found = found(|_, l, g| {
            g.files.extend([web("r", Some(origin()))]);
            lies_at(l, device, root);
        });
        assert_eq!(found, Vec::from_iter(expected), "{device} {root}");
    }
    // A plan that does not tell: nothing is guessed.
    assert_eq!(found(|_, l, _| lies_at(l, "254:0", "/etc")), [""; 0]);
    let in_memory = found(|_, l, _| mounts(l)[2].file_system = "ext4".to_owned());
    let expected = "not explained by the plan: /run is / of the ext4 0:1, and not a file system in memory of 4 KiB";
    assert_eq!(in_memory, [expected]);
}

#[test]
fn what_is_given_up_is_told_apart_from_what_was_never_held() {
    const NET_RAW: CapabilitySet = CapabilitySet(1 << 13);
    let began: Change = |e, _, g| {
        g.capabilities.push("CAP_NET_RAW".to_owned());
        e.capabilities.permitted = NET_RAW;
    };
    let table: [(Change, Change, &[&str]); 4] = [
        (began, |_, _, _| {}, &[]),
        (
            began,
            |e, _, _| e.capabilities.permitted = CapabilitySet::NONE,
            &["capabilities (CAP_NET_RAW)"],
        ),
        (
            |_, _, _| {},
            |_, l, _| drop(mounts(l).remove(2)),
            &["/run: a file system in memory of 4 KiB"],
        ),
        (
            |_, _, _| {},
            |_, l, _| mounts(l)[2].options[0] = "ro".to_owned(),
            &["/run may be written"],
        ),
    ];
    for (began, since, expected) in table {
        let expected = expected.iter();
        let expected: Vec<_> = expected
            .map(|what| format!("granted, given up since: {what}"))
            .collect();
        assert_eq!(found_since(began, since), expected);
    }
}

#[test]
fn a_descriptor_that_the_program_was_given_and_closed_is_told_in_no_alarm() {
    const PIPE: Object = Object::Pipe {
        inode: 9,
        path: None,
    };
    let granted = |g: &mut Grants| {
        let more = [
            "a pipe to the launcher's standard output",
            "/etc/x, to read",
        ];
        g.descriptors.extend(more.map(str::to_owned));
    };
    let of = |all: Vec<Descriptor>| {
        found(|_, l, g| {
            granted(g);
            *descriptors(l) = all;
        })
    };
    let closed = |what: &str| format!("granted, given up since: descriptor {what}");
    let (output, input) = (
        closed("1 (a pipe to the launcher's standard output)"),
        closed("2 (/etc/x, to read)"),
    );
    let moved =
        closed("1 (a pipe to the launcher's standard output), unless it has another number now");
    assert_eq!(of(vec![open(1, PIPE), open(2, file("/"))]), [""; 0]);
    assert_eq!(of(vec![]), [output.clone(), input.clone()]);
    assert_eq!(
        of(vec![open(1, file("/run/log")), open(2, file("/"))]),
        [output]
    );
    assert_eq!(of(vec![open(7, PIPE), open(2, file("/"))]), [moved]);
}

#[test]
fn a_mount_that_others_cover_is_none() {
    // The void's own /run lies on another, in which there is a mount, too.
    let placed = |id, parent, point: &str, options: &[&str]| Mount {
        id,
        parent,
        ..mount(point, options)
    };
    let safe = ["ro", "nosuid", "nodev", "noexec"];
    let covered = found(|_, l, _| {
        *mounts(l) = vec![
            placed(1, 0, "/", &safe),
            placed(2, 1, "/etc/web", &safe),
            placed(3, 1, "/run", &["rw"]),
            placed(4, 3, "/run/lock", &["rw"]),
            placed(5, 3, "/run", &["rw", "nosuid", "nodev", "noexec"]),
        ];
    });
    assert_eq!(covered, [""; 0]);
    let visible = found(|_, l, _| {
        let all = mounts(l);
        all.push(placed(6, 1, "/run/lock", &safe));
        all.push(placed(7, 6, "/run/lock/x", &["ro", "nosuid", "nodev"]));
    });
    let expected = "not explained by the plan: /run/lock/x may be executed";
    assert_eq!(visible, [expected]);
    let root = found(|_, l, _| mounts(l)[0].options[0] = "rw".to_owned());
    assert_eq!(root, ["not explained by the plan: / may be written"]);
}
