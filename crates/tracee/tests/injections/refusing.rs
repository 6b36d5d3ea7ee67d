//! A process that cannot be copied, or whose numbers are not ours: the reason is told, and it goes on.
use crate::support::{children, field, root, sleeps, tracee, untraced, wait_until, waits_in_vfork};
use crate::visiting::{Host, Way};
use rustix::process::{Pid, Signal, kill_process};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tracee::{Errno, News, Options, Reason, Tracer, VisitError};

/// Starts a command whose last process sleeps, and gives that one's number.
fn sleeper(command: &[&str]) -> (Child, Pid) {
    let child = Command::new(command[0])
        .args(&command[1..])
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let process = Pid::from_child(&child);
    let last = || {
        let mut last = process;
        loop {
            match children(last).unwrap_or_default().first() {
                Some(child) => last = *child,
                None => return last,
            }
        }
    };
    wait_until("sleep", || sleeps(last(), "sleep"));
    (child, last())
}

fn end((mut child, process): (Child, Pid)) {
    let _ = kill_process(process, Signal::KILL);
    let _ = child.kill();
    child.wait().unwrap();
}

#[test]
fn a_process_that_waits_in_vfork_is_not_waited_for_and_goes_on() {
    let (mut waiting, process) = waits_in_vfork();
    let mut tracer = Tracer::new(Options::default()).unwrap();
    let thread = tracer.seize_alone(process).unwrap();
    tracer.freeze_thread(thread).unwrap();
    let late = Instant::now() + Duration::from_millis(300);
    tracer.wake_at(Some(late));
    loop {
        match tracer.next().unwrap().unwrap() {
            News::Due => break,
            News::Event(_, None) => {}
            other => panic!("{other:?}"),
        }
    }
    tracer.let_alone_go(thread);
    // Its child ends, and it goes on by itself.
    let [child] = children(process).unwrap()[..] else {
        panic!("it has another number of children");
    };
    kill_process(child, Signal::KILL).unwrap();
    let begun = Instant::now();
    while !matches!(field(process, "State").get(..1), None | Some("Z")) {
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "it does not go on"
        );
        tracer.wake_at(Some(Instant::now() + Duration::from_millis(5)));
        if let Some(News::Event(event, Some(_))) = tracer.next().unwrap() {
            panic!("{event:?}");
        }
    }
    // Its tracer may have taken how it ended.
    let code = waiting.wait().ok().map(|status| status.code());
    assert!(code.is_none_or(|code| code == Some(0)));
}

#[test]
fn another_tracer_is_named() {
    let child = untraced("sleep", &["100"]);
    let process = Pid::from_child(&child);
    let mut first = Tracer::new(Options::default()).unwrap();
    first.seize_alone(process).unwrap();
    let second = std::thread::spawn(move || {
        let mut second = Tracer::new(Options::default()).unwrap();
        second.seize_alone(process).unwrap_err().reason
    });
    let reason = second.join().unwrap();
    assert!(matches!(reason, Reason::TracedAlready { .. }), "{reason:?}");
    end((child, process));
}

#[test]
fn where_there_may_be_no_more_processes_that_is_told() {
    let limited = ["prlimit", "--nproc=1", "sleep", "100"];
    let other = ["setpriv", "--reuid", "tester", "--clear-groups"];
    let command = match rustix::process::geteuid().is_root() {
        true => [&other[..], &limited[..]].concat(),
        false => limited.to_vec(),
    };
    let (child, process) = sleeper(&command);
    let mut host = Host::new(Way::Alone, process, process);
    for _ in 0..3 {
        assert_eq!(
            host.visit(),
            Err(VisitError::Refused("clone", Errno::AGAIN))
        );
    }
    assert_eq!(host.differs, [""; 0]);
    wait_until("sleep", || field(process, "State").starts_with('S'));
    end((child, process));
}

#[test]
fn the_first_process_of_a_pid_namespace_and_those_of_nested_ones_are_copied() {
    if !root("pid namespaces") {
        return;
    }
    let once = ["unshare", "-fp", "sleep", "100"];
    let twice = ["unshare", "-fp", "unshare", "-fp", "sleep", "100"];
    let second = ["unshare", "-fp", "sh", "-c", "sleep 100; :"];
    for command in [&once[..], &twice[..], &second[..]] {
        let (child, process) = sleeper(command);
        let mut host = Host::new(Way::Alone, process, process);
        for _ in 0..5 {
            let copy = host.copy().unwrap();
            let number = field(copy.process(), "NSpid");
            let inside = number.split_whitespace().last().unwrap();
            assert_eq!(copy.number().to_string(), inside, "{command:?}");
            host.end(&copy);
            assert!(host.take_away(&copy).unwrap());
        }
        assert_eq!(host.differs, [""; 0]);
        wait_until("sleep", || field(process, "State").starts_with('S'));
        end((child, process));
    }
}

#[test]
fn a_process_whose_children_are_in_another_namespace_is_not_copied() {
    if !root("namespaces") {
        return;
    }
    let (child, process) = sleeper(&["unshare", "-p", "sleep", "100"]);
    let mut host = Host::new(Way::Alone, process, process);
    assert_eq!(host.visit(), Err(VisitError::BornElsewhere));
    wait_until("sleep", || field(process, "State").starts_with('S'));
    end((child, process));
}

#[test]
fn a_thread_is_copied_whose_leader_is_gone_and_what_ends_then_is_told() {
    use std::io::Write;
    let steady = crate::support::steady::Steady::in_mode(&tracee("racer.c"), &["thread_exit"]);
    let process = steady.subject;
    steady
        .child
        .stdin
        .as_ref()
        .unwrap()
        .write_all(b"x")
        .unwrap();
    wait_until("its leader's end", || {
        field(process, "State").starts_with('Z')
    });
    let mut host = Host::new(Way::Alone, process, process);
    let copy = host.copy().unwrap();
    host.end(&copy);
    assert!(host.take_away(&copy).unwrap());
    assert_eq!(host.differs, [""; 0]);
    assert_eq!(steady.end().1, Some(7));
}
