//! A command and all that it starts are told of, from before its first exec to the last end.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use rustix::process::Pid;
use support::{all, command, count, endings, follow, held, shell, tracee, words};
use tracee::{
    CloneFlags, Ending, Errno, Event, Instruction, Options, Origin, StartStep, Stopped, Tracer,
    What,
};

#[test]
fn the_same_holds_for_an_ordinary_user() {
    support::as_tester("the_same_holds_for_an_ordinary_user");
}

#[test]
fn a_command_is_told_of_from_its_birth_to_its_end() {
    let events = follow(&command("true", &[]));
    assert_eq!(words(&events), ["started", "executed", "exiting", "ended"]);
    let first = events[0].process;
    assert!(
        events
            .iter()
            .all(|event| event.process == first && event.thread == first)
    );
    assert!(events.windows(2).all(|pair| pair[0].at <= pair[1].at));
    assert_eq!(endings(&events), [(first, Ending::Exited(0))]);
}

#[test]
fn a_child_has_its_creator_and_its_parent() {
    let events = follow(&shell("/bin/true; exit 3"));
    let shell = events[0].process;
    let births = events.iter().filter_map(|event| match &event.what {
        What::Born {
            origin,
            creator,
            creator_thread,
            parent,
            pids,
        } if *origin != Origin::Started => Some((creator, creator_thread, *parent, pids, event)),
        _ => None,
    });
    let births: Vec<_> = births.collect();
    assert_eq!(births.len(), 1);
    let (creator, creator_thread, parent, pids, event) = births[0];
    assert_eq!((*creator, *creator_thread), (Some(shell), Some(shell)));
    assert_eq!(parent, shell.as_raw_pid());
    assert_eq!(pids, &[event.process.as_raw_pid()]);
    assert_eq!(
        endings(&events),
        [
            (event.process, Ending::Exited(0)),
            (shell, Ending::Exited(3))
        ]
    );
}

#[test]
fn a_creator_does_not_go_on_before_it_is_resumed_and_its_child_does() {
    let folder = tempfile::tempdir().unwrap();
    let [by_creator, by_child] = ["creator", "child"].map(|name| folder.path().join(name));
    let script = format!(
        "(: >{}) & : >{}",
        by_child.to_str().unwrap(),
        by_creator.to_str().unwrap()
    );
    let mut tracer = Tracer::new(Options::default()).unwrap();
    let _started = tracer.start(&shell(&script)).unwrap();
    let mut creator = None;
    let made = support::until_held(&mut tracer, |event, stopped| match event.what {
        What::Made { new, flags } => {
            let flags = flags.unwrap();
            assert!(!flags.contains(CloneFlags::NEW_NET), "{flags:?}");
            creator = stopped.take();
            Some(new)
        }
        _ => None,
    });
    // The child lives and ends, as long as that takes.
    let ended = |event: &Event, _: &mut Option<Stopped>| {
        (matches!(event.what, What::Ended { .. }) && event.process == made).then_some(())
    };
    support::until_held(&mut tracer, ended);
    assert!(by_child.exists() && !by_creator.exists());
    tracer.resume(creator.unwrap()).unwrap();
    let events = all(&mut tracer);
    assert!(by_creator.exists());
    assert_eq!(endings(&events).len(), 1);
}

#[test]
fn a_program_that_is_not_there_exits_with_127_and_one_that_cannot_run_with_126() {
    for (program, code, errno) in [
        ("no-such-program", 127, Errno::NOENT),
        ("/no/such/program", 127, Errno::NOENT),
        ("/etc/passwd", 126, Errno::ACCESS),
        ("/etc", 126, Errno::ACCESS),
    ] {
        let mut tracer = Tracer::new(Options::default()).unwrap();
        let started = tracer.start(&command(program, &[])).unwrap();
        let events = all(&mut tracer);
        assert_eq!(words(&events), ["started", "exiting", "ended"], "{program}");
        assert_eq!(endings(&events)[0].1, Ending::Exited(code), "{program}");
        let refusal = started.refusal().unwrap();
        assert_eq!(
            (refusal.step, refusal.errno),
            (StartStep::Program, errno),
            "{program}"
        );
        assert_eq!(started.process(), events[0].process);
    }
}

#[test]
fn ten_thousand_short_processes_are_all_told_of() {
    let events = follow(&shell(
        "i=0; while [ $i -lt 2000 ]; do (:)& (:)& (:)& (:)& (:)& wait; i=$((i+1)); done",
    ));
    assert_eq!(count(&events, "forked"), 10_000);
    assert_eq!(count(&events, "ended"), 10_001);
    assert_eq!(count(&events, "exiting"), 10_001);
}

#[test]
fn a_first_process_that_ends_before_its_daemon_does_not_end_the_following() {
    let events = follow(&shell("(sleep 0.3; /bin/true) & exit 0"));
    let first = events[0].process;
    let first_ended = events
        .iter()
        .position(|event| event.process == first && matches!(event.what, What::Ended { .. }));
    let after: Vec<_> = events[first_ended.unwrap()..].iter().collect();
    assert!(
        after
            .iter()
            .any(|event| matches!(event.what, What::Executed { .. })),
        "{after:?}"
    );
    let last = events.last().unwrap();
    assert!(matches!(last.what, What::Ended { .. }) && last.process != first);
}

#[test]
fn without_anything_to_follow_there_is_no_news() {
    let mut tracer = Tracer::new(Options::default()).unwrap();
    assert!(tracer.next().unwrap().is_none());
}

#[test]
fn other_children_of_the_process_are_left_alone() {
    let other = std::thread::spawn(|| {
        for _ in 0..100 {
            let status = std::process::Command::new("/bin/sh")
                .args(["-c", "exit 5"])
                .status()
                .unwrap();
            assert_eq!(status.code(), Some(5));
        }
    });
    for _ in 0..20 {
        assert_eq!(follow(&command("true", &[])).len(), 4);
    }
    other.join().unwrap();
}

#[test]
fn what_is_held_can_be_looked_at() {
    let mut tracer = Tracer::new(Options::default()).unwrap();
    tracer.start(&command("/bin/true", &[])).unwrap();
    let mut commands = Vec::new();
    while let Some(news) = tracer.next().unwrap() {
        if let tracee::News::Event(event, Some(stopped)) = news {
            let pid: Pid = stopped.process();
            let command = std::fs::read(format!("/proc/{}/cmdline", pid.as_raw_pid())).unwrap();
            commands.push((support::word(&event.what), command == b"/bin/true\0"));
            tracer.resume(stopped).unwrap();
        }
    }
    assert_eq!(
        commands,
        [("started", false), ("executed", true), ("exiting", true)]
    );
}

/// The filters that a program has when it ends.
fn filters_at_end(program: &std::path::Path) -> Result<Vec<Vec<Instruction>>, Errno> {
    let mut tracer = Tracer::new(Options::default()).unwrap();
    tracer.start(&command(program, &[])).unwrap();
    let (_, stopped) = held(&mut tracer, "exiting");
    let filters = stopped.filters(&tracer);
    tracer.resume(stopped).unwrap();
    assert_eq!(endings(&all(&mut tracer))[0].1, Ending::Exited(0));
    filters
}

#[test]
fn filters_are_given_word_for_word_to_root_and_to_nobody_else() {
    let instruction = |code, if_true, if_false, operand| Instruction {
        code,
        if_true,
        if_false,
        operand,
    };
    let kexec_load = if cfg!(target_arch = "x86_64") {
        246
    } else {
        104
    };
    let allow = instruction(0x06, 0, 0, 0x7fff_0000);
    let first = vec![
        instruction(0x20, 0, 0, 0),
        instruction(0x15, 0, 1, kexec_load),
        instruction(0x06, 0, 0, 0x0005_0001),
        allow,
    ];
    let (filtered, free) = (tracee("filters.c"), std::path::Path::new("/bin/true"));
    if rustix::process::geteuid().is_root() {
        assert_eq!(filters_at_end(&filtered), Ok(vec![first, vec![allow]]));
        assert_eq!(filters_at_end(free), Ok(Vec::new()));
    } else {
        assert_eq!(filters_at_end(&filtered), Err(Errno::ACCESS));
        assert_eq!(filters_at_end(free), Err(Errno::ACCESS));
    }
}

#[test]
fn what_was_killed_meanwhile_has_no_filters_to_give() {
    let mut tracer = Tracer::new(Options::default()).unwrap();
    tracer.start(&command(tracee("filters.c"), &[])).unwrap();
    let (event, stopped) = held(&mut tracer, "executed");
    rustix::process::kill_process(event.process, rustix::process::Signal::KILL).unwrap();
    all(&mut tracer);
    assert_eq!(stopped.filters(&tracer), Err(Errno::SRCH));
}
