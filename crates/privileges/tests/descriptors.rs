//! What a process has open, and who is at the other end.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use privileges::{
    Access, Counterparts, Descriptor, End, Ends, Object, Privileges, Process, Socket, privileges_of,
};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Command;
use support::{Stage, Subject, source};

/// A process that has something of every kind open, and what it says about it.
struct Opener {
    subject: Subject,
    stage: Stage,
    opened: BTreeMap<String, u32>,
    addresses: BTreeMap<String, serde_json::Value>,
}

impl Opener {
    fn new(words: &[&str]) -> Self {
        let stage = Stage::new();
        let python = [
            "/usr/bin/python3".to_owned(),
            source("privileges-descriptors.py")
                .to_str()
                .unwrap()
                .to_owned(),
        ];
        let mut words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        words.extend(python);
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .arg(stage.path())
            .arg(std::process::id().to_string());
        let subject = Subject::start_below(&mut command);
        let said: serde_json::Value = serde_json::from_str(&subject.said).unwrap();
        let map = |key: &str| serde_json::from_value(said[key].clone()).unwrap();
        Self {
            opened: serde_json::from_value(said["opened"].clone()).unwrap(),
            addresses: map("addresses"),
            subject,
            stage,
        }
    }

    fn privileges(&self) -> Privileges {
        self.subject.process().privileges().unwrap()
    }

    fn descriptor(&self, privileges: &Privileges, name: &str) -> Descriptor {
        let number = self.opened[name];
        let open = privileges.descriptors.known().unwrap();
        open.iter()
            .find(|open| open.number == number)
            .unwrap()
            .clone()
    }

    fn socket(&self, privileges: &Privileges, name: &str) -> Socket {
        match self.descriptor(privileges, name).object {
            Object::Socket(socket) => socket,
            other => panic!("{name}: {other:?}"),
        }
    }

    fn link(&self, name: &str) -> PathBuf {
        self.subject.link(&format!("fd/{}", self.opened[name]))
    }

    /// The number in `pipe:[12]`.
    fn inode(&self, name: &str) -> u64 {
        let link = self.link(name);
        let (_, rest) = link.to_str().unwrap().split_once('[').unwrap();
        rest.trim_end_matches(']').parse().unwrap()
    }

    fn end(&self, name: &str) -> End {
        End {
            pid: self.subject.number(),
            number: self.opened[name],
        }
    }

    fn address(&self, name: &str) -> String {
        let address = &self.addresses[name];
        let host = address[0].as_str().unwrap();
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.to_owned()
        };
        format!("{host}:{}", address[1])
    }
}

#[test]
fn files_are_told_by_their_paths() {
    let opener = Opener::new(&["env"]);
    let it = opener.privileges();
    for (name, file, is_deleted) in [
        ("file", &b"plain"[..], false),
        ("place", b"plain", false),
        ("folder", b"", false),
        ("odd", b"odd\n (deleted) ) (\xff", false),
        ("deleted", b"gone", true),
        ("looks deleted", b"here (deleted)", false),
        ("linked", b"linked", true),
    ] {
        let folder = opener.stage.path();
        let expected = Object::File {
            path: folder.join(OsStr::from_bytes(file)).components().collect(),
            deleted: is_deleted,
        };
        assert_eq!(opener.descriptor(&it, name).object, expected, "{name}");
    }
}

#[test]
fn devices_and_nameless_things_are_told_apart() {
    let opener = Opener::new(&["env"]);
    let it = opener.privileges();
    let fifo = opener.stage.path().join("fifo");
    let anonymous = |name: &str, process| Object::Anonymous {
        name: name.to_owned(),
        process,
    };
    let pipe = |inode, path| Object::Pipe { inode, path };
    let null = Object::Device {
        path: "/dev/null".into(),
        block: false,
        major: 1,
        minor: 3,
    };
    let namespace = Object::Namespace {
        name: "net".to_owned(),
        inode: opener.inode("namespace"),
    };
    let name = "a name (deleted)".to_owned();
    for (what, object) in [
        ("null", null),
        ("pipe read", pipe(opener.inode("pipe read"), None)),
        ("fifo", pipe(fs::metadata(&fifo).unwrap().ino(), Some(fifo))),
        ("memory", Object::Memory { name }),
        ("epoll", anonymous("eventpoll", None)),
        ("event", anonymous("eventfd", None)),
        ("pidfd", anonymous("pidfd", Some(std::process::id()))),
        ("namespace", namespace),
    ] {
        assert_eq!(opener.descriptor(&it, what).object, object, "{what}");
    }
}

#[test]
fn a_block_device_is_told_from_a_character_device() {
    if !support::is_root("the file of a device") {
        return;
    }
    let stage = Stage::new();
    let device = stage.path().join("device");
    let mut mknod = Command::new("mknod");
    support::succeed(mknod.arg(&device).args(["b", "7", "99"]));
    // As a place alone: there need be no such device.
    let script =
        "import os, sys; print(os.open(sys.argv[1], os.O_PATH), flush=True); sys.stdin.read()";
    let mut python = Command::new("python3");
    let subject = Subject::start(python.args(["-c", script]).arg(&device));
    let it = subject.process().privileges().unwrap();
    let number: u32 = subject.said.trim().parse().unwrap();
    let open = it.descriptors.known().unwrap();
    let found = open.iter().find(|open| open.number == number).unwrap();
    let expected = Object::Device {
        path: device,
        block: true,
        major: 7,
        minor: 99,
    };
    assert_eq!((&found.object, found.access), (&expected, Access::Path));
}

#[test]
fn every_open_descriptor_is_listed_with_its_access() {
    let opener = Opener::new(&["env"]);
    let it = opener.privileges();
    let listed = fs::read_dir(format!("/proc/{}/fd", opener.subject.pid())).unwrap();
    let mut listed: Vec<u32> = listed
        .map(|entry| {
            entry
                .unwrap()
                .file_name()
                .to_str()
                .unwrap()
                .parse()
                .unwrap()
        })
        .collect();
    listed.sort_unstable();
    let open = it.descriptors.known().unwrap();
    assert_eq!(
        open.iter().map(|open| open.number).collect::<Vec<_>>(),
        listed
    );
    let access = |name: &str| opener.descriptor(&it, name).access;
    assert_eq!(access("reading"), Access::Read);
    assert_eq!(access("writing"), Access::Write);
    assert_eq!(access("file"), Access::ReadWrite);
    assert_eq!(access("place"), Access::Path);
    assert_eq!(
        (access("pipe read"), access("pipe write")),
        (Access::Read, Access::Write)
    );
    for open in open {
        let raw = support::raw(
            &format!("{}/fdinfo/{}", opener.subject.pid(), open.number),
            "flags",
        );
        let flags = u32::from_str_radix(&raw, 8).unwrap();
        assert_eq!(open.close_on_exec, flags & 0o2_000_000 != 0, "{open}");
    }
    assert!(!opener.descriptor(&it, "inheritable").close_on_exec);
    assert!(opener.descriptor(&it, "file").close_on_exec);
}

#[test]
fn sockets_are_told_by_protocol_state_and_addresses() {
    let opener = Opener::new(&["env"]);
    let it = opener.privileges();
    assert_sockets(&opener, &it);
}

/// A process in a network namespace of its own: its sockets are in the tables of that.
#[test]
fn sockets_of_another_network_namespace_are_found() {
    let script = "ip link set lo up && exec \"$@\"";
    let opener = Opener::new(&["unshare", "-U", "-r", "-n", "sh", "-c", script, "sh"]);
    let it = opener.privileges();
    assert_sockets(&opener, &it);
}

fn assert_sockets(opener: &Opener, it: &Privileges) {
    let network = fs::metadata(format!("/proc/{}/ns/net", opener.subject.pid()));
    let network = network.unwrap().ino();
    let expected = unix_sockets(opener)
        .into_iter()
        .chain(internet_sockets(opener));
    for (name, [protocol, state], local, remote, peer) in expected {
        let expected = Socket {
            inode: opener.inode(name),
            network: Some(network),
            protocol: Some(protocol.to_owned()),
            state: Some(state.to_owned()),
            local,
            remote,
            peer: peer.map(|peer| opener.inode(peer)),
        };
        assert_eq!(opener.socket(it, name), expected, "{name}");
    }
    let unbound = Socket {
        inode: opener.inode("tcp unbound"),
        protocol: Some("tcp".to_owned()),
        ..Socket::default()
    };
    assert_eq!(opener.socket(it, "tcp unbound"), unbound);
    let netlink = opener.socket(it, "netlink");
    assert_eq!(netlink.protocol.as_deref(), Some("netlink"));
    assert!(netlink.local.unwrap().starts_with("route:"));
    if opener.opened.contains_key("raw") {
        assert_eq!(opener.socket(it, "raw").protocol.as_deref(), Some("raw"));
        assert_eq!(opener.socket(it, "packet").local.as_deref(), Some("0003:0"));
    }
}

/// Name, protocol and state, own address, the other end's, and its name.
type Expected = (
    &'static str,
    [&'static str; 2],
    Option<String>,
    Option<String>,
    Option<&'static str>,
);

fn unix_sockets(opener: &Opener) -> Vec<Expected> {
    let (established, listen) = (["unix", "established"], ["unix", "listen"]);
    let path = opener.stage.path().join("socket");
    let path = Some(path.to_str().unwrap().to_owned());
    let pids = opener.subject.raw("NSpid");
    let name = format!("@privileges@{}", pids.split_whitespace().last().unwrap());
    vec![
        ("pair left", established, None, None, Some("pair right")),
        ("unix listen", listen, path.clone(), None, None),
        (
            "unix server",
            established,
            path.clone(),
            None,
            Some("unix client"),
        ),
        ("unix client", established, None, path, Some("unix server")),
        ("abstract", ["unix", "unconnected"], Some(name), None, None),
    ]
}

fn internet_sockets(opener: &Opener) -> Vec<Expected> {
    let at = |name: &str| Some(opener.address(name));
    let (tcp, udp) = (["tcp", "established"], ["udp", "established"]);
    vec![
        (
            "tcp listen",
            ["tcp", "listen"],
            at("tcp listen"),
            None,
            None,
        ),
        (
            "tcp server",
            tcp,
            at("tcp listen"),
            at("tcp client"),
            Some("tcp client"),
        ),
        (
            "tcp client",
            tcp,
            at("tcp client"),
            at("tcp listen"),
            Some("tcp server"),
        ),
        (
            "tcp6 listen",
            ["tcp6", "listen"],
            at("tcp6 listen"),
            None,
            None,
        ),
        (
            "udp",
            udp,
            at("udp"),
            at("udp connected"),
            Some("udp connected"),
        ),
        (
            "udp connected",
            udp,
            at("udp connected"),
            at("udp"),
            Some("udp"),
        ),
        ("udp6", ["udp6", "unconnected"], at("udp6"), None, None),
    ]
}

/// The kernel gives a long table in pieces, of which none fills a page.
#[test]
fn each_of_very_many_sockets_is_found() {
    let listeners: Vec<_> = std::iter::repeat_with(|| std::net::UdpSocket::bind("127.0.0.1:0"))
        .take(200)
        .map(Result::unwrap)
        .collect();
    let own = Process::open(rustix::process::getpid()).unwrap();
    let privileges = own.privileges().unwrap();
    let open = privileges.descriptors.known().unwrap();
    let told: BTreeMap<u32, Option<String>> = open
        .iter()
        .filter_map(|descriptor| match &descriptor.object {
            Object::Socket(socket) => Some((descriptor.number, socket.local.clone())),
            _ => None,
        })
        .collect();
    for listener in &listeners {
        let number = listener.as_raw_fd().unsigned_abs();
        let address = listener.local_addr().unwrap().to_string();
        assert_eq!(told[&number], Some(address));
    }
}

#[test]
fn a_socket_of_the_readers_network_is_found_in_a_process_of_another() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (host, _other) = std::os::unix::net::UnixStream::pair().unwrap();
    rustix::io::fcntl_setfd(&listener, rustix::io::FdFlags::empty()).unwrap();
    rustix::io::fcntl_setfd(&host, rustix::io::FdFlags::empty()).unwrap();
    let subject = Stage::new().start(&["unshare", "-U", "-r", "-n"], &[]);
    let it = subject.process().privileges().unwrap();
    let own = fs::metadata("/proc/self/ns/net").unwrap().ino();
    let mut found = sockets(&it);
    found.retain(|socket| socket.network == Some(own));
    let address = listener.local_addr().unwrap().to_string();
    assert!(
        found
            .iter()
            .any(|socket| socket.local.as_deref() == Some(&address)),
        "{found:?}"
    );
    assert!(
        found.iter().any(|socket| socket.peer.is_some()),
        "{found:?}"
    );
}

/// A socket made in one void's network and handed to a process of another is found, if both are looked at.
#[test]
fn a_socket_is_found_in_the_network_of_another_process_of_the_tree() {
    let script = r"
import os, signal, socket, sys
made = socket.socket()
made.bind(('127.0.0.1', 0))
made.listen()
os.set_inheritable(made.fileno(), True)
if os.fork() == 0:
    os.execvp('unshare', ['unshare', '-n', sys.argv[1]])
signal.pause()";
    let stage = Stage::new();
    let mut command = Command::new("unshare");
    command.args(["-U", "-r", "-n", "-p", "-f", "--kill-child"]);
    command
        .args(["/usr/bin/python3", "-c", script])
        .arg(stage.subject());
    let subject = Subject::start_below(&mut command);
    let inner = subject.process();
    let parent = inner.facts().unwrap().parent.cast_signed();
    let outer = Process::open(rustix::process::Pid::from_raw(parent).unwrap()).unwrap();
    let alone = inner.privileges().unwrap();
    assert_eq!(tcp(&alone)[0].state, None);
    let found = privileges_of([&inner, &outer]);
    let [inner, outer] = [&found[0], &found[1]].map(|found| tcp(found.as_ref().unwrap()));
    assert_eq!(inner, outer);
    assert_eq!(inner[0].state.as_deref(), Some("listen"));
}

/// Its TCP sockets, but those of our own network, which it may have from another test of this process.
fn tcp(privileges: &Privileges) -> Vec<Socket> {
    let own = fs::metadata("/proc/self/ns/net").unwrap().ino();
    let sockets = sockets(privileges).into_iter();
    let sockets = sockets.filter(|socket| socket.network != Some(own));
    sockets
        .filter(|socket| socket.protocol.as_deref() == Some("tcp"))
        .collect()
}

fn sockets(privileges: &Privileges) -> Vec<Socket> {
    let open = privileges.descriptors.known().unwrap().iter();
    open.filter_map(|open| match &open.object {
        Object::Socket(socket) => Some(socket.clone()),
        _ => None,
    })
    .collect()
}

#[test]
fn the_other_ends_are_found_in_the_process_itself() {
    let opener = Opener::new(&["env"]);
    let it = opener.privileges();
    let ends = Ends::among([&it]);
    let others = |name: &str| ends_of(&ends, &it, opener.end(name).number);
    for (one, other) in [
        ("pipe read", "pipe write"),
        ("pair left", "pair right"),
        ("unix client", "unix server"),
        ("tcp client", "tcp server"),
        ("udp", "udp connected"),
    ] {
        assert_eq!(others(one), [opener.end(other)], "{one}");
        assert_eq!(others(other), [opener.end(one)], "{other}");
    }
    for lonely in [
        "fifo",
        "tcp listen",
        "unix listen",
        "abstract",
        "netlink",
        "file",
    ] {
        assert_eq!(others(lonely), [], "{lonely}");
    }
}

#[test]
fn pipes_and_sockets_are_found_again_by_their_links_alone() {
    let opener = Opener::new(&["env"]);
    let (it, process) = (opener.privileges(), opener.subject.process());
    let open = it.descriptors.known().unwrap();
    let sought = Counterparts::of(&it);
    let mut left = open.len() + 7;
    let found = sought.among(&process, &mut left).unwrap();
    assert_eq!(left, 7);
    let is_sought =
        |one: &&Descriptor| matches!(one.object, Object::Pipe { .. } | Object::Socket(_));
    let expected: Vec<_> = open.iter().filter(is_sought).collect();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let [one, other] = [found, expected].map(|it| (it.number, it.access));
        assert_eq!(one, other);
        match (&found.object, &expected.object) {
            (Object::Socket(found), Object::Socket(expected)) => {
                assert_eq!(found.inode, expected.inode);
            }
            (found, expected) => assert_eq!(found, expected),
        }
    }
    assert_eq!(sought.among(&process, &mut (open.len() - 1)), None);
}

#[test]
fn a_pipe_leads_from_one_process_to_the_other() {
    let stage = Stage::new();
    let subject = stage.subject();
    let script = "\"$0\" | \"$0\" & \"$0\" >&2 & echo ready; wait";
    let mut shell = Subject::start(Command::new("sh").args(["-c", script]).arg(&subject));
    let mut processes = Vec::new();
    support::until(|| {
        processes = children(&shell);
        processes.len() == 3
    });
    let found: Vec<_> = privileges_of(&processes)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let ends = Ends::among(&found);
    let end = |place: usize, number| End {
        pid: found[place].pid,
        number,
    };
    let by_pipe = |from: usize, to: usize| {
        ends_of(&ends, &found[from], 1) == [end(to, 0)]
            && ends_of(&ends, &found[to], 0) == [end(from, 1)]
    };
    let pairs = [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)];
    for (place, own) in found.iter().enumerate() {
        let sought = Counterparts::of(own);
        let others = (0..3).filter(|other| *other != place);
        let others: Vec<_> = others
            .map(|other| (found[other].pid, sought.among(&processes[other], &mut 99)))
            .map(|(pid, open)| (pid, open.unwrap()))
            .collect();
        let others = others.iter().map(|(pid, open)| (*pid, &open[..]));
        let by_links = Ends::of_counterparts(own, others);
        for number in 0..3 {
            let [found, expected] = [&by_links, &ends].map(|ends| ends_of(ends, own, number));
            assert_eq!(found, expected);
        }
    }
    assert_eq!(
        pairs
            .iter()
            .filter(|(from, to)| by_pipe(*from, *to))
            .count(),
        1
    );
    for process in &processes {
        rustix::process::kill_process(process.pid(), rustix::process::Signal::KILL).unwrap();
    }
    shell.end();
}

/// Who is at the other end of this descriptor of a process.
fn ends_of(ends: &Ends, process: &Privileges, number: u32) -> Vec<End> {
    let mut open = process.descriptors.known().unwrap().iter();
    let one = open.find(|one| one.number == number).unwrap();
    ends.of(process.pid, one).iter().collect()
}

/// Those that execute the subject already.
fn children(shell: &Subject) -> Vec<Process> {
    let text = shell.file(&format!("task/{}/children", shell.pid()));
    let pids = text
        .split_whitespace()
        .map(|pid| rustix::process::Pid::from_raw(pid.parse().unwrap()).unwrap());
    pids.filter_map(|pid| Process::open(pid).ok())
        .filter(|process| process.facts().is_ok_and(|facts| facts.name == "subject"))
        .collect()
}

#[test]
fn all_that_is_said_survives_json() {
    let opener = Opener::new(&["env"]);
    let it = opener.privileges();
    let json = serde_json::to_string(&it).unwrap();
    assert_eq!(serde_json::from_str::<Privileges>(&json).unwrap(), it);
}
