//! How clone-shim ends, and what it passes on while it runs.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::json;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::{Launcher, Stage, launchers, shown, stderr, stdout};

fn sh(script: &str) -> serde_json::Value {
    json!({ "program": "/bin/busybox", "args": ["sh", "-c", script], "stdout": "inherit", "stderr": "inherit" })
}

#[test]
fn the_exit_code_is_the_programs_own() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        for code in [0, 1, 77, 255] {
            assert_eq!(
                stage.run(&sh(&format!("exit {code}")), &[]).status.code(),
                Some(code)
            );
        }
        assert_eq!(stage.run(&sh("kill -9 $$$$"), &[]).status.code(), Some(137));
        assert_eq!(
            stage.run(&sh("kill -TERM $$$$"), &[]).status.code(),
            Some(143),
            "default actions are kept"
        );
    }
}

#[test]
fn a_program_that_cannot_be_started_has_a_code_of_its_own() {
    let stage = Stage::new(Launcher::Ourselves);
    let code = |program: &str| {
        let output = stage.run(&json!({ "program": program }), &[]);
        assert!(stderr(&output).contains("spec.json:"), "{}", shown(&output));
        output.status.code()
    };
    assert_eq!(code("/no/such/program"), Some(127));
    assert_eq!(code("/etc/passwd"), Some(126));
    assert_eq!(code("/etc"), Some(126));
    stage.own_file("nonsense", "this is no program\n");
    Command::new("chmod")
        .arg("+x")
        .arg(stage.path("nonsense"))
        .status()
        .unwrap();
    assert_eq!(code(&stage.text("nonsense")), Some(126));
}

#[test]
fn of_several_entrypoints_the_first_to_fail_gives_the_code() {
    let stage = Stage::new(Launcher::Ourselves);
    let both =
        json!({ "a": sh("busybox sleep 0.4; exit 3"), "b": sh("exit 4"), "c": sh("exit 0") });
    assert_eq!(stage.run_all(&both, &[]).status.code(), Some(4));
    let good = json!({ "a": sh("exit 0"), "b": sh("exit 0") });
    assert_eq!(stage.run_all(&good, &[]).status.code(), Some(0));
}

#[test]
fn one_that_does_not_start_ends_all() {
    let stage = Stage::new(Launcher::Ourselves);
    let both = json!({ "a": sh("busybox sleep 60"), "b": { "program": "/bin/busybox", "args": ["true"], "directory": "/nowhere" } });
    let began = Instant::now();
    let output = stage.run_all(&both, &[]);
    assert_eq!(output.status.code(), Some(125), "{}", shown(&output));
    assert!(
        stderr(&output).contains("cannot change to the folder `/nowhere`"),
        "{}",
        shown(&output)
    );
    assert!(began.elapsed() < Duration::from_secs(30));
}

/// Waits until the process has written a line.
fn first_line(child: &mut std::process::Child) -> String {
    use std::io::{BufRead, BufReader};
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    line
}

fn start(stage: &Stage, fields: &serde_json::Value, flags: &[&str]) -> std::process::Child {
    let specification = json!({ "version": 1, "entrypoints": { "it": fields } });
    std::fs::write(stage.path("spec.json"), specification.to_string()).unwrap();
    let arguments = [&["run"], flags, &["spec.json"]].concat();
    stage
        .shim(&arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn signal(child: &std::process::Child, name: &str) {
    assert!(
        Command::new("kill")
            .arg(name)
            .arg(child.id().to_string())
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn signals_are_passed_on() {
    for launcher in launchers() {
        for (name, code) in [("TERM", 20), ("INT", 21), ("HUP", 22), ("USR1", 23)] {
            let stage = Stage::new(launcher);
            let script = format!(
                "trap 'exit {code}' {name}; echo ready; while :; do busybox sleep 0.05; done"
            );
            let mut child = start(&stage, &sh(&script), &[]);
            assert_eq!(first_line(&mut child), "ready\n");
            signal(&child, &format!("-{name}"));
            assert_eq!(child.wait().unwrap().code(), Some(code), "{name}");
        }
    }
}

/// Pid 1 is killed with the shim, and has a signal of its own for that.
#[test]
fn a_program_that_may_choose_its_death_signal_dies_with_the_shim() {
    use std::io::Read;
    const CHOOSES: &str = "
import ctypes, signal, time
assert ctypes.CDLL(None).prctl(1, 0) == 0
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
print('ready', flush=True)
time.sleep(20)
";
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let fields = json!({
            "program": "/usr/bin/python3",
            "args": ["-c", CHOOSES],
            "files": { "/usr/lib": { "host": "/usr/lib", "access": "rx" } },
            "syscalls": ["prctl"],
            "stdout": "inherit",
        });
        let mut child = start(&stage, &fields, &[]);
        assert_eq!(first_line(&mut child), "ready\n");
        let began = Instant::now();
        child.kill().unwrap();
        child.wait().unwrap();
        // The pipe closes with the last of the void.
        let mut rest = String::new();
        child.stdout.unwrap().read_to_string(&mut rest).unwrap();
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "{:?}",
            began.elapsed()
        );
    }
}

#[test]
fn what_does_not_end_when_asked_is_killed_after_the_grace() {
    let stage = Stage::new(Launcher::Ourselves);
    let mut child = start(
        &stage,
        &sh("trap '' TERM; echo ready; while :; do busybox sleep 0.05; done"),
        &["--grace", "0.3"],
    );
    first_line(&mut child);
    signal(&child, "-TERM");
    assert_eq!(child.wait().unwrap().code(), Some(137));
}

#[test]
fn a_stopped_shim_stops_its_voids_and_both_go_on() {
    let stage = Stage::new(Launcher::Ourselves);
    let mut child = start(&stage, &sh("echo ready; busybox sleep 1; echo done"), &[]);
    first_line(&mut child);
    signal(&child, "-TSTP");
    let state = || std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
    let began = Instant::now();
    while !state().contains(") T ") {
        assert!(began.elapsed() < Duration::from_secs(10), "{}", state());
        std::thread::sleep(Duration::from_millis(10));
    }
    signal(&child, "-CONT");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// It would look like success else: the program itself has written everything.
#[test]
fn what_cannot_be_passed_on_is_said_and_no_success() {
    let stage = Stage::new(Launcher::Ourselves);
    let file = |path: &str| {
        let mut options = std::fs::OpenOptions::new();
        options.read(path == "/").write(path != "/");
        options.open(path).unwrap()
    };
    let ends = |script: &str, connect: &dyn Fn(&mut Command), expected: &str| {
        let mut fields = sh(script);
        fields["stdin"] = json!("inherit");
        let specification = json!({ "version": 1, "entrypoints": { "it": fields } });
        std::fs::write(stage.path("spec.json"), specification.to_string()).unwrap();
        let mut command = stage.shim(&["run", "spec.json"]);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        connect(&mut command);
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(125), "{}", shown(&output));
        assert_eq!(stderr(&output), expected);
    };
    let to_full = |command: &mut Command| _ = command.stdout(file("/dev/full"));
    let full = "cannot write to standard output: No space left on device (ENOSPC)";
    ends("echo hello", &to_full, &format!("clone-shim: it: {full}\n"));
    ends(
        "exec busybox yes",
        &to_full,
        &format!("clone-shim: it: {full}\n"),
    );
    ends(
        "busybox cat",
        &|command| _ = command.stdin(file("/")),
        "clone-shim: it: cannot read standard input: Is a directory (EISDIR)\n",
    );
    ends(
        "echo hello >&2",
        &|command| _ = command.stderr(file("/dev/full")),
        "",
    );
}

/// A panic would kill every void with it.
#[test]
fn a_standard_error_that_is_full_or_gone_ends_nothing() {
    let stage = Stage::new(Launcher::Ourselves);
    let full = || {
        std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap()
    };
    let specification = json!({ "version": 1, "entrypoints": { "it": { "program": "/bin/busybox", "args": ["false"] } } });
    std::fs::write(stage.path("spec.json"), specification.to_string()).unwrap();
    let code = |arguments: &[&str], stderr: Stdio| {
        stage
            .shim(arguments)
            .stderr(stderr)
            .status()
            .unwrap()
            .code()
    };
    let gone = || {
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        drop(reader);
        writer
    };
    assert_eq!(code(&["run", "-v", "spec.json"], full().into()), Some(1));
    assert_eq!(code(&["run", "-v", "spec.json"], gone().into()), Some(1));
    assert_eq!(
        code(&["run", "--events", "json", "spec.json"], full().into()),
        Some(1)
    );
    assert_eq!(code(&["run", "nothing.json"], full().into()), Some(125));
    assert_eq!(code(&["no-such-command"], full().into()), Some(125));
}

/// What pid 1 tells that nobody reads fills a pipe, and must not keep it from seeing the end.
#[test]
fn a_program_may_stop_and_go_on_as_often_as_it_likes() {
    let stage = Stage::new(Launcher::Ourselves);
    let script = "
import os, signal, time
program = os.getpid()
if os.fork() == 0:
    for turn in range(6000):
        for number in signal.SIGSTOP, signal.SIGCONT:
            os.kill(program, number)
            time.sleep(0.0001)
    os.kill(program, signal.SIGUSR1)
    os._exit(0)
signal.pause()
";
    let fields = json!({
        "program": "/usr/bin/python3",
        "args": ["-c", script],
        "files": { "/usr/lib": { "host": "/usr/lib", "access": "rx" } },
        "limits": { "wall_seconds": 50 },
    });
    let began = Instant::now();
    let output = stage.run(&fields, &[]);
    assert_eq!(output.status.code(), Some(128 + 10), "{}", shown(&output));
    assert!(
        began.elapsed() < Duration::from_secs(50),
        "it was only seen when its time was over"
    );
}

#[test]
fn limits_hold() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let with = |script: &str, limits: serde_json::Value| {
            let mut fields = sh(script);
            fields["limits"] = limits;
            fields["files"] = json!({ "/tmp": { "tmpfs": "8M" } });
            stage.run(&fields, &[])
        };
        let output = with("busybox sleep 60", json!({ "wall_seconds": 0.3 }));
        assert_eq!(output.status.code(), Some(137));
        let output = with("while :; do :; done", json!({ "cpu_seconds": 1 }));
        assert_eq!(output.status.code(), Some(137), "{}", shown(&output));
        let output = with("ulimit -n", json!({ "open_files": 17 }));
        assert_eq!(stdout(&output), "17\n");
        let output = with(
            "busybox dd if=/bin/busybox of=/tmp/f bs=64k count=2",
            json!({ "file_size": "64K" }),
        );
        assert!(!output.status.success());
    }
}

#[test]
fn what_fails_is_started_again_as_often_as_said() {
    let stage = Stage::new(Launcher::Ourselves);
    let mut fields = sh("echo again; exit 5");
    fields["restart"] = json!({ "on-failure": { "first_seconds": 0.02, "attempts": 2 } });
    let output = stage.run(&fields, &[]);
    assert_eq!(
        (stdout(&output).as_str(), output.status.code()),
        ("again\nagain\nagain\n", Some(5))
    );
    let mut fields = sh("echo once");
    fields["restart"] = json!("on-failure");
    assert_eq!(stdout(&stage.run(&fields, &[])), "once\n");
}

#[test]
fn events_are_lines_of_json_with_what_was_used() {
    let stage = Stage::new(Launcher::Ourselves);
    let mut child = start(
        &stage,
        &sh("exit 6"),
        &["--events", "json", "--events-file", "events"],
    );
    assert_eq!(child.wait().unwrap().code(), Some(6));
    let events = std::fs::read_to_string(stage.path("events")).unwrap();
    let events: Vec<serde_json::Value> = events
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let names: Vec<_> = events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["launched", "started", "exited"]);
    assert!(
        events
            .iter()
            .all(|event| event["entrypoint"] == "it" && event["time"].as_f64().unwrap() > 1e9)
    );
    assert_eq!(events[2]["code"], 6);
    assert!(events[2]["used"]["max_resident_bytes"].as_u64().unwrap() > 100_000);
}
