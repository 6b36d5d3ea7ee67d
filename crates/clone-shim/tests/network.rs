//! Ports that are served: what servers do before they answer works, nothing else does, and what goes wrong is said.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::json;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::{
    Launcher, Stage, free_port, free_ports, launchers, python, repository, shown, stderr, stdout,
    succeed,
};

const HABITS: u16 = 15;
/// The number of the habit that is answered by two.
const TWO_WORKERS: u16 = 6;

/// A program in a void, ended with this.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(stage: &Stage, fields: &serde_json::Value) -> Served {
    let specification = json!({ "version": 1, "entrypoints": { "it": fields } });
    std::fs::write(stage.path("spec.json"), specification.to_string()).unwrap();
    let mut shim = stage.shim(&["run", "spec.json"]);
    let mut served = Served(shim.stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(served.0.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(line.starts_with("ready"), "{line:?}");
    served
}

fn told(address: SocketAddr) -> String {
    let mut connection = TcpStream::connect_timeout(&address, Duration::from_secs(5)).unwrap();
    connection
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let mut text = String::new();
    connection
        .read_to_string(&mut text)
        .unwrap_or_else(|error| panic!("{address}: {error}, after {text:?}"));
    text
}

#[test]
fn whatever_servers_do_first_they_are_reached_in_the_end() {
    for launcher in launchers() {
        for host in ["127.0.0.1", "[::1]"] {
            let stage = Stage::new(launcher);
            let mut fields = python(&stage, "habits.py");
            let first = free_ports(HABITS);
            let last = first + HABITS - 1;
            // IPv4 is served in any case: most habits know nothing else.
            let mut serve = vec![
                json!({ "tcp": "8000-8014", "host": format!("127.0.0.1:{first}-{last}") }),
                json!({ "udp": 8000, "host": format!("127.0.0.1:{first}") }),
            ];
            if host == "[::1]" {
                serve.push(json!({ "tcp": "8000-8014", "host": format!("[::1]:{first}-{last}") }));
            }
            fields["network"] = json!({ "serve": serve });
            let _served = start(&stage, &fields);
            for habit in 0..HABITS {
                let port = first + habit;
                // In one socket for both families, the one that is served is IPv6, if that is.
                let host = match (habit, host) {
                    (9 | 10, host) => host,
                    _ => "127.0.0.1",
                };
                let text = match (habit, host) {
                    // The other socket's listener is not answered.
                    (10, "[::1]") => continue,
                    _ => told(format!("{host}:{port}").parse().unwrap()),
                };
                let known = format!(" at {}\n", 8000 + habit);
                assert!(
                    text.ends_with(&known),
                    "{launcher:?}, habit {habit}: {text:?}"
                );
            }
            // The kernel shares connections out between those that have the port.
            let workers = SocketAddr::from(([127, 0, 0, 1], first + TWO_WORKERS));
            let answers: BTreeSet<_> = (0..64).map(|_| told(workers)).collect();
            assert_eq!(answers.len(), 2, "{answers:?}");
            let client = UdpSocket::bind("127.0.0.1:0").unwrap();
            client
                .set_read_timeout(Some(Duration::from_secs(5)))
                .unwrap();
            client.send_to(b"hello", ("127.0.0.1", first)).unwrap();
            let mut echo = [0; 16];
            let (length, from) = client.recv_from(&mut echo).unwrap();
            assert_eq!((&echo[..length], from.port()), (&b"hello"[..], first));
        }
    }
}

const BIND: &str = "
import socket
made = socket.socket()
try:
    made.bind(('0.0.0.0', 80))
    print('bound')
except OSError as error:
    print(error.errno)
";

fn bind_80(stage: &Stage, port: u16, flags: &[&str]) -> std::process::Output {
    let specification = json!({ "version": 1, "entrypoints": { "web": {
        "program": "/usr/bin/python3",
        "args": ["-c", BIND],
        "files": { "/usr/lib": { "host": "/usr/lib", "access": "rx" } },
        "network": { "serve": [{ "tcp": 80, "host": format!("127.0.0.1:{port}") }] },
        "stdout": "inherit",
    } } });
    std::fs::write(stage.path("spec.json"), specification.to_string()).unwrap();
    let arguments = [&["run"], flags, &["spec.json"]].concat();
    stage.shim(&arguments).output().unwrap()
}

#[test]
fn a_port_of_the_host_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    for launcher in launchers() {
        let output = bind_80(&Stage::new(launcher), port, &[]);
        assert_eq!(stdout(&output), "98\n", "{}", shown(&output));
        let expected = format!(
            "clone-shim: web: cannot serve tcp 80 at 127.0.0.1:{port}: Address already in use (EADDRINUSE)\n"
        );
        assert_eq!(stderr(&output), expected);
    }
}

/// The kernel decides with the launcher's credentials.
#[test]
fn an_ordinary_launcher_serves_no_port_that_it_could_not_bind() {
    let Some(tester) = launchers()
        .into_iter()
        .find(|launcher| *launcher == Launcher::Tester)
    else {
        return eprintln!("skipped: only root can be another user");
    };
    let output = bind_80(&Stage::new(tester), 80, &[]);
    assert_eq!(stdout(&output), "13\n", "{}", shown(&output));
    assert!(
        stderr(&output).contains("Permission denied (EACCES)"),
        "{}",
        shown(&output)
    );
}

#[test]
fn what_is_served_and_what_is_refused_is_told_with_v() {
    let port = free_port();
    let output = bind_80(&Stage::new(Launcher::Ourselves), port, &["-v"]);
    assert_eq!(stdout(&output), "bound\n", "{}", shown(&output));
    let line = format!("clone-shim: web: serves tcp 80 at 127.0.0.1:{port}\n");
    assert!(stderr(&output).contains(&line), "{}", shown(&output));
    let stage = Stage::new(Launcher::Ourselves);
    let mut fields = json!({
        "program": "/usr/bin/python3",
        "args": ["-c", BIND.replace("80", "81")],
        "files": { "/usr/lib": { "host": "/usr/lib", "access": "rx" } },
        "stdout": "inherit",
    });
    fields["network"] = json!({ "serve": [{ "tcp": 80, "host": format!("127.0.0.1:{port}") }] });
    let specification = json!({ "version": 1, "entrypoints": { "web": fields } });
    std::fs::write(stage.path("spec.json"), specification.to_string()).unwrap();
    let output = stage.shim(&["run", "-v", "spec.json"]).output().unwrap();
    assert_eq!(stdout(&output), "13\n", "{}", shown(&output));
    let line = "clone-shim: web: nothing grants it to bind tcp 0.0.0.0:81\n";
    assert!(stderr(&output).contains(line), "{}", shown(&output));
}

const LOOPBACK: &str = "
import socket, threading
def listen(family, host):
    made = socket.socket(family)
    made.bind((host, 4000))
    made.listen()
    return made
def answer(listener):
    while True:
        listener.accept()[0].sendall(b'own')
for family, host in (socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1'):
    try:
        listener = listen(family, host)
    except OSError as error:
        print(error.errno)
        continue
    threading.Thread(target=answer, args=[listener], daemon=True).start()
    print(socket.create_connection((host, 4000)).recv(3).decode())
";

/// The host has a socket at the same port meanwhile.
#[test]
fn a_loopback_interface_is_the_voids_own() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let host = TcpListener::bind("127.0.0.1:4000");
        let fields = |network: serde_json::Value| {
            json!({
                "program": "/usr/bin/python3",
                "args": ["-c", LOOPBACK],
                "files": { "/usr/lib": { "host": "/usr/lib", "access": "rx" } },
                "network": network,
                "stdout": "inherit",
            })
        };
        let output = stage.run(&fields(json!({ "loopback": true })), &[]);
        assert_eq!(stdout(&output), "own\nown\n", "{}", shown(&output));
        let output = stage.run(&fields(json!({})), &[]);
        assert_eq!(stdout(&output), "13\n13\n", "{}", shown(&output));
        drop(host);
    }
}

/// What a race came to: how often the address or descriptor that was slipped in was what the call used.
fn escapes(output: &std::process::Output, tries: u32) -> u32 {
    let text = stdout(output);
    let counted = text
        .strip_prefix("escapes: ")
        .and_then(|rest| rest.split_once(" of "));
    let (escapes, of) = counted.unwrap_or_else(|| panic!("{}", shown(output)));
    assert_eq!(of.trim(), tries.to_string());
    escapes.parse().unwrap()
}

fn races(stage: &Stage) -> std::path::PathBuf {
    let program = stage.path("races");
    let source = repository("tests/races/races.c");
    let flags = [
        "-static", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread", "-o",
    ];
    succeed(Command::new("gcc").args(flags).arg(&program).arg(source));
    program
}

#[test]
fn nothing_that_changes_under_a_call_is_what_the_call_uses() {
    const TRIES: u32 = 100_000;
    let stage = Stage::new(*launchers().last().unwrap());
    let program = races(&stage);
    let port = free_ports(2);
    for kind in ["address", "descriptor", "destination"] {
        let mut inside = 80;
        if kind == "destination" {
            inside = port;
            // Where a connection is not granted, somebody takes it.
            let neighbour = TcpListener::bind(("127.0.0.1", port + 1)).unwrap();
            std::thread::spawn(move || neighbour.incoming().for_each(drop));
        }
        let outside = || {
            let mut control = Command::new(&program);
            control.args([kind, &port.to_string(), "20000"]);
            escapes(&control.output().unwrap(), 20_000)
        };
        assert!((0..50).any(|_| outside() > 0), "{kind}: it does not bite");
        let fields = json!({
            "program": program,
            "args": [kind, inside.to_string(), TRIES.to_string()],
            "network": {
                "serve": [{ "tcp": 80, "host": format!("127.0.0.1:{port}") }],
                "reach": [format!("tcp:127.0.0.1:{port}")],
            },
            "stdout": "inherit",
        });
        assert_eq!(escapes(&stage.run(&fields, &[]), TRIES), 0, "{kind}");
    }
}

#[test]
fn nothing_that_changes_under_a_message_is_where_it_goes() {
    const TRIES: u32 = 100_000;
    let stage = Stage::new(*launchers().last().unwrap());
    let program = races(&stage);
    let port = free_ports(2);
    let neighbour = UdpSocket::bind(("127.0.0.1", port + 1)).unwrap();
    neighbour.set_nonblocking(true).unwrap();
    let got = || std::iter::from_fn(|| neighbour.recv(&mut [0; 8]).ok()).count();
    let mut control = Command::new(&program);
    succeed(control.args(["message", &port.to_string(), "20000"]));
    assert!(got() > 0, "it does not bite");
    let fields = json!({
        "program": program,
        "args": ["message", port.to_string(), TRIES.to_string()],
        "network": { "reach": [format!("udp:127.0.0.1:{port}")] },
        "stdout": "inherit",
    });
    escapes(&stage.run(&fields, &[]), TRIES);
    assert_eq!(got(), 0);
}

const FLOOD: &str = "
import ctypes, socket, threading
def flood():
    while True:
        try:
            socket.socket().bind(('0.0.0.0', 81))
        except OSError:
            pass
for _ in range(64):
    threading.Thread(target=flood).start()
print('ready', flush=True)
";

/// Calls come faster than they are answered; the shim ends its void all the same, and has not grown.
#[test]
fn a_flood_of_calls_neither_holds_the_shim_up_nor_fills_its_memory() {
    let stage = Stage::new(Launcher::Ourselves);
    let fields = json!({
        "program": "/usr/bin/python3",
        "args": ["-c", FLOOD],
        "files": { "/usr/lib": { "host": "/usr/lib", "access": "rx" } },
        "network": { "serve": [{ "tcp": 80, "host": format!("127.0.0.1:{}", free_port()) }] },
        "stdout": "inherit",
    });
    let mut served = start(&stage, &fields);
    let resident = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", served.0.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kilobytes
    };
    std::thread::sleep(Duration::from_millis(500));
    let before = resident();
    std::thread::sleep(Duration::from_secs(2));
    let after = resident();
    assert!(after < before + 512, "{before} KiB, then {after} KiB");
    succeed(Command::new("kill").args(["-TERM", &served.0.id().to_string()]));
    let began = Instant::now();
    assert_eq!(served.0.wait().unwrap().code(), Some(143));
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
}

const MANY: &str = "
import socket
def bound(kind, port):
    made = socket.socket(socket.AF_INET, kind)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(('0.0.0.0', port))
    return made
listener = bound(socket.SOCK_STREAM, 80)
listener.listen()
answers = bound(socket.SOCK_DGRAM, 80)
for _ in range(10000):
    with bound(socket.SOCK_STREAM, 81) as other:
        other.listen()
listener.listen(9)
answers.sendto(b'x', ('127.0.0.1', 9))
print('done')
";

/// The broker remembers what it has bound, but not without end.
#[test]
fn a_socket_serves_however_many_are_bound_after_it() {
    let stage = Stage::new(*launchers().last().unwrap());
    let first = free_ports(2);
    let host = format!("127.0.0.1:{first}-{}", first + 1);
    let fields = json!({
        "program": "/usr/bin/python3",
        "args": ["-c", MANY],
        "files": { "/usr/lib": { "host": "/usr/lib", "access": "rx" } },
        "network": {
            "serve": [{ "tcp": "80-81", "host": host }, { "udp": "80-81", "host": host }],
            // Sending is judged.
            "reach": ["udp:192.0.2.1:53"],
        },
        "stdout": "inherit",
        "stderr": "inherit",
    });
    let output = stage.run(&fields, &[]);
    assert_eq!(stdout(&output), "done\n", "{}", shown(&output));
}

const NOT_DUMPABLE: &str = "
import ctypes, socket
PR_SET_DUMPABLE = 4
assert ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0
listener = socket.socket()
listener.bind(('0.0.0.0', 80))
listener.listen()
try:
    print(listener.getsockname()[1])
except OSError as error:
    print(error.errno)
";

/// The broker reads its memory, and where the launcher is an ordinary user cannot write to it.
#[test]
fn a_program_that_is_not_dumpable_serves_and_is_told_no_address() {
    for launcher in launchers() {
        let fields = json!({
            "program": "/usr/bin/python3",
            "args": ["-c", NOT_DUMPABLE],
            "files": { "/usr/lib": { "host": "/usr/lib", "access": "rx" } },
            "network": { "serve": [{ "tcp": 80, "host": format!("127.0.0.1:{}", free_port()) }] },
            "stdout": "inherit",
            "stderr": "inherit",
        });
        let output = Stage::new(launcher).run(&fields, &[]);
        let is_root = launcher == Launcher::Ourselves && rustix::process::geteuid().is_root();
        let told = if is_root { "80\n" } else { "13\n" };
        assert_eq!(stdout(&output), told, "{}", shown(&output));
    }
}

const CONNECT: &str = "
import errno, os, select, signal, socket, sys
granted, full, wrong = [('127.0.0.1', int(port)) for port in sys.argv[1:]]

with socket.create_connection(granted) as waits:
    assert waits.getpeername() == granted
    assert waits.recv(2) == b'hi'

with socket.socket() as does_not:
    does_not.setblocking(False)
    does_not.bind(('', 0))
    assert does_not.connect_ex(granted) in (0, errno.EINPROGRESS)
    select.select([], [does_not], [])
    assert does_not.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    select.select([does_not], [], [])
    assert does_not.recv(2) == b'hi'

with socket.socket(socket.AF_INET6) as both:
    both.connect(('::ffff:127.0.0.1', granted[1]))
    assert both.recv(2) == b'hi'

with socket.socket() as refused:
    assert refused.connect_ex(wrong) == errno.ENETUNREACH
    assert refused.connect_ex(granted) == 0, 'after a refusal'
    assert refused.connect_ex(granted) == errno.EISCONN

with socket.socket() as child_connects:
    if not os.fork():
        os._exit(child_connects.connect_ex(granted))
    assert os.wait()[1] == 0
    assert child_connects.recv(2) == b'hi'

class Alarm(Exception):
    pass

def ring(*_):
    raise Alarm

signal.signal(signal.SIGALRM, ring)
signal.setitimer(signal.ITIMER_REAL, 0.3)
with socket.socket() as interrupted:
    try:
        interrupted.connect(full)
        sys.exit('it connected')
    except Alarm:
        pass

# With a handler that has calls start again it goes on waiting.
signal.signal(signal.SIGALRM, lambda *_: None)
signal.siginterrupt(signal.SIGALRM, False)
signal.setitimer(signal.ITIMER_REAL, 0.3)
print('waiting', flush=True)
with socket.socket() as patient:
    patient.connect(full)
print('done')
";

/// One whose queue is full, so that a connection waits: the first two fill it.
fn full_listener() -> (TcpListener, Vec<TcpStream>) {
    let socket = rustix::net::socket(
        rustix::net::AddressFamily::INET,
        rustix::net::SocketType::STREAM,
        None,
    )
    .unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    rustix::net::bind(&socket, &any).unwrap();
    rustix::net::listen(&socket, 0).unwrap();
    let listener = TcpListener::from(socket);
    let address = listener.local_addr().unwrap();
    let waits = Duration::from_millis(300);
    let filling = std::iter::from_fn(|| TcpStream::connect_timeout(&address, waits).ok());
    let filling = filling.take(16).collect();
    (listener, filling)
}

#[test]
fn a_granted_destination_is_connected_to_in_every_way() {
    for launcher in launchers() {
        let greeter = TcpListener::bind("127.0.0.1:0").unwrap();
        let granted = greeter.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for mut connection in greeter.incoming().flatten() {
                let _ = std::io::Write::write_all(&mut connection, b"hi");
            }
        });
        let (full, mut filling) = full_listener();
        let ports = [granted, full.local_addr().unwrap().port(), free_port()];
        let stage = Stage::new(launcher);
        let mut args = vec!["-c".to_owned(), CONNECT.replace('$', "$$")];
        args.extend(ports.map(|port| port.to_string()));
        let fields = json!({
            "program": "/usr/bin/python3",
            "args": args,
            "files": { "/usr/lib": { "host": "/usr/lib", "access": "rx" } },
            "network": { "reach": [format!("tcp:127.0.0.1:{granted}"), format!("tcp:127.0.0.1:{}", ports[1])] },
            "stdout": "inherit",
        });
        let specification = json!({ "version": 1, "entrypoints": { "it": fields } });
        std::fs::write(stage.path("spec.json"), specification.to_string()).unwrap();
        let mut shim = stage.shim(&["run", "spec.json"]);
        let mut child = shim
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next();
        // The signal comes meanwhile.
        std::thread::sleep(Duration::from_millis(600));
        // There is room now, and the kernel tries again.
        filling.clear();
        let accepting = std::thread::spawn(move || full.incoming().take(20).for_each(drop));
        let mut said = String::new();
        let status = child.wait().unwrap();
        child.stderr.unwrap().read_to_string(&mut said).unwrap();
        assert!(status.success(), "{launcher:?}: {said}");
        assert_eq!(first.unwrap().unwrap(), "waiting");
        assert_eq!(lines.next().unwrap().unwrap(), "done");
        drop(accepting);
    }
}

/// What trusts whoever reaches it is no part of any network.
#[test]
fn the_loopback_interface_of_the_host_must_be_named() {
    let stage = Stage::new(Launcher::Ourselves);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let curl = |reach: &str| {
        let url = format!("http://127.0.0.1:{port}/");
        let arguments = [
            "void",
            "-v",
            "--reach",
            reach,
            "--",
            "/usr/bin/curl",
            "-m",
            "2",
            "-s",
            &url,
        ];
        stage.shim(&arguments).output().unwrap()
    };
    for all in [
        format!("tcp:*:{port}"),
        format!("tcp:126.0.0.0/7:{port}"),
        "tcp:0.0.0.0/0:*".to_owned(),
    ] {
        let output = curl(&all);
        assert_eq!(output.status.code(), Some(7), "{all}: {}", shown(&output));
        let line = format!("clone-shim: void: nothing grants it to connect to 127.0.0.1:{port}\n");
        assert!(stderr(&output).contains(&line), "{}", shown(&output));
    }
    // Nobody answers, but it is connected.
    assert_eq!(
        curl(&format!("tcp:127.0.0.1:{port}")).status.code(),
        Some(28)
    );
}

const WAITS: &str = "
import ctypes, os, socket, sys, threading
full = ('127.0.0.1', int(sys.argv[1]))
def wait():
    # Whatever comes of it, the program does not end by itself.
    try:
        socket.socket().connect(full)
    finally:
        threading.Event().wait()
for _ in range(8):
    threading.Thread(target=wait).start()
print('ready', os.getpid(), flush=True)
";

/// Calls are waiting, and nobody will answer them: the void ends with the shim, and nothing of it stays.
#[test]
fn a_void_whose_calls_wait_dies_with_the_broker() {
    for launcher in launchers() {
        let (full, filling) = full_listener();
        let port = full.local_addr().unwrap().port();
        let stage = Stage::new(launcher);
        let fields = json!({
            "program": "/usr/bin/python3",
            "args": ["-c", WAITS, port.to_string()],
            "files": { "/usr/lib": { "host": "/usr/lib", "access": "rx" } },
            "network": { "reach": [format!("tcp:127.0.0.1:{port}")] },
            "stdout": "inherit",
        });
        let mut served = start(&stage, &fields);
        let arguments = format!("/proc/{0}/task/{0}/children", served.0.id());
        let children = std::fs::read_to_string(arguments).unwrap();
        let child: u32 = children.split_whitespace().next().unwrap().parse().unwrap();
        std::thread::sleep(Duration::from_millis(200));
        served.0.kill().unwrap();
        served.0.wait().unwrap();
        let began = Instant::now();
        let state = || std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        while state().contains(" (clone-shim) ") && !state().contains(") Z ") {
            assert!(began.elapsed() < Duration::from_secs(5), "{}", state());
            std::thread::sleep(Duration::from_millis(10));
        }
        drop(filling);
    }
}

const BUSY: &str = "
import os, socket
for _ in range(4):
    if not os.fork():
        while True:
            pass
os.nice(19)
made = [socket.socket() for _ in range(200)]
print(sum(one.fileno() < 3 for one in made))
[one.detach() for one in made]
";

/// The caller takes its socket when it comes to run, however late that is.
#[test]
fn sockets_are_handed_in_whole_also_to_who_is_slow_to_take_them() {
    let stage = Stage::new(Launcher::Ourselves);
    let fields = json!({
        "program": "/usr/bin/python3",
        "args": ["-c", BUSY],
        "files": { "/usr/lib": { "host": "/usr/lib", "access": "rx" } },
        "network": { "serve": [{ "tcp": 80, "host": format!("127.0.0.1:{}", free_port()) }] },
        "stdout": "inherit",
        "stderr": "inherit",
    });
    let output = stage.run(&fields, &[]);
    assert_eq!(stdout(&output), "0\n", "{}", shown(&output));
}

/// The broker makes their calls, and has others to attend to.
#[test]
fn nothing_that_a_program_does_to_its_sockets_has_the_shim_wait() {
    for launcher in launchers() {
        for kind in ["shutdown", "flip", "linger"] {
            let stage = Stage::new(launcher);
            let port = free_port();
            let entrypoint = |kind: &str| {
                let mut fields = python(&stage, "stalls.py");
                let args = fields["args"].as_array_mut().unwrap();
                args.extend([json!(kind), json!(port.to_string())]);
                fields["limits"] = json!({ "wall_seconds": 3 });
                fields
            };
            let (mut hostile, mut neighbour) = (entrypoint(kind), entrypoint("neighbour"));
            let here = format!("127.0.0.1:{port}");
            hostile["network"] = json!({
                "unix": true,
                "serve": [{ "tcp": port, "host": here }],
                "reach": [format!("tcp:{here}")],
            });
            neighbour["network"] = json!({ "reach": ["tcp:127.0.0.1:9"] });
            let began = Instant::now();
            let entrypoints = json!({ "hostile": hostile, "neighbour": neighbour });
            let output = stage.run_all(&entrypoints, &[]);
            let longest: f64 = stdout(&output).trim().parse().unwrap_or(f64::MAX);
            assert!(longest < 1.0, "{kind}: {}", shown(&output));
            assert_eq!(
                output.status.code(),
                Some(137),
                "{kind}: {}",
                shown(&output)
            );
            assert!(began.elapsed() < Duration::from_secs(10), "{kind}");
        }
    }
}
