//! Descriptors that listen: programs find them as sd_listen_fds(3) says, they are where the grant says, and they go.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use rustix::net::{AddressFamily, SocketAddrUnix, SocketType};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use support::{
    Launcher, Stage, free_port, launchers, python, repository, shown, stderr, stdout, succeed,
};

const PATIENCE: Duration = Duration::from_secs(10);

/// clone-shim, with a server that says what it was handed and what it is asked.
struct Server {
    shim: Child,
    said: BufReader<ChildStdout>,
}

impl Server {
    fn start(mut shim: Command) -> Self {
        let mut shim = shim.stdout(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(shim.stdout.take().unwrap());
        Self { shim, said }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// What it says that it was handed.
    fn handed(&mut self) -> Vec<String> {
        let lines = std::iter::from_fn(|| Some(self.line()));
        let lines = lines.take_while(|line| line.starts_with("ready "));
        lines
            .map(|line| line["ready ".len()..].to_owned())
            .collect()
    }

    fn end(mut self) -> i32 {
        self.shim.wait().unwrap().code().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.shim.kill();
        let _ = self.shim.wait();
    }
}

fn fields(stage: &Stage, descriptors: &Value) -> Value {
    let mut fields = python(stage, "listening.py");
    fields["descriptors"] = descriptors.clone();
    fields
}

fn write(stage: &Stage, fields: &Value) {
    let specification = json!({ "version": 1, "entrypoints": { "it": fields } });
    fs::write(stage.path("spec.json"), specification.to_string()).unwrap();
}

fn server(stage: &Stage, descriptors: &Value) -> Server {
    write(stage, &fields(stage, descriptors));
    Server::start(stage.shim(&["run", "spec.json"]))
}

/// Asks, and is told the name of what it came to.
fn ask(mut connection: impl Read + Write, question: &str) -> String {
    connection.write_all(question.as_bytes()).unwrap();
    let mut name = String::new();
    connection.read_to_string(&mut name).unwrap();
    name
}

fn ask_tcp(port: u16, question: &str) -> String {
    let connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    ask(connection, question)
}

fn ask_by_packet(path: &Path, question: &str) -> String {
    let socket = rustix::net::socket(AddressFamily::UNIX, SocketType::SEQPACKET, None).unwrap();
    rustix::net::connect(&socket, &SocketAddrUnix::new(path).unwrap()).unwrap();
    rustix::io::write(&socket, question.as_bytes()).unwrap();
    let mut name = [0; 64];
    let length = rustix::io::read(&socket, &mut name).unwrap();
    String::from_utf8(name[..length].to_vec()).unwrap()
}

#[test]
fn a_program_finds_its_sockets_and_is_reached_by_them() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let folder = stage.own_folder("sockets");
        let port = free_port();
        let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let mut server = server(
            &stage,
            &json!({
                "a-file": { "open": "/etc/hosts" },
                "stream": { "listen": format!("unix:{}", at("stream")) },
                "web": { "listen": format!("tcp:127.0.0.1:{port}") },
                "web-6": { "listen": format!("tcp:[::1]:{port}") },
                "questions": { "listen": format!("udp:127.0.0.1:{port}") },
                "packets": { "listen": format!("unixpacket:{}", at("packets")) },
            }),
        );
        let expected = [
            format!("3 packets AF_UNIX SOCK_SEQPACKET {}", at("packets")),
            format!("4 questions AF_INET SOCK_DGRAM ('127.0.0.1', {port})"),
            format!("5 stream AF_UNIX SOCK_STREAM {}", at("stream")),
            format!("6 web AF_INET SOCK_STREAM ('127.0.0.1', {port})"),
            format!("7 web-6 AF_INET6 SOCK_STREAM ('::1', {port}, 0, 0)"),
        ];
        assert_eq!(server.handed(), expected);
        let mode = fs::metadata(at("stream")).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o666 & !umask());

        assert_eq!(ask_tcp(port, "hi"), "web");
        let six = TcpStream::connect(("::1", port)).unwrap();
        assert_eq!(ask(six, "hi"), "web-6");
        assert_eq!(
            ask(UnixStream::connect(at("stream")).unwrap(), "hi"),
            "stream"
        );
        let client = UdpSocket::bind("127.0.0.1:0").unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        client.send_to(b"hi", ("127.0.0.1", port)).unwrap();
        let mut answer = [0; 16];
        let (length, from) = client.recv_from(&mut answer).unwrap();
        assert_eq!((&answer[..length], from.port()), (&b"questions"[..], port));
        assert_eq!(ask_by_packet(&folder.join("packets"), "end"), "packets");
        assert_eq!(server.end(), 3);
        assert_eq!(fs::read_dir(folder).unwrap().count(), 0);
    }
}

fn umask() -> u32 {
    let mask = succeed(Command::new("sh").args(["-c", "umask"]));
    u32::from_str_radix(mask.trim(), 8).unwrap()
}

#[test]
fn datagrams_come_to_a_socket_file() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let path = stage.own_folder("sockets").join("log");
        let listen = json!({ "log": { "listen": format!("unixgram:{}", path.display()) } });
        let mut server = server(&stage, &listen);
        let expected = format!("3 log AF_UNIX SOCK_DGRAM {}", path.display());
        assert_eq!(server.handed(), [expected]);
        let client = UnixDatagram::unbound().unwrap();
        client.send_to(b"end", &path).unwrap();
        assert_eq!(server.line(), "log was asked 'end'");
        assert_eq!(server.end(), 3);
        assert!(!path.exists());
    }
}

/// Without an init of ours it is pid 1, and by the library that programs have for it.
#[test]
fn sd_listen_fds_itself_finds_them() {
    const SCRIPT: &str = "
import ctypes
library, names = ctypes.CDLL('libsystemd.so.0'), ctypes.POINTER(ctypes.c_char_p)()
count = library.sd_listen_fds_with_names(0, ctypes.byref(names))
print(count, [names[place].decode() for place in range(count)])
print(library.sd_is_socket_inet(4, 0, 1, 1, 0), library.sd_is_socket_unix(3, 1, 1, None, 0))
";
    if !Path::new("/usr/lib/x86_64-linux-gnu/libsystemd.so.0").exists() {
        return eprintln!("skipped: there is no libsystemd");
    }
    for launcher in launchers() {
        for init in [true, false] {
            let stage = Stage::new(launcher);
            let path = stage.own_folder("sockets").join("a");
            let output = stage.run(
                &json!({
                    "program": "/usr/bin/python3",
                    "args": ["-c", SCRIPT],
                    "init": init,
                    "files": { "/usr/lib": { "host": "/usr/lib", "access": "rx" } },
                    "descriptors": {
                        "a": { "listen": format!("unix:{}", path.display()) },
                        "b": { "listen": format!("tcp:127.0.0.1:{}", free_port()) },
                    },
                    "stdout": "inherit",
                    "stderr": "inherit",
                }),
                &[],
            );
            assert_eq!(stdout(&output), "2 ['a', 'b']\n1 1\n", "{}", shown(&output));
        }
    }
}

#[test]
fn a_daemon_that_knows_the_protocol_serves() {
    const AGENT: &str = "/usr/bin/gpg-agent";
    if !Path::new(AGENT).exists() {
        return eprintln!("skipped: there is no gpg-agent");
    }
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let path = stage.own_folder("sockets").join("agent");
        let listen = format!("std=unix:{}", path.display());
        let flags = ["void", "--listen", &listen, "--tmpfs", "/home:1M", "--env"];
        let program = ["GNUPGHOME=/home", "--devices", "null,urandom", "--", AGENT];
        let mut shim = stage.shim(&[&flags[..], &program, &["--supervised"]].concat());
        let mut shim = shim.spawn().unwrap();
        let began = Instant::now();
        let mut agent = loop {
            match UnixStream::connect(&path) {
                Ok(agent) => break agent,
                Err(error) => assert!(began.elapsed() < PATIENCE, "{error}"),
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        agent.set_read_timeout(Some(PATIENCE)).unwrap();
        agent.write_all(b"GETINFO pid\n").unwrap();
        let lines = BufReader::new(agent).lines().map(Result::unwrap);
        let said: Vec<_> = lines.take(3).collect();
        succeed(Command::new("kill").arg(shim.id().to_string()));
        assert_eq!(said[1..], ["D 2", "OK"]);
        shim.wait().unwrap();
        assert!(!path.exists());
    }
}

/// Whoever comes while it starts again is served then, whatever the program did to the socket before.
#[test]
fn sockets_stay_while_an_entrypoint_starts_again() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let port = free_port();
        let listen = json!({ "web": { "listen": format!("tcp:127.0.0.1:{port}") } });
        let mut fields = fields(&stage, &listen);
        fields["restart"] = json!({ "on-failure": { "first_seconds": 0.5, "attempts": 2 } });
        write(&stage, &fields);
        let mut server = Server::start(stage.shim(&["run", "spec.json"]));
        assert_eq!(server.handed().len(), 1);
        assert_eq!(ask_tcp(port, "end"), "web");
        assert_eq!(server.line(), "web was asked 'end'");
        std::thread::sleep(Duration::from_millis(200));
        // Nobody runs.
        assert_eq!(ask_tcp(port, "early"), "web");
        assert_eq!(server.handed().len(), 1);
        assert_eq!(server.line(), "web was asked 'early'");
        assert_eq!(ask_tcp(port, "shut"), "web");
        assert_eq!(server.line(), "web was asked 'shut'");
        assert_eq!(server.handed().len(), 1);
        assert_eq!(ask_tcp(port, "end"), "web");
        assert_eq!(server.line(), "web was asked 'end'");
        assert_eq!(server.end(), 3);
    }
}

/// What is said where `listen` cannot be had; nothing has been started then.
fn refused(stage: &Stage, listen: &str) -> String {
    let entrypoints = json!({
        "first": { "program": "/bin/busybox", "args": ["echo", "started"], "stdout": "inherit" },
        "it": { "program": "/bin/true", "descriptors": { "a": { "open": "/etc/hosts" }, "web": { "listen": listen } } },
    });
    let output = stage.run_all(&entrypoints, &[]);
    assert_eq!(output.status.code(), Some(125), "{}", shown(&output));
    assert_eq!(stdout(&output), "");
    let said = stderr(&output);
    let title = format!("error: cannot listen at `{listen}` for entrypoint `it`\n");
    assert!(said.starts_with(&title), "{said}");
    // At its grant.
    assert!(said.contains(&"^".repeat(listen.len())), "{said}");
    said
}

#[test]
fn what_keeps_a_socket_from_listening_is_said_at_its_grant() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let said = refused(&stage, &format!("tcp:{}", taken.local_addr().unwrap()));
        assert!(said.contains("(EADDRINUSE)") && said.contains("choose another port"));
        let folder = stage.own_folder("sockets");
        let listen = |name: &str| format!("unix:{}/{name}", folder.display());
        let _there = UnixListener::bind(folder.join("socket")).unwrap();
        fs::write(folder.join("file"), "something").unwrap();
        for (name, words) in [("socket", "a socket is there"), ("file", "a file is there")] {
            let said = refused(&stage, &listen(name));
            assert!(said.contains(words), "{said}");
        }
        assert!(
            folder
                .join("socket")
                .metadata()
                .unwrap()
                .file_type()
                .is_socket()
        );
        assert_eq!(
            fs::read_to_string(folder.join("file")).unwrap(),
            "something"
        );
        let said = refused(&stage, &listen("no/such/folder"));
        assert!(said.contains("(ENOENT)") && said.contains("the folder must be there"));
        if launcher == Launcher::Tester {
            let said = refused(&stage, "tcp:127.0.0.1:79");
            assert!(said.contains("(EACCES), as uid") && said.contains("port below 1024"));
            let said = refused(&stage, "unix:/etc/no-such-socket");
            assert!(said.contains("(EACCES), as uid"), "{said}");
        }
    }
}

#[test]
fn killed_at_any_moment_it_leaves_no_socket_file() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let folder = stage.own_folder("sockets");
        let listen = |name: &str| json!({ "listen": format!("unix:{}/{name}", folder.display()) });
        let web = json!({ "listen": format!("tcp:127.0.0.1:{}", free_port()) });
        let all = json!({ "a": listen("a"), "b": listen("b"), "c": listen("c"), "web": web });
        write(&stage, &fields(&stage, &all));
        let mut seen = 0;
        for moment in 0..100u64 {
            let mut shim = stage.shim(&["run", "spec.json"]);
            let mut shim = shim.stdout(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_micros(moment * 200));
            shim.kill().unwrap();
            shim.wait().unwrap();
            let began = Instant::now();
            while fs::read_dir(&folder).unwrap().next().is_some() {
                seen += 1;
                assert!(began.elapsed() < PATIENCE, "killed after {moment}");
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        println!("{launcher:?}: there {seen} times just after");
    }
}

/// clone-shim as a service manager executes it, with what it hands in.
fn activated(stage: &Stage, handed_in: &[&str], flags: &[&str]) -> Command {
    let script = repository("tests/servers/activate.py");
    fs::copy(script, stage.path("activate.py")).unwrap();
    let mut command = stage.command("/usr/bin/python3");
    command.arg(stage.path("activate.py")).args(handed_in);
    command.arg("--").arg(stage.path("clone-shim"));
    command.arg("run").args(flags).arg("spec.json");
    command
}

#[test]
fn a_service_manager_chooses_the_port() {
    for launcher in launchers() {
        for name in ["web", "whatever.socket"] {
            let stage = Stage::new(launcher);
            let (ours, its) = (free_port(), free_port());
            let listen = json!({ "listen": format!("tcp:127.0.0.1:{ours}"), "activation": true });
            write(&stage, &fields(&stage, &json!({ "web": listen })));
            let handed_in = format!("{name}=tcp:127.0.0.1:{its}");
            let mut server = Server::start(activated(&stage, &[&handed_in], &[]));
            let expected = format!("3 web AF_INET SOCK_STREAM ('127.0.0.1', {its})");
            assert_eq!(server.handed(), [expected]);
            assert!(TcpStream::connect(("127.0.0.1", ours)).is_err());
            assert_eq!(ask_tcp(its, "end"), "web");
            assert_eq!(server.end(), 3);
        }
    }
}

#[test]
fn each_grant_takes_what_is_handed_in_by_its_name() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let folder = stage.own_folder("sockets");
        let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let listen = |kind: &str, name: &str, activation: bool| json!({ "listen": format!("{kind}:{}", path(name)), "activation": activation });
        write(
            &stage,
            &fields(
                &stage,
                &json!({
                    "control": listen("unix", "grant-control", true),
                    "packets": listen("unixpacket", "grant-packets", true),
                    "absent": listen("unix", "grant-absent", true),
                    "own": listen("unix", "grant-own", false),
                }),
            ),
        );
        let handed_in = [
            format!("packets=unixpacket:{}", path("packets")),
            format!("own=unix:{}", path("own")),
            format!("control=unix:{}", path("control")),
        ];
        let handed_in = handed_in.each_ref().map(String::as_str);
        let mut shim = activated(&stage, &handed_in, &["-v"]);
        shim.stderr(fs::File::create(stage.path("said")).unwrap());
        let mut server = Server::start(shim);
        let expected = [
            format!("3 absent AF_UNIX SOCK_STREAM {}", path("grant-absent")),
            format!("4 control AF_UNIX SOCK_STREAM {}", path("control")),
            format!("5 own AF_UNIX SOCK_STREAM {}", path("grant-own")),
            format!("6 packets AF_UNIX SOCK_SEQPACKET {}", path("packets")),
        ];
        assert_eq!(server.handed(), expected);
        assert_eq!(ask_by_packet(&folder.join("packets"), "end"), "packets");
        assert_eq!(server.end(), 3);
        let said = fs::read_to_string(stage.path("said")).unwrap();
        let line =
            "clone-shim: `own` was handed in, and no grant asks for it by `\"activation\": true`\n";
        assert!(said.contains(line), "{said}");
        assert!(
            said.contains("it: `control` is what was handed in\n"),
            "{said}"
        );
        // What the service manager made stays; what clone-shim made has gone.
        let left = fs::read_dir(&folder).unwrap().count();
        assert_eq!(left, 3);
    }
}

#[test]
fn what_is_handed_in_must_be_what_the_grant_says() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let folder = stage.own_folder("sockets");
        let port = free_port();
        let refused = |listen: &str, handed_in: &str, words: &str| {
            let _ = fs::remove_file(folder.join("s"));
            let listen = json!({ "web": { "listen": listen, "activation": true } });
            write(&stage, &fields(&stage, &listen));
            let handed_in = format!("web={handed_in}");
            let output = activated(&stage, &[&handed_in], &[]).output().unwrap();
            assert_eq!(output.status.code(), Some(125), "{}", shown(&output));
            let said = stderr(&output);
            let title = "error: cannot use what was handed in as `web` of entrypoint `it`\n";
            assert!(said.starts_with(title) && said.contains(words), "{said}");
        };
        let internet = format!("127.0.0.1:{port}");
        let path = folder.join("s");
        let path = path.display();
        let (tcp, udp) = (format!("tcp:{internet}"), format!("udp:{internet}"));
        refused(&tcp, &udp, "of another kind");
        refused(&udp, &tcp, "of another kind");
        refused(&tcp, &format!("mptcp:{internet}"), "of another kind");
        refused(&tcp, &format!("unix:{path}"), "of another kind");
        refused(
            "unix:/run/s",
            &format!("unixgram:{path}"),
            "of another kind",
        );
        refused(
            "unixpacket:/run/s",
            &format!("unix:{path}"),
            "of another kind",
        );
        refused("unix:/run/s", "connected:", "does not listen");
        refused(&tcp, "file:/etc/hosts", "it is not a socket");
        refused(&tcp, "elsewhere:", "of another network");
    }
}

#[test]
fn what_is_handed_to_another_process_is_not_taken() {
    let stage = Stage::new(Launcher::Ourselves);
    let (ours, its) = (free_port(), free_port());
    let listen = json!({ "listen": format!("tcp:127.0.0.1:{ours}"), "activation": true });
    write(&stage, &fields(&stage, &json!({ "web": listen })));
    let handed_in = format!("web=tcp:127.0.0.1:{its}");
    let mut server = Server::start(activated(&stage, &["pid=1", &handed_in], &[]));
    let expected = format!("3 web AF_INET SOCK_STREAM ('127.0.0.1', {ours})");
    assert_eq!(server.handed(), [expected]);
    assert_eq!(ask_tcp(ours, "end"), "web");
    assert_eq!(server.end(), 3);
}

#[test]
fn nothing_of_what_is_handed_in_gets_into_a_void_without_a_grant() {
    let stage = Stage::new(Launcher::Ourselves);
    let list = "busybox env; busybox ls /proc/self/fd; exit 7";
    write(
        &stage,
        &json!({
            "program": "/bin/busybox",
            "args": ["sh", "-c", list],
            "files": { "/proc": { "proc": true } },
            "stdout": "inherit",
            "stderr": "inherit",
        }),
    );
    let port = free_port();
    let handed_in = [
        format!("a=tcp:127.0.0.1:{port}"),
        format!("b=udp:127.0.0.1:{port}"),
    ];
    let handed_in = handed_in.each_ref().map(String::as_str);
    let output = activated(&stage, &handed_in, &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(7), "{}", shown(&output));
    let said = stdout(&output);
    assert!(!said.contains("LISTEN"), "{said}");
    // The last is the folder itself.
    let descriptors = said.lines().filter(|line| line.parse::<u32>().is_ok());
    assert_eq!(descriptors.collect::<Vec<_>>(), ["0", "1", "2", "3"]);
}

#[test]
fn a_plan_shows_what_will_listen() {
    let stage = Stage::new(Launcher::Ourselves);
    let path = stage.own_folder("sockets").join("s");
    let listen = json!({
        "b": { "listen": format!("unix:{}", path.display()) },
        "a": { "open": "/etc/hosts" },
        "web": { "listen": "tcp:127.0.0.1:80", "activation": true },
    });
    write(
        &stage,
        &json!({ "program": "/bin/true", "descriptors": listen }),
    );
    let plan = stdout(&stage.shim(&["plan", "spec.json"]).output().unwrap());
    for line in [
        format!("    3  `b`, a socket that listens at unix:{}\n", path.display()),
        "    4  `web`, a socket that listens at tcp:127.0.0.1:80, or the one that is handed in\n".to_owned(),
        "    5  /etc/hosts, to read\n".to_owned(),
        "  environment  LISTEN_FDNAMES=b:web\n  environment  LISTEN_FDS=2\n  environment  LISTEN_PID=2\n".to_owned(),
    ] {
        assert!(plan.contains(&line), "{line}{plan}");
    }
    let output = stage
        .shim(&["plan", "--json", "spec.json"])
        .output()
        .unwrap();
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    let shown = &plan["entrypoints"]["it"]["descriptors"][4];
    assert!(shown.as_str().unwrap().contains("tcp:127.0.0.1:80"));
    assert!(!path.exists(), "nothing is opened");
}

/// Takes a socket from whoever comes, and tries what it is good for; argv: where somebody listens.
const TAKES: &str = "
import socket, sys
taken = socket.socket(fileno=3).accept()[0]
_, (passed,), _, _ = socket.recv_fds(taken, 16, 1)
given = socket.socket(fileno=passed)
def outcome(call, *arguments):
    try:
        call(*arguments)
        return 'done'
    except OSError as error:
        return error.errno
there = ('127.0.0.1', int(sys.argv[1]))
print(outcome(given.listen), outcome(given.connect, there), outcome(given.bind, ('127.0.0.1', 0)))
";

/// One void's socket is not another's way around what the other may do.
#[test]
fn a_socket_that_is_passed_in_is_judged_by_the_grants_of_who_gets_it() {
    let neighbour = TcpListener::bind("127.0.0.1:0").unwrap();
    let there = neighbour.local_addr().unwrap().port().to_string();
    for launcher in launchers() {
        for loopback in [false, true] {
            let stage = Stage::new(launcher);
            let path = stage.own_folder("sockets").join("way");
            let specification = json!({ "version": 1, "entrypoints": { "takes": {
                "program": "/usr/bin/python3",
                "args": ["-c", TAKES, there],
                "files": { "/usr/lib": { "host": "/usr/lib", "access": "rx" } },
                "descriptors": { "way": { "listen": format!("unix:{}", path.display()) } },
                "network": { "loopback": loopback },
                "stdout": "inherit",
                "stderr": "inherit",
            } } });
            fs::write(stage.path("spec.json"), specification.to_string()).unwrap();
            let shim = stage
                .shim(&["run", "spec.json"])
                .stdout(Stdio::piped())
                .spawn();
            let passes = format!(
                "import socket, time\nfor _ in range(500):\n  try:\n    way = socket.socket(socket.AF_UNIX); way.connect('{}'); break\n  \
                 except OSError: time.sleep(0.02)\nnew = socket.socket()\nsocket.send_fds(way, [b'x'], [new.fileno()])",
                path.display()
            );
            succeed(Command::new("python3").args(["-c", &passes]));
            let output = shim.unwrap().wait_with_output().unwrap();
            // With a loopback interface of its own that is where it connects, and nobody listens there.
            let unreachable = if loopback { 111 } else { 101 };
            let expected = format!("13 {unreachable} 13\n");
            assert_eq!(stdout(&output), expected, "{}", shown(&output));
        }
    }
}
