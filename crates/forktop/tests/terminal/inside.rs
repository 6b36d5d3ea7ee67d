//! `forktop shell` at a plain terminal: that of the shell is as the user's, and the user's is as before whoever ends.
use super::tmux::{Tmux, children, kill, wait, wait_for_end};
use std::path::PathBuf;
use std::process::{Child, Command};

/// A process with a shell in it, at a terminal.
struct Inside {
    tmux: Tmux,
    process: Child,
    keeper: i32,
    shell: i32,
    /// What forktop has started: who takes care of its terminal, and of what it leaves.
    helpers: Vec<i32>,
}

impl Inside {
    /// One whose prompt is there.
    fn begin() -> Self {
        let mut process = Command::new("sleep");
        let process = process.arg("1000").current_dir("/").spawn().unwrap();
        let tmux = Tmux::new();
        tmux.line(&format!(
            "clear; stty -a >{}; TERM=vt220 {} shell {}; echo code-$?",
            tmux.file("before").display(),
            env!("CARGO_BIN_EXE_forktop"),
            process.id()
        ));
        tmux.wait_for(&format!("\nsleep[{}]:/", process.id()));
        let number = i32::try_from(process.id()).unwrap();
        let keeper = *children(number).first().unwrap();
        let shell = *children(keeper).first().unwrap();
        let helpers = children(tmux.pid());
        Self {
            tmux,
            process,
            keeper,
            shell,
            helpers,
        }
    }

    /// Has a line run, and waits for what that says.
    fn runs(&self, line: &str, says: &str) {
        self.tmux.line(line);
        self.tmux.wait_for_line(says);
    }

    /// Has something run that lasts, and gives its number once it has begun: then the terminal's keys are its.
    fn lasts(&self, line: &str) -> i32 {
        self.tmux.line(line);
        let runs = |child: &i32| {
            let words = std::fs::read(format!("/proc/{child}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&words)
                .replace('\0', " ")
                .trim_end()
                == line
        };
        let found = || children(self.shell).into_iter().find(runs);
        self.tmux.wait("what lasts", |_| found().is_some());
        found().unwrap()
    }

    /// Nothing is left of it, and its process goes on.
    fn is_over(&mut self) {
        for one in [self.keeper, self.shell].iter().chain(&self.helpers) {
            wait_for_end(*one);
        }
        self.goes_on();
        let number = i32::try_from(self.process.id()).unwrap();
        assert_eq!(children(number), [0; 0]);
    }

    /// The process that was entered is there, as it was.
    fn goes_on(&mut self) {
        assert_eq!(self.process.try_wait().unwrap(), None);
        let status = PathBuf::from(format!("/proc/{}/status", self.process.id()));
        // It has just been let go.
        wait("the process to sleep, untraced", || {
            let status = std::fs::read_to_string(&status).unwrap();
            status.contains("\nTracerPid:\t0\n") && status.contains("\nState:\tS")
        });
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn what_is_typed_is_run_in_a_terminal_that_follows_the_users() {
    let mut inside = Inside::begin();
    inside.runs("echo said $((40+2))", "said 42");
    inside.runs("echo term $TERM", "term vt220");
    inside.runs("stty size", "24 80");
    for (columns, rows) in [("100", "30"), ("80", "24")] {
        let tmux = &inside.tmux;
        tmux.ask(&["resize-window", "-x", columns, "-y", rows]);
        // It may be typed before the size is known there.
        inside.runs(
            &format!(
                r#"until [ "$(stty size)" = "{rows} {columns}" ]; do sleep 0.1; done; echo now $((0+{rows}))"#
            ),
            &format!("now {rows}"),
        );
    }
    inside.runs("exit 7", "code-7");
    inside.tmux.wait_for("returned to normal");
    inside.is_over();
    inside.tmux.is_as_before();
}

#[test]
fn an_interrupt_is_for_what_runs_in_the_shell_alone() {
    let mut inside = Inside::begin();
    let runs = inside.lasts("sleep 1234");
    inside.tmux.keys(&["C-c"]);
    wait_for_end(runs);
    inside.runs("echo code $?", "code 130");
    inside.goes_on();
    // At the prompt, where it ends nothing at all.
    inside.tmux.keys(&["C-c"]);
    inside.runs("exit 3", "code-3");
    inside.is_over();
    inside.tmux.is_as_before();
}

#[test]
fn what_is_stopped_by_a_key_is_stopped_in_the_shell() {
    let mut inside = Inside::begin();
    let runs = inside.lasts("sleep 1235");
    inside.tmux.keys(&["C-z"]);
    inside.tmux.wait_for("Stopped");
    inside.runs("echo go''es on", "goes on");
    inside.goes_on();
    // The shell does not wait for what has ended while it was stopped, but when that is to go on.
    inside.runs("kill -KILL %1; fg; clear; echo no''ne", "none");
    wait_for_end(runs);
    inside.runs("exit", "code-0");
    inside.is_over();
    inside.tmux.is_as_before();
}

#[test]
fn a_signal_to_forktop_gives_the_terminal_back() {
    for (signal, code) in [
        ("TERM", "code-143"),
        ("HUP", "code-129"),
        ("KILL", "code-137"),
    ] {
        let mut inside = Inside::begin();
        let runs = inside.lasts("sleep 1236");
        kill(inside.tmux.pid(), signal);
        inside.tmux.wait_for(code);
        wait_for_end(runs);
        inside.is_over();
        // The shell may have been quicker than who gives the terminal back.
        inside.tmux.keys(&["Enter"]);
        inside.tmux.is_as_before();
    }
}

#[test]
fn the_end_of_the_terminal_is_the_end_of_the_shell() {
    let mut inside = Inside::begin();
    let runs = inside.lasts("sleep 1237");
    let forktop = inside.tmux.pid();
    inside.tmux.ask(&["kill-pane"]);
    for process in [forktop, runs] {
        wait_for_end(process);
    }
    inside.is_over();
}
