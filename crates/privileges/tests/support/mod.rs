//! What the tests share: processes to look at, and the kernel's own words about them.
#![allow(dead_code, reason = "each test file uses its own part")]

use privileges::Process;
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A process that has become what it should, and is killed in the end.
pub struct Subject {
    child: Child,
    pid: Pid,
    /// The first line that it wrote.
    pub said: String,
    /// Others may still write.
    _out: BufReader<ChildStdout>,
}

impl Subject {
    /// Starts it, and waits for its first line.
    pub fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut said = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut said).unwrap();
        assert!(!said.is_empty(), "{command:?} said nothing");
        let pid = Pid::from_child(&child);
        Self {
            child,
            pid,
            said,
            _out: out,
        }
    }

    /// The same, and looks at a descendant: the last one of its line.
    pub fn start_below(command: &mut Command) -> Self {
        let mut subject = Self::start(command);
        while let Some(child) = child_of(subject.pid) {
            subject.pid = child;
        }
        subject
    }

    pub fn pid(&self) -> Pid {
        self.pid
    }

    pub fn number(&self) -> u32 {
        self.pid.as_raw_pid().cast_unsigned()
    }

    pub fn process(&self) -> Process {
        Process::open(self.pid).unwrap()
    }

    /// The value of a line of its status, as the kernel wrote it.
    pub fn raw(&self, key: &str) -> String {
        raw(&format!("{}/status", self.pid), key)
    }

    pub fn file(&self, name: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{name}", self.pid)).unwrap()
    }

    pub fn link(&self, name: &str) -> PathBuf {
        fs::read_link(format!("/proc/{}/{name}", self.pid)).unwrap()
    }

    /// Ends it, and reaps it.
    pub fn end(&mut self) {
        // A descendant ends with its parent's pid namespace, or by this.
        let _ = kill_process(self.pid, Signal::KILL);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Ends it, and leaves it to be reaped.
    pub fn become_zombie(&mut self) {
        kill_process(self.pid, Signal::KILL).unwrap();
        until(|| self.raw("State").starts_with('Z'));
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        self.end();
    }
}

fn child_of(pid: Pid) -> Option<Pid> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
    let first = children.split_whitespace().next()?;
    Pid::from_raw(first.parse().ok()?)
}

/// The value of a line in a file of /proc.
pub fn raw(file: &str, key: &str) -> String {
    let text = fs::read_to_string(format!("/proc/{file}")).unwrap();
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    let mut values = lines.filter(|(known, _)| *known == key);
    values.next().unwrap().1.trim().to_owned()
}

/// Waits until something holds.
pub fn until(mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_secs(20), "it never came");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A folder with the subject in it, which every user can reach.
pub struct Stage(TempDir);

impl Stage {
    pub fn new() -> Self {
        let stage = Self(tempfile::tempdir_in("/tmp").unwrap());
        succeed(Command::new("chmod").arg("755").arg(stage.0.path()));
        stage
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The program of `tests/tracees/privileges-subject.c`.
    pub fn subject(&self) -> PathBuf {
        self.compiled("privileges-subject.c", "subject")
    }

    /// A program of `tests/tracees`, under another name.
    pub fn compiled(&self, name: &str, program: &str) -> PathBuf {
        let program = self.path().join(program);
        if !program.exists() {
            let flags = [
                "-static", "-pthread", "-O1", "-Wall", "-Wextra", "-Werror", "-o",
            ];
            succeed(
                Command::new("gcc")
                    .args(flags)
                    .arg(&program)
                    .arg(source(name)),
            );
        }
        program
    }

    /// The subject, behind the words of a command that execute it.
    pub fn behind(&self, words: &[&str], actions: &[&str]) -> Command {
        let subject = self.subject();
        let mut command = match words {
            [] => Command::new(&subject),
            [program, arguments @ ..] => {
                let mut command = Command::new(program);
                command.args(arguments).arg(&subject);
                command
            }
        };
        command.args(actions);
        command
    }

    pub fn start(&self, words: &[&str], actions: &[&str]) -> Subject {
        Subject::start_below(&mut self.behind(words, actions))
    }
}

/// A file of `tests/tracees`.
pub fn source(name: &str) -> PathBuf {
    let tracees = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/tracees");
    tracees.join(name)
}

pub fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
}

/// Whether root runs the tests; else says what is left out.
pub fn is_root(what: &str) -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        eprintln!("skipped: {what}, since the tests are run by an ordinary user");
    }
    root
}
