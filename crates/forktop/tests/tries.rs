//! Probes of processes: the kernel's own answers, and nothing of the process changed by asking.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;
#[path = "../../tracee/tests/support/work.rs"]
mod work;

use forktop::log::{Answer, Tried};
use forktop::probe::{Probe, try_all};
use rustix::io::Errno as E;
use rustix::process::{Pid, Signal, geteuid, kill_process};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::process::children;
use support::{Stage, TESTER, User, soon, wait};
use tracee::{Filters, News, Options, Preparation, Remains, Stopped, Tracer, What};
use work::work;

/// A process that is asked, and ends with the test.
struct Asked(Child);

impl Asked {
    /// A program, which is there when it says a line; that is given too.
    fn saying(program: impl AsRef<Path>, arguments: &[&str]) -> (Self, String) {
        let mut command = Command::new(program.as_ref());
        let command = command.args(arguments).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let output = child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        assert_ne!(line, "", "{command:?}");
        (Self(child), line.trim().to_owned())
    }

    /// A shell that waits, as whoever runs this.
    fn waiting() -> Self {
        Self::saying("/bin/sh", &["-c", "echo ready; read line"]).0
    }

    /// The same as the user `tester`.
    fn of_tester() -> Self {
        if !is_root() {
            return Self::waiting();
        }
        let script = ["/bin/sh", "-c", "echo ready; read line"];
        Self::saying("setpriv", &[&TESTER[..], &script].concat()).0
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }

    fn tries(&self, probes: &str) -> Vec<Answer> {
        tries(self.pid(), probes, Duration::from_secs(5))
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn is_root() -> bool {
    geteuid().is_root()
}

/// With which filters a copy is made: passed over, where that is allowed.
fn making() -> Filters {
    match is_root() {
        true => Filters::Suspended,
        false => Filters::Hold,
    }
}

fn tries(process: Pid, probes: &str, patience: Duration) -> Vec<Answer> {
    let before = traces(process);
    let tried = tries_unwatched(process, probes, patience);
    assert_eq!(traces(process), before, "{probes}");
    tried.into_iter().map(|tried| tried.answer).collect()
}

/// What of a process asking could change: its children, and what it has open.
fn traces(process: Pid) -> (Vec<u32>, Vec<(PathBuf, PathBuf)>) {
    let children = children(process);
    // Which a process that is gone has not.
    let mut open: Vec<_> = fs::read_dir(format!("/proc/{process}/fd"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read_link(path).unwrap()))
        .collect();
    open.sort();
    (children, open)
}

fn tries_unwatched(process: Pid, probes: &str, patience: Duration) -> Vec<Tried> {
    let probes = Probe::all_of(probes).unwrap();
    let mut tracer = Tracer::new(Options::default()).unwrap();
    let (stopped, preparation) = meet(&mut tracer, process);
    let visited = tracer.copy(stopped, preparation, making()).unwrap();
    assert_eq!(visited.differs, [""; 0]);
    tracer.leave(visited.stopped.unwrap()).unwrap();
    let copy = visited.result.unwrap();
    let inside = copy.clone();
    let tried = work(&mut tracer, async move {
        inside.begin(making()).await.unwrap();
        let tried = try_all(&inside, &probes, Filters::Hold, patience).await;
        assert_eq!(children(inside.process()), [0; 0]);
        inside.exit().await.unwrap();
        tried
    });
    take_away(&mut tracer, process, copy.remains());
    eprintln!("{tried:#?}");
    tried
}

fn meet(tracer: &mut Tracer, process: Pid) -> (Stopped, Preparation) {
    let thread = tracer.seize_alone(process).unwrap();
    let preparation = Preparation::of(thread);
    tracer.freeze_thread(thread).unwrap();
    loop {
        match tracer.next().unwrap().unwrap() {
            News::Event(event, Some(stopped)) if event.what == What::Frozen => {
                return (stopped, preparation);
            }
            News::Event(_, Some(stopped)) => tracer.resume(stopped).unwrap(),
            _ => {}
        }
    }
}

fn take_away(tracer: &mut Tracer, process: Pid, remains: Remains) {
    let (stopped, preparation) = meet(tracer, process);
    let visited = tracer
        .take_away(stopped, preparation, making(), remains)
        .unwrap();
    assert_eq!(visited.differs, [""; 0]);
    assert_eq!(visited.result, Ok(true));
    tracer.leave(visited.stopped.unwrap()).unwrap();
}

fn done(words: &str) -> Answer {
    Answer::Done {
        words: words.to_owned(),
    }
}

fn refused(by: &str, errno: E) -> Answer {
    Answer::Refused {
        by: by.to_owned(),
        errno: errno.raw_os_error(),
    }
}

#[test]
fn files_are_opened_as_the_process_may() {
    let stage = Stage::new();
    let file = stage.write("file", "text");
    fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    let (file, missing) = (file.to_str().unwrap(), stage.text("missing"));
    let asked = Asked::waiting();
    let answers = asked.tries(&format!(
        "open {file} | open {file} rw | open {missing} r | open {file} dir | open {file} x | read {file} | stat {missing} \
         | list {} | write {file} | write {file} more | open {missing} c | open {file} c | mkdir {missing} | rmdir {missing} \
         | mknod {missing} p | unlink {missing} | open /usr x",
        stage.text("")
    ));
    let again = "made, and taken away again";
    assert_eq!(
        answers,
        [
            done(""),
            done(""),
            refused("openat", E::NOENT),
            refused("openat", E::NOTDIR),
            // Nobody may execute it.
            refused("faccessat2", E::ACCESS),
            done("1 byte was read"),
            refused("statx", E::NOENT),
            done("file"),
            done("nothing was written"),
            done("4 bytes of 4 were written"),
            done(again),
            done("it was there"),
            done(again),
            refused("unlinkat", E::NOENT),
            done(again),
            refused("unlinkat", E::NOENT),
            done(""),
        ]
    );
    assert_eq!(fs::read_to_string(file).unwrap(), "textmore");
    assert!(!Path::new(&missing).exists());
}

#[test]
fn an_ordinary_user_is_refused_what_the_system_keeps() {
    let asked = Asked::of_tester();
    let probes = "open /etc/shadow r | open /etc/passwd r | open /etc/passwd w | list /root | mount none /mnt tmpfs \
                  | kill 1 | ptrace 1 | setuid 0 | setgroups 0 | chroot / | sethostname | mknod /tmp/forktop-node c 1 3 \
                  | bind tcp:127.0.0.1:81 | socket packet raw | unshare mount | umount / | open /proc/sys/kernel/hostname w";
    let answers = asked.tries(probes);
    let low = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").unwrap();
    let port = match low.trim().parse::<u32>().unwrap() {
        0..=81 => done(""),
        _ => refused("bind", E::ACCESS),
    };
    assert_eq!(
        answers,
        [
            refused("openat", E::ACCESS),
            done(""),
            refused("openat", E::ACCESS),
            refused("openat", E::ACCESS),
            refused("mount", E::PERM),
            refused("kill", E::PERM),
            refused("ptrace", E::PERM),
            refused("setuid", E::PERM),
            refused("setgroups", E::PERM),
            refused("chroot", E::PERM),
            refused("sethostname", E::PERM),
            refused("mknodat", E::PERM),
            port,
            refused("socket", E::PERM),
            refused("unshare", E::PERM),
            refused("umount2", E::PERM),
            refused("openat", E::ACCESS),
        ]
    );
}

#[test]
fn what_a_probe_changes_of_itself_the_next_does_not_find() {
    if !root_only("probes that change the user") {
        return;
    }
    let asked = Asked::waiting();
    let answers = asked.tries(
        "setuid 1 | setgid 1 | chroot /proc | unshare mount,net,user | open /etc/shadow r | setns /proc/self/ns/uts | setgroups 1 2 \
         | call exit_group 3 | call fork | sethostname | kill 1 0 | call getuid | mount none /mnt tmpfs | call getppid",
    );
    let number = asked.pid().as_raw_pid();
    assert_eq!(answers[..7].iter().filter(|it| **it == done("")).count(), 7);
    assert_eq!(answers[7], done("it has ended with code 3"));
    assert!(matches!(&answers[8], Answer::Done { words } if words.starts_with("= ")));
    assert_eq!(answers[9..11], [done(""), done("")]);
    assert_eq!(answers[11], done("= 0"));
    assert_eq!(answers[12], done("made, and taken away again"));
    assert_ne!(answers[13], done(&format!("= {number}")));
    assert!(
        !fs::read_to_string("/proc/mounts")
            .unwrap()
            .contains(" /mnt tmpfs")
    );
}

#[test]
fn sockets_reach_who_listens() {
    let stage = Stage::new();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let free = UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (tcp, udp) = (tcp.local_addr().map(|it| (it, tcp)).unwrap(), udp);
    let path = stage.text("socket");
    let _unix = UnixListener::bind(&path).unwrap();
    fs::set_permissions(&path, PermissionsExt::from_mode(0o777)).unwrap();
    let (new, missing) = (stage.text("new"), stage.text("missing"));
    let asked = Asked::waiting();
    let answers = asked.tries(&format!(
        "connect tcp:{tcp} | connect tcp:127.0.0.1:{closed} | connect udp:{udp} | connect unix:{path} | connect unix:{missing} \
         | connect unix:@forktop-nobody | connect unixgram:{path} | bind tcp:{tcp} | bind tcp:127.0.0.1:0 | bind udp:{udp} \
         | bind unix:{new} | bind unix:{path} | bind unix:@forktop-name | bind unixgram:@forktop-name | socket netlink raw \
         | socket inet stream | socket 99 stream | connect unixpacket:{path}",
        tcp = tcp.0,
        closed = free.port(),
        udp = udp.local_addr().unwrap(),
    ));
    let nothing_sent = "there is a way there; nothing was sent";
    assert_eq!(
        answers,
        [
            done(""),
            refused("connect", E::CONNREFUSED),
            done(nothing_sent),
            done(""),
            refused("connect", E::NOENT),
            refused("connect", E::CONNREFUSED),
            refused("connect", E::PROTOTYPE),
            refused("bind", E::ADDRINUSE),
            done(""),
            refused("bind", E::ADDRINUSE),
            done("made, and taken away again"),
            refused("bind", E::ADDRINUSE),
            done(""),
            done(""),
            done(""),
            done(""),
            refused("socket", E::AFNOSUPPORT),
            refused("connect", E::PROTOTYPE),
        ]
    );
    assert!(!Path::new(&new).exists() && Path::new(&path).exists());
}

#[test]
fn programs_are_executed_up_to_their_first_instruction() {
    let stage = Stage::new();
    let (made, plain) = (stage.text("made"), stage.write("plain", "#!/bin/sh\n"));
    let script = stage.write("script", "#!/nowhere/shell\n");
    fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).unwrap();
    let asked = Asked::waiting();
    let answers = asked.tries(&format!(
        "exec /bin/touch {made} | exec /bin/sh -c '>{made}' | exec {missing} | exec {plain} | exec {script} | exec /",
        missing = stage.text("missing"),
        plain = plain.display(),
        script = script.display(),
    ));
    assert_eq!(
        answers,
        [
            done(""),
            done(""),
            refused("execve", E::NOENT),
            refused("execve", E::ACCESS),
            refused("execve", E::NOENT),
            refused("execve", E::ACCESS),
        ]
    );
    assert!(!Path::new(&made).exists());
}

#[test]
fn what_does_not_answer_in_time_is_given_up() {
    let stage = Stage::new();
    let fifo = stage.text("fifo");
    support::succeed(Command::new("mkfifo").arg(&fifo));
    let path = stage.text("socket");
    let program = program(&stage, "full");
    let (_full, port) = Asked::saying(program, &[&path]);
    let asked = Asked::waiting();
    let began = Instant::now();
    let probes = format!(
        "connect unix:{path} | connect tcp:127.0.0.1:{port} | call openat -100 {fifo} 0 | open {fifo} r | open {fifo} w \
         | call pause | open /etc/passwd r"
    );
    let answers = tries(asked.pid(), &probes, Duration::from_millis(300));
    let late = Answer::TimedOut;
    let expected = [
        late.clone(),
        late.clone(),
        late.clone(),
        done(""),
        refused("openat", E::NXIO),
        late,
        done(""),
    ];
    assert_eq!(answers, expected);
    assert!(began.elapsed() > Duration::from_millis(1200));
}

#[test]
fn filters_answer_as_they_are() {
    let stage = Stage::new();
    let program = program(&stage, "answers");
    let probes = "open /etc/passwd r | connect tcp:127.0.0.1:1 | kill 1 | call getpid";
    let killed = Answer::Killed { signal: 31 };
    for (action, answer) in [
        ("errno", None),
        ("kill", Some(killed.clone())),
        ("thread", Some(killed.clone())),
        ("trap", Some(Answer::Trapped)),
    ] {
        let (asked, _) = Asked::saying(&program, &[action, "openat", "socket", "kill"]);
        let answers = asked.tries(probes);
        let answer = |by| answer.clone().unwrap_or_else(|| refused(by, E::ACCESS));
        assert_eq!(
            answers[..3],
            ["openat", "socket", "kill"].map(answer),
            "{action}"
        );
        assert!(matches!(answers[3], Answer::Done { .. }), "{action}");
    }
    if !root_only("filters that let next to nothing through") {
        return;
    }
    let (asked, _) = Asked::saying(&program, &["kill", "-", "pause", "write", "read", "openat"]);
    let answers = asked.tries("open /etc/passwd r | open /etc/nothing r | exec /bin/true | list /");
    let none = refused("openat", E::NOENT);
    assert_eq!(answers, [done(""), none, killed.clone(), killed]);
}

#[test]
fn a_process_that_is_probed_goes_on() {
    let script = "echo ready; for i in 1 2 3 4 5 6 7 8; do sleep 0.1; done; exit 7";
    let (mut asked, _) = Asked::saying("/bin/sh", &["-c", script]);
    let tried = tries_unwatched(
        asked.pid(),
        "open / dir | exec /bin/true | call exit 1",
        Duration::from_secs(5),
    );
    assert_eq!(tried.len(), 3);
    assert_eq!(asked.0.wait().unwrap().code(), Some(7));
}

#[test]
fn a_process_that_is_stopped_is_probed_and_stays_stopped() {
    let asked = Asked::waiting();
    kill_process(asked.pid(), Signal::STOP).unwrap();
    let stat = format!("/proc/{}/stat", asked.pid().as_raw_pid());
    let is_stopped = || fs::read_to_string(&stat).unwrap().contains(") T ");
    wait("its stop", is_stopped);
    assert_eq!(
        asked.tries("open / dir | exec /bin/true"),
        [done(""), done("")]
    );
    // It is let go, and stops at once.
    wait("its stop again", is_stopped);
}

#[test]
#[cfg(target_arch = "x86_64")]
fn a_process_of_32_bits_is_probed_by_its_own_rules() {
    if !root_only("the 32-bit program") {
        return;
    }
    let stage = Stage::new();
    let (source, program) = (support::source("narrow_waits.s"), stage.text("narrow"));
    let flags = ["-m32", "-nostdlib", "-static", "-o", &program];
    support::succeed(stage.command("gcc", &flags).arg(source));
    let (asked, _) = Asked::saying(program, &[]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let file = stage.text("file");
    let answers = asked.tries(&format!(
        "open /etc/passwd r | read /nowhere | list {} | stat /etc/passwd | connect tcp:{} | exec /bin/true | setuid 1 | setgid 1 \
         | setgroups 1 | sethostname | kill 1 | unshare mount | chroot / | mkdir {file} | open {file} c | bind unix:{file} \
         | mount none /mnt tmpfs | setns /proc/self/ns/uts | open /etc/passwd x | write {file} | mknod {file} c 1 3 | call prctl 3 \
         | socket netlink raw | umount {file}",
        stage.text(""),
        listener.local_addr().unwrap(),
    ));
    let unexpected: Vec<_> = answers
        .iter()
        .enumerate()
        .filter(|(_, answer)| !matches!(answer, Answer::Done { .. }))
        .collect();
    let expected = [
        (1, &refused("openat", E::NOENT)),
        (18, &refused("faccessat2", E::ACCESS)),
        (19, &refused("openat", E::NOENT)),
        (23, &refused("umount2", E::NOENT)),
    ];
    assert_eq!(unexpected, expected);
}

#[test]
fn processes_are_probed_again_and_again() {
    let asked = Asked::waiting();
    for _ in 0..50 {
        let answers =
            asked.tries("open / dir | call exit_group 0 | call fork | kill 1 | exec /bin/true");
        assert_eq!(answers[0], done(""));
        assert_eq!(answers[4], done(""));
    }
}

/// The processes below one, and itself.
fn below(process: u32) -> Vec<u32> {
    let children = children(process).into_iter();
    [process]
        .into_iter()
        .chain(children.flat_map(below))
        .collect()
}

#[test]
fn from_within_a_void_nothing_is_reached() {
    let stage = Stage::new();
    let specification = r#"{ "version": 1, "entrypoints": { "waits": {
        "program": "/bin/busybox", "argv0": "sleep", "args": ["100"] } } }"#;
    fs::write(stage.path("spec.json"), specification).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = stage.command(support::shim::clone_shim(), &["run", "spec.json"]);
    let shim = Asked(command.spawn().unwrap());
    let name =
        |process: u32| fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
    let inside = soon("a process in the void", || {
        let mut all = below(shim.0.id()).into_iter();
        all.find(|process| name(*process).trim() == "busybox")
    });
    let inside = Pid::from_raw(inside.cast_signed()).unwrap();
    let probes = format!(
        "open /etc/passwd r | open /proc dir | connect tcp:{} | connect udp:192.0.2.1:53 | exec /bin/sh | mount none / tmpfs \
         | kill 9999 | unshare user | setuid 1 | open /new c | ptrace 1 | chroot /",
        listener.local_addr().unwrap()
    );
    let answers = tries(inside, &probes, Duration::from_secs(2));
    let let_through: Vec<_> = answers
        .iter()
        .filter(|answer| {
            !matches!(
                answer,
                Answer::Refused { .. } | Answer::Killed { .. } | Answer::Trapped
            )
        })
        .collect();
    assert!(let_through.is_empty(), "{answers:#?}");
    kill_process(inside, Signal::KILL).unwrap();
}

#[test]
fn the_command_tells_what_came_of_it() {
    let stage = Stage::new();
    let asked = Asked::waiting();
    let pid = asked.pid().to_string();
    let before = traces(asked.pid());
    let run = |arguments: &[&str]| {
        let output = stage.forktop(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    };
    let let_through = run(&["try", &pid, "--", "open / dir | exec /bin/true"]);
    let lines = "open / dir: let\nexec /bin/true: let\n";
    assert_eq!(let_through, (Some(0), lines.to_owned(), String::new()));
    let refused = run(&[
        "try", &pid, "--", "open", "/a b", "r", "|", "call", "getpid",
    ]);
    let line = "open '/a b' r: refused by openat: No such file or directory (ENOENT)\n";
    assert!(
        refused.0 == Some(1) && refused.1.starts_with(line),
        "{refused:?}"
    );
    let json = run(&["try", "--json", &pid, "--", "kill 1 | read /nowhere"]);
    let value: serde_json::Value = serde_json::from_str(&json.1).unwrap();
    assert_eq!(
        (&value["pid"].to_string(), &value["calls"][1]["errno"]),
        (&pid, &2.into())
    );
    assert!(
        value["held_us"].as_u64() > Some(0) && value.get("differs").is_none(),
        "{value}"
    );
    let mistaken = run(&["try", &pid, "--", "connect tcp:localhost:80"]);
    assert!(
        mistaken.0 == Some(125) && mistaken.2.contains("not looked up"),
        "{mistaken:?}"
    );
    let absent = run(&["try", "2147483646", "--", "kill 1"]);
    assert!(
        absent.0 == Some(125) && absent.2.starts_with("forktop: "),
        "{absent:?}"
    );
    assert_eq!(traces(asked.pid()), before);
}

/// Programs of `tests/tracees` that were compiled for the user `tester`.
const COMPILED: &str = "FORKTOP_COMPILED";

fn program(stage: &Stage, name: &str) -> String {
    match std::env::var(COMPILED) {
        Ok(folder) => format!("{folder}/{name}"),
        Err(_) => support::tracee(stage, &format!("{name}.c")),
    }
}

#[test]
fn an_ordinary_user_asks_own_processes() {
    if !root_only("the tests as another user") {
        return;
    }
    let stage = Stage::new();
    stage.open();
    for name in ["full", "answers"] {
        program(&stage, name);
    }
    let copy = stage.path("tests");
    fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
    let this = [
        "--skip",
        "an_ordinary_user_asks",
        "--skip",
        "from_within_a_void",
        "--nocapture",
    ];
    let mut command = stage.command_of(User::Tester, &[copy.to_str().unwrap()]);
    let output = command.args(this).env(COMPILED, stage.path("")).output();
    let output = output.unwrap();
    let text = support::shown(&output);
    assert!(
        output.status.success() && !text.contains(" 0 passed"),
        "{text}"
    );
}

fn root_only(what: &str) -> bool {
    if !is_root() {
        eprintln!("skipped: {what}, since the tests are not run by root");
    }
    is_root()
}

#[test]
fn what_was_not_compared_is_told() {
    // So much that reading it would hold the process for long.
    let script = "for n in {10..900}; do eval \"exec $n</dev/null\"; done; echo ready; read line";
    let (asked, _) = Asked::saying("/bin/bash", &["-c", script]);
    let mut forktop = Command::new(env!("CARGO_BIN_EXE_forktop"));
    let pid = asked.pid().as_raw_pid().to_string();
    forktop.args(["try", "--json", &pid, "--", "call getpid"]);
    let output = forktop.output().unwrap();
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let uncompared = serde_json::json!(["its descriptors", "its mappings"]);
    assert_eq!(told["uncompared"], uncompared, "{told}");
    assert!(told.get("differs").is_none(), "{told}");
}
