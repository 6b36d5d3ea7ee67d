//! All that can be said of the sample's server.
use super::in_void;
use crate::log::{Held, OtherEnds, Others, ProcessId, Relation};
use privileges::{
    Access, Descriptor, Limit, Mount, NamespaceOwner, Object, Privileges, Seen, Socket, Thread, Why,
};

fn descriptor(number: u32, object: Object, access: Access) -> Descriptor {
    Descriptor {
        number,
        object,
        access,
        close_on_exec: number > 2,
    }
}

fn socket() -> Object {
    Object::Socket(Socket {
        inode: 77_001,
        protocol: Some("tcp".to_owned()),
        state: Some("listen".to_owned()),
        local: Some("127.0.0.1:8080".to_owned()),
        remote: Some("0.0.0.0:0".to_owned()),
        peer: Some(77_002),
        network: Some(4_026_531_840),
    })
}

fn objects() -> Vec<(Object, Access)> {
    let null = Object::Device {
        path: "/dev/null".into(),
        block: false,
        major: 1,
        minor: 3,
    };
    let pipe = |path: Option<&str>| Object::Pipe {
        inode: 55_100,
        path: path.map(Into::into),
    };
    let file = |path: &str, deleted| Object::File {
        path: path.into(),
        deleted,
    };
    let anonymous = |name: &str, process| Object::Anonymous {
        name: name.to_owned(),
        process,
    };
    vec![
        (null, Access::Read),
        (pipe(None), Access::Write),
        (pipe(Some("/run/fifo")), Access::ReadWrite),
        (socket(), Access::ReadWrite),
        (file("/site/index.html", false), Access::Read),
        (file("/tmp/gone", true), Access::Path),
        (anonymous("eventpoll", None), Access::ReadWrite),
        (anonymous("pidfd", Some(4101)), Access::ReadWrite),
        (
            Object::Memory {
                name: "cache".to_owned(),
            },
            Access::ReadWrite,
        ),
        (
            Object::Namespace {
                name: "net".to_owned(),
                inode: 4_026_532_203,
            },
            Access::Read,
        ),
        (Object::Unreadable, Access::Unknown),
    ]
}

fn root_mount() -> Mount {
    Mount {
        id: 512,
        parent: 511,
        device: "0:71".to_owned(),
        root: "/".into(),
        point: "/".into(),
        options: vec!["ro".to_owned(), "nosuid".to_owned(), "nodev".to_owned()],
        propagation: vec!["master:1".to_owned()],
        file_system: "tmpfs".to_owned(),
        source: "void".to_owned(),
        super_options: vec!["rw".to_owned(), "size=4k".to_owned()],
    }
}

pub(crate) fn looked() -> Privileges {
    let unreadable = |unreadable| Seen::Unreadable { unreadable };
    let owner = Seen::Known(NamespaceOwner {
        user_namespace: Seen::Known(4_026_532_200),
        uid: Seen::Known(1000),
    });
    let objects = objects().into_iter().zip(0..);
    let descriptors = objects.map(|((object, access), number)| descriptor(number, object, access));
    Privileges {
        pid: 4104,
        pids: vec![4104, 1],
        parent: 4103,
        name: "nginx".to_owned(),
        essentials: in_void(true),
        threads: vec![Thread {
            tid: 4112,
            name: "worker".to_owned(),
            essentials: in_void(false),
        }],
        thread_count: 2,
        owners: [(); 8].map(|()| owner.clone()),
        root: Seen::Known("/".into()),
        directory: Seen::Known("/site".into()),
        program: Seen::Unreadable {
            unreadable: Why::NotPermitted,
        },
        mounts: Seen::Known(vec![root_mount()].into()),
        descriptors: Seen::Known(descriptors.collect()),
        cgroups: Seen::Known(
            vec![
                (String::new(), "/user.slice/site.scope".into()),
                ("memory".to_owned(), "/".into()),
            ]
            .into(),
        ),
        limits: Seen::Known(vec![open_files()].into()),
        label: Seen::Known(Some("unconfined".to_owned())),
        filters: unreadable(Why::NeedsTracing),
    }
}

fn open_files() -> Limit {
    Limit {
        name: "Max open files".to_owned(),
        soft: Some(1024),
        hard: None,
        unit: "files".to_owned(),
    }
}

/// Who else is at its ends.
pub(crate) fn ends() -> OtherEnds {
    let held = |process, number| Held {
        process: ProcessId(process),
        number,
    };
    let others = |number, are, descriptors, more| Others {
        number,
        are,
        descriptors,
        more,
    };
    OtherEnds {
        found: vec![
            others(1, Relation::Opposite, vec![held(2, 7), held(3, 2)], 12),
            others(3, Relation::Same, vec![held(2, 9)], 0),
        ],
        unread: 3,
    }
}
