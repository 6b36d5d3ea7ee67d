//! A terminal to try things in: a shell in a tmux of its own, that ends with the test.
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Long enough for a machine with much to do.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Tmux {
    socket: String,
}

impl Tmux {
    /// One with a shell.
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let tmux = Self {
            socket: format!("forktop-test-{}-{number}", std::process::id()),
        };
        let shell = "PS1='$ ' exec bash --norc --noprofile";
        let mut begin = tmux.command(&["new-session", "-d", "-x", "80", "-y", "24", shell]);
        let begun = begin.status().expect("there is tmux, by `./setup`");
        assert!(begun.success(), "tmux begins");
        tmux.wait_for("$");
        tmux
    }

    /// One in which `within` runs a command.
    pub fn within(command: &str) -> Self {
        let tmux = Self::new();
        tmux.line(&format!(
            "stty -a >{0}; {1} {command}",
            tmux.file("before").display(),
            within().display()
        ));
        tmux.wait_for("[within: frame");
        tmux
    }

    /// One in which forktop runs with these arguments, and has drawn something.
    pub fn forktop(arguments: &str) -> Self {
        Self::showing(&format!("{} {arguments}", env!("CARGO_BIN_EXE_forktop")))
    }

    /// The same, by any command line that leads to it.
    pub fn showing(command: &str) -> Self {
        let tmux = Self::new();
        tmux.line(&format!(
            "clear; stty -a >{}; {command}",
            tmux.file("before").display()
        ));
        tmux.wait("forktop", |screen| {
            screen.contains("PID") && screen.contains("F1 help")
        });
        tmux
    }

    /// The number of the process that leads the session of the command's terminal.
    pub fn leader(&self) -> i32 {
        self.child_of_forktop("session-leader")
    }

    /// The number of the child of forktop's with this name.
    pub fn child_of_forktop(&self, name: &str) -> i32 {
        let has_name = |pid: &i32| {
            std::fs::read_to_string(format!("/proc/{pid}/comm"))
                .is_ok_and(|comm| comm.trim_end() == name)
        };
        let found = children(self.pid()).into_iter().find(has_name);
        found.expect("there is such a child")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command
            .args(["-L", &self.socket, "-f", "/dev/null"])
            .args(arguments);
        command.stdin(Stdio::null()).stderr(Stdio::null());
        command.env_remove("TMUX").env("LC_ALL", "C.UTF-8");
        command
    }

    /// What tmux answers.
    pub fn ask(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Types keys, as tmux names them.
    pub fn keys(&self, keys: &[&str]) {
        self.ask(&[&["send-keys"], keys].concat());
    }

    /// Types a line.
    pub fn line(&self, text: &str) {
        self.ask(&["send-keys", "-l", text]);
        self.keys(&["Enter"]);
    }

    /// Types ESC alone: with what follows at once it would be a key with Alt.
    pub fn escape(&self) {
        sleep(Duration::from_millis(200));
        self.keys(&["Escape"]);
        sleep(Duration::from_millis(600));
    }

    /// Pastes text, in brackets if they were asked for.
    pub fn paste(&self, text: &str) {
        self.ask(&["set-buffer", text]);
        self.ask(&["paste-buffer", "-p"]);
    }

    pub fn screen(&self) -> String {
        self.ask(&["capture-pane", "-p"])
    }

    /// The screen with its colours.
    pub fn colours(&self) -> String {
        self.ask(&["capture-pane", "-p", "-e"])
    }

    pub fn wait_for(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    /// Waits for a line that is this, and nothing else.
    pub fn wait_for_line(&self, line: &str) -> String {
        self.wait(line, |screen| {
            screen.lines().any(|it| it.trim_end() == line)
        })
    }

    /// Waits for the shell.
    pub fn wait_for_prompt(&self) {
        self.wait_for_line("$");
    }

    pub fn wait(&self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let screen = self.screen();
            if holds(&screen) {
                return screen;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "waited in vain for {what}:\n{screen}"
            );
            sleep(Duration::from_millis(20));
        }
    }

    /// The number of the running `within`, the one that is a child of the shell.
    pub fn pid(&self) -> i32 {
        let shell = self.ask(&["display-message", "-p", "#{pane_pid}"]);
        let children = children(shell.trim().parse().unwrap());
        *children.first().expect("within runs")
    }

    /// A file of the test's own.
    pub fn file(&self, name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("{}-{name}", self.socket))
    }

    /// That the terminal is again as it was.
    pub fn is_as_before(&self) {
        self.wait("the modes of the screen", |_| {
            self.modes() == "0 0 0" && self.has_cursor()
        });
        self.line(&format!(
            "stty -a >{}; echo restored-$?",
            self.file("after").display()
        ));
        self.wait_for("restored-0");
        let read = |name| std::fs::read_to_string(self.file(name)).unwrap();
        // The shell's own size may have changed; its modes may not.
        assert_eq!(read("before"), read("after"));
    }

    /// Alternate screen, mouse, its encoding.
    pub fn modes(&self) -> String {
        let format = "#{alternate_on} #{mouse_button_flag} #{mouse_sgr_flag}";
        self.ask(&["display-message", "-p", format])
            .trim()
            .to_owned()
    }

    fn has_cursor(&self) -> bool {
        self.ask(&["display-message", "-p", "#{cursor_flag}"])
            .trim()
            == "1"
    }

    /// The number of the guardian of the running `within`.
    pub fn guardian(&self) -> i32 {
        self.child_called_as("__terminal-guardian")
    }

    /// The number of the caretaker of the running forktop.
    pub fn caretaker(&self) -> i32 {
        self.child_called_as("__visit-caretaker")
    }

    fn child_called_as(&self, argument: &str) -> i32 {
        let is_it = |pid: &i32| {
            let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&arguments).contains(argument)
        };
        let found = children(self.pid()).into_iter().find(is_it);
        found.expect("there is such a child")
    }
}

/// The numbers of a process's children, of whichever thread.
pub fn children(pid: i32) -> Vec<i32> {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task"))
        .unwrap()
        .flatten();
    let each = threads
        .map(|thread| std::fs::read_to_string(thread.path().join("children")).unwrap_or_default());
    let numbers = each.collect::<Vec<_>>().join(" ");
    numbers
        .split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect()
}

/// Waits until a process has ended.
pub fn wait_for_end(pid: i32) {
    let path = format!("/proc/{pid}");
    wait(&format!("the end of {pid}"), || !Path::new(&path).exists());
}

pub fn wait(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        sleep(Duration::from_millis(20));
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.ask(&["kill-server"]);
        for name in ["before", "after"] {
            let _ = std::fs::remove_file(self.file(name));
        }
    }
}

/// The example, which is built with the tests.
pub fn within() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("examples/within")
}

/// Sends a signal.
pub fn kill(pid: i32, signal: &str) {
    let status = Command::new("kill")
        .args(["-s", signal, &pid.to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}
