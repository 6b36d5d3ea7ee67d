//! What the tests of forktop's promises share.
#![allow(dead_code, reason = "each test file uses its own part")]

pub mod process;
pub mod shim;
pub mod strace;
pub mod tree;

use forktop::session::{Order, Session, Subject};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long is waited for what comes at once where nothing is wrong, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder for one test.
pub struct Stage {
    folder: TempDir,
}

impl Stage {
    pub fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("forktop-")
            .tempdir_in("/tmp")
            .unwrap();
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A command in this folder, with no input.
    pub fn command(&self, program: impl AsRef<Path>, arguments: &[&str]) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    pub fn forktop(&self, arguments: &[&str]) -> Command {
        self.command(env!("CARGO_BIN_EXE_forktop"), arguments)
    }

    /// Lets others in, and gives them forktop.
    pub fn open(&self) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::copy(env!("CARGO_BIN_EXE_forktop"), self.path("forktop")).unwrap();
        std::fs::set_permissions(self.path(""), PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// A command in this folder, as this user.
    pub fn command_of(&self, user: User, words: &[&str]) -> Command {
        match user {
            User::This => self.command(words[0], &words[1..]),
            User::Tester => {
                let mut command = self.command("setpriv", &TESTER);
                command.args(words);
                command
            }
        }
    }

    /// The forktop that others were given, as this user.
    pub fn forktop_of(&self, user: User, arguments: &[&str]) -> Command {
        let mut command = self.command_of(user, &[&self.text("forktop")]);
        command.args(arguments);
        command
    }

    pub fn as_tester(&self, arguments: &[&str]) -> Command {
        self.forktop_of(User::Tester, arguments)
    }
}

/// Who runs a command: whoever runs the tests, or an ordinary user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    This,
    Tester,
}

/// The arguments of setpriv(1) that make it the user `tester`.
pub const TESTER: [&str; 6] = [
    "--reuid",
    "tester",
    "--regid",
    "tester",
    "--clear-groups",
    "--",
];

/// What a command printed, for a message.
pub fn shown(output: &Output) -> String {
    format!(
        "{}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Runs a command that must succeed.
pub fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", shown(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// What is looked for comes soon.
#[track_caller]
pub fn soon<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} does not come");
        sleep(Duration::from_millis(5));
    }
}

/// What is waited for holds soon.
#[track_caller]
pub fn wait(what: &str, mut holds: impl FnMut() -> bool) {
    soon(what, || holds().then_some(()));
}

/// The source of a program of `tests/tracees`.
pub fn source(name: &str) -> PathBuf {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/tracees");
    sources.join(name)
}

/// A program of `tests/tracees`, compiled.
pub fn tracee(stage: &Stage, name: &str) -> String {
    let program = stage.text(name.trim_end_matches(".c"));
    let flags = ["-O1", "-Wall", "-Wextra", "-pthread", "-o", &program];
    succeed(stage.command("gcc", &flags).arg(source(name)));
    program
}

/// Follows a command in this process; it is killed with that.
pub fn session(words: &[&str]) -> Session {
    let words = words.iter().map(OsString::from).collect();
    let order = Order {
        subject: Subject::Command {
            words,
            terminal: None,
        },
        kill_on_exit: true,
        failed_execs: false,
        looks_at_end: false,
    };
    Session::begin(order).unwrap_or_else(|error| panic!("it is followed: {error}"))
}
