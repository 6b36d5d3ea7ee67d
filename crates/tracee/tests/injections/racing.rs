//! Whatever happens to a process, or to its copy, while it is visited: the tracer does not hang, and nothing is left over.
use crate::support::steady::{LATE, Steady};
use crate::support::{children, field, sleeps, tracee, wait_until};
use crate::visiting::{Chance, Host, Way};
use rustix::process::{Pid, Signal, WaitIdOptions, kill_process};
use std::io::Write;
use std::os::fd::AsFd;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use tracee::{Inside, VisitError};

/// How long a round may take, on a machine that does much else, or is emulated.
const SOON: Duration = match cfg!(target_arch = "x86_64") {
    true => Duration::from_secs(2),
    false => Duration::from_secs(20),
};

/// A program of a name of its own, by which all that it leaves is found.
struct Named {
    _folder: tempfile::TempDir,
    program: std::path::PathBuf,
    name: String,
}

impl Named {
    fn new(tag: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = format!("{tag}{}", std::process::id());
        let program = folder.path().join(&name);
        std::fs::copy("/bin/sleep", &program).unwrap();
        Self {
            _folder: folder,
            program,
            name,
        }
    }

    fn start(&self) -> Child {
        let mut command = Command::new(&self.program);
        let child = command.arg("100").stdin(Stdio::null()).spawn().unwrap();
        let process = Pid::from_child(&child);
        wait_until("the program", || sleeps(process, &self.name));
        child
    }

    /// All processes of this name, zombies too.
    fn left(&self) -> Vec<String> {
        let all = std::fs::read_dir("/proc").unwrap();
        let numbers = all.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let is_left = |number: &String| {
            let name = std::fs::read_to_string(format!("/proc/{number}/comm"));
            name.is_ok_and(|name| name.trim() == self.name)
        };
        numbers.filter(is_left).collect()
    }
}

/// Does something so long after it is told to.
struct Racer(mpsc::Sender<()>, std::thread::JoinHandle<()>);

impl Racer {
    fn new(after: Duration, act: impl FnOnce() + Send + 'static) -> Self {
        let (tell, told) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            if told.recv().is_err() {
                return;
            }
            let begun = Instant::now();
            while begun.elapsed() < after {
                std::hint::spin_loop();
            }
            act();
        });
        Self(tell, thread)
    }

    fn go(&self) {
        self.0.send(()).unwrap();
    }

    fn join(self) {
        drop(self.0);
        self.1.join().unwrap();
    }
}

/// When in a visit something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Freezing,
    Copying,
    Ending,
    TakingAway,
}

const STEPS: [Step; 4] = [
    Step::Freezing,
    Step::Copying,
    Step::Ending,
    Step::TakingAway,
];

/// A visit in the course of which a racer is let loose. `Err` is that the process was gone.
fn visit_with(host: &mut Host, step: Step, racer: &Racer) -> Result<bool, VisitError> {
    let at = |now| {
        if step == now {
            racer.go();
        }
    };
    at(Step::Freezing);
    let (stopped, preparation) = host.try_to_stand().ok_or(VisitError::Gone)?;
    at(Step::Copying);
    let visited = host.tracer.copy(stopped, preparation, host.filters);
    let copy: Inside = host.go_on(visited.unwrap())?;
    at(Step::Ending);
    host.end(&copy);
    let (stopped, preparation) = host.try_to_stand().ok_or(VisitError::Gone)?;
    at(Step::TakingAway);
    let visited = host
        .tracer
        .take_away(stopped, preparation, host.filters, copy.remains());
    host.go_on(visited.unwrap())
}

fn gone_or_fine(visited: &Result<bool, VisitError>) {
    assert!(
        matches!(visited, Ok(true) | Err(VisitError::Gone | VisitError::Late)),
        "{visited:?}"
    );
}

#[test]
fn a_process_that_is_killed_at_any_step_leaves_nothing() {
    let named = Named::new("killed");
    for round in 0..320usize {
        let step = STEPS[round % 4];
        let way = [Way::Alone, Way::Followed][round / 4 % 2];
        let mut child = named.start();
        let process = Pid::from_child(&child);
        let begun = Instant::now();
        let after = Duration::from_micros(round as u64 / 8 * 10);
        let racer = Racer::new(after, move || kill_process(process, Signal::KILL).unwrap());
        let mut host = Host::new(way, process, process);
        let visited = visit_with(&mut host, step, &racer);
        gone_or_fine(&visited);
        racer.join();
        // Nothing of it is followed any more, but what ends.
        kill_process(process, Signal::KILL).ok();
        while host.tracer_is_busy() {
            assert!(begun.elapsed() < SOON, "{round}, {step:?}, {way:?}: hangs");
        }
        drop(host);
        let _ = child.wait();
        assert!(begun.elapsed() < SOON, "{round}, {step:?}, {way:?}");
    }
    wait_until("nothing to be left", || named.left().is_empty());
}

#[test]
fn a_copy_that_is_killed_at_any_time_is_taken_away() {
    let named = Named::new("copied");
    let mut child = named.start();
    let process = Pid::from_child(&child);
    let mut host = Host::new(Way::Alone, process, process);
    for round in 0..100u64 {
        let begun = Instant::now();
        let is_over = Arc::new(AtomicBool::new(false));
        let over = is_over.clone();
        // As soon as it is there, and a little later.
        let racer = Racer::new(Duration::from_micros(round * 4), move || {
            while !over.load(Ordering::Relaxed) {
                if let [copy] = children(process).unwrap()[..] {
                    let _ = kill_process(copy, Signal::KILL);
                    return;
                }
            }
        });
        let visited = visit_with(&mut host, Step::Copying, &racer);
        assert_eq!(visited, Ok(true));
        is_over.store(true, Ordering::Relaxed);
        racer.join();
        assert!(begun.elapsed() < SOON, "{round}");
        assert_eq!(children(process).unwrap(), []);
    }
    assert_eq!(host.differs, [""; 0]);
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until("nothing to be left", || named.left().is_empty());
}

#[test]
fn a_copy_that_is_dropped_ends() {
    let named = Named::new("dropped");
    let mut child = named.start();
    let process = Pid::from_child(&child);
    for way in [Way::Alone, Way::Followed] {
        let mut host = Host::new(way, process, process);
        let copy = host.copy().unwrap();
        let number = copy.process();
        // Once nothing is left to be done about it, and nothing else will be.
        host.follow_for(Duration::from_millis(100));
        assert!(!field(number, "State").starts_with('Z'));
        drop(copy);
        let begun = Instant::now();
        while !field(number, "State").starts_with('Z') {
            host.tracer_is_busy();
            assert!(begun.elapsed() < SOON, "{way:?}");
        }
        host.part();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until("nothing to be left", || named.left().is_empty());
}

#[test]
fn what_executes_a_program_or_ends_meanwhile_does_so_as_it_would_have() {
    let program = tracee("racer.c");
    for round in 0..240usize {
        let kind = ["exec", "thread_exec", "exit"][round % 3];
        let way = [Way::Alone, Way::Followed][round / 3 % 2];
        let step = STEPS[round / 6 % 4];
        let steady = Steady::in_mode(&program, &[kind]);
        let begun = Instant::now();
        let input = steady.child.stdin.as_ref().unwrap().as_fd();
        let mut input = std::fs::File::from(input.try_clone_to_owned().unwrap());
        let racer = Racer::new(Duration::from_micros(round as u64 / 24 * 30), move || {
            input.write_all(b"x").unwrap();
        });
        let mut host = Host::new(way, steady.subject, steady.subject);
        let visited = visit_with(&mut host, step, &racer);
        assert!(
            matches!(visited, Ok(true) | Err(VisitError::Gone | VisitError::Late)),
            "{round}, {kind}, {step:?}, {way:?}: {visited:?}"
        );
        racer.join();
        loop {
            let is_busy = host.tracer_is_busy();
            let is_over = match kind {
                "exit" => !is_busy,
                _ => field(steady.subject, "Threads") == "1",
            };
            if is_over {
                break;
            }
            assert!(
                begun.elapsed() < SOON,
                "{round}, {kind}, {step:?}, {way:?}: hangs"
            );
        }
        if kind == "exit" {
            drop(host);
        } else {
            host.part();
        }
        let (text, code) = steady.end_of_any();
        let said = if kind == "exit" { "" } else { "anew\n" };
        assert_eq!(text, said, "{round}, {kind}, {step:?}, {way:?}");
        assert!(
            code.is_none_or(|code| code == 7),
            "{round}, {kind}, {step:?}, {way:?}: {code:?}"
        );
    }
}

/// What a child of ours did that has not been told, if anything.
fn told(process: Pid) -> bool {
    let options = WaitIdOptions::STOPPED | WaitIdOptions::CONTINUED | WaitIdOptions::NOHANG;
    let id = rustix::process::WaitId::Pid(process);
    rustix::process::waitid(id, options).unwrap().is_some()
}

#[test]
fn a_process_that_is_stopped_stays_so_and_nobody_is_told() {
    for way in [Way::Alone, Way::Followed] {
        let named = Named::new("stopped");
        let mut child = named.start();
        let process = Pid::from_child(&child);
        kill_process(process, Signal::STOP).unwrap();
        wait_until("a stop", || field(process, "State").starts_with('T'));
        assert!(told(process) && !told(process));
        let mut host = Host::new(way, process, process);
        for _ in 0..20 {
            host.visit().unwrap();
            if way == Way::Alone {
                wait_until("a stop", || field(process, "State").starts_with('T'));
                assert!(!told(process));
            }
        }
        assert_eq!(host.differs, [""; 0]);
        host.part();
        wait_until("a stop", || field(process, "State").starts_with('T'));
        assert!(!told(process), "{way:?}");
        kill_process(process, Signal::CONT).unwrap();
        wait_until("sleep", || field(process, "State").starts_with('S'));
        assert!(told(process));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn a_process_that_is_stopped_and_continued_meanwhile_is_so_as_often_as_it_would_have_been() {
    for way in [Way::Alone, Way::Followed] {
        let steady = Steady::in_mode(&tracee("steady.c"), &["group", LATE]);
        let mut host = Host::new(way, steady.subject, steady.subject);
        let mut chance = Chance(9);
        let begun = Instant::now();
        let mut visits = 0;
        while begun.elapsed() < Duration::from_secs(4) {
            host.rest(Duration::from_micros(chance.below(3000)));
            host.visit().unwrap();
            visits += 1;
        }
        assert_eq!(host.differs, [""; 0]);
        host.part();
        let (text, code) = steady.end();
        eprintln!("{way:?}: {visits} visits");
        assert_eq!(code, Some(0), "{way:?}, {visits} visits\n{text}");
    }
}
