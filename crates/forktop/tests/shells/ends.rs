//! Whoever ends first, nothing is left of a shell, and the process has noticed nothing.
use crate::subject::{Subject, keeper_and_shell, stage, state};
use crate::support::process::children;
use crate::support::{Stage, User, shown, soon, succeed, wait};
use std::io::Write as _;
use std::process::{Child, Stdio};

/// A shell that is open, to be typed at.
struct Open {
    forktop: Child,
    keeper: u32,
    shell: u32,
}

impl Open {
    fn begin(stage: &Stage, subject: &Subject) -> Self {
        let mut command = stage.forktop_of(User::This, &["shell", &subject.pid()]);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let forktop = command.stderr(Stdio::piped()).spawn().unwrap();
        let [keeper, shell] = soon("a shell", || {
            let [keeper, shell] = keeper_and_shell(subject.process)?;
            // It has begun when it waits for what is typed.
            let begun = state(shell)?.starts_with('S');
            begun.then_some([keeper, shell])
        });
        Self {
            forktop,
            keeper,
            shell,
        }
    }

    /// What is typed, and nothing more.
    fn types(&mut self, line: &str) {
        let mut input = self.forktop.stdin.take().unwrap();
        input.write_all(line.as_bytes()).unwrap();
    }

    /// How forktop ends, and that nothing is left of the two.
    fn ends(mut self) -> (Option<i32>, String) {
        // What it reads from does not end before.
        let input = self.forktop.stdin.take();
        let output = self.forktop.wait_with_output().unwrap();
        for process in [self.keeper, self.shell] {
            // Whoever reaps in place of a parent may take its time.
            let is_over = || state(process).is_none_or(|it| it.starts_with('Z'));
            assert!(is_over(), "{process}: {}", shown(&output));
        }
        drop(input);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), said)
    }
}

fn send(stage: &Stage, signal: &str, process: u32) {
    succeed(&mut stage.command("kill", &[signal, &process.to_string()]));
}

#[test]
fn a_shell_gives_its_code_and_what_it_has_left_ends() {
    let stage = stage();
    let subject = Subject::start(&stage, User::This, &["nice=0"]);
    for (typed, code) in [
        ("exit 7\n", 7),
        ("(trap '' HUP TERM INT; sleep 1000) & exit 9\n", 9),
        (
            "sleep 1000 & sleep 1000 & setsid sleep 1000 & kill -KILL $$\n",
            137,
        ),
    ] {
        let mut open = Open::begin(&stage, &subject);
        open.types(typed);
        assert_eq!(open.ends().0, Some(code), "{typed}");
        assert_eq!(children(subject.process), [0; 0], "{typed}");
    }
    subject.ends_well();
}

type Whom = fn(&Open) -> u32;

#[test]
fn signals_to_keeper_shell_and_forktop_leave_nothing() {
    let stage = stage();
    let subject = Subject::start(&stage, User::This, &["nice=0"]);
    let (keeper, shell, forktop): (Whom, Whom, Whom) =
        (|it| it.keeper, |it| it.shell, |it| it.forktop.id());
    for (signal, whom, code) in [
        ("-KILL", shell, 137),
        ("-KILL", keeper, 137),
        ("-TERM", forktop, 143),
        ("-INT", forktop, 130),
        ("-HUP", forktop, 129),
    ] {
        let open = Open::begin(&stage, &subject);
        send(&stage, signal, whom(&open));
        assert_eq!(open.ends().0, Some(code), "{signal}");
        assert_eq!(children(subject.process), [0; 0], "{signal}");
    }
    subject.ends_well();
}

/// Makes another process again and again, and ends; three of it at once.
const CHAINS: &str = r"
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
int main(void) {
  time_t until = time(0) + 20;
  fork();
  fork();
  while (time(0) < until)
    if (fork()) _exit(0);
}
";

#[test]
fn what_makes_others_all_the_time_does_not_outlive_its_keeper() {
    let stage = stage();
    stage.write("chains.c", CHAINS);
    succeed(&mut stage.command("gcc", &["-w", "-o", "chains", "chains.c"]));
    let program = stage.path("chains");
    let running = || {
        let all = std::fs::read_dir("/proc").unwrap().flatten();
        let is_it = |it: &std::fs::DirEntry| {
            std::fs::read_link(it.path().join("exe")).is_ok_and(|exe| exe == program)
        };
        all.filter(is_it).count()
    };
    let subject = Subject::start(&stage, User::This, &["nice=0"]);
    for _ in 0..4 {
        let mut open = Open::begin(&stage, &subject);
        open.types(&format!("{}; sleep 1000\n", program.display()));
        wait("chains", || running() > 2);
        send(&stage, "-KILL", open.keeper);
        assert_eq!(open.ends().0, Some(137));
        assert_eq!(running(), 0);
        assert_eq!(children(subject.process), [0; 0]);
    }
    subject.ends_well();
}

#[test]
fn signals_that_only_stop_change_nothing() {
    let stage = stage();
    let subject = Subject::start(&stage, User::This, &["nice=0"]);
    let mut open = Open::begin(&stage, &subject);
    for process in [open.keeper, open.shell, open.forktop.id()] {
        send(&stage, "-STOP", process);
        send(&stage, "-CONT", process);
    }
    send(&stage, "-STOP", open.keeper);
    send(&stage, "-TERM", open.keeper);
    open.types("exit 4\n");
    assert_eq!(open.ends().0, Some(4));
    subject.ends_well();
}

#[test]
fn a_shell_ends_when_its_process_does() {
    let stage = stage();
    for typed in ["", "sleep 1000 & (sleep 1000; true)\n"] {
        let subject = Subject::start(&stage, User::This, &["nice=0"]);
        let mut open = Open::begin(&stage, &subject);
        let mut input = open.forktop.stdin.take().unwrap();
        input.write_all(typed.as_bytes()).unwrap();
        subject.kill();
        let (code, said) = open.ends();
        assert_eq!(code, Some(125), "{said}");
        assert!(
            said.contains("the process has ended, and its shell with it"),
            "{said}"
        );
        drop(input);
    }
}

/// The first process of a pid namespace takes all others with it.
#[test]
fn a_shell_ends_when_the_first_process_of_its_pid_namespace_does() {
    let stage = stage();
    let subject = Subject::start(&stage, User::This, &["unshare=0x20000000", "fork"]);
    let open = Open::begin(&stage, &subject);
    subject.kill();
    let (code, said) = open.ends();
    assert_eq!(code, Some(125), "{said}");
    assert!(
        said.contains("the process has ended, and its shell with it"),
        "{said}"
    );
}

/// How many descriptors and threads a process has.
fn size(process: u32) -> [usize; 2] {
    ["fd", "task"].map(|name| {
        let all = std::fs::read_dir(format!("/proc/{process}/{name}"));
        all.unwrap().count()
    })
}

#[test]
fn many_shells_after_one_another_leave_nothing() {
    let stage = stage();
    let subject = Subject::start(&stage, User::This, &["fill=9"]);
    let before = size(subject.process);
    for _ in 0..60 {
        let mut command = stage.forktop_of(User::This, &["shell", &subject.pid()]);
        let output = command.args(["--", "true"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        assert_eq!(output.stderr, b"", "{}", shown(&output));
        assert_eq!(children(subject.process), [0; 0]);
    }
    assert_eq!(size(subject.process), before);
    subject.ends_well();
}
