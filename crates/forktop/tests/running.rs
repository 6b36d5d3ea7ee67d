//! Processes that run already are followed by `-p`, whichever are named; and of what cannot be followed it is said why.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use forktop::log::{Event, Refusal, read};
use forktop::model::{Model, Process, State};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use support::process::children;
use support::{Stage, TESTER, User, shown, wait};

/// A process, which ends with the test.
struct Running(Child);

impl Running {
    fn new(mut command: Command) -> Self {
        Self(command.stdin(Stdio::null()).spawn().unwrap())
    }

    fn shell(script: &str) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Self::new(command)
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for pid in below(self.pid()) {
            kill(pid);
        }
        kill(self.pid());
        // A tracer may have waited for it.
        let _ = self.0.wait();
    }
}

fn kill(pid: u32) {
    let mut kill = Command::new("kill");
    let _ = kill
        .args(["-s", "KILL", &pid.to_string()])
        .stderr(Stdio::null())
        .status();
}

/// All that is below a process, parents first.
fn below(pid: u32) -> Vec<u32> {
    let mut found = children(pid);
    let mut at = 0;
    while let Some(pid) = found.get(at) {
        found.extend(children(*pid));
        at += 1;
    }
    found
}

/// Waits until what is below a process executes these programs, and gives their numbers.
fn wait_below(pid: u32, programs: &[&str]) -> Vec<u32> {
    let name = |pid: &u32| {
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        name.trim_end().to_owned()
    };
    wait("programs", || {
        below(pid).iter().map(name).collect::<Vec<_>>() == programs
    });
    below(pid)
}

/// What is known of processes that are followed by `command` until they end, for which `end` is to see when they are.
fn followed(stage: &Stage, mut command: Command, end: impl FnOnce()) -> Model {
    let forktop = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = stage.path("log");
    wait("what is followed", || {
        std::fs::read_to_string(&log).is_ok_and(|text| text.contains("\"born\""))
    });
    end();
    let output = forktop.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", shown(&output));
    Model::of(read(&log).unwrap().records)
}

#[test]
fn a_process_and_another_below_it_can_both_be_named_in_any_order() {
    for reversed in [false, true] {
        let shell = Running::shell("sh -c 'sleep 30; :'; :");
        let found = wait_below(shell.pid(), &["sh", "sleep"]);
        let mut named = [shell.pid(), found[0], found[1]].map(|pid| pid.to_string());
        if reversed {
            named.reverse();
        }
        let stage = Stage::new();
        let log = stage.text("log");
        let [one, two, three] = &named;
        let words = ["log", "--json", "-o", &log, "-p", one, two, three];
        let model = followed(&stage, stage.forktop(&words), || kill(found[1]));
        let tree: Vec<_> = model
            .processes()
            .map(|process| (process.pid, model.creator(process).map(|one| one.pid)))
            .collect();
        let expected = [
            (shell.pid(), None),
            (found[0], Some(shell.pid())),
            (found[1], Some(found[0])),
        ];
        assert_eq!(tree, expected, "{named:?}");
    }
}

#[test]
fn what_was_running_is_as_old_as_it_is_and_what_it_makes_is_new() {
    let shell = Running::shell("sleep 30; /bin/true; :");
    let began = Instant::now();
    let found = wait_below(shell.pid(), &["sleep"]);
    sleep(Duration::from_millis(600));
    let stage = Stage::new();
    let (log, pid) = (stage.text("log"), shell.pid().to_string());
    let words = ["log", "--json", "-o", &log, "-p", &pid];
    let model = followed(&stage, stage.forktop(&words), || kill(found[0]));
    let most = began.elapsed() + Duration::from_millis(20);
    let [old, sleeper, new] = model.processes().collect::<Vec<_>>()[..] else {
        panic!("three are followed: {:?}", model.log());
    };
    let ages = Duration::from_millis(590)..most;
    for process in [old, sleeper] {
        assert!(ages.contains(&process.lived), "{:?}", process.lived);
        let followed = process.ended.unwrap().since(process.born);
        assert_eq!(process.age(model.now()), process.lived + followed);
    }
    assert_eq!(
        (new.program.name.as_str(), new.lived),
        ("true", Duration::ZERO)
    );
}

/// What was refused: one process, which is told of once, with why.
fn refusal(model: &Model) -> &Refusal {
    let refused = model.log().iter().filter_map(|record| match &record.event {
        Event::Refused(refusal) => Some(&**refusal),
        _ => None,
    });
    let [refusal] = refused.collect::<Vec<_>>()[..] else {
        panic!("one is refused: {:?}", model.log());
    };
    refusal
}

/// It has its place in the tree, and is not counted among those that are followed.
fn is_in_the_tree<'a>(model: &'a Model, refusal: &Refusal) -> &'a Process {
    let process = model.process(refusal.process).unwrap();
    assert_eq!((process.state, process.pid), (State::Refused, refusal.pid));
    assert_eq!(process.program.arguments, ["sleep", "30"]);
    assert_eq!((model.alive(), model.refused()), (0, 1));
    process
}

#[test]
fn what_another_traces_is_told_of_and_shown_with_the_reason() {
    let shell = Running::shell("strace -o /dev/null sleep 30; :");
    let found = wait_below(shell.pid(), &["strace", "sleep"]);
    let (stage, pid) = (Stage::new(), shell.pid().to_string());
    let files = ["log", "tree.json", "tree.svg", "lines"].map(|name| stage.text(name));
    let [log, json, svg, lines] = &files;
    let words = ["log", "--record", log, "--export", json, "--export", svg];
    let words = [&words[..], &["-o", lines, "-p", &pid]].concat();
    let model = followed(&stage, stage.forktop(&words), || kill(found[1]));
    let refused = refusal(&model);
    let strace = format!("it is traced already, by process {} (strace)", found[0]);
    assert_eq!((refused.pid, refused.name.as_str()), (found[1], "sleep"));
    assert_eq!(
        (refused.reason.as_str(), &refused.words),
        ("traced-already", &strace)
    );
    let process = is_in_the_tree(&model, refused);
    assert_eq!(model.creator(process).unwrap().pid, found[0]);
    let why = format!("cannot be followed: {strace}");
    for name in ["lines", "tree.json", "tree.svg"] {
        let text = std::fs::read_to_string(stage.path(name)).unwrap();
        // Words in a picture are broken where they do not fit.
        let told = text.contains(&why) || text.contains("cannot be followed: it is traced");
        assert!(told, "{name}: {text}");
    }
}

#[test]
fn what_is_another_users_is_told_of_to_an_ordinary_user() {
    if !rustix::process::geteuid().is_root() {
        return eprintln!("skipped: this takes root");
    }
    let own = format!("exec setpriv {} sleep 31", TESTER.join(" "));
    let shell = Running::shell(&format!("sleep 30 & {own}"));
    let found = wait_below(shell.pid(), &["sleep"]);
    let (stage, pid) = (Stage::new(), shell.pid().to_string());
    support::succeed(Command::new("chown").args(["tester", &stage.text("")]));
    let (log, forktop) = (stage.text("log"), env!("CARGO_BIN_EXE_forktop"));
    let words = [forktop, "log", "--json", "-o", &log, "-p", &pid];
    let user = support::succeed(Command::new("id").args(["-u", "tester"]));
    let user = user.trim();
    let is_tester = || {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        status.contains(&format!("\nUid:\t{user}\t{user}\t"))
            && status.starts_with("Name:\tsleep\n")
    };
    wait("the ordinary user's", is_tester);
    let model = followed(&stage, stage.command_of(User::Tester, &words), || {
        kill(shell.pid());
        // Which nobody is above of any more.
        kill(found[0]);
    });
    let refused = refusal(&model);
    assert_eq!(
        (refused.pid, refused.reason.as_str()),
        (found[0], "another-users")
    );
    assert_eq!(
        refused.words,
        format!("it runs as user 0, and this process as user {user}")
    );
    let process = is_in_the_tree(&model, refused);
    assert_eq!(model.creator(process).unwrap().pid, shell.pid());
}
