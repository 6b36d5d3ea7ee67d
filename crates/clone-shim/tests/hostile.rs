//! The promises of "What a void is", each tried by a hostile program inside; and the same program outside and in
//! bubblewrap, where it must get through, or it proves nothing.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use rustix::io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use support::probing::{assert_only_open, outcomes, run_poisoned};
use support::{Launcher, Stage, free_port, hostile, launchers, repository, stdout, succeed};

fn poisoned(stage: &Stage, command: &[&str]) -> Command {
    stage.own_folder("poison");
    let mut poison = stage.command("/usr/bin/python3");
    poison
        .arg(repository("tests/probes/poison.py").canonicalize().unwrap())
        .arg(stage.path("poison"))
        .args(command);
    poison
}

/// What of the launcher's network a void is granted.
#[derive(Clone, Copy)]
enum Granted<'a> {
    Nothing,
    Network(&'a Grants),
    /// Descriptors that listen, by their kinds.
    Listening(&'a [&'a str]),
}

/// Runs the hostile program in a void whose grants it tries to stretch.
fn in_a_void(launcher: Launcher, init: bool, granted: Granted<'_>) -> BTreeMap<String, String> {
    let stage = Stage::new(launcher);
    stage.own_file("log", "what was there\n");
    stage.own_file("readable", "to read\n");
    let program = hostile(&stage);
    let mut specification = json!({ "version": 1, "entrypoints": { "hostile": {
        "program": program,
        "args": ["inside", "allowed=5", "append=${fd.append}", "readable=${fd.readable}", "folder=/folder",
            "writable=/tmp", "mounts=5", "${trailing}"],
        "init": init,
        "files": {
            "/proc": { "proc": true },
            "/folder": stage.path("poison"),
            "/tmp": { "tmpfs": "64K" },
        },
        "descriptors": {
            "append": { "open": stage.path("log"), "access": "a" },
            "readable": { "open": stage.path("readable") },
        },
        "stdout": "inherit",
    } } });
    grant(
        &stage,
        &mut specification["entrypoints"]["hostile"],
        granted,
    );
    let outcomes = run_poisoned(&stage, &specification, &[]);
    assert_eq!(
        std::fs::read_to_string(stage.path("log")).unwrap(),
        "what was there\n"
    );
    outcomes
}

fn grant(stage: &Stage, hostile: &mut Value, granted: Granted<'_>) {
    let mut planted = Vec::new();
    match granted {
        Granted::Nothing => {}
        Granted::Network(grants) => {
            hostile["network"] = grants.network.clone();
            planted.clone_from(&grants.planted);
        }
        Granted::Listening(kinds) => {
            let (port, folder) = (free_port(), stage.own_folder("sockets"));
            for kind in kinds {
                let address = match *kind {
                    "tcp" | "udp" => format!("{kind}:127.0.0.1:{port}"),
                    _ => format!("{kind}:{}/{kind}", folder.display()),
                };
                let name = format!("listen-{kind}");
                planted.push(format!("{name}=${{fd.{name}}}"));
                hostile["descriptors"][&name] = json!({ "listen": address });
            }
            hostile["args"][1] = json!(format!("allowed={}", 5 + kinds.len()));
            visit(port, folder.join("unix"));
        }
    }
    let args = hostile["args"].as_array_mut().unwrap();
    args.extend(planted.into_iter().map(Value::from));
}

/// Somebody comes to a TCP port and to a socket file, again and again, as long as this process runs.
fn visit(port: u16, path: PathBuf) {
    fn visit_by<T: Send + 'static>(mut connect: impl FnMut() -> Option<T> + Send + 'static) {
        const KEPT: usize = 64;
        std::thread::spawn(move || {
            let mut visits = Vec::new();
            loop {
                visits.extend(connect());
                if visits.len() > KEPT {
                    visits.remove(0);
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        });
    }
    visit_by(move || TcpStream::connect(("127.0.0.1", port)).ok());
    visit_by(move || UnixStream::connect(&path).ok());
}

/// Every probe is refused, but for those that reach nobody else.
fn assert_nothing_is_open(launcher: Launcher, init: bool, open: &[&str]) {
    let outcomes = in_a_void(launcher, init, Granted::Nothing);
    assert_only_open(&outcomes, open);
}

/// An ordinary launcher's groups cannot be dropped; `tester` has none.
#[test]
fn a_hostile_program_gets_nothing_out_of_a_void() {
    for launcher in launchers() {
        assert_nothing_is_open(launcher, true, &[]);
    }
}

const ITSELF: &[&str] = &[
    "signal-0-to-pid-1",
    "SIGTERM-to-pid-1",
    "SIGKILL-to-pid-1",
    "queued-signal-to-pid-1",
    "memory-of-pid-1",
    "environment-of-pid-1",
    "descriptors-of-pid-1",
    "limits-of-pid-1",
    "affinity-of-pid-1",
    "priority-of-pid-1",
];

/// Without an init of ours, pid 1 is the program itself: what reaches it reaches nobody else.
#[test]
fn a_hostile_program_that_is_pid_1_gets_nothing_out_of_a_void() {
    for launcher in launchers() {
        assert_nothing_is_open(launcher, false, ITSELF);
    }
}

/// Network grants, and what the hostile program is told of them.
struct Grants {
    network: Value,
    planted: Vec<String>,
}

#[test]
fn a_hostile_program_with_a_port_and_a_destination_gets_nothing_else_by_them() {
    for launcher in launchers() {
        let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
        // Nobody accepts there, and as many as connect find room.
        let destination = TcpListener::bind("0.0.0.0:0").unwrap();
        let reached = destination.local_addr().unwrap().port();
        let elsewhere = taken.local_addr().unwrap().port();
        let address = format!("127.0.0.1:{}", free_port());
        let grants = Grants {
            network: json!({
                "serve": [{ "tcp": 80, "host": address }, { "udp": 80, "host": address }],
                "reach": [format!("tcp:127.0.0.1:{reached}"), "tcp:*:*", "tcp:126.0.0.0/7:*"],
            }),
            planted: vec![
                "served=80".to_owned(),
                format!("elsewhere={elsewhere}"),
                format!("reached={reached}"),
            ],
        };
        for init in [true, false] {
            let outcomes = in_a_void(launcher, init, Granted::Network(&grants));
            let open = if init { &[][..] } else { ITSELF };
            // What answers a datagram can send one. To no port and no address, before it connects, a socket is not bound.
            let granted = ["send-UDP", "netlink-route", "bind-TCP"];
            assert_only_open(&outcomes, &[open, &granted].concat());
        }
    }
}

#[test]
fn a_hostile_program_with_sockets_that_listen_gets_nothing_else_by_them() {
    for launcher in launchers() {
        for init in [true, false] {
            for kinds in [
                &["tcp", "udp", "unix"][..],
                &["tcp", "udp", "unixgram"],
                &["unix", "unixpacket"],
            ] {
                let outcomes = in_a_void(launcher, init, Granted::Listening(kinds));
                let open = if init { &[][..] } else { ITSELF };
                // `LISTEN_FDS` and its kin are all that there is, and programs see the void's own network.
                assert!(!outcomes["environment"].contains("SECRET"));
                assert_only_open(
                    &outcomes,
                    &[open, &["environment", "netlink-route"]].concat(),
                );
            }
        }
    }
}

/// Sockets as a void would be handed them, for whatever this process starts, and what they are called.
fn handed(stage: &Stage) -> (Vec<OwnedFd>, String) {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let unix = UnixListener::bind(stage.path("unix")).unwrap();
    let unixgram = UnixDatagram::bind(stage.path("unixgram")).unwrap();
    visit(tcp.local_addr().unwrap().port(), stage.path("unix"));
    let all = [
        ("tcp", tcp.as_fd()),
        ("udp", udp.as_fd()),
        ("unix", unix.as_fd()),
        ("unixgram", unixgram.as_fd()),
    ];
    let copies = all.map(|(_, fd)| {
        // Where the poisoned launcher has none of its own.
        let copy = fcntl_dupfd_cloexec(fd, 100).unwrap();
        fcntl_setfd(&copy, FdFlags::empty()).unwrap();
        copy
    });
    let named = all.iter().zip(&copies);
    let planted: Vec<_> = named
        .map(|((kind, _), copy)| format!("listen-{kind}={}", copy.as_raw_fd()))
        .collect();
    (copies.into(), planted.join(" "))
}

#[test]
fn a_hostile_program_that_may_send_and_have_sockets_gets_nothing_else_by_that() {
    for launcher in launchers() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let taken = UdpSocket::bind("0.0.0.0:0").unwrap();
        let [sends, elsewhere] = [&socket, &taken].map(|it| it.local_addr().unwrap().port());
        let host = Stage::new(launcher);
        let reached = UnixListener::bind(host.path("stream")).unwrap();
        let sent_to = UnixDatagram::bind(host.path("datagrams")).unwrap();
        let grants = Grants {
            network: json!({
                "unix": true,
                "reach": [
                    format!("udp:127.0.0.1:{sends}"), "udp:*:*", "udp:126.0.0.0/7:*", "icmp:*",
                    format!("unix:{}", host.text("stream")), format!("unixgram:{}", host.text("datagrams")),
                ],
            }),
            planted: vec![format!("sends={sends}"), format!("elsewhere={elsewhere}")],
        };
        for init in [true, false] {
            let outcomes = in_a_void(launcher, init, Granted::Network(&grants));
            let open = if init { &[][..] } else { ITSELF };
            // There are such sockets; where they lead is what the others try.
            let granted = ["AF_UNIX", "netlink-route"];
            assert_only_open(&outcomes, &[open, &granted].concat());
        }
        drop((reached, sent_to));
    }
}

/// As the kernel shows them where nothing stands in the way.
#[test]
fn every_probe_bites_outside_or_in_bubblewrap() {
    let stage = Stage::new(Launcher::Ourselves);
    let program = hostile(&stage);
    let program = program.to_str().unwrap();
    stage.own_file("log", "");
    stage.own_file("readable", "");
    let poison = stage.text("poison");
    let port = free_port();
    let destination = TcpListener::bind("0.0.0.0:0").unwrap();
    let reached = destination.local_addr().unwrap().port();
    let neighbour = UdpSocket::bind("127.0.0.1:0").unwrap();
    let taken = neighbour.local_addr().unwrap().port();
    let run = |around: &str, arguments: &str| {
        let again = Stage::new(Launcher::Ourselves);
        let (_handed, listening) = handed(&again);
        let script = format!(
            "exec 8>>log 9<readable </dev/zero; exec {around} append=8 readable=9 writable=/tmp served={port} sends={port} elsewhere={taken} reached={reached} {listening} {arguments} \"$@\""
        );
        let mut control = poisoned(&stage, &["sh", "-c", &script, "sh", "@PLANTED@"]);
        let output = control.output().unwrap();
        std::fs::remove_dir_all(&poison).unwrap();
        outcomes(&stdout(&output))
    };
    let bubblewrap = |more: &str| {
        let around = format!(
            "bwrap --unshare-all --clearenv --die-with-parent {more} --proc /proc --dev /dev --tmpfs /tmp \
             --ro-bind {poison} /folder --ro-bind {program} /hostile /hostile inside"
        );
        run(&around, "folder=/folder")
    };
    let controls = [
        run(program, &format!("folder={poison}")),
        bubblewrap(""),
        // Root of a namespace of its own has what an ordinary user does not have outside.
        bubblewrap("--uid 0 --gid 0 --cap-add ALL"),
    ];
    let table = succeed(Command::new(program).arg("list"));
    let mut blunt = Vec::new();
    for (name, nowhere) in table.lines().filter_map(|line| line.split_once('\t')) {
        let seen = controls.each_ref().map(|control| control.get(name));
        let bites = seen.iter().flatten().any(|seen| seen.starts_with("OPEN"));
        if nowhere.is_empty() && !bites && !only_root_finds_it_open(name) {
            blunt.push((name, seen));
        }
    }
    let lines: Vec<_> = blunt.iter().map(|probe| format!("{probe:?}")).collect();
    assert!(blunt.is_empty(), "{}", lines.join("\n"));
}

/// What is forbidden to whoever is not root of the machine, in every namespace: an ordinary user's tests cannot show it.
fn only_root_finds_it_open(probe: &str) -> bool {
    const PROBES: &[&str] = &[
        "IP_TRANSPARENT",
        "SO_MARK",
        "TIOCSTI",
        "acct",
        "block-device",
        "bpf",
        "character-device",
        "device-memory",
        "mode-of-the-null-device",
        "open-by-handle",
        "set-groups",
        "supplementary-groups",
        "swapon",
        "syslog",
    ];
    !rustix::process::geteuid().is_root() && PROBES.contains(&probe)
}
