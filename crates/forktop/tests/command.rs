//! What forktop does without its interface: exit codes, signals, files, and what it refuses.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use support::process::{is_traced, kernel_thread, send};
use support::{Stage, shown, succeed, wait};

/// What standard error says, and the code, of a forktop in `stage`.
fn said(stage: &Stage, arguments: &[&str]) -> (i32, String) {
    let output = stage.forktop(arguments).output().unwrap();
    let code = output.status.code().expect("it exits");
    (code, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Starts one whose lines go to `lines`, and waits until the command has made the file `ready`.
fn begin(stage: &Stage, options: &[&str], script: &str) -> Child {
    let lines = stage.text("lines");
    let words = [&["log", "-o", &lines], options, &["--", "sh", "-c", script]].concat();
    let child = stage.forktop(&words).stderr(Stdio::piped()).spawn();
    wait("the command", || stage.path("ready").exists());
    child.unwrap()
}

#[test]
fn it_ends_as_the_command_does() {
    let stage = Stage::new();
    for (words, code, expected) in [
        (&["sh", "-c", "exit 7"][..], 7, ""),
        (&["sh", "-c", "kill -9 $$"], 137, ""),
        (
            &["no-such-program"],
            127,
            "cannot execute `no-such-program`: No such file",
        ),
        (
            &["/no/such/program"],
            127,
            "cannot execute `/no/such/program`",
        ),
        (
            &["/etc/passwd"],
            126,
            "cannot execute `/etc/passwd`: Permission denied",
        ),
        // The command's end counts, not that of what it leaves behind.
        (&["sh", "-c", "(sleep 0.2; exit 9) & exit 3"], 3, ""),
    ] {
        for before in [&["log", "--"][..], &["--"]] {
            let (ended, text) = said(&stage, &[before, words].concat());
            assert_eq!(ended, code, "{words:?}: {text}");
            assert!(text.contains(expected), "{text}");
            assert_eq!(text.is_empty(), expected.is_empty(), "{text}");
        }
    }
}

/// Command lines that are refused, and what is said.
const REFUSED: &[(&str, &str)] = &[
    ("", "Usage"),
    ("--unknown -- touch started", "--unknown"),
    ("log", "Usage"),
    ("--failed-execs", "nothing to follow"),
    (
        "--record /nowhere/x -- touch started",
        "cannot write to `/nowhere/x`: No such file",
    ),
    (
        "--export /nowhere/x.svg -- touch started",
        "cannot write to `/nowhere/x.svg`: No such file",
    ),
    (
        "--export x.png -- touch started",
        ".json, .dot, .svg or .html",
    ),
    (
        "log -o /nowhere/x -- touch started",
        "cannot write to `/nowhere/x`: No such file",
    ),
    (
        "log -o . -- touch started",
        "cannot write to `.`: Is a directory",
    ),
    (
        "log --record . -- touch started",
        "cannot write to `.`: Is a directory",
    ),
    ("-p 0", "invalid value '0'"),
    ("-p nobody", "invalid value 'nobody'"),
    ("-p 999999999", "process 999999999"),
    ("replay", "FILE"),
    (
        "replay nothing",
        "cannot read the log `nothing`: No such file",
    ),
    ("replay no-log", "line 1 is no event `opened`"),
    ("replay .", "cannot read the log `.`"),
    ("show 999999999", "999999999"),
];

#[test]
fn what_cannot_be_done_is_said_before_anything_is_started() {
    let stage = Stage::new();
    stage.write("no-log", "hello\n");
    let here = std::process::id().to_string();
    let mut asleep = Command::new("sleep").arg("60").spawn().unwrap();
    let number = asleep.id().to_string();
    let mut other = begin(&stage, &[], "touch ready; exec sleep 60");
    wait("the other's process", || children(other.id()).len() == 1);
    let traced = children(other.id())[0].to_string();
    let running = [
        (format!("log -p {traced}"), "already"),
        (
            format!("log -p {number} --kill-on-exit"),
            "cannot be used with",
        ),
        (
            format!("log -p {number} -- touch started"),
            "cannot be used with",
        ),
        (format!("log -p {here} 999999999"), "process 999999999"),
    ];
    let kernels =
        kernel_thread().map(|it| (format!("log -p {it}"), "it is a thread of the kernel"));
    let running = running.iter().chain(&kernels);
    let running = running.map(|(line, words)| (line.as_str(), *words));
    for (line, expected) in REFUSED.iter().copied().chain(running) {
        let words: Vec<_> = line.split_whitespace().collect();
        let (code, text) = said(&stage, &words);
        assert_eq!(code, 125, "{line}: {text}");
        assert!(text.contains(expected), "{line}: {text}");
        assert!(!text.contains("panicked"), "{line}: {text}");
    }
    assert!(!stage.path("started").exists());
    // Nobody traces who was refused, or was named beside who was.
    for pid in [asleep.id(), std::process::id()] {
        assert!(!is_traced(pid), "{pid}");
    }
    asleep.kill().unwrap();
    asleep.wait().unwrap();
    send(traced.parse().unwrap(), "KILL");
    other.wait().unwrap();
}

#[test]
fn an_ordinary_user_is_told_whose_process_it_is() {
    if !rustix::process::geteuid().is_root() {
        return eprintln!("skipped: this takes root");
    }
    let stage = Stage::new();
    stage.open();
    let mut mine = Command::new("sleep").arg("60").spawn().unwrap();
    let output = stage
        .as_tester(&["log", "-p", &mine.id().to_string()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(125), "{}", shown(&output));
    let text = shown(&output);
    assert!(
        text.contains(&format!("cannot follow process {}", mine.id())),
        "{text}"
    );
    mine.kill().unwrap();
    mine.wait().unwrap();
    let output = stage
        .as_tester(&["log", "--", "sh", "-c", "id -un; exit 4"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", shown(&output));
    assert!(shown(&output).contains("tester\n"), "{}", shown(&output));
}

#[test]
fn a_signal_is_passed_on_and_the_second_sigterm_ends_it() {
    let stage = Stage::new();
    let script =
        "trap 'touch told' TERM; touch ready; until [ -e over ]; do sleep 0.05; done; exit 6";
    let mut forktop = begin(&stage, &[], script);
    send(forktop.id(), "TERM");
    wait("the trap", || stage.path("told").exists());
    stage.write("over", "");
    assert_eq!(forktop.wait().unwrap().code(), Some(6));

    let stage = Stage::new();
    let script = "trap '' TERM; touch ready; sleep 1; touch later";
    let mut forktop = begin(&stage, &[], script);
    send(forktop.id(), "TERM");
    sleep(Duration::from_millis(100));
    send(forktop.id(), "TERM");
    assert_eq!(forktop.wait().unwrap().code(), Some(143));
    assert!(!stage.path("later").exists());
    let lines = std::fs::read_to_string(stage.path("lines")).unwrap();
    assert!(lines.contains("let go"), "{lines}");
    wait("what was let go", || stage.path("later").exists());
}

#[test]
fn what_cannot_have_been_typed_is_passed_on() {
    for (signal, code) in [("INT", 130), ("QUIT", 131), ("HUP", 129)] {
        let stage = Stage::new();
        let lines = stage.text("lines");
        let arguments = [
            "log",
            "-o",
            &lines,
            "--",
            "sh",
            "-c",
            "touch ready; exec sleep 60",
        ];
        let mut command = stage.command("setsid", &["-w", env!("CARGO_BIN_EXE_forktop")]);
        let mut waiting = command.args(arguments).spawn().unwrap();
        wait("the command", || stage.path("ready").exists());
        let forktop = *children(waiting.id()).first().unwrap_or(&waiting.id());
        send(forktop, signal);
        assert_eq!(waiting.wait().unwrap().code(), Some(code), "{signal}");
    }
}

#[test]
fn what_is_ignored_stays_ignored() {
    let stage = Stage::new();
    let script = "touch ready; sleep 0.5; exit 8";
    let forktop = env!("CARGO_BIN_EXE_forktop");
    let mut command = stage.command("sh", &["-c", "trap '' HUP; exec \"$@\"", "sh", forktop]);
    let mut forktop = command
        .args(["log", "-o", "lines", "--", "sh", "-c", script])
        .spawn()
        .unwrap();
    wait("the command", || stage.path("ready").exists());
    send(forktop.id(), "HUP");
    assert_eq!(forktop.wait().unwrap().code(), Some(8));
}

#[test]
fn with_kill_on_exit_the_second_sigterm_kills() {
    let stage = Stage::new();
    let script = "trap '' TERM; touch ready; sleep 1; touch later";
    let mut forktop = begin(&stage, &["--kill-on-exit"], script);
    send(forktop.id(), "TERM");
    sleep(Duration::from_millis(100));
    send(forktop.id(), "TERM");
    assert_eq!(forktop.wait().unwrap().code(), Some(143));
    sleep(Duration::from_millis(1500));
    assert!(!stage.path("later").exists());
}

#[test]
fn a_signal_ends_following_what_was_running() {
    for signal in ["INT", "TERM", "HUP", "QUIT"] {
        let stage = Stage::new();
        let mut running = Command::new("sleep").arg("60").spawn().unwrap();
        let (lines, pid) = (stage.text("lines"), running.id());
        let arguments = ["log", "-o", &lines, "-p", &pid.to_string()];
        let mut forktop = stage.forktop(&arguments).spawn().unwrap();
        let text = || std::fs::read_to_string(&lines).unwrap_or_default();
        wait("the process", || text().contains("sleep"));
        send(forktop.id(), signal);
        assert_eq!(forktop.wait().unwrap().code(), Some(0), "{signal}");
        assert!(text().contains("let go"), "{}", text());
        assert!(!is_traced(pid), "{pid}");
        assert!(running.try_wait().unwrap().is_none());
        running.kill().unwrap();
        running.wait().unwrap();
    }
}

#[test]
fn a_reader_who_has_had_enough_changes_nothing() {
    let stage = Stage::new();
    let script = "true; sleep 0.3; true; touch end; exit 5";
    let mut command = stage.forktop(&["log", "--", "sh", "-c", script]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut forktop = command.spawn().unwrap();
    let mut first = [0; 8];
    forktop
        .stdout
        .take()
        .unwrap()
        .read_exact(&mut first)
        .unwrap();
    let output = forktop.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", shown(&output));
    assert!(output.stderr.is_empty(), "{}", shown(&output));
    assert!(stage.path("end").exists());
}

#[test]
fn a_file_that_takes_nothing_more_is_said_at_the_end() {
    let stage = Stage::new();
    let (code, text) = said(&stage, &["log", "-o", "/dev/full", "--", "touch", "end"]);
    assert_eq!(code, 125);
    assert!(
        text.contains("cannot write to `/dev/full`: No space left"),
        "{text}"
    );
    assert!(stage.path("end").exists());
}

#[test]
fn the_log_and_the_tree_are_written_beside_the_lines() {
    let stage = Stage::new();
    // Without a terminal it is `log`.
    let options = [
        "--record", "it.jsonl", "--export", "it.svg", "--export", "it.json",
    ];
    let words = ["--", "sh", "-c", "true; exit 2"];
    let output = stage
        .forktop(&[&options[..], &words].concat())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    let lines = String::from_utf8(output.stdout).unwrap();
    assert!(lines.contains("ends with code 2"), "{lines}");
    for name in ["it.svg", "it.json"] {
        assert!(std::fs::metadata(stage.path(name)).unwrap().len() > 100);
    }
    let again = succeed(&mut stage.forktop(&["replay", "it.jsonl"]));
    assert_eq!(again, lines);
    let exported = std::fs::read_to_string(stage.path("it.json")).unwrap();
    succeed(&mut stage.forktop(&[
        "replay", "it.jsonl", "--export", "it.json", "--export", "it.html",
    ]));
    assert_eq!(
        std::fs::read_to_string(stage.path("it.json")).unwrap(),
        exported
    );
    assert!(stage.path("it.html").exists());
}

#[test]
fn a_log_that_was_cut_is_shown_up_to_there() {
    let stage = Stage::new();
    let log = stage.text("it.jsonl");
    let mut command = stage.forktop(&["log", "--json", "-o", &log, "--", "sh", "-c", "true; :"]);
    succeed(&mut command);
    let text = std::fs::read(&log).unwrap();
    std::fs::write(&log, &text[..text.len() - 9]).unwrap();
    let output = stage.forktop(&["replay", &log]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert!(
        shown(&output).contains("the log's last line is cut"),
        "{}",
        shown(&output)
    );
    let whole = String::from_utf8(text).unwrap();
    std::fs::write(&log, whole.replace("\"format\":1", "\"format\":2")).unwrap();
    let (code, text) = said(&stage, &["replay", &log]);
    assert_eq!(code, 125);
    assert!(
        text.contains("it has format 2, and this forktop reads format 1"),
        "{text}"
    );
}

/// The numbers of a process's children, of whichever thread.
fn children(pid: u32) -> Vec<u32> {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task"));
    let threads = threads.into_iter().flatten().flatten();
    let read = |thread: &Path| std::fs::read_to_string(thread.join("children"));
    let text: Vec<_> = threads
        .filter_map(|thread| read(&thread.path()).ok())
        .collect();
    let numbers = text.iter().flat_map(|text| text.split_whitespace());
    numbers.filter_map(|number| number.parse().ok()).collect()
}

/// What is told goes nowhere, so that following does not come to its end either.
#[test]
fn who_does_not_read_what_is_told_does_not_keep_forktop() {
    let stage = Stage::new();
    succeed(&mut stage.command("mkfifo", &["lines"]));
    let reader = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(stage.path("lines"))
        .unwrap();
    let mut child = begin(&stage, &[], "while :; do /bin/true; : > ready; done");
    sleep(Duration::from_secs(3));
    for _ in 0..2 {
        send(child.id(), "TERM");
        sleep(Duration::from_millis(200));
    }
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > Duration::from_secs(20) {
            child.kill().unwrap();
            panic!("it waits still");
        }
        sleep(Duration::from_millis(20));
    }
    drop(reader);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("somebody keeps it waiting"), "{said}");
    assert_eq!(output.status.code(), Some(125));
}
