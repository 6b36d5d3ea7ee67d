//! Where there can be no shell it is said why, nothing has happened to the process, and nothing is left.
use crate::freezer::Group;
use crate::stillness::waits_in_vfork;
use crate::subject::{Running, Subject, assert_refused, stage};
use crate::support::process::{children, is_traced, kernel_thread, send, state};
use crate::support::{Stage, User, shown, soon, tracee, wait};
use std::io::Read as _;
use std::process::{Command, Output, Stdio};

/// What a command says in a shell in this process.
fn tried(stage: &Stage, user: User, flags: &[&str], process: &str) -> Output {
    let mut command = stage.forktop_of(user, &["shell"]);
    command.args(flags).arg(process).args(["--", "echo", "in"]);
    command.stdin(Stdio::null()).output().unwrap()
}

#[test]
fn a_shell_that_cannot_be_had_is_refused_in_words() {
    let stage = stage();
    let subject = Subject::start(&stage, User::This, &["nice=0"]);
    for (flags, words) in [
        (
            &["--shell", "/nowhere"][..],
            "cannot read the shell `/nowhere`",
        ),
        (&["--shell", "/bin/sh"], "busybox-static"),
        (&["--shell", "/etc/passwd"], "it is no ELF program"),
        (
            &["--shell-inside", "/nowhere"],
            "leave --shell-inside out to carry one in",
        ),
        (
            &["--shell-inside", "/etc/passwd"],
            "cannot execute `/etc/passwd` there",
        ),
    ] {
        assert_refused(&tried(&stage, User::This, flags, &subject.pid()), words);
        assert_eq!(children(subject.process), [0; 0], "{flags:?}");
    }
    let output = tried(
        &stage,
        User::This,
        &["--shell-inside", "/bin/sh"],
        &subject.pid(),
    );
    assert_eq!(output.stdout, b"in\n", "{}", shown(&output));
    subject.ends_well();
}

#[test]
fn what_is_no_process_of_ones_own_is_refused_in_words() {
    let stage = stage();
    let subject = Subject::start(&stage, User::This, &["nice=0"]);
    let protected = Subject::start(&stage, User::Tester, &["dumpable=0"]);
    for (user, process, words) in [
        (User::This, "4194303", "no process 4194303 is to be seen"),
        (User::Tester, &subject.pid(), "it runs as user 0"),
        (User::Tester, &protected.pid(), "it is protected"),
    ] {
        assert_refused(&tried(&stage, user, &[], process), words);
    }
    if let Some(kernels) = kernel_thread() {
        let output = tried(&stage, User::This, &[], &kernels.to_string());
        assert_refused(&output, "it is a thread of the kernel");
    }
    let own = stage.text("forktop");
    let itself = format!("exec {own} shell $$ -- true");
    let output = stage.command("/bin/sh", &["-c", &itself]).output().unwrap();
    assert_refused(&output, "it is this process itself");
    subject.ends_well();
    protected.ends_well();
}

#[test]
fn what_would_be_told_of_its_copy_is_refused_in_words() {
    if !rustix::process::getuid().is_root() {
        return eprintln!("skipped: only root is told of copies by a userfaultfd");
    }
    let stage = stage();
    let program = tracee(&stage, "userfault.c");
    for (held_by, words) in [("kept", "its descriptor"), ("thread", "of its thread")] {
        let mut process = ready(stage.command(&program, &[held_by]).stdin(Stdio::piped()));
        let number = process.0.id();
        let output = tried(&stage, User::This, &[], &number.to_string());
        assert_refused(&output, words);
        assert_refused(&output, "UFFD_FEATURE_EVENT_FORK");
        assert!(!is_traced(number));
        assert_eq!(children(number), [0; 0]);
        drop(process.0.stdin.take());
        assert_eq!(process.0.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn what_has_ended_or_is_traced_already_is_refused_in_words() {
    let stage = stage();
    let mut zombie = Running::start(&mut stage.command("true", &[]));
    let number = zombie.0.id();
    soon("its end", || state(number).filter(|it| it.starts_with('Z')));
    let output = tried(&stage, User::This, &[], &number.to_string());
    assert_refused(&output, "it has ended");
    zombie.0.wait().unwrap();
    let subject = Subject::start(&stage, User::This, &["nice=0"]);
    let strace = ["-q", "-o", "/dev/null", "-p", &subject.pid()];
    let tracer = Running::start(&mut stage.command("strace", &strace));
    wait("its tracer", || is_traced(subject.process));
    let output = tried(&stage, User::This, &[], &subject.pid());
    assert_refused(&output, "it is traced already, by process");
    drop(tracer);
    subject.ends_well();
}

#[test]
fn a_stopped_process_has_a_shell_and_stays_stopped() {
    let stage = stage();
    let subject = Subject::start(&stage, User::This, &["nice=0"]);
    send(subject.process, "STOP");
    soon("its stop", || {
        state(subject.process).filter(|it| it.starts_with('T'))
    });
    for _ in 0..10 {
        let output = tried(&stage, User::This, &[], &subject.pid());
        assert_eq!(output.stdout, b"in\n", "{}", shown(&output));
        assert!(state(subject.process).unwrap().starts_with('T'));
    }
    send(subject.process, "CONT");
    subject.ends_well();
}

#[test]
fn a_process_that_waits_in_vfork_or_makes_its_children_elsewhere_is_refused_in_words() {
    let stage = stage();
    let vfork = waits_in_vfork(&stage, true);
    let output = tried(&stage, User::This, &[], &vfork.0.id().to_string());
    assert_refused(&output, "vfork(2)");
    drop(vfork);
    // The first process of a pid namespace would be the shell, and the process could make no other.
    let subject = Subject::start(&stage, User::This, &["pending-pid"]);
    let output = tried(&stage, User::This, &[], &subject.pid());
    assert_refused(&output, "visit one of its children");
    subject.ends_well();
}

#[test]
fn limits_that_leave_no_room_are_named() {
    let stage = stage();
    let others = "uids=1000,1000,1000,1000";
    for (words, named) in [
        (&["limit=nofile,8,8", "permit-not=-1"][..], "open files 8"),
        (
            &["limit=as,1000000,1000000", "permit-not=-1"],
            "address space 1000000",
        ),
        (&["limit=stack,0,0", "permit-not=-1"], "stack size 0"),
        (&["limit=nproc,1,1", others], "RLIMIT_NPROC"),
    ] {
        let subject = Subject::start(&stage, User::This, words);
        let output = tried(&stage, User::This, &[], &subject.pid());
        match output.status.code() {
            // Where forktop may widen them it does.
            Some(0) => {}
            // A stack that cannot grow is enough for an exec, and for what comes then, by where the kernel has put it at random.
            Some(139) if named == "stack size 0" => {}
            _ => assert_refused(&output, named),
        }
        subject.ends_well();
    }
    a_control_group_that_leaves_no_room_is_named(&stage);
}

const LIMITS: &str = "(RLIMIT_NPROC, or pids.max of its control group): raise it, or end some";

/// Be it for the first copy, or for the second.
fn a_control_group_that_leaves_no_room_is_named(stage: &Stage) {
    let kinds = [("cgroup", "pids"), ("cgroup2", "rw")];
    let groups = kinds.map(|(system, option)| Group::new(system, option, "processes"));
    let mut groups = groups.into_iter().flatten();
    let Some(group) = groups.find(|it| it.set("pids.max", "1").is_ok()) else {
        return eprintln!("skipped: there is no control group here that limits processes");
    };
    let subject = Subject::start(stage, User::This, &["nice=0"]);
    group.put(subject.process);
    for (most, words) in [
        ("1", "the kernel refuses clone there"),
        ("2", "there is no room for a shell"),
    ] {
        group.set("pids.max", most).unwrap();
        let output = tried(stage, User::This, &[], &subject.pid());
        assert_refused(&output, words);
        assert_refused(&output, LIMITS);
    }
    let mut command = stage.forktop_of(User::This, &["try", &subject.pid(), "--", "stat /"]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(125), "{}", shown(&output));
    assert!(shown(&output).contains(LIMITS), "{}", shown(&output));
    group.set("pids.max", "3").unwrap();
    let output = tried(stage, User::This, &[], &subject.pid());
    assert_eq!(output.stdout, b"in\n", "{}", shown(&output));
    subject.ends_well();
}

#[test]
fn filters_that_no_shell_can_live_under_are_named_and_root_can_have_them_passed_over() {
    let stage = stage();
    for user in [User::This, User::Tester] {
        let subject = Subject::start(&stage, user, &["no-new-privs", "narrow"]);
        let output = tried(&stage, User::This, &[], &subject.pid());
        assert_refused(&output, "brk kills the process");
        let output = tried(&stage, User::This, &["--assisted"], &subject.pid());
        assert_eq!(output.stdout, b"in\n", "{}", shown(&output));
        let output = tried(&stage, User::Tester, &["--assisted"], &subject.pid());
        assert_eq!(output.status.code(), Some(125), "{}", shown(&output));
        subject.ends_well();
    }
}

/// A process under a filter that does this to a call, and waits.
fn answering(program: &str, action: &str, call: &str) -> Running {
    ready(Command::new(program).args([action, call]))
}

/// A process that has said that it is ready.
pub fn ready(command: &mut Command) -> Running {
    let mut process = Running::start(command.stdout(Stdio::piped()));
    // No more, so that the rest is left to others.
    let mut line = [0; 6];
    let output = process.0.stdout.as_mut().unwrap();
    output.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"ready\n");
    process
}

#[test]
fn what_filters_will_refuse_or_kill_for_is_said_on_standard_error() {
    let stage = stage();
    let program = tracee(&stage, "answers.c");
    for (action, call, words) in [
        ("errno", "getdents64", "getdents64 fails with EACCES"),
        ("kill", "socket", "socket kills the process"),
    ] {
        let process = answering(&program, action, call);
        let output = tried(&stage, User::This, &[], &process.0.id().to_string());
        assert_eq!(output.stdout, b"in\n", "{}", shown(&output));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let line = format!("forktop: ! its filters say that {words}");
        assert!(said.lines().any(|it| it == line), "{line}: {said}");
    }
}

#[test]
fn without_filters_there_are_none_to_be_passed_over() {
    let stage = stage();
    for user in [User::This, User::Tester] {
        let subject = Subject::start(&stage, user, &["nice=0"]);
        let output = tried(&stage, user, &["--assisted"], &subject.pid());
        assert_eq!(output.stdout, b"in\n", "{}", shown(&output));
        subject.ends_well();
    }
}

#[test]
fn busybox_is_a_shell_carried_or_not() {
    let stage = stage();
    let subject = Subject::start(&stage, User::This, &["nice=0"]);
    for flag in ["--shell", "--shell-inside"] {
        let output = tried(&stage, User::This, &[flag, "/bin/busybox"], &subject.pid());
        assert_eq!(output.stdout, b"in\n", "{}", shown(&output));
    }
    subject.ends_well();
}

/// A filter that refuses this call, and what an ordinary user is told who takes the risk.
const REFUSED: [(u32, &str); 7] = [
    (53, "(socketpair): Operation not permitted"),
    (47, "(recvmsg): Operation not permitted"),
    (112, "(setsid): Operation not permitted"),
    (322, "--shell-inside executes one that is there"),
    (157, "(prctl): Operation not permitted"),
    (72, "(fcntl): Operation not permitted"),
    (56, "the kernel refuses clone there"),
];

#[test]
fn filters_that_refuse_what_a_shell_takes_are_in_the_way_of_ordinary_users_only() {
    let stage = stage();
    for (number, words) in REFUSED {
        let filter = format!("filter={number},1");
        let subject = Subject::start(&stage, User::Tester, &["no-new-privs", &filter]);
        let untold = tried(&stage, User::Tester, &[], &subject.pid());
        assert_refused(&untold, "say --bold to take the risk");
        let bold = tried(&stage, User::Tester, &["--bold"], &subject.pid());
        assert_refused(&bold, words);
        let root = tried(&stage, User::This, &[], &subject.pid());
        // Without fcntl(2) no shell moves its descriptors.
        match number {
            72 => assert_refused(&root, "fcntl fails with EPERM"),
            _ => assert_eq!(root.stdout, b"in\n", "{number}: {}", shown(&root)),
        }
        subject.ends_well();
    }
}
