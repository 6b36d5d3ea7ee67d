//! The program by which it is measured what a process notices (`tests/tracees/steady.c`).
use super::tracee;
use rustix::process::Pid;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::{ScopedJoinHandle, scope};

/// How much later than asked for a wait may end, in milliseconds, on a machine that does everything at once.
pub const LATE: &str = "5000";
/// A running program that stands in its work.
pub struct Steady {
    pub child: Child,
    pub output: BufReader<ChildStdout>,
    /// What is to be disturbed.
    pub subject: Pid,
}

impl Steady {
    pub fn start(mut command: Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let subject = line.strip_prefix("ready").map(str::trim);
        let subject = match subject.expect(&line) {
            "" => Pid::from_child(&child),
            other => Pid::from_raw(other.parse().unwrap()).unwrap(),
        };
        Self {
            child,
            output,
            subject,
        }
    }

    pub fn in_mode(program: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(arguments);
        Self::start(command)
    }

    /// Ends its input, and so its work after the round in which it is.
    pub fn tell(&mut self) {
        self.child.stdin = None;
    }

    /// What else it says, once its input ends.
    pub fn text(&mut self) -> String {
        self.tell();
        let mut text = String::new();
        self.output.read_to_string(&mut text).unwrap();
        text
    }

    /// As [`Steady::end`], unless a tracer has taken how it ended.
    pub fn end_of_any(mut self) -> (String, Option<i32>) {
        let text = self.text();
        let status = self.child.wait().ok();
        (text, status.and_then(|status| status.code()))
    }

    /// What it says at the end of its work, and its exit code.
    pub fn end(mut self) -> (String, Option<i32>) {
        let text = self.text();
        (text, self.child.wait().unwrap().code())
    }
}

/// The names of all modes.
pub fn modes() -> Vec<String> {
    let output = Command::new(tracee("steady.c")).arg("list").output();
    let names = String::from_utf8(output.unwrap().stdout).unwrap();
    names.lines().map(str::to_owned).collect()
}

/// Runs a check of each of these at once, and lists all that failed.
pub fn each<T: Sync>(all: &[T], check: impl Fn(&T) -> Result<(), String> + Sync) {
    let check = &check;
    let failures: Vec<_> = scope(|scope| {
        let begin = |one| scope.spawn(move || check(one));
        let running: Vec<ScopedJoinHandle<_>> = all.iter().map(begin).collect();
        let results = running.into_iter().map(|thread| thread.join().unwrap());
        results.filter_map(Result::err).collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
