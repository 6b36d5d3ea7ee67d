//! What the live tests share: programs to follow, and a tracer that writes down what it is told.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod steady;
pub mod work;

use rustix::process::Pid;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command as Program, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tracee::{Command, Ending, Event, News, Options, Origin, Stopped, Tracer, What};

/// Where programs are compiled to, and where their sources are: folders that whoever runs the tests can use.
fn workshop() -> (PathBuf, PathBuf) {
    match std::env::var_os(WORKSHOP).map(PathBuf::from) {
        Some(folder) => (folder.clone(), folder.join("tracees")),
        None => (env!("CARGO_TARGET_TMPDIR").into(), sources()),
    }
}

const WORKSHOP: &str = "TRACEE_WORKSHOP";

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/tracees")
}

/// Runs all other tests of this file as the ordinary user `tester`, in one process, if root runs this one.
pub fn as_tester(this_test: &str) {
    if !root("the tests as another user") {
        return;
    }
    let folder = tempfile::Builder::new()
        .prefix("tracee-")
        .tempdir_in("/tmp")
        .unwrap();
    let copy = folder.path().join("tests");
    std::fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
    let copied = Program::new("cp")
        .arg("-R")
        .arg(sources())
        .arg(folder.path())
        .status();
    assert!(copied.unwrap().success());
    let chown = Program::new("chown")
        .args(["-R", "tester:tester"])
        .arg(folder.path())
        .status();
    assert!(chown.unwrap().success());
    let output = Program::new("setpriv")
        .args([
            "--reuid",
            "tester",
            "--regid",
            "tester",
            "--clear-groups",
            "--",
        ])
        .arg(&copy)
        .args(["--skip", this_test, "--nocapture"])
        // In a folder of root's that it may not search it could not know whether a program is missing.
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env(WORKSHOP, folder.path())
        .current_dir(folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    assert!(!text.contains(" 0 passed"), "{text}");
}

/// A program of `tests/tracees`, compiled.
pub fn tracee(name: &str) -> PathBuf {
    compile(name, &["-O1", "-Wall", "-Wextra", "-pthread"]).unwrap()
}

/// As [`tracee`], with these flags; `None` where the compiler cannot.
pub fn compile(name: &str, flags: &[&str]) -> Option<PathBuf> {
    static COMPILED: Mutex<BTreeMap<String, Option<PathBuf>>> = Mutex::new(BTreeMap::new());
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let entry = compiled.entry(format!("{name} {flags:?}"));
    entry.or_insert_with(|| compile_anew(name, flags)).clone()
}

fn compile_anew(name: &str, flags: &[&str]) -> Option<PathBuf> {
    let (folder, sources) = workshop();
    let source = sources.join(name);
    let mut program = folder.join(Path::new(name).file_stem().unwrap());
    // The same program can be needed in both ways.
    if flags.contains(&"-static") {
        program.as_mut_os_string().push("-static");
    }
    // Other processes do the same at the same time, and nobody may execute what is being written.
    let made = program.with_extension(std::process::id().to_string());
    let output = Program::new("gcc")
        .args(flags)
        .arg("-o")
        .arg(&made)
        .arg(source)
        .output()
        .unwrap();
    if !output.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&output.stderr));
        return None;
    }
    // One that runs is not replaced by the same: what /proc tells of it would change.
    match std::fs::read(&program).ok() == std::fs::read(&made).ok() {
        true => std::fs::remove_file(made).unwrap(),
        false => std::fs::rename(made, &program).unwrap(),
    }
    Some(program)
}

/// A command.
pub fn command(program: impl AsRef<Path>, arguments: &[&str]) -> Command {
    Command::new(program.as_ref()).arguments(arguments)
}

/// A shell command.
pub fn shell(script: &str) -> Command {
    command("/bin/sh", &["-c", script])
}

/// Everything that came until nothing was left, each process resumed at once.
pub fn follow(command: &Command) -> Vec<Event> {
    follow_with(command, Options::default())
}

pub fn follow_with(command: &Command, options: Options) -> Vec<Event> {
    let mut tracer = Tracer::new(options).unwrap();
    tracer.start(command).unwrap();
    all(&mut tracer)
}

pub fn all(tracer: &mut Tracer) -> Vec<Event> {
    until(tracer, |_| false)
}

/// Everything up to an event that fulfils a condition, all resumed.
pub fn until(tracer: &mut Tracer, condition: impl Fn(&Event) -> bool) -> Vec<Event> {
    let mut events = Vec::new();
    while let Some(news) = tracer.next().unwrap() {
        let News::Event(event, stopped) = news else {
            continue;
        };
        if let Some(stopped) = stopped {
            tracer.resume(stopped).unwrap();
        }
        let found = condition(&event);
        events.push(event);
        if found {
            break;
        }
    }
    events
}

/// Resumes all but what `find` takes for itself, until it finds something.
pub fn until_held<T>(
    tracer: &mut Tracer,
    mut find: impl FnMut(&Event, &mut Option<Stopped>) -> Option<T>,
) -> T {
    loop {
        let News::Event(event, mut stopped) = tracer.next().unwrap().unwrap() else {
            continue;
        };
        let found = find(&event, &mut stopped);
        if let Some(stopped) = stopped {
            tracer.resume(stopped).unwrap();
        }
        if let Some(found) = found {
            return found;
        }
    }
}

/// What each event was, in a word; of what is made, its birth alone.
pub fn words(events: &[Event]) -> Vec<&'static str> {
    let words = events.iter().map(|event| word(&event.what));
    words.filter(|word| *word != "made").collect()
}

pub fn word(what: &What) -> &'static str {
    match what {
        What::Made { .. } => "made",
        What::Born { origin, .. } => match origin {
            Origin::Started => "started",
            Origin::Seized => "seized",
            Origin::Forked => "forked",
            Origin::Vforked => "vforked",
            Origin::Cloned => "cloned",
            Origin::Untraced => "untraced",
            Origin::Copied => "copied",
        },
        What::ThreadBorn { .. } => "thread born",
        What::Executed { .. } => "executed",
        What::ExecFailed { .. } => "exec failed",
        What::Exiting { .. } => "exiting",
        What::ThreadEnded => "thread ended",
        What::Ended { .. } => "ended",
        What::Stopped { .. } => "stopped",
        What::Continued => "continued",
        What::Frozen => "frozen",
        What::Released => "released",
        What::Refused { .. } => "refused",
    }
}

/// How each process ended.
pub fn endings(events: &[Event]) -> Vec<(Pid, Ending)> {
    let ending = |event: &Event| match event.what {
        What::Ended { ending, .. } => Some((event.process, ending)),
        _ => None,
    };
    events.iter().filter_map(ending).collect()
}

/// How many events a word is for.
pub fn count(events: &[Event], wanted: &str) -> usize {
    words(events).iter().filter(|word| **word == wanted).count()
}

/// Starts a program that is not followed.
pub fn untraced(program: impl AsRef<Path>, arguments: &[&str]) -> Child {
    Program::new(program.as_ref())
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Starts a process that the kernel does not let stop, in a process group with what it waits for; both are to be killed.
pub fn waits_in_vfork() -> (Child, Pid) {
    let mut waiting = Program::new(tracee("relations.c"));
    let waiting = waiting.arg("vfork_waits").process_group(0).spawn();
    let waiting = waiting.unwrap();
    let process = Pid::from_child(&waiting);
    wait_until("vfork", || field(process, "State").starts_with('D'));
    (waiting, process)
}

/// Starts a program that is not followed and waits until it says something, and for the end of its input.
pub fn ready(program: impl AsRef<Path>, arguments: &[&str]) -> Ready {
    let mut child = Program::new(program.as_ref())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut String::new()).unwrap();
    Ready { child, output }
}

/// A program that is not followed, and has said that it is ready.
pub struct Ready {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Ready {
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Ends its input.
    pub fn end(&mut self) {
        self.child.stdin = None;
    }

    /// What else it says until it ends, and how it ends, unless a tracer has taken that.
    pub fn said(mut self) -> (String, Option<ExitStatus>) {
        self.end();
        let mut text = String::new();
        self.output.read_to_string(&mut text).unwrap();
        (text, self.child.wait().ok())
    }
}

/// Follows for a while.
pub fn for_a_while(tracer: &mut Tracer, time: Duration) -> Vec<Event> {
    let bell = tracer.bell();
    let ringer = std::thread::spawn(move || {
        std::thread::sleep(time);
        bell.ring();
    });
    let mut events = Vec::new();
    while let Some(News::Event(event, stopped)) = tracer.next().unwrap() {
        if let Some(stopped) = stopped {
            tracer.resume(stopped).unwrap();
        }
        events.push(event);
    }
    ringer.join().unwrap();
    events
}

/// Follows until an event that is held, and gives it with what holds it; all else is resumed.
pub fn held(tracer: &mut Tracer, wanted: &str) -> (Event, Stopped) {
    loop {
        match tracer.next().unwrap().unwrap() {
            News::Event(event, Some(stopped)) if word(&event.what) == wanted => {
                return (event, stopped);
            }
            News::Event(_, Some(stopped)) => tracer.resume(stopped).unwrap(),
            _ => {}
        }
    }
}

/// A field of /proc/PID/status.
pub fn field(process: Pid, name: &str) -> String {
    let path = format!("/proc/{}/status", process.as_raw_pid());
    let status = std::fs::read_to_string(path).unwrap_or_default();
    let value = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value.unwrap_or_default().trim().to_owned()
}

/// Whether a process of this name sleeps.
pub fn sleeps(process: Pid, name: &str) -> bool {
    field(process, "Name") == name && field(process, "State").starts_with('S')
}

/// The children of a process that are in /proc.
pub fn children(process: Pid) -> io::Result<Vec<Pid>> {
    let path = format!("/proc/{0}/task/{0}/children", process.as_raw_pid());
    let text = std::fs::read_to_string(path)?;
    let number = |number: &str| Pid::from_raw(number.parse().unwrap()).unwrap();
    Ok(text.split_whitespace().map(number).collect())
}

/// Waits until something holds.
pub fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "waited for: {what}"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Whether root runs the tests; says so if not.
pub fn root(what: &str) -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        eprintln!("skipped: {what}, since the tests are not run by root");
    }
    root
}
