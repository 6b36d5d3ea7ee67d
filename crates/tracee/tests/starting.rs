//! A command starts as it would have without a tracer: its signals, its streams, its terminal, and where it is found.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::process::Command as Program;
use support::{command, endings, follow, shell, words};
use tracee::{Command, Ending, Options, StartError, Tracer, What};

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
fn its_turns_are_as_long_as_without_a_tracer() {
    let program = support::tracee("turns.c");
    let output = Program::new(&program).output().unwrap();
    let expected = String::from_utf8(output.stdout).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let said = folder.path().join("said");
    let events = follow(&shell(&format!(
        "{} > {}",
        program.display(),
        said.display()
    )));
    assert_eq!(endings(&events).last().unwrap().1, Ending::Exited(0));
    assert_eq!(std::fs::read_to_string(said).unwrap(), expected);
    let script = format!("{} >/dev/tty", program.display());
    assert_eq!(in_a_terminal(&script).0.trim_end(), expected.trim_end());
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

/// What a script writes to its terminal, and how it ends; the session lasts until then.
fn in_a_terminal(script: &str) -> (String, Ending) {
    let (controller, terminal) = pseudoterminal();
    let mut tracer = Tracer::new(Options::default()).unwrap();
    let started = tracer.start(&shell(script).terminal(terminal)).unwrap();
    let events = support::all(&mut tracer);
    let ending = endings(&events)
        .into_iter()
        .find(|(process, _)| *process == started.process());
    let mut text = [0; 4096];
    let length = rustix::io::read(&controller, &mut text).unwrap();
    let text = String::from_utf8_lossy(&text[..length]).into_owned();
    (text, ending.unwrap().1)
}

#[test]
fn with_a_terminal_it_is_the_foreground_of_a_session_of_its_own() {
    let script = "[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && ps -o pid=,pgid=,tpgid=,sid= -p $$ >/dev/tty";
    let (text, ending) = in_a_terminal(script);
    assert_eq!(ending, Ending::Exited(0));
    let numbers: Vec<_> = text.split_whitespace().collect();
    let [pid, group, foreground, session] = numbers[..] else {
        panic!("{text}");
    };
    assert_eq!((group, foreground), (pid, pid));
    // It may be of an outer PID namespace, where it has no number.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, after_name) = stat.rsplit_once(") ").unwrap();
    let ours = after_name.split(' ').nth(3).unwrap();
    assert!(session != pid && session != ours, "{text}");
}

#[test]
fn what_it_leaves_in_the_background_keeps_the_terminal() {
    let (text, ending) = in_a_terminal("(sleep 0.3; echo late) & exit 3");
    assert_eq!((text.as_str(), ending), ("late\r\n", Ending::Exited(3)));
}

#[test]
fn the_end_of_a_session_is_felt_by_its_foreground_alone() {
    let (_controller, terminal) = pseudoterminal();
    let mut tracer = Tracer::new(Options::default()).unwrap();
    let script = "setsid sleep 60 & exec sleep 60";
    let started = tracer.start(&shell(script).terminal(terminal)).unwrap();
    let first = started.process();
    let executed = std::cell::Cell::new(0);
    support::until(&mut tracer, |event| {
        executed.set(executed.get() + usize::from(matches!(event.what, What::Executed { .. })));
        // The shell, setsid(1), and sleep(1) twice.
        executed.get() == 4
    });
    drop(started);
    let events = support::until(&mut tracer, |event| {
        matches!(event.what, What::Ended { .. })
    });
    let ending = Ending::Killed {
        signal: 1,
        core: false,
    };
    assert_eq!(endings(&events), [(first, ending)]);
    let parting = tracer.kill().unwrap();
    assert_eq!(endings(&parting.events).len(), 1);
}

#[test]
fn the_leader_of_a_session_is_not_followed_has_nothing_and_is_waited_for() {
    let (_controller, terminal) = pseudoterminal();
    let mut tracer = Tracer::new(Options::default()).unwrap();
    let started = tracer
        .start(&command("sleep", &["60"]).terminal(terminal))
        .unwrap();
    support::until(&mut tracer, |event| {
        matches!(event.what, What::Executed { .. })
    });
    let leader = rustix::process::getsid(Some(started.process())).unwrap();
    let place = format!("/proc/{}", leader.as_raw_pid());
    // It makes itself so while the program begins already.
    support::wait_until("a leader with nothing", || {
        let open = std::fs::read_dir(format!("{place}/fd")).unwrap().count();
        let directory = std::fs::read_link(format!("{place}/cwd")).unwrap();
        let name = support::field(leader, "Name");
        (name.as_str(), open, directory.as_path()) == ("session-leader", 1, "/".as_ref())
    });
    assert_eq!(support::field(leader, "TracerPid"), "0");
    drop(started);
    assert!(!std::path::Path::new(&place).exists());
    tracer.kill().unwrap();
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
