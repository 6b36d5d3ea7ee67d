//! A command starts as it would have without a tracer: its signals, its streams, its terminal, and where it is found.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::process::Command as Program;
use support::{command, endings, follow, shell, words};
use tracee::{Command, Ending, Options, StartError, Tracer};

#[test]
fn the_same_holds_for_an_ordinary_user() {
    support::as_tester("the_same_holds_for_an_ordinary_user");
}

#[test]
fn signals_are_ignored_and_blocked_as_they_were_when_this_program_was_executed() {
    const INNER: &str = "TRACEE_SHOWS_SIGNALS_IN";
    let show = "grep -E 'SigBlk|SigIgn' /proc/self/status";
    if let Some(file) = std::env::var_os(INNER) {
        let file = file.to_str().unwrap();
        let events = follow(&shell(&format!("exec {show} > {file}")));
        assert_eq!(endings(&events)[0].1, Ending::Exited(0));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let this = std::env::current_exe().unwrap();
    for (ignored, blocked) in [("", ""), ("HUP PIPE", ""), ("TERM", "SIGUSR2, SIGRTMIN")] {
        let trap = if ignored.is_empty() {
            ":".to_owned()
        } else {
            format!("trap '' {ignored}")
        };
        let run = |what: &str| {
            let script = format!("{trap}; exec {what}");
            let python = format!(
                "import os, signal; signal.signal(signal.SIGPIPE, signal.SIG_DFL); \
                 signal.signal(signal.SIGXFSZ, signal.SIG_DFL); \
                 from signal import *; pthread_sigmask(SIG_BLOCK, [{blocked}]); os.execv('/bin/sh', ['sh', '-c', {script:?}])"
            );
            let output = Program::new("python3")
                .args(["-c", &python])
                .env(INNER, folder.path().join("shown"))
                .output();
            let output = output.unwrap();
            assert!(output.status.success(), "{output:?}");
            String::from_utf8(output.stdout).unwrap()
        };
        let expected = run(show);
        let name = "signals_are_ignored_and_blocked_as_they_were_when_this_program_was_executed";
        run(&format!("{} --exact {name}", this.display()));
        let shown = std::fs::read_to_string(folder.path().join("shown")).unwrap();
        assert_eq!(shown, expected, "ignored {ignored}, blocked {blocked}");
    }
}

#[test]
fn a_script_without_a_first_line_is_given_to_the_shell() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script");
    std::fs::write(
        &script,
        "[ \"$1\" = one ] && [ \"$0\" = \"$SELF\" ] || [ \"$2\" = 'a b' ] && exit 8",
    )
    .unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let events = follow(&command(&script, &["one", "a b"]));
    assert_eq!(words(&events), ["started", "executed", "exiting", "ended"]);
    assert_eq!(endings(&events)[0].1, Ending::Exited(8));
}

#[test]
fn text_that_no_program_can_be_given_is_an_error() {
    let mut tracer = Tracer::new(Options::default()).unwrap();
    let started = tracer.start(&Command::new("true").arguments(["a\0b"]));
    assert!(matches!(started, Err(StartError::Nul(_))));
    assert!(tracer.next().unwrap().is_none());
}

#[test]
fn with_a_terminal_it_leads_a_session_of_its_own() {
    let (controller, terminal) = pseudoterminal();
    let script = "[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && [ \"$(ps -o sid= -p $$ | tr -d ' ')\" = $$ ] && echo seen > /dev/tty";
    let command = shell(script).terminal(terminal);
    let events = follow(&command);
    let first = events[0].process;
    assert!(
        endings(&events).contains(&(first, Ending::Exited(0))),
        "{:?}",
        endings(&events)
    );
    let mut text = [0; 64];
    let length = rustix::io::read(&controller, &mut text).unwrap();
    assert_eq!(&text[..length], b"seen\r\n");
}

#[test]
fn what_is_no_terminal_is_said() {
    let mut tracer = Tracer::new(Options::default()).unwrap();
    let file = std::fs::File::open("/dev/null").unwrap();
    let started = tracer
        .start(&Command::new("true").terminal(file.into()))
        .unwrap();
    let events = support::all(&mut tracer);
    assert_eq!(endings(&events)[0].1, Ending::Exited(125));
    let refusal = started.refusal().unwrap();
    assert_eq!(
        (refusal.step, refusal.errno),
        (tracee::StartStep::Terminal, tracee::Errno::NOTTY)
    );
}

fn pseudoterminal() -> (std::os::fd::OwnedFd, std::os::fd::OwnedFd) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let controller =
        openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
    let terminal = rustix::fs::open(name, flags, rustix::fs::Mode::empty()).unwrap();
    (controller, terminal)
}

#[test]
fn a_command_that_is_killed_before_it_executes_anything_has_ended() {
    for _ in 0..50 {
        let mut tracer = Tracer::new(Options::default()).unwrap();
        let started = tracer.start(&command("true", &[])).unwrap();
        rustix::process::kill_process(started.process(), rustix::process::Signal::KILL).unwrap();
        let events = support::all(&mut tracer);
        assert_eq!(words(&events)[0], "started");
        assert_eq!(
            endings(&events)[0].1,
            Ending::Killed {
                signal: 9,
                core: false
            }
        );
        assert!(started.refusal().is_none());
    }
}
