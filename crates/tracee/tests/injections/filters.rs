//! A process with filters of system calls (`tests/tracees/filtered.c`) is copied, or is not, and its filters hold as before.
use crate::support::steady::Steady;
use crate::support::{children, root, tracee};
use crate::visiting::{Host, Way};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{Read, Write};
use std::time::{Duration, Instant};
use tracee::{Call, CallError, Errno, Filters, Inside, VisitError};

/// What becomes of which calls, and what the process says that tries one.
const FILTERED: [(&str, &str, Tried); 15] = [
    ("errno", "fork", Tried::Says(-1, 0)),
    ("kill", "fork", Tried::Dies(31)),
    ("trap", "fork", Tried::Says(1, 1)),
    ("trace", "fork", Tried::Says(-38, 0)),
    ("late", "fork", Tried::Says(1, 0)),
    ("enosys", "fork", Tried::Says(-38, 0)),
    ("continue", "fork", Tried::Says(1, 0)),
    ("errno", "memfd", Tried::Says(-1, 0)),
    ("kill", "memfd", Tried::Dies(31)),
    ("errno", "socket", Tried::Says(-1, 0)),
    ("kill", "socket", Tried::Dies(31)),
    ("errno", "most", Tried::Says(-1, 0)),
    ("kill", "most", Tried::Dies(31)),
    ("trap", "most", Tried::Says(1, 1)),
    ("strict", "", Tried::Dies(9)),
];

/// How a call ends that is tried.
#[derive(Clone, Copy, Debug)]
enum Tried {
    /// With this, and its handler was called so often.
    Says(i32, u32),
    /// A signal ends the process.
    Dies(i32),
}

fn start(what: &str, of: &str) -> Steady {
    Steady::in_mode(&tracee("filtered.c"), &[what, of])
}

/// Its filter holds as it did, and its handler was not called before.
fn still_filtered(mut steady: Steady, tried: Tried) -> Result<(), String> {
    let input = steady.child.stdin.as_mut().unwrap();
    input.write_all(b"x").unwrap();
    let text = steady.text();
    let status = steady.child.wait().unwrap();
    let (wanted, good) = match tried {
        Tried::Says(value, handled) => (
            format!("handled 0\ntried {value}\nhandled {handled}\n"),
            status.success(),
        ),
        Tried::Dies(signal) => (
            "handled 0\n".to_owned(),
            std::os::unix::process::ExitStatusExt::signal(&status) == Some(signal),
        ),
    };
    (good && text == wanted)
        .then_some(())
        .ok_or_else(|| format!("{status:?}: {text:?} instead of {wanted:?}"))
}

fn host(steady: &Steady, filters: Filters) -> Host {
    let mut host = Host::new(Way::Alone, steady.subject, steady.subject);
    host.filters = filters;
    host
}

#[test]
fn what_is_filtered_can_be_told_without_a_visit() {
    for (what, of, tried) in FILTERED {
        still_filtered(start(what, of), tried).unwrap_or_else(|said| panic!("{what} {of}: {said}"));
    }
}

#[test]
fn filters_that_are_passed_over_hold_again_afterwards() {
    if !root("passing over filters") {
        return;
    }
    for (what, of, tried) in FILTERED {
        for way in [Way::Alone, Way::Followed] {
            let steady = start(what, of);
            let mut host = Host::new(way, steady.subject, steady.subject);
            host.filters = Filters::Suspended;
            for _ in 0..3 {
                host.visit()
                    .unwrap_or_else(|error| panic!("{what} {of}: {error:?}"));
            }
            assert_eq!(host.differs, [""; 0], "{what} {of}");
            host.part();
            still_filtered(steady, tried).unwrap_or_else(|said| panic!("{what} {of}: {said}"));
        }
    }
}

#[test]
fn filters_that_were_passed_over_hold_while_the_process_is_followed_on() {
    if !root("passing over filters") {
        return;
    }
    for of in ["memfd", "socket"] {
        let mut steady = start("errno", of);
        let mut host = Host::new(Way::Followed, steady.subject, steady.subject);
        host.filters = Filters::Suspended;
        host.visit().unwrap();
        let input = steady.child.stdin.as_mut().unwrap();
        input.write_all(b"x").unwrap();
        host.follow_for(Duration::from_millis(200));
        host.part();
        assert_eq!(steady.end().0, "handled 0\ntried -1\nhandled 0\n");
    }
}

#[test]
fn who_may_not_pass_over_filters_is_told() {
    if rustix::process::geteuid().is_root() {
        return;
    }
    let steady = start("errno", "fork");
    let copied = host(&steady, Filters::Suspended).copy();
    assert!(matches!(copied, Err(VisitError::Traced(Errno::PERM))));
    still_filtered(steady, Tried::Says(-1, 0)).unwrap();
}

/// What a copy of a process comes to whose filters hold.
fn copied(steady: &Steady) -> Result<(), VisitError> {
    let mut host = host(steady, Filters::Hold);
    let begun = Instant::now();
    let visited = host.visit();
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert_eq!(host.differs, [""; 0]);
    visited
}

#[test]
fn filters_that_hold_refuse_with_the_reason() {
    let refused = |errno| Err(VisitError::Refused("clone", errno));
    for (what, of, expected) in [
        ("errno", "fork", refused(Errno::PERM)),
        ("trap", "fork", Err(VisitError::Trapped("clone"))),
        ("trace", "fork", refused(Errno::NOSYS)),
        ("enosys", "fork", refused(Errno::NOSYS)),
        ("late", "fork", Ok(())),
        ("continue", "fork", Ok(())),
        ("errno", "memfd", Ok(())),
        ("kill", "memfd", Ok(())),
        ("errno", "socket", Ok(())),
        ("errno", "most", refused(Errno::PERM)),
        ("trap", "most", Err(VisitError::Trapped("clone"))),
    ] {
        let steady = start(what, of);
        assert_eq!(copied(&steady), expected, "{what} {of}");
        let all = FILTERED.iter();
        let (_, _, tried) = all.clone().find(|it| (it.0, it.1) == (what, of)).unwrap();
        still_filtered(steady, *tried).unwrap_or_else(|said| panic!("{what} {of}: {said}"));
    }
}

#[test]
fn who_ignores_what_a_filter_would_send_is_not_copied() {
    let steady = Steady::in_mode(&tracee("filtered.c"), &["trap", "fork", "ignored"]);
    assert_eq!(copied(&steady), Err(VisitError::IgnoresSigsys));
}

#[test]
fn whoever_is_asked_and_does_not_answer_is_not_waited_for() {
    let steady = start("never", "fork");
    assert_eq!(copied(&steady), Err(VisitError::Unanswered("clone")));
    let (text, code) = steady.end();
    assert_eq!((text.as_str(), code), ("", Some(0)));
}

/// A thread of this process does not come back from being copied in time. Gives what has come of it when it is back.
fn overdue(way: Way, process: Pid) -> (Host, Option<Inside>) {
    let mut host = Host::new(way, process, process);
    let begun = Instant::now();
    let copied: Result<Inside, _> = host.copy();
    assert!(matches!(copied, Err(VisitError::Overdue("clone"))));
    assert!(begun.elapsed() < Duration::from_secs(4));
    assert!(host.tracer.owes_registers());
    if way == Way::Alone {
        host.tracer.let_alone_go(process);
    }
    let copy = host.come_back();
    assert!(!host.tracer.owes_registers());
    (host, copy)
}

/// It was interrupted meanwhile, and so the kernel makes no copy when it is answered.
#[test]
fn what_does_not_come_back_in_time_is_given_what_is_its_own_when_it_does() {
    for way in [Way::Alone, Way::Followed] {
        let steady = start("killable", "fork");
        let own = children(steady.subject).unwrap();
        let (host, copy) = overdue(way, steady.subject);
        assert!(copy.is_none());
        assert_eq!(children(steady.subject).unwrap(), own, "{way:?}");
        host.part();
        still_filtered(steady, Tried::Says(1, 0)).unwrap_or_else(|said| panic!("{way:?}: {said}"));
    }
}

#[test]
fn a_copy_that_comes_late_is_killed_and_can_be_taken_away() {
    if !root("being told of copies by a userfaultfd") {
        return;
    }
    for way in [Way::Alone, Way::Followed] {
        let mut steady = Steady::in_mode(&tracee("userfault.c"), &["late"]);
        let process = steady.subject;
        let (mut host, copy) = overdue(way, process);
        let copy = copy.expect("a copy");
        host.end(&copy);
        assert_eq!(children(process).unwrap(), [copy.process()]);
        assert!(host.take_away(&copy).unwrap());
        assert_eq!(children(process).unwrap(), []);
        assert_eq!(host.differs, [""; 0]);
        host.part();
        let input = steady.child.stdin.as_mut().unwrap();
        input.write_all(b"x").unwrap();
        let (text, code) = steady.end();
        assert_eq!((text.as_str(), code), ("late\nworks\n", Some(0)), "{way:?}");
    }
}

#[test]
fn a_sigsys_that_somebody_sends_is_not_lost() {
    for (what, of) in [("kill", "memfd"), ("errno", "socket")] {
        for _ in 0..20 {
            let mut steady = start(what, of);
            let mut host = host(&steady, Filters::Hold);
            let (stopped, preparation) = host.stand();
            kill_process(steady.subject, Signal::SYS).unwrap();
            let visited = host.tracer.copy(stopped, preparation, Filters::Hold);
            let copied = host.go_on(visited.unwrap());
            // Where it would make the call unsafe it is delivered first.
            assert!(
                matches!(
                    copied,
                    Ok(_) | Err(VisitError::Refused("clone", Errno::INTR))
                ),
                "{copied:?}"
            );
            assert_eq!(host.differs, [""; 0]);
            let input = steady.child.stdin.as_mut().unwrap();
            input.write_all(b"xx").unwrap();
            let mut byte = [0; 9];
            steady.output.read_exact(&mut byte).unwrap();
            assert_eq!(&byte, b"handled 1");
        }
    }
}

#[test]
fn what_a_filter_makes_a_signal_of_is_told_of_a_copy_too() {
    let steady = start("trap", "socket");
    let mut host = host(&steady, Filters::Hold);
    let copy = host.copy().unwrap();
    let inside = copy.clone();
    host.work(async move {
        inside.begin(Filters::Hold).await.unwrap();
        let socket = Call::new("socket").number(1).number(1).number(0);
        for _ in 0..3 {
            let made = inside.call(&socket).await;
            assert_eq!(made, Err(CallError::Trapped));
            let own = inside.call(&Call::new("getpid")).await.unwrap();
            assert_eq!(own.value, inside.number());
        }
    });
    host.end(&copy);
    assert!(host.take_away(&copy).unwrap());
    still_filtered(steady, Tried::Says(1, 1)).unwrap();
}
