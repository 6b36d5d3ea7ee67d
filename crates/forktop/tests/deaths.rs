//! Whoever of a visit is killed, at any moment: nobody is left behind, nothing hangs, and the process that is visited goes on
//! and has noticed nothing.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use rustix::process::{Pid, Signal, getuid, kill_process};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ChildStdout, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use support::process::{children, is_over, is_traced, words};
use support::{Stage, User, soon, succeed, tracee, wait};

/// How long the end of everything may take, on a machine that does much else.
const SETTLED: Duration = Duration::from_secs(4);

/// How much later than asked for a wait of the process may end, in milliseconds.
const LATE: &str = "5000";

/// What the process does, as the program that notices names it (`tests/tracees/steady.c`): it works, or waits. Where forktop is
/// killed, it does so in a call that the kernel starts again by itself: one that it does not comes back if whoever would
/// have had it made again is gone.
const fn modes(victim: Victim) -> [&'static str; 2] {
    match victim {
        Victim::Forktop => ["sums", "poll"],
        _ => ["sums", "epoll_wait"],
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Forktop,
    Target,
    Keeper,
    Shell,
}

/// A process that notices whatever disturbs it.
struct Target {
    child: Child,
    output: BufReader<ChildStdout>,
}

/// Where all that is started lies, so that whatever of it is left is found by its program.
struct Place {
    stage: Stage,
    steady: String,
    user: User,
    /// How long a shell in the process sleeps, which no other does.
    nap: String,
}

impl Place {
    fn new(user: User) -> Self {
        let stage = Stage::new();
        stage.open();
        let steady = tracee(&stage, "steady.c");
        let nap = format!("100.{}", std::process::id());
        Self {
            stage,
            steady,
            user,
            nap,
        }
    }

    fn start(&self, mode: &str) -> Target {
        let words = [&self.steady, mode, LATE];
        let mut command = self.stage.command_of(self.user, &words);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Target { child, output }
    }

    fn shell(&self, target: &Target, command: &[&str]) -> Child {
        let number = target.child.id().to_string();
        let words = [&["shell", &number, "--"][..], command].concat();
        let mut forktop = self.stage.forktop_of(self.user, &words);
        forktop.stdout(Stdio::null()).stderr(Stdio::piped());
        forktop.spawn().unwrap()
    }

    /// How long a visit takes, from its command to its end.
    fn visit(&self, target: &Target) -> Duration {
        let begun = Instant::now();
        let mut forktop = self.shell(target, &["true"]);
        let status = forktop.wait().unwrap();
        let mut said = String::new();
        let errors = forktop.stderr.as_mut().unwrap();
        errors.read_to_string(&mut said).unwrap();
        assert!(status.success(), "{status}: {said}");
        begun.elapsed()
    }

    /// All that is left of visits, by number and command line: programs of this place but the target, shells, and children of
    /// the target, which has none of its own.
    fn left(&self, target: u32) -> Vec<String> {
        let own = self.stage.text("");
        let mut left: Vec<_> = children(target)
            .into_iter()
            .map(|child| format!("its child {}", told(child)))
            .collect();
        for process in fs::read_dir("/proc").unwrap() {
            let number = process.unwrap().file_name().into_string().unwrap();
            let Ok(number) = number.parse() else {
                continue;
            };
            let program = fs::read_link(format!("/proc/{number}/exe")).unwrap_or_default();
            let naps = words(number).contains(&self.nap);
            let is_own = program.to_str().unwrap_or_default().starts_with(&own);
            if number != target && (naps || is_own) {
                left.push(told(number));
            }
        }
        left
    }

    /// Waits until nothing of visits is left.
    fn settle(&self, target: u32, what: &str) {
        let begun = Instant::now();
        loop {
            let left = self.left(target);
            if left.is_empty() {
                return;
            }
            assert!(begun.elapsed() < SETTLED, "{what}: left: {left:?}");
            sleep(Duration::from_millis(4));
        }
    }
}

impl Target {
    /// It has noticed nothing, or was killed.
    fn end(mut self, what: &str) {
        self.child.stdin = None;
        let mut text = String::new();
        self.output.read_to_string(&mut text).unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{what}: {status}\n{text}");
    }
}

/// A process, for a message.
fn told(process: u32) -> String {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"));
    let stat = stat.unwrap_or_default();
    let stat: Vec<_> = stat.split_whitespace().take(4).collect();
    format!("{} [{}]", stat.join(" "), words(process))
}

fn find(victim: Victim, forktop: &Child, target: u32) -> Option<u32> {
    let keeper = || children(target).first().copied();
    match victim {
        Victim::Forktop => Some(forktop.id()),
        Victim::Target => Some(target),
        Victim::Keeper => keeper(),
        Victim::Shell => keeper().and_then(|keeper| children(keeper).first().copied()),
    }
}

fn kill(process: u32, signal: Signal) -> rustix::io::Result<()> {
    kill_process(Pid::from_raw(process.cast_signed()).unwrap(), signal)
}

/// Its end, which has to come soon.
fn end(mut process: Child, what: &str) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = process.try_wait().unwrap() {
            return status;
        }
        if begun.elapsed() > SETTLED {
            process.kill().unwrap();
            panic!("{what}: forktop hangs");
        }
        sleep(Duration::from_millis(2));
    }
}

/// Kills one of a visit this long after its beginning. Gives whether the one was there.
fn round(
    place: &Place,
    target: &Target,
    victim: Victim,
    command: &[&str],
    after: Duration,
) -> bool {
    let what = format!("{victim:?} killed after {after:?}, {command:?}");
    let forktop = place.shell(target, command);
    sleep(after);
    let found = find(victim, &forktop, target.child.id());
    match found {
        Some(found) => drop(kill(found, Signal::KILL)),
        // It is to end as it does when it is asked to.
        None => kill(forktop.id(), Signal::TERM).unwrap(),
    }
    let status = end(forktop, &what);
    // It may have come to its end before.
    if victim == Victim::Forktop && command[0] != "true" {
        assert_eq!(status.signal(), Some(9), "{what}: {status}");
    }
    place.settle(target.child.id(), &what);
    found.is_some()
}

/// So many rounds, at moments that lie evenly between the beginning of a visit and its end. Gives how often the process was
/// killed with forktop.
fn rounds(place: &Place, mode: &str, victim: Victim, count: u32) -> u32 {
    let mut target = place.start(mode);
    let long = (0..3).map(|_| place.visit(&target)).max().unwrap();
    let (mut met, mut lost) = (0, 0);
    for number in 0..count {
        let nap: &[&str] = &["sleep", &place.nap];
        let command = match (victim, number % 2) {
            (Victim::Forktop, 1) => &["true"],
            _ => nap,
        };
        let after = long * number / count;
        met += u32::from(round(place, &target, victim, command, after));
        if let Some(status) = target.child.try_wait().unwrap() {
            assert_eq!(
                status.signal(),
                Some(9),
                "{mode}, {victim:?} after {after:?}"
            );
            lost += u32::from(victim != Victim::Target);
            target = place.start(mode);
        }
    }
    target.end(&format!("{mode}, {victim:?}"));
    eprintln!("{mode}, {victim:?}: {met} of {count} met within {long:?}, {lost} lost with it");
    assert!(met > 0, "{victim:?} was never there");
    lost
}

fn kill_each(victim: Victim, count: u32, user: User) {
    if user == User::Tester && !getuid().is_root() {
        return eprintln!("skipped: only root becomes another user");
    }
    let place = Place::new(user);
    let lost: u32 = modes(victim)
        .into_iter()
        .map(|mode| rounds(&place, mode, victim, count))
        .sum();
    // Where it is lent registers that are not its own, it dies with forktop rather than go on with them.
    let most = match victim {
        Victim::Forktop => 2 * count / 15,
        _ => 0,
    };
    assert!(lost <= most, "{lost} of {} were lost", 2 * count);
}

#[test]
fn if_forktop_is_killed_nobody_is_left() {
    kill_each(Victim::Forktop, 36, User::This);
    kill_each(Victim::Forktop, 15, User::Tester);
}

#[test]
fn if_the_process_is_killed_its_shell_goes_with_it() {
    kill_each(Victim::Target, 30, User::This);
    kill_each(Victim::Target, 8, User::Tester);
}

#[test]
fn if_the_keeper_is_killed_so_is_the_shell() {
    kill_each(Victim::Keeper, 30, User::This);
    kill_each(Victim::Keeper, 8, User::Tester);
}

#[test]
fn if_the_shell_is_killed_the_visit_ends() {
    kill_each(Victim::Shell, 30, User::This);
    kill_each(Victim::Shell, 8, User::Tester);
}

/// Nobody is told that it makes a child, which sleeps. It is found when its creator ends.
const WITHHOLDS: &str = r"
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
  if (!syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0))
    for (;;) pause();
  return 0;
}
";

#[test]
fn if_forktop_is_killed_nobody_is_left_of_what_was_withheld_from_it() {
    let place = Place::new(User::This);
    place.stage.write("withholds.c", WITHHOLDS);
    let compile = ["-o", "withholds", "withholds.c"];
    succeed(&mut place.stage.command("gcc", &compile));
    let withholds = place.stage.text("withholds");
    let target = place.start("poll");
    let process = target.child.id();
    let script = format!("{withholds}; exec sleep {}", place.nap);
    let forktop = place.shell(&target, &["sh", "-c", &script]);
    let withheld = soon("what is withheld", || {
        let left = place.left(process);
        let child = left.iter().find(|it| it.contains("(withholds)"))?;
        let number = child.split(' ').next()?.parse().ok()?;
        let parent = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
        // Its creator is gone, and it was found.
        let is_left = parent.split_whitespace().nth(3)?
            == find(Victim::Keeper, &forktop, process)?.to_string();
        (is_left && is_traced(number)).then_some(number)
    });
    kill(forktop.id(), Signal::KILL).unwrap();
    end(forktop, "forktop");
    wait("the end of what was withheld", || is_over(withheld));
    place.settle(process, "what was withheld");
    target.end("withheld");
}
