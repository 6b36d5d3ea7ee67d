//! What is reached by datagrams, by echo requests, by name, and at paths; and that nothing else is.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::process::{Command, Output, Stdio};
use support::{Launcher, Stage, launchers, python, shown, stderr, stdout};

fn sends(stage: &Stage, script: &str, args: &[&str], network: &Value) -> Value {
    let mut fields = python(stage, script);
    let all = fields["args"].as_array_mut().unwrap();
    all.extend(args.iter().map(|word| json!(word)));
    fields["files"]["/run"] = json!({ "tmpfs": "1M" });
    fields["network"] = network.clone();
    fields
}

fn assert_done(output: &Output) {
    assert!(output.status.success(), "{}", shown(output));
    assert_eq!(stdout(output), "done\n", "{}", shown(output));
}

#[test]
fn datagrams_go_to_what_is_granted_in_every_way_and_nowhere_else() {
    for launcher in launchers() {
        let echo = UdpSocket::bind("127.0.0.1:0").unwrap();
        let granted = echo.local_addr().unwrap().port().to_string();
        std::thread::spawn(move || {
            let mut room = vec![0; 65536];
            while let Ok((length, from)) = echo.recv_from(&mut room) {
                echo.send_to(&room[..length], from).unwrap();
            }
        });
        let neighbour = UdpSocket::bind("127.0.0.1:0").unwrap();
        let other = neighbour.local_addr().unwrap().port().to_string();
        let stage = Stage::new(launcher);
        let network = json!({ "reach": [format!("udp:127.0.0.1:{granted}"), "udp:*:*"] });
        let fields = sends(&stage, "datagrams.py", &[&granted, &other], &network);
        assert_done(&stage.run(&fields, &[]));
        neighbour.set_nonblocking(true).unwrap();
        assert!(neighbour.recv(&mut [0; 8]).is_err(), "it got something");
    }
}

#[test]
fn local_sockets_reach_one_another_and_what_is_granted_of_the_hosts() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let host = stage.path("host");
        fs::create_dir(&host).unwrap();
        let listen = |name: &str| {
            let path = host.join(name);
            let listener = UnixListener::bind(&path).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
            std::thread::spawn(move || {
                for mut connection in listener.incoming().flatten() {
                    let _ = connection.write_all(b"host");
                }
            });
            path.to_str().unwrap().to_owned()
        };
        let (granted, other) = (listen("granted"), listen("other"));
        let network = json!({ "unix": true, "reach": [format!("unix:{granted}")] });
        let args = [granted.as_str(), &other, "/folder"];
        let mut fields = sends(&stage, "local.py", &args, &network);
        fields["files"]["/folder"] = json!(host);
        assert_done(&stage.run(&fields, &[]));
    }
}

const FILES: &str = "
import errno, os, socket
def bound(name):
    made = socket.socket(socket.AF_UNIX)
    made.bind(f'/run/{name}')
    return made
kept = [bound(number) for number in range(256)]
try:
    bound('more')
    raise SystemExit('there are more')
except OSError as error:
    assert error.errno == errno.ENFILE, error
os.unlink('/run/0')
bound('more')
print('done')
";

/// The broker holds each, so that it knows them again.
#[test]
fn files_of_sockets_that_are_gone_make_room_for_others() {
    let stage = Stage::new(Launcher::Ourselves);
    let fields = json!({
        "program": "/usr/bin/python3",
        "args": ["-c", FILES],
        "files": { "/usr/lib": { "host": "/usr/lib", "access": "rx" }, "/run": { "tmpfs": "4M" } },
        "network": { "unix": true },
        "stdout": "inherit",
        "stderr": "inherit",
    });
    assert_done(&stage.run(&fields, &[]));
}

const LOG: &str = "
import os, socket, sys
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.sendto(b'named', sys.argv[1])
log.connect(sys.argv[1])
log.send(b'connected')
for call in (lambda: log.sendto(b'x', sys.argv[2]), lambda: log.connect(sys.argv[2])):
    try:
        call()
        sys.exit('let through')
    except ConnectionRefusedError:
        pass
print('done')
";

#[test]
fn datagrams_of_local_sockets_go_to_what_is_granted_and_nowhere_else() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let bind = |name: &str| {
            let path = stage.path(name);
            let socket = UnixDatagram::bind(&path).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
            socket.set_nonblocking(true).unwrap();
            (socket, path)
        };
        let ((log, granted), (neighbour, other)) = (bind("log"), bind("other"));
        let fields = json!({
            "program": "/usr/bin/python3",
            "args": ["-c", LOG, granted, "/other"],
            "files": { "/usr/lib": { "host": "/usr/lib", "access": "rx" }, "/other": other },
            "network": { "reach": [format!("unixgram:{}", granted.display())] },
            "stdout": "inherit",
        });
        assert_done(&stage.run(&fields, &[]));
        let mut room = [0; 16];
        for expected in [&b"named"[..], b"connected"] {
            let length = log.recv(&mut room).unwrap();
            assert_eq!(&room[..length], expected);
        }
        assert!(neighbour.recv(&mut room).is_err(), "it got something");
    }
}

/// Who can lay a symlink on the way would reach any socket of the launcher's.
#[test]
fn no_socket_is_reached_by_a_way_that_the_void_can_change() {
    let stage = Stage::new(Launcher::Ourselves);
    let folder = stage.own_folder("folder");
    let socket = folder.join("socket");
    let fields = json!({
        "program": "/bin/true",
        "files": { "/data": { "host": folder, "access": "rw" } },
        "network": { "reach": [format!("unix:{}", socket.display())] },
    });
    let output = stage.run(&fields, &[]);
    assert_eq!(output.status.code(), Some(125), "{}", shown(&output));
    let reason = format!(
        "leads through `{}`, which is granted to write",
        folder.display()
    );
    assert!(stderr(&output).contains(&reason), "{}", shown(&output));
}

/// A host of its own, in namespaces of a network and of mounts, with an /etc/hosts that can be changed: `hosts` on the stage.
/// Runs `script` there as the launcher.
fn in_a_host_of_its_own(stage: &Stage, script: &str) -> Command {
    const PREPARE: &str = "mount --bind hosts /etc/hosts && ip link set lo up && \
                           ip address add 198.51.100.1/32 dev lo && ip address add 198.51.100.2/32 dev lo && \
                           echo '0 2147483647' > /proc/sys/net/ipv4/ping_group_range && exec \"$@\"";
    stage.own_file("hosts", "198.51.100.1 moving.example\n");
    let launcher = stage.command("sh");
    let mut command = Command::new("unshare");
    command
        .args(["--net", "--mount", "sh", "-c", PREPARE, "sh"])
        .arg(launcher.get_program())
        .args(launcher.get_args())
        .args(["-c", script])
        .current_dir(stage.path(""))
        .stdin(Stdio::null());
    command
}

fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        eprintln!("skipped: only root can have a host of its own to look names up in");
    }
    root
}

#[test]
fn echo_requests_go_to_what_is_granted_and_nowhere_else() {
    if !is_root() {
        return;
    }
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let ping = |granted: &str, address: &str| {
            let script = format!(
                "./clone-shim void --stdio --reach icmp:{granted} -- /usr/bin/ping -n -c 1 -W 2 {address}"
            );
            in_a_host_of_its_own(&stage, &script).output().unwrap()
        };
        for (granted, address) in [("127.0.0.1", "127.0.0.1"), ("[::1]", "::1")] {
            let output = ping(granted, address);
            assert!(output.status.success(), "{}", shown(&output));
            assert!(
                stdout(&output).contains(" 1 received"),
                "{}",
                shown(&output)
            );
        }
        for (granted, address) in [("127.0.0.1", "127.0.0.2"), ("*", "127.0.0.1")] {
            let output = ping(granted, address);
            assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
        }
    }
}

const FOLLOW: &str = "
import errno, socket, sys, time
def addresses():
    return {entry[4][0] for entry in socket.getaddrinfo('moving.example', 80, type=socket.SOCK_STREAM)}
def reach(host):
    with socket.socket() as made:
        made.settimeout(2)
        return made.connect_ex((host, 7000))
assert addresses() == {'198.51.100.1'}
assert reach('moving.example') == 0
assert reach('198.51.100.2') == errno.ENETUNREACH, 'it is not there yet'
print('moved?', flush=True)
sys.stdin.readline()
deadline = time.monotonic() + 20
while addresses() != {'198.51.100.2'}:
    assert time.monotonic() < deadline, addresses()
    assert reach('198.51.100.1') == 0, 'what was read before stays good'
    time.sleep(0.1)
assert reach('moving.example') == 0
print('done')
";

/// The program has no resolver, no configuration, and no network to ask by.
#[test]
fn a_host_is_reached_by_its_name_also_when_it_moves() {
    if !is_root() {
        return;
    }
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let specification = json!({ "version": 1, "entrypoints": { "it": {
            "program": "/usr/bin/python3",
            "args": ["-c", FOLLOW],
            "files": { "/usr/lib": { "host": "/usr/lib", "access": "rx" } },
            "network": { "reach": ["tcp:moving.example:7000"] },
            "stdin": "inherit",
            "stdout": "inherit",
            "stderr": "inherit",
        } } });
        fs::write(stage.path("spec.json"), specification.to_string()).unwrap();
        let script = "python3 -m http.server 7000 >/dev/null 2>&1 & server=$!; sleep 1; \
                      ./clone-shim run spec.json; code=$?; kill $server; exit $code";
        let mut command = in_a_host_of_its_own(&stage, script);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next();
        fs::write(stage.path("hosts"), "198.51.100.2 moving.example\n").unwrap();
        let _ = writeln!(child.stdin.take().unwrap(), "moved");
        let last = lines.next();
        let status = child.wait().unwrap();
        let said = [first, last].map(|line| line.map(Result::unwrap).unwrap_or_default());
        assert_eq!(said, ["moved?", "done"]);
        assert!(status.success());
    }
}

/// Whoever answers for names does not open the host itself.
#[test]
fn a_name_does_not_lead_to_the_host_itself() {
    if !is_root() {
        return;
    }
    let stage = Stage::new(Launcher::Ourselves);
    let script = "echo 127.0.0.1 liar.example >> hosts; \
                  ./clone-shim void --reach tcp:liar.example:80 -- /bin/true";
    let output = in_a_host_of_its_own(&stage, script).output().unwrap();
    assert_eq!(output.status.code(), Some(125), "{}", shown(&output));
    let reason = "its address 127.0.0.1 is one that must be named by itself";
    assert!(stderr(&output).contains(reason), "{}", shown(&output));
}

#[test]
fn a_name_that_nobody_knows_is_refused() {
    let stage = Stage::new(Launcher::Ourselves);
    let arguments = [
        "void",
        "--reach",
        "udp:no-such-host.invalid:53",
        "--",
        "/bin/true",
    ];
    let output = stage.shim(&arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(125), "{}", shown(&output));
    assert!(
        stderr(&output).contains("see what `getent ahosts no-such-host.invalid` says"),
        "{}",
        shown(&output)
    );
}
