//! The launcher's terminal, seen as a person would: in tmux.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;
use std::process::Command;
use std::time::{Duration, Instant};
use support::{Launcher, Stage, succeed};

/// A terminal of 80 by 24 with a shell in it, of a server of its own.
struct Screen {
    stage: Stage,
}

impl Screen {
    fn new() -> Self {
        let screen = Self {
            stage: Stage::new(Launcher::Ourselves),
        };
        let shell = "env PS1='host> ' HISTFILE= bash --norc";
        screen.tmux(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            "80",
            "-y",
            "24",
            shell,
        ]);
        screen.shows("host>");
        screen
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        succeed(
            Command::new("tmux")
                .arg("-S")
                .arg(self.stage.path("socket"))
                .args(arguments)
                .current_dir(self.stage.path("")),
        )
    }

    /// Types a line.
    fn line(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
        self.key("Enter");
    }

    fn key(&self, name: &str) {
        self.tmux(&["send-keys", name]);
    }

    fn text(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Waits until this is on the screen.
    fn shows(&self, expected: &str) -> String {
        let began = Instant::now();
        loop {
            let text = self.text();
            if text.contains(expected) {
                return text;
            }
            assert!(
                began.elapsed() < Duration::from_secs(15),
                "{expected:?} is not on the screen:\n{text}"
            );
            std::thread::sleep(Duration::from_millis(30));
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = Command::new("tmux")
            .arg("-S")
            .arg(self.stage.path("socket"))
            .arg("kill-server")
            .status();
    }
}

const SHELL: &str = "./clone-shim void --file /:/:rx --proc --devices null,tty --env PS1=void. --stdio -- /bin/bash --norc";

#[test]
fn a_shell_in_a_void_has_job_control_size_and_raw_mode() {
    let screen = Screen::new();
    screen.line(&format!("{SHELL}; echo left with $?"));
    screen.shows("void.");
    screen.line("stty size; sleep 100");
    screen.shows("24 80");
    screen.key("C-z");
    screen.shows("Stopped");
    screen.line("clear; fg");
    screen.shows("sleep 100\n");
    screen.key("C-c");
    screen.line("echo code $?");
    screen.shows("code 130");
    screen.tmux(&["resize-window", "-x", "70", "-y", "20"]);
    screen.line("stty size");
    screen.shows("20 70");
    screen.line("exit 7");
    screen.shows("left with 7");
    screen.line("clear; stty -a | grep -o ' icanon'");
    screen.shows(" icanon\nhost>");
}

#[test]
fn a_program_stopped_at_the_keyboard_stops_the_shim_and_goes_on_with_it() {
    let screen = Screen::new();
    screen.line("./clone-shim void --stdio -- /bin/busybox sh -c 'read a; echo first $a; read b; echo second $b'");
    screen.key("x");
    std::thread::sleep(Duration::from_millis(500));
    screen.key("C-z");
    screen.shows("Stopped");
    screen.line("clear; echo back; fg");
    screen.shows("back");
    screen.line("yz");
    screen.shows("first");
    screen.line("w");
    screen.shows("second w");
    screen.shows("host>");
}

#[test]
fn output_alone_leaves_the_terminal_as_it_is() {
    let screen = Screen::new();
    screen.line("./clone-shim void --stdout inherit -- /bin/busybox sh -c '[ -t 1 ] && echo a terminal; echo end'; echo code $?");
    screen.shows("a terminal\nend\ncode 0\n");
}

#[test]
fn end_of_file_is_typed() {
    let screen = Screen::new();
    screen.line("./clone-shim void --stdio -- /bin/cat; echo code $?");
    std::thread::sleep(Duration::from_millis(300));
    screen.line("typed");
    screen.shows("typed\ntyped");
    screen.key("C-d");
    screen.shows("code 0");
}
