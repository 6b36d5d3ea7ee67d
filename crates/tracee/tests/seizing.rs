//! What runs already is followed whole, while it changes and while it dies; and what cannot be is said with its reason.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use rustix::process::{Pid, Signal, getpid, kill_process};
use std::collections::{HashMap, HashSet};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command as Program, Stdio};
use std::time::Duration;
use support::{
    all, children, count, endings, field, for_a_while, ready, sleeps, tracee, until, untraced,
    wait_until, word, words,
};
use tracee::{Ending, Event, Options, Origin, Reason, Tracer, What};

#[test]
fn the_same_holds_for_an_ordinary_user() {
    support::as_tester("the_same_holds_for_an_ordinary_user");
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

#[test]
fn a_running_tree_is_told_of_with_who_made_whom() {
    let script = "sleep 30 & sh -c 'sleep 31 & sleep 32; exit 4'; exit 5";
    #[expect(clippy::zombie_processes, reason = "the tracer takes its end")]
    let shell = untraced("/bin/sh", &["-c", script]);
    let below = |process| children(process).unwrap_or_default();
    let second = || below(pid(&shell)).get(1).copied();
    wait_until("the tree", || {
        second().is_some_and(|second| below(second).len() == 2)
    });
    let second = second().unwrap();
    let sleepers = [&below(second)[..], &below(pid(&shell))[..1]].concat();
    wait_until("programs", || {
        sleepers.iter().all(|process| sleeps(*process, "sleep"))
    });
    let mut tracer = Tracer::new(Options::default()).unwrap();
    tracer.seize(pid(&shell)).unwrap();
    let events = for_a_while(&mut tracer, Duration::from_millis(50));
    let creators = events.iter().map(|event| match event.what {
        What::Born {
            origin: Origin::Seized,
            creator,
            parent,
            ..
        } => (event.process, (creator, parent)),
        _ => panic!("{event:?}"),
    });
    let creators: HashMap<_, _> = creators.collect();
    assert_eq!(creators.len(), 5);
    assert_eq!(creators[&pid(&shell)], (None, getpid().as_raw_pid()));
    assert_eq!(
        creators[&second],
        (Some(pid(&shell)), pid(&shell).as_raw_pid())
    );
    for sleeper in below(second) {
        assert_eq!(creators[&sleeper], (Some(second), second.as_raw_pid()));
    }
    for sleeper in sleepers {
        kill_process(sleeper, Signal::TERM).unwrap();
    }
    let endings: HashMap<_, _> = endings(&all(&mut tracer)).into_iter().collect();
    assert_eq!(endings[&second], Ending::Exited(4));
    assert_eq!(endings[&pid(&shell)], Ending::Exited(5));
}

#[test]
fn every_thread_is_followed_even_where_the_leader_has_ended() {
    for arguments in [&["4"][..], &["4", "leader ends"]] {
        let mut process = ready(tracee("threads.c"), arguments);
        let leader_ends = arguments.len() > 1;
        if leader_ends {
            wait_until("the leader's end", || {
                field(process.pid(), "State").starts_with('Z')
            });
        }
        let mut tracer = Tracer::new(Options::default()).unwrap();
        // Any thread's number stands for the process.
        let tasks =
            std::fs::read_dir(format!("/proc/{}/task", process.pid().as_raw_pid())).unwrap();
        let last = tasks
            .map(|task| task.unwrap().file_name().into_string().unwrap())
            .max();
        let thread = Pid::from_raw(last.unwrap().parse().unwrap()).unwrap();
        tracer.seize(thread).unwrap();
        process.end();
        let events = all(&mut tracer);
        assert_eq!(count(&events, "thread born"), 4, "{:?}", words(&events));
        assert_eq!(word(&events[0].what), "seized");
        assert!(matches!(events.last().unwrap().what, What::Ended { .. }));
        assert_eq!(
            endings(&events),
            [(process.pid(), Ending::Exited(0))],
            "leader ends: {leader_ends}"
        );
    }
}

/// The processes of a group that are alive and not followed, though their parents are. (One whose parent had ended before it was
/// found is not below the tree any more.)
fn escaped(group: Pid) -> Vec<Pid> {
    let numbers = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    let processes = numbers.filter_map(Pid::from_raw);
    // The thread that follows.
    let us = rustix::thread::gettid().to_string();
    let escaped = |process: &Pid| {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let fields: Vec<_> = rest.split_whitespace().collect();
        let [state, parent, its_group, ..] = fields[..] else {
            return false;
        };
        let follows = |it: &str| {
            let number = it.parse().ok().and_then(Pid::from_raw);
            number.is_some_and(|it| field(it, "TracerPid") == us)
        };
        // One that has ended is not traced any more.
        its_group == group.to_string()
            && !state.starts_with(['Z', 'X'])
            && field(*process, "TracerPid") == "0"
            && follows(parent)
    };
    // It may have been about to end.
    processes.filter(escaped).filter(escaped).collect()
}

#[test]
fn nothing_of_a_tree_that_forks_while_it_is_seized_escapes() {
    for round in 0..12 {
        let mut storm = Program::new(tracee("storm.c"));
        storm
            .args(["3", "4", "8"])
            .stdin(Stdio::null())
            .process_group(0);
        #[expect(clippy::zombie_processes, reason = "the tracer takes its end")]
        let storm = storm.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(3 * round));
        let mut tracer = Tracer::new(Options::default()).unwrap();
        tracer.seize(pid(&storm)).unwrap();
        assert_eq!(escaped(pid(&storm)), [], "round {round}");
        let mut events = for_a_while(&mut tracer, Duration::from_millis(30));
        assert_eq!(escaped(pid(&storm)), [], "round {round}, later");
        events.extend(all(&mut tracer));
        each_begins_and_ends(&events);
        assert!(endings(&events).contains(&(pid(&storm), Ending::Exited(3))));
        assert!(
            count(&events, "forked") > 0,
            "it was over before it was seized"
        );
    }
}

/// Numbers of processes are used again, so births and ends take turns.
fn each_begins_and_ends(events: &[Event]) {
    let mut alive = HashSet::new();
    for event in events {
        match event.what {
            What::Born { .. } => assert!(alive.insert(event.process), "{event:?}"),
            What::Ended { .. } => assert!(alive.remove(&event.process), "{event:?}"),
            _ => assert!(alive.contains(&event.process), "{event:?}"),
        }
    }
    assert!(alive.is_empty(), "{alive:?}");
}

/// Seizes a process with threads and children that comes to its end `delay` after the beginning of that.
fn dies_while_seized(delay: Duration, kill: bool) {
    let mut victim = ready(tracee("threads.c"), &["6"]);
    let process = victim.pid();
    let (begin, begun) = std::sync::mpsc::channel();
    let killer = std::thread::spawn(move || {
        begun.recv().unwrap();
        let start = std::time::Instant::now();
        while start.elapsed() < delay {
            std::hint::spin_loop();
        }
        if kill {
            kill_process(process, Signal::KILL).unwrap();
        } else {
            victim.end();
        }
        victim
    });
    let mut tracer = Tracer::new(Options::default()).unwrap();
    begin.send(()).unwrap();
    let seized = tracer.seize(process);
    if let Err(refused) = &seized {
        assert!(
            matches!(refused.reason, Reason::Ended | Reason::NoSuchProcess),
            "{refused}"
        );
    }
    let events = all(&mut tracer);
    each_begins_and_ends(&events);
    assert_eq!(seized.is_ok(), !events.is_empty());
    drop(killer.join().unwrap().said());
}

#[test]
fn a_process_may_be_killed_at_any_moment_of_being_seized() {
    for step in 0..150 {
        dies_while_seized(Duration::from_micros(step * 5), true);
    }
}

#[test]
fn a_process_may_end_at_any_moment_of_being_seized() {
    for step in 0..150 {
        dies_while_seized(Duration::from_micros(step * 5), false);
    }
}

/// Why a process cannot be followed.
fn refusal(process: Pid) -> (Reason, String) {
    let refused = Tracer::new(Options::default())
        .unwrap()
        .seize(process)
        .unwrap_err();
    assert_eq!(refused.process, process);
    let text = refused.to_string();
    (refused.reason, text)
}

#[test]
fn what_is_not_there_or_has_ended_is_refused() {
    let mut zombie = untraced("/bin/true", &[]);
    wait_until("its end", || field(pid(&zombie), "State").starts_with('Z'));
    assert_eq!(refusal(pid(&zombie)).0, Reason::Ended);
    zombie.wait().unwrap();
    assert_eq!(refusal(pid(&zombie)).0, Reason::NoSuchProcess);
}

#[test]
fn this_process_is_refused() {
    let (reason, text) = refusal(getpid());
    assert_eq!(reason, Reason::Ourselves);
    assert!(text.ends_with("it is this process itself"), "{text}");
}

#[test]
fn this_process_is_left_out_of_a_tree_that_it_is_in() {
    const INNER: &str = "TRACEE_SEIZES_ITS_PARENT";
    if std::env::var_os(INNER).is_none() {
        let name = "this_process_is_left_out_of_a_tree_that_it_is_in";
        let script = "\"$0\" --exact \"$1\"; code=$?; exit $code";
        let this = std::env::current_exe().unwrap();
        let mut shell = Program::new("/bin/sh");
        let output = shell
            .args(["-c", script])
            .arg(this)
            .arg(name)
            .env(INNER, "")
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
        return;
    }
    let mut below = untraced("/bin/sleep", &["30"]);
    let mut tracer = Tracer::new(Options::default()).unwrap();
    let shell = rustix::process::getppid().unwrap();
    tracer.seize(shell).unwrap();
    let events = for_a_while(&mut tracer, Duration::from_millis(50));
    assert_eq!(
        events.iter().map(|event| event.process).collect::<Vec<_>>(),
        [shell]
    );
    tracer.detach().unwrap();
    below.kill().unwrap();
    below.wait().unwrap();
}

#[test]
fn what_is_followed_already_is_refused() {
    let process = ready(tracee("threads.c"), &["0"]);
    let mut tracer = Tracer::new(Options::default()).unwrap();
    tracer.seize(process.pid()).unwrap();
    assert_eq!(
        tracer.seize(process.pid()).unwrap_err().reason,
        Reason::FollowedAlready
    );
    let elsewhere =
        std::thread::scope(|scope| scope.spawn(|| refusal(process.pid())).join().unwrap());
    // A thread of this process traces it, and this process is named.
    let ours = getpid().as_raw_pid();
    assert!(
        matches!(elsewhere.0, Reason::TracedAlready { tracer, .. } if tracer == ours),
        "{}",
        elsewhere.1
    );
    tracer.detach().unwrap();
}

#[test]
fn what_another_traces_is_refused_and_that_one_named() {
    let mut strace = untraced("strace", &["-o", "/dev/null", "sleep", "30"]);
    let sleeper = || match children(pid(&strace)).unwrap_or_default()[..] {
        [sleeper] => Some(sleeper),
        _ => None,
    };
    wait_until("the program", || {
        sleeper().is_some_and(|sleeper| field(sleeper, "Name") == "sleep")
    });
    let sleeper = sleeper().unwrap();
    let (reason, text) = refusal(sleeper);
    let tracer = i32::try_from(strace.id()).unwrap();
    assert_eq!(
        reason,
        Reason::TracedAlready {
            tracer,
            name: "strace".to_owned()
        }
    );
    assert_eq!(
        text,
        format!(
            "cannot follow process {sleeper}: it is traced already, by process {tracer} (strace)"
        )
    );
    // A tree is followed without it, and that is said once.
    let mut tracer = Tracer::new(Options::default()).unwrap();
    tracer.seize(pid(&strace)).unwrap();
    tracer.look(pid(&strace)).unwrap();
    let events = for_a_while(&mut tracer, Duration::from_millis(50));
    assert_eq!(words(&events), ["seized", "refused"]);
    assert_eq!(events[1].process, sleeper);
    let parent = pid(&strace);
    assert_eq!(events[1].what, What::Refused { parent, reason });
    tracer.detach().unwrap();
    kill_process(sleeper, Signal::KILL).unwrap();
    strace.wait().unwrap();
}

#[test]
fn a_thread_of_the_kernel_is_refused() {
    let kthreadd = Pid::from_raw(2).unwrap();
    if field(kthreadd, "Name") == "kthreadd" {
        assert_eq!(refusal(kthreadd).0, Reason::KernelThread);
    } else {
        eprintln!("skipped: a thread of the kernel, since none is visible in this pid namespace");
    }
}

#[test]
fn what_is_another_users_or_protects_itself_is_refused_to_an_ordinary_user() {
    if rustix::process::geteuid().is_root() {
        eprintln!("skipped here: root may follow everything; the ordinary user's run has it");
        return;
    }
    let init = Pid::INIT;
    let ours = rustix::process::getuid().as_raw();
    let (reason, text) = refusal(init);
    assert_eq!(reason, Reason::AnotherUsers { theirs: 0, ours });
    assert!(
        text.ends_with(&format!(
            "it runs as user 0, and this process as user {ours}"
        )),
        "{text}"
    );
    let shy = ready(tracee("shy.c"), &[]);
    let reason = refusal(shy.pid()).0;
    assert!(
        matches!(reason, Reason::Protected | Reason::Yama { .. }),
        "{reason}"
    );
    drop(shy.said());
}

#[test]
fn a_process_that_was_let_go_can_be_followed_again() {
    let process = ready(tracee("threads.c"), &["2"]);
    for _ in 0..20 {
        let mut tracer = Tracer::new(Options::default()).unwrap();
        tracer.seize(process.pid()).unwrap();
        let born = until(&mut tracer, |event| word(&event.what) == "thread born");
        assert_eq!(word(&born[0].what), "seized");
        let parting = tracer.detach().unwrap();
        assert_eq!(words(&parting.events).last(), Some(&"released"));
    }
    assert!(process.said().1.unwrap().success());
}
