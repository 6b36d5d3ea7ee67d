//! Whoever ends first, nothing is left of a shell, and the process has noticed nothing.
use crate::open::Open;
use crate::subject::{Running, Subject, stage};
use crate::support::process::{children, is_traced, send, size};
use crate::support::{User, shown, succeed, wait};
use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

/// How long forktop may take to end with its shell.
const SOON: Duration = Duration::from_secs(5);

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
        let mut open = Open::begin(&stage, subject.process);
        open.types(typed);
        assert_eq!(open.ends().0, Some(code), "{typed}");
        assert_eq!(children(subject.process), [0; 0], "{typed}");
    }
    subject.ends_well();
}

/// What forktop itself has as standard output and error, in a shell's words; a script, typed or given as a command; and what comes of it.
const UNWRITABLE: [(&str, &str, Option<i32>, &str); 5] = [
    ("> /dev/full", "cat /etc/passwd", Some(125), "No space left"),
    ("> /dev/full", "yes", Some(125), "No space left"),
    ("1< /dev/null", "echo hi", Some(125), "Bad file descriptor"),
    ("2> /dev/full", "echo hi >&2", Some(125), ""),
    ("> /dev/full", "true", Some(0), ""),
];

#[test]
fn what_cannot_be_written_on_is_said() {
    let stage = stage();
    let subject = Subject::start(&stage, User::This, &["nice=0"]);
    let (forktop, pid) = (stage.text("forktop"), subject.pid());
    for (streams, script, code, words) in UNWRITABLE {
        for asked in [
            format!("{forktop} shell {pid} -- sh -c '{script}' < /dev/null {streams}"),
            format!("echo '{script}' | {forktop} shell {pid} {streams}"),
        ] {
            let output = stage.command("/bin/sh", &["-c", &asked]).output().unwrap();
            assert_eq!(output.status.code(), code, "{asked}: {}", shown(&output));
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let expected = format!("forktop: cannot write to standard output: {words}");
            match words {
                "" => assert_eq!(said, "", "{asked}"),
                _ => assert!(said.starts_with(&expected), "{asked}: {said}"),
            }
        }
    }
    subject.ends_well();
}

#[test]
fn a_reader_who_has_had_enough_ends_the_shell_and_nothing_is_said_of_it() {
    let stage = stage();
    let subject = Subject::start(&stage, User::This, &["nice=0"]);
    let (forktop, pid) = (stage.text("forktop"), subject.pid());
    let code = stage.text("code");
    let asked =
        format!("{{ {forktop} shell {pid} -- yes < /dev/null; echo $? > {code}; }} | head -n 1");
    let output = stage.command("/bin/sh", &["-c", &asked]).output().unwrap();
    assert_eq!((&*output.stdout, &*output.stderr), (&b"y\n"[..], &b""[..]));
    assert_eq!(std::fs::read_to_string(code).unwrap(), "141\n");
    subject.ends_well();
}

#[test]
fn who_goes_on_writing_in_its_place_keeps_nobody() {
    let stage = stage();
    let subject = Subject::start(&stage, User::This, &["nice=0"]);
    let mut open = Open::begin(&stage, subject.process);
    let mut shown = open.forktop.stdout.take().unwrap();
    // So slowly that there is always more.
    let reading = spawn(move || {
        while shown.read(&mut [0; 4096]).unwrap() > 0 {
            sleep(Duration::from_millis(1));
        }
    });
    let its_output = format!("/proc/{}/fd/1", open.shell);
    let mut its_output = OpenOptions::new().write(true).open(its_output).unwrap();
    let flood = spawn(move || while its_output.write_all(&[b'x'; 4096]).is_ok() {});
    // Until there is.
    sleep(Duration::from_millis(200));
    open.types("exit 5\n");
    let begun = Instant::now();
    assert_eq!(open.ends().0, Some(5));
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    flood.join().unwrap();
    reading.join().unwrap();
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
        ("KILL", shell, 137),
        ("KILL", keeper, 137),
        ("TERM", forktop, 143),
        ("INT", forktop, 130),
        ("HUP", forktop, 129),
    ] {
        let open = Open::begin(&stage, subject.process);
        send(whom(&open), signal);
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
        let mut open = Open::begin(&stage, subject.process);
        open.types(&format!("{}; sleep 1000\n", program.display()));
        wait("chains", || running() > 2);
        send(open.keeper, "KILL");
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
    let mut open = Open::begin(&stage, subject.process);
    for process in [open.keeper, open.shell, open.forktop.id()] {
        send(process, "STOP");
        send(process, "CONT");
    }
    send(open.keeper, "STOP");
    send(open.keeper, "TERM");
    open.types("exit 4\n");
    assert_eq!(open.ends().0, Some(4));
    subject.ends_well();
}

#[test]
fn a_shell_ends_when_its_process_does() {
    let stage = stage();
    for typed in ["", "sleep 1000 & (sleep 1000; true)\n"] {
        let subject = Subject::start(&stage, User::This, &["nice=0"]);
        let mut open = Open::begin(&stage, subject.process);
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
    let open = Open::begin(&stage, subject.process);
    subject.kill();
    let (code, said) = open.ends();
    assert_eq!(code, Some(125), "{said}");
    assert!(
        said.contains("the process has ended, and its shell with it"),
        "{said}"
    );
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

#[test]
fn a_process_that_another_traces_for_a_moment_keeps_nothing_of_its_shell() {
    let stage = stage();
    let subject = Subject::start(&stage, User::This, &["nice=0"]);
    let mut open = Open::begin(&stage, subject.process);
    let strace = ["-q", "-o", "/dev/null", "-p", &subject.pid()];
    let tracer = Running::start(&mut stage.command("strace", &strace));
    wait("its tracer", || is_traced(subject.process));
    open.types("exit 4\n");
    // Longer than the shell takes to end, and not so long as is tried again.
    sleep(Duration::from_millis(700));
    drop(tracer);
    assert_eq!(open.ends(), (Some(4), String::new()));
    assert_eq!(children(subject.process), [0; 0]);
    subject.ends_well();
}

/// Executes itself again and again, by another thread than its first.
const RENEWS: &str = r#"
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
static char **words;
static void *renew(void *nothing) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  usleep(500 + now.tv_nsec / 1000 % 5000);
  execv("/proc/self/exe", words);
  return nothing;
}
int main(int count, char **arguments) {
  pthread_t thread;
  words = arguments;
  pthread_create(&thread, 0, renew, 0);
  pthread_join(thread, 0);
  return count;
}
"#;

#[test]
fn a_process_that_executes_itself_again_and_again_keeps_nothing_of_its_shells() {
    let stage = stage();
    stage.write("renews.c", RENEWS);
    succeed(&mut stage.command("gcc", &["-pthread", "-o", "renews", "renews.c"]));
    let renews = Running::start(&mut stage.command(stage.path("renews"), &[]));
    let process = renews.0.id();
    let mut entered = 0;
    for _ in 0..60 {
        let mut command = stage.forktop_of(User::This, &["shell", &process.to_string()]);
        let output = command.args(["--", "true"]).output().unwrap();
        // It may do so when it is to be copied, and is not then.
        entered += usize::from(output.status.success());
        // What it has is not to be seen in the middle of an exec.
        let left = [(); 5].map(|()| children(process).len());
        assert_eq!(left, [0; 5], "{}", shown(&output));
    }
    eprintln!("entered {entered} of 60 times");
    assert!(entered > 0);
}
