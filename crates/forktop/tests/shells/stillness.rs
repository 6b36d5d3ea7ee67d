//! What does not stop, or does not any more, keeps nobody: forktop ends soon, says why, and has changed nothing.
use crate::freezer::Freezer;
use crate::open::Open;
use crate::subject::{Running, Subject, assert_refused, stage};
use crate::support::process::{is_over, is_traced, send, state};
use crate::support::{Stage, User, shown, soon, succeed, wait};
use std::fs;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Longer than forktop has patience with a process, on a machine with much to do.
const SOON: Duration = Duration::from_secs(5);

/// A process that waits in vfork(2): from its beginning, or from SIGUSR1 on.
pub fn waits_in_vfork(stage: &Stage, at_once: bool) -> Running {
    let source = "#include <unistd.h>\n#include <signal.h>\n\
                  int main(int n, char **v) { sigset_t s; int got; sigemptyset(&s); sigaddset(&s, SIGUSR1);\n\
                  sigprocmask(SIG_BLOCK, &s, 0); if (n > 1) sigwait(&s, &got);\n\
                  if (!vfork()) { sleep(60); _exit(0); } pause(); }\n";
    stage.write("vfork.c", source);
    succeed(&mut stage.command("gcc", &["-w", "-o", "vfork", "vfork.c"]));
    let words: &[&str] = if at_once { &[] } else { &["later"] };
    let running = Running::start(&mut stage.command(stage.path("vfork"), words));
    let state_of = if at_once { 'D' } else { 'S' };
    soon("its wait", || {
        let command = fs::read_to_string(format!("/proc/{}/comm", running.0.id())).ok()?;
        let waits = state(running.0.id())?.starts_with(state_of);
        (waits && command.trim() == "vfork").then_some(())
    });
    running
}

/// Both ways to visit a process.
fn visits(stage: &Stage, process: u32) -> [Command; 2] {
    let process = process.to_string();
    let of = |words: [&str; 4]| {
        let mut command = stage.forktop_of(User::This, &[words[0], &process, "--"]);
        command.args(words[1..].iter().filter(|word| !word.is_empty()));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    };
    [
        of(["shell", "echo", "in", ""]),
        of(["try", "open", "/", "r"]),
    ]
}

/// What comes of it, which is soon.
#[track_caller]
fn ends_soon(child: Child) -> Output {
    let begun = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(
        begun.elapsed() < SOON,
        "{:?}: {}",
        begun.elapsed(),
        shown(&output)
    );
    output
}

#[test]
fn what_waits_in_vfork_is_refused_soon_and_in_words() {
    let stage = stage();
    let waits = waits_in_vfork(&stage, true);
    for mut visit in visits(&stage, waits.0.id()) {
        assert_refused(&ends_soon(visit.spawn().unwrap()), "it waits in vfork(2)");
        assert!(!is_traced(waits.0.id()));
    }
}

#[test]
fn what_is_frozen_is_refused_soon_and_in_words() {
    let stage = stage();
    for group in Freezer::all("refused") {
        let subject = Subject::start(&stage, User::This, &["nice=0"]);
        group.put(subject.process);
        group.freeze();
        for mut visit in visits(&stage, subject.process) {
            let output = ends_soon(visit.spawn().unwrap());
            assert_refused(&output, &format!("is frozen ({})", group.file));
            assert!(!is_traced(subject.process));
        }
        group.thaw();
        for mut visit in visits(&stage, subject.process) {
            let output = ends_soon(visit.spawn().unwrap());
            assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        }
        subject.ends_well();
    }
}

#[test]
fn signals_end_a_visit_at_once_that_waits_for_a_process_to_stop() {
    let stage = stage();
    let waits = waits_in_vfork(&stage, true);
    for (signal, code) in [("TERM", 143), ("INT", 130), ("HUP", 129), ("QUIT", 131)] {
        for mut visit in visits(&stage, waits.0.id()) {
            let child = visit.spawn().unwrap();
            wait("its tracer", || is_traced(waits.0.id()));
            let begun = Instant::now();
            send(child.id(), signal);
            let output = ends_soon(child);
            assert!(
                begun.elapsed() < Duration::from_millis(1500),
                "{}",
                shown(&output)
            );
            assert_eq!(output.status.code(), Some(code), "{}", shown(&output));
            assert!(!is_traced(waits.0.id()));
        }
    }
}

#[test]
fn a_process_that_waits_in_vfork_by_the_end_of_its_shell_keeps_nobody() {
    let stage = stage();
    for (signals, code) in [(&[][..], 0), (&["TERM"], 143), (&["INT", "TERM"], 130)] {
        let process = waits_in_vfork(&stage, false);
        let mut open = Open::begin(&stage, process.0.id());
        let typed = open.forktop.stdin.take();
        send(process.0.id(), "USR1");
        soon("its wait", || {
            state(process.0.id()).filter(|it| it.starts_with('D'))
        });
        for signal in signals {
            send(open.forktop.id(), signal);
            wait("the end of the shell", || is_over(open.shell));
        }
        // The end of what is typed is the end of the shell.
        drop(typed);
        let output = ends_soon(open.forktop);
        assert_eq!(output.status.code(), Some(code), "{}", shown(&output));
        assert!(is_over(open.keeper));
        let says = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(says.contains("what is left of the copy stays"), "{says}");
    }
}
