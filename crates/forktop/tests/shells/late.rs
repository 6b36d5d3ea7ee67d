//! A copy that comes late is taken away all the same, and whoever waits for that is told, and can give it up.
use crate::many::enter;
use crate::refusals::ready;
use crate::subject::{Running, keeper_and_shell, stage};
use crate::support::process::{children, is_over, is_traced, send, state};
use crate::support::{Stage, session, shown, soon, tracee, wait};
use forktop::follow::Request;
use forktop::log::{Event, ProcessId, VisitId};
use forktop::session::Session;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::thread::scope;
use std::time::{Duration, Instant};

/// Root may have filters passed over, unless it lacks this.
const WITHOUT: [&str; 3] = [
    "setpriv",
    "--bounding-set=-sys_admin",
    "--inh-caps=-sys_admin",
];

/// A process whose copy is not made before somebody else agrees: who judges its calls, or is told of copies of it.
fn hindered(stage: &Stage, by: &[&str]) -> Running {
    let program = tracee(stage, by[0]);
    ready(Command::new(program).args(&by[1..]).stdin(Stdio::piped()))
}

/// A shell that ends at once.
const TRUE: [&str; 2] = ["--", "true"];

/// A shell there, of somebody who cannot have filters passed over.
fn ask(stage: &Stage, process: u32, shell: &[&str]) -> Child {
    let number = process.to_string();
    let forktop = stage.text("forktop");
    let words = [&forktop, "shell", "--bold", &number];
    let mut command = stage.command(WITHOUT[0], &WITHOUT[1..]);
    let command = command.args(words).args(shell);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command.stderr(Stdio::piped()).spawn().unwrap()
}

/// A shell that is asked for there, and what is said first.
fn asked(stage: &Stage, process: u32) -> (Child, String) {
    let mut child = ask(stage, process, &TRUE);
    let errors = child.stderr.as_mut().unwrap();
    // Byte by byte, so that the rest is left to others.
    let (mut line, mut byte) = (Vec::new(), [0]);
    while errors.read(&mut byte).unwrap() == 1 && byte != *b"\n" {
        line.extend(byte);
    }
    (child, String::from_utf8(line).unwrap())
}

const SAID: &str = "it is waited for, to take away the copy that it may yet make";

/// It has the children that it had, does as it did before, and ends by itself.
fn goes_on(mut process: Running, own: &[u32], shown: &str) {
    let number = process.0.id();
    assert_eq!(children(number), own, "{shown}");
    assert!(!is_traced(number), "{shown}");
    let mut input = process.0.stdin.take().unwrap();
    input.write_all(b"x").unwrap();
    drop(input);
    assert_eq!(process.0.wait().unwrap().code(), Some(0));
}

fn ended(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    (output.status.code(), shown(&output))
}

const JUDGED: [&str; 3] = ["filtered.c", "killable", "fork"];
const TOLD: [&str; 2] = ["userfault.c", "late"];

#[test]
fn a_copy_that_is_late_is_taken_away_before_forktop_ends() {
    let stage = stage();
    if !rustix::process::getuid().is_root() {
        return eprintln!("skipped: only root is told of copies by a userfaultfd");
    }
    let cases = [
        (&JUDGED[..], None),
        (&TOLD, None),
        (&JUDGED, Some("TERM")),
        (&TOLD, Some("TERM")),
    ];
    // What is built is not built again while it runs.
    let cases = cases.map(|(by, signal)| (hindered(&stage, by), signal));
    let stage = &stage;
    // All at once: each takes as long as its answer.
    scope(|scope| {
        for (process, signal) in cases {
            scope.spawn(move || is_taken_away_late(stage, process, signal));
        }
    });
}

/// A copy of this process is taken away, whether or not forktop is sent this while it waits for that.
fn is_taken_away_late(stage: &Stage, process: Running, signal: Option<&str>) {
    let number = process.0.id();
    let own = children(number);
    let (child, said) = asked(stage, number);
    assert!(said.contains(SAID), "{said}");
    if let Some(signal) = signal {
        send(child.id(), signal);
    }
    let (code, shown) = ended(child);
    let expected = if signal.is_some() { 143 } else { 125 };
    assert_eq!(code, Some(expected), "{signal:?}: {shown}");
    let refusal = "clone has not come back there";
    assert_eq!(
        shown.contains(refusal),
        signal.is_none(),
        "{signal:?}: {shown}"
    );
    goes_on(process, &own, &shown);
}

#[test]
fn who_waits_for_a_call_that_never_comes_back_can_give_that_up() {
    let stage = stage();
    let mut process = hindered(&stage, &["filtered.c", "silent", "fork"]);
    let own = children(process.0.id());
    let (child, said) = asked(&stage, process.0.id());
    assert!(said.contains(SAID), "{said}");
    let begun = Instant::now();
    send(child.id(), "INT");
    let (code, shown) = ended(child);
    assert_eq!(code, Some(125), "{shown}");
    // Once more as long if a record was told meanwhile: that the process is let go.
    assert!(begun.elapsed() < Duration::from_secs(14), "{shown}");
    // It would have gone on with registers that are not its own.
    assert_eq!(process.0.wait().unwrap().signal(), Some(9));
    for judge in own {
        wait("its end", || is_over(judge));
    }
}

#[test]
fn who_judges_late_what_a_killed_forktop_leaves_to_its_caretaker_is_waited_for() {
    let stage = stage();
    let mut process = hindered(&stage, &["filtered.c", "killable", "wait"]);
    let number = process.0.id();
    let own = children(number);
    let mut forktop = ask(&stage, number, &[]);
    let [_, shell] = soon("a shell", || keeper_and_shell(number));
    soon("its wait", || state(shell).filter(|it| it.starts_with('S')));
    forktop.kill().unwrap();
    forktop.wait().unwrap();
    wait("a caretaker", || is_traced(number));
    wait("its rest", || !is_traced(number));
    let end = process.0.try_wait().unwrap();
    assert!(end.is_none(), "{end:?}");
    goes_on(process, &own, "");
}

/// A copy of this process is taken away late, after a visit that gives this code.
fn is_told_at_the_end(stage: &Stage, process: Running, expected: i32) {
    let number = process.0.id();
    let own = children(number);
    let (code, shown) = ended(ask(stage, number, &TRUE));
    assert_eq!(code, Some(expected), "{shown}");
    for words in [
        "the call that was to take away what is left of the copy has not come back",
        "what is left of the copy stays: wait4 has not come back there",
    ] {
        assert!(shown.contains(words), "{shown}");
    }
    // It has come back, and has done what it was for.
    goes_on(process, &own, &shown);
}

#[test]
fn who_waits_for_a_copy_to_be_taken_away_is_told() {
    let stage = stage();
    let judged = ["filtered.c", "killable", "wait"];
    is_told_at_the_end(&stage, hindered(&stage, &judged), 0);
    if !rustix::process::getuid().is_root() {
        return eprintln!("skipped: only root is told of copies by a userfaultfd");
    }
    // It is refused before, as its copy is late.
    let program = tracee(&stage, TOLD[0]);
    let by = [&judged[..], &["then", &program, TOLD[1]]].concat();
    is_told_at_the_end(&stage, hindered(&stage, &by), 125);
}

#[test]
fn why_a_copy_is_not_taken_away_is_told_with_what_can_be_done() {
    let stage = stage();
    let process = hindered(&stage, &["filtered.c", "errno", "wait"]);
    let (_, shown) = ended(ask(&stage, process.0.id(), &TRUE));
    for words in [
        "what is left of the copy stays: the kernel refuses wait4 there",
        "its filters do, where forktop cannot have them passed over: run it as root",
    ] {
        assert!(shown.contains(words), "{shown}");
    }
}

/// Something that is followed from its beginning, its input, and what it has said so far.
fn told_of_copies(stage: &Stage, after: &str) -> (Session, File, impl Fn() -> String + use<>) {
    let program = tracee(stage, "userfault.c");
    let (fifo, said) = (stage.text("input"), stage.path("said"));
    let script = r#"mkfifo "$1"; exec 0<>"$1" >"$2"; exec "$3" late "$4""#;
    let session = session(&[
        "sh",
        "-c",
        script,
        "sh",
        &fifo,
        said.to_str().unwrap(),
        &program,
        after,
    ]);
    let says = move || fs::read_to_string(&said).unwrap_or_default();
    wait("the process", || says() == "ready\n");
    let input = OpenOptions::new().write(true).open(fifo).unwrap();
    (session, input, says)
}

/// Whether what may come of a refused visit is waited for.
fn is_awaited(session: &Session) -> bool {
    soon("its refusal", || {
        let record = session.records.recv().unwrap();
        match record.event {
            Event::NotEntered { is_awaited, .. } => Some(is_awaited),
            _ => None,
        }
    })
}

#[test]
fn a_copy_that_is_late_is_taken_away_while_its_process_is_followed_on() {
    if !rustix::process::getuid().is_root() {
        return eprintln!("skipped: only root is told of copies by a userfaultfd");
    }
    let stage = stage();
    let (session, mut input, says) = told_of_copies(&stage, "5");
    let process = session.process.unwrap().as_raw_pid().unsigned_abs();
    for (visit, late) in [
        (0, "ready\nlate\nworks\n"),
        (1, "ready\nlate\nworks\nlate\nworks\n"),
    ] {
        let _typed = enter(&session, visit, "true");
        assert!(is_awaited(&session));
        // From when it works again on it has a copy, until that is taken away.
        input.write_all(b"x").unwrap();
        wait("its work", || says() == late);
        wait("the end of its copy", || children(process).is_empty());
    }
    session.desk.hand_in(Request::Kill);
}

#[test]
fn a_copy_that_comes_when_nobody_waits_for_it_any_more_is_taken_away() {
    if !rustix::process::getuid().is_root() {
        return eprintln!("skipped: only root is told of copies by a userfaultfd");
    }
    let stage = stage();
    // Later than a visit that is left is given up.
    let (session, mut input, says) = told_of_copies(&stage, "9");
    let process = session.process.unwrap().as_raw_pid().unsigned_abs();
    let _typed = enter(&session, 0, "true");
    assert!(is_awaited(&session));
    session.desk.hand_in(Request::Leave(VisitId(0)));
    input.write_all(b"x").unwrap();
    wait("its work", || says() == "ready\nlate\nworks\n");
    wait("the end of its copy", || children(process).is_empty());
    session.desk.hand_in(Request::Kill);
}

#[test]
fn what_was_frozen_before_a_visit_that_is_late_is_frozen_after_it_unless_it_is_to_go_on() {
    if !rustix::process::getuid().is_root() {
        return eprintln!("skipped: only root is told of copies by a userfaultfd");
    }
    let begin = || {
        let stage = stage();
        let (session, mut input, says) = told_of_copies(&stage, "5");
        let process = session.process.unwrap().as_raw_pid().unsigned_abs();
        session.desk.hand_in(Request::Freeze(ProcessId(0)));
        soon("its stillness", || {
            let event = session.records.recv().unwrap().event;
            matches!(event, Event::Frozen { .. }).then_some(())
        });
        let typed = enter(&session, 0, "true");
        input.write_all(b"x").unwrap();
        assert!(is_awaited(&session));
        (stage, session, typed, says, process)
    };
    let [frozen, thawed] = [(); 2].map(|()| begin());
    let (_, session, _, says, process) = &thawed;
    session.desk.hand_in(Request::Continue(ProcessId(0)));
    wait("its work", || says() == "ready\nlate\nworks\n");
    wait("the end of its copy", || children(*process).is_empty());
    session.desk.hand_in(Request::Kill);
    let (_, session, _, says, process) = &frozen;
    wait("the end of its copy", || children(*process).is_empty());
    assert_eq!(says(), "ready\nlate\n");
    assert!(state(*process).unwrap().starts_with('t'));
    session.desk.hand_in(Request::Continue(ProcessId(0)));
    // It was frozen all the time, which is not told again.
    soon("its rest", || match session.records.recv().unwrap().event {
        Event::Frozen { .. } => panic!("it is told twice"),
        Event::Continued { .. } => Some(()),
        _ => None,
    });
    wait("its work", || says() == "ready\nlate\nworks\n");
    session.desk.hand_in(Request::Kill);
}
