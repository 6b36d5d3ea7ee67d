//! All that three of the processes may do, as looks tell it.
use super::{NONE, ordinary, void};
use privileges::*;
use std::sync::Arc;

fn mount(id: u64, point: &str, file_system: &str, source: &str, options: &[&str]) -> Mount {
    Mount {
        id,
        parent: 1,
        device: format!("0:{id}"),
        root: if file_system == "ext4" {
            point.into()
        } else {
            "/".into()
        },
        point: point.into(),
        options: options.iter().map(|one| (*one).to_owned()).collect(),
        propagation: Vec::new(),
        file_system: file_system.to_owned(),
        source: source.to_owned(),
        super_options: vec![
            "rw".to_owned(),
            "size=1024k".to_owned(),
            "inode64".to_owned(),
        ],
    }
}

fn descriptor(number: u32, access: Access, object: Object) -> Descriptor {
    Descriptor {
        number,
        object,
        access,
        close_on_exec: number > 4,
    }
}

fn socket(inode: u64, of: [Option<&str>; 4], peer: Option<u64>) -> Object {
    let [protocol, state, local, remote] = of.map(|one| one.map(str::to_owned));
    Object::Socket(Socket {
        inode,
        protocol,
        state,
        local,
        remote,
        peer,
        network: Some(4_026_532_203),
    })
}

fn null(number: u32) -> Descriptor {
    let object = Object::Device {
        path: "/dev/null".into(),
        block: false,
        major: 1,
        minor: 3,
    };
    descriptor(number, Access::ReadWrite, object)
}

fn limit(name: &str, soft: Option<u64>, hard: Option<u64>, unit: &str) -> Limit {
    Limit {
        name: name.to_owned(),
        soft,
        hard,
        unit: unit.to_owned(),
    }
}

fn limits(files: u64) -> Vec<Limit> {
    vec![
        limit("Max cpu time", None, None, "seconds"),
        limit("Max file size", None, None, "bytes"),
        limit("Max stack size", Some(8 << 20), None, "bytes"),
        limit(
            "Max core file size",
            Some(0),
            if files == 64 { Some(0) } else { None },
            "bytes",
        ),
        limit("Max processes", Some(31_337), Some(31_337), "processes"),
        limit("Max open files", Some(files), Some(files), "files"),
        limit("Max nice priority", Some(0), Some(0), ""),
        limit("Max realtime timeout", None, None, "us"),
    ]
}

fn looked(pid: u32, essentials: Essentials, descriptors: Vec<Descriptor>) -> Privileges {
    let owner = |_| {
        Seen::Known(NamespaceOwner {
            user_namespace: Seen::Known(4_026_532_200),
            uid: Seen::Known(1000),
        })
    };
    let mut owners = [0, 1, 2, 3, 4, 5, 6, 7].map(owner);
    owners[0] = Seen::Unreadable {
        unreadable: Why::NotPermitted,
    };
    Privileges {
        pid,
        pids: vec![pid, 1],
        parent: 4107,
        name: "dnsmasq".to_owned(),
        essentials,
        threads: Vec::new(),
        thread_count: 1,
        owners,
        root: Seen::Known("/".into()),
        directory: Seen::Known("/run".into()),
        program: Seen::Known("/usr/sbin/dnsmasq".into()),
        mounts: Seen::Known(Arc::default()),
        descriptors: Seen::Known(descriptors),
        cgroups: Seen::Known(vec![(String::new(), "/user.slice/session-3.scope".into())].into()),
        limits: Seen::Known(limits(1024).into()),
        label: Seen::Unreadable {
            unreadable: Why::NotSupported,
        },
        filters: Seen::Unreadable {
            unreadable: Why::NeedsTracing,
        },
    }
}

fn open() -> Vec<Descriptor> {
    let pipe = Object::Pipe {
        inode: 77_001,
        path: None,
    };
    let dns = [
        Some("udp"),
        Some("unconnected"),
        Some("127.0.0.1:5353"),
        None,
    ];
    let asked = [
        Some("tcp"),
        Some("established"),
        Some("127.0.0.1:53"),
        Some("127.0.0.1:41200"),
    ];
    vec![
        null(0),
        descriptor(1, Access::Write, pipe),
        descriptor(2, Access::Unknown, Object::Unreadable),
        descriptor(
            3,
            Access::Read,
            Object::File {
                path: "/etc/dns\u{1b}[31mmasq.conf".into(),
                deleted: true,
            },
        ),
        descriptor(4, Access::ReadWrite, socket(880, dns, None)),
        descriptor(5, Access::ReadWrite, socket(881, asked, None)),
        descriptor(
            6,
            Access::ReadWrite,
            socket(
                882,
                [Some("unix"), Some("established"), None, None],
                Some(883),
            ),
        ),
        descriptor(7, Access::ReadWrite, socket(890, [None; 4], None)),
        descriptor(
            8,
            Access::ReadWrite,
            Object::Anonymous {
                name: "eventpoll".to_owned(),
                process: None,
            },
        ),
        descriptor(
            9,
            Access::ReadWrite,
            Object::Anonymous {
                name: "pidfd".to_owned(),
                process: Some(4112),
            },
        ),
    ]
}

pub fn dnsmasq() -> Privileges {
    let mut privileges = looked(4110, void(), open());
    privileges.mounts = Seen::Known(
        vec![
            mount(
                40,
                "/",
                "tmpfs",
                "void",
                &["ro", "nosuid", "nodev", "noexec", "relatime"],
            ),
            mount(
                41,
                "/usr/sbin/dnsmasq",
                "ext4",
                "/dev/vda1",
                &["ro", "nosuid", "nodev", "relatime"],
            ),
            mount(
                42,
                "/run",
                "tmpfs",
                "void",
                &["rw", "nosuid", "nodev", "noexec", "relatime"],
            ),
        ]
        .into(),
    );
    privileges.limits = Seen::Known(limits(64).into());
    privileges.filters = Seen::Known(filters());
    let mut other = void();
    other.capabilities.effective = NONE;
    privileges.thread_count = 2;
    privileges.threads = vec![Thread {
        tid: 4111,
        name: "resolver".to_owned(),
        essentials: other,
    }];
    privileges
}

fn filters() -> Vec<Vec<String>> {
    vec![
        vec!["load the architecture".to_owned(), "return kill the process if it is not x86_64".to_owned()],
        vec![
            "load the system call's number".to_owned(),
            "go to 3 if it is socket, bind, connect or listen, that is, among those that the broker answers".to_owned(),
            "return allow".to_owned(),
            "return notify".to_owned(),
        ],
    ]
}

pub fn shim() -> Privileges {
    let all = vec![
        null(0),
        null(1),
        null(2),
        descriptor(
            6,
            Access::ReadWrite,
            socket(883, [Some("unix"), None, None, None], Some(882)),
        ),
    ];
    let mut privileges = looked(4107, ordinary(), all);
    privileges.mounts = Seen::Known(
        vec![
            mount(20, "/", "ext4", "/dev/vda1", &["rw", "relatime"]),
            mount(
                21,
                "/proc",
                "proc",
                "proc",
                &["rw", "nosuid", "nodev", "noexec", "relatime"],
            ),
        ]
        .into(),
    );
    privileges
}

pub fn helper() -> Privileges {
    let pipe = Object::Pipe {
        inode: 77_001,
        path: None,
    };
    let asking = [
        Some("tcp"),
        Some("established"),
        Some("127.0.0.1:41200"),
        Some("127.0.0.1:53"),
    ];
    looked(
        4112,
        void(),
        vec![
            descriptor(0, Access::Read, pipe),
            descriptor(3, Access::ReadWrite, socket(884, asking, None)),
        ],
    )
}
