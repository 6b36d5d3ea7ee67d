//! What the tests of promises share: launchers, and programs to launch.
#![allow(dead_code, reason = "each test file uses its own part")]

pub mod probing;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// Who runs clone-shim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Launcher {
    /// Whoever runs the tests.
    Ourselves,
    /// The ordinary user `tester`, if root runs the tests.
    Tester,
}

impl Launcher {
    /// Whether this launcher must be able to have control groups of this controller here: it is root, and the kernel
    /// has the controller, in the first version or handed down from the root of the second.
    pub fn must_have_groups(self, controller: &str) -> bool {
        let root = self == Self::Ourselves && rustix::process::geteuid().is_root();
        let groups = Path::new("/sys/fs/cgroup");
        let handed_down = fs::read_to_string(groups.join("cgroup.subtree_control"));
        let handed_down = handed_down.unwrap_or_default();
        let mut handed_down = handed_down.split_whitespace();
        root && (groups.join(controller).join("tasks").exists()
            || handed_down.any(|name| name == controller))
    }
}

/// Both, or the one that there is: an ordinary user's tests are an ordinary launcher's already.
pub fn launchers() -> Vec<Launcher> {
    if rustix::process::geteuid().is_root() {
        vec![Launcher::Ourselves, Launcher::Tester]
    } else {
        eprintln!("skipped: root as a launcher, since the tests are run by an ordinary user");
        vec![Launcher::Ourselves]
    }
}

/// A folder for one test that every launcher can reach, with clone-shim in it.
pub struct Stage {
    folder: TempDir,
    launcher: Launcher,
}

impl Stage {
    pub fn new(launcher: Launcher) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("clone-shim-")
            .tempdir_in("/tmp")
            .unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        // Not by fs::copy: a process that another test starts meanwhile would have it open to write.
        let copy = folder.path().join("clone-shim");
        succeed(
            Command::new("cp")
                .arg(env!("CARGO_BIN_EXE_clone-shim"))
                .arg(copy),
        );
        Self { folder, launcher }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A path of the stage as text.
    pub fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// A folder that is the launcher's.
    pub fn own_folder(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(&path).unwrap();
        self.give(&path);
        path
    }

    /// A file that is the launcher's.
    pub fn own_file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        self.give(&path);
        path
    }

    fn give(&self, path: &Path) {
        if self.launcher == Launcher::Tester {
            succeed(Command::new("chown").arg("tester:tester").arg(path));
        }
    }

    /// A command that the launcher runs.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let program = program.as_ref();
        let mut command = match self.launcher {
            Launcher::Ourselves => Command::new(program),
            Launcher::Tester => {
                let mut command = Command::new("setpriv");
                command
                    .args([
                        "--reuid",
                        "tester",
                        "--regid",
                        "tester",
                        "--clear-groups",
                        "--",
                    ])
                    .arg(program);
                command
            }
        };
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    /// clone-shim with these arguments.
    pub fn shim(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(self.path("clone-shim"));
        command.args(arguments);
        command
    }

    /// clone-shim with a specification of one entrypoint, whose fields are given.
    pub fn run(&self, fields: &serde_json::Value, trailing: &[&str]) -> Output {
        self.run_all(&serde_json::json!({ "it": fields }), trailing)
    }

    /// clone-shim with a specification of these entrypoints.
    pub fn run_all(&self, entrypoints: &serde_json::Value, trailing: &[&str]) -> Output {
        let specification = serde_json::json!({ "version": 1, "entrypoints": entrypoints });
        fs::write(self.path("spec.json"), specification.to_string()).unwrap();
        let arguments = [&["run", "spec.json", "--"], trailing].concat();
        self.shim(&arguments).output().unwrap()
    }
}

/// Runs a command that must succeed.
pub fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", shown(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// What a command printed, for a message.
pub fn shown(output: &Output) -> String {
    format!(
        "{}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A port of the loopback interface that nobody has at the moment.
pub fn free_port() -> u16 {
    free_ports(1)
}

/// The first of `count` such ports in a row, for TCP and both families. None is one that the kernel chooses for
/// connections, and tests that run at once, each in a process of its own, look at different places.
pub fn free_ports(count: u16) -> u16 {
    const FIRST: u32 = 10_000;
    const LAST: u32 = 32_000;
    static TRIED: AtomicU32 = AtomicU32::new(0);
    let bind = |host: &str, port: u16| std::net::TcpListener::bind((host, port));
    let next = || {
        let step = TRIED.fetch_add(u32::from(count), Ordering::Relaxed);
        let offset = (std::process::id().wrapping_mul(101) + step) % (LAST - FIRST);
        u16::try_from(FIRST + offset).unwrap()
    };
    let free = |first: u16| {
        let mut ports =
            (first..first + count).flat_map(|port| [("127.0.0.1", port), ("::1", port)]);
        ports.all(|(host, port)| bind(host, port).is_ok())
    };
    std::iter::repeat_with(next)
        .find(|first| free(*first))
        .unwrap()
}

/// A file of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// Where Debian has the programs of the server.
pub fn postgresql() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").unwrap();
    let mut programs = versions.map(|version| version.unwrap().path().join("bin"));
    programs.find(|path| path.join("initdb").exists()).unwrap()
}

/// The fields of an entrypoint that runs a script of `tests/servers`, which says what it has to say.
pub fn python(stage: &Stage, script: &str) -> serde_json::Value {
    fs::copy(repository("tests/servers").join(script), stage.path(script)).unwrap();
    serde_json::json!({
        "program": "/usr/bin/python3",
        "args": [format!("/{script}")],
        "files": {
            "/usr/lib": { "host": "/usr/lib", "access": "rx" },
            format!("/{script}"): stage.path(script),
        },
        "stdout": "inherit",
        "stderr": "inherit",
    })
}

/// The hostile program, on this stage.
pub fn hostile(stage: &Stage) -> PathBuf {
    static BUILT: LazyLock<PathBuf> = LazyLock::new(build_hostile);
    let program = stage.path("hostile");
    succeed(Command::new("cp").arg(&*BUILT).arg(&program));
    program
}

/// Takes a second: once a process, and not once a void.
fn build_hostile() -> PathBuf {
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile");
    // Other processes do the same at the same time, and nobody may copy what is being written.
    let made = built.with_extension(std::process::id().to_string());
    let sources = fs::read_dir(repository("tests/probes"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let sources = sources.filter(|path| path.extension().is_some_and(|extension| extension == "c"));
    let flags = ["-static", "-O1", "-Wall", "-Wextra", "-Werror", "-o"];
    succeed(Command::new("gcc").args(flags).arg(&made).args(sources));
    fs::rename(made, &built).unwrap();
    built
}
