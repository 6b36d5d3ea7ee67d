//! Nothing of a process is changed by asking, and nothing beyond it is reached.
use crate::asked::*;
use crate::support::process::children;
use crate::support::{Stage, soon, wait};
use forktop::log::Answer;
use rustix::io::Errno as E;
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::net::TcpListener;
use std::time::Duration;

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
    let (source, program) = (
        crate::support::source("narrow_waits.s"),
        stage.text("narrow"),
    );
    let flags = ["-m32", "-nostdlib", "-static", "-o", &program];
    crate::support::succeed(stage.command("gcc", &flags).arg(source));
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
    let mut command = stage.command(crate::support::shim::clone_shim(), &["run", "spec.json"]);
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
