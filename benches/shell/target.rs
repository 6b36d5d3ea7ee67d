//! Processes that are visited (`target.c`).
use crate::machine::{command, succeed, text};
use rustix::process::Pid;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const SOURCE: &str = include_str!("target.c");

/// The program of them all, statically linked, as some live where there is nothing else.
pub fn compile(folder: &Path, name: &str, source: &str) -> PathBuf {
    let (file, program) = (folder.join(format!("{name}.c")), folder.join(name));
    std::fs::write(&file, source).unwrap();
    let flags = ["-O2", "-static", "-pthread", "-o"];
    succeed(command("gcc").args(flags).args([&program, &file]));
    program
}

pub fn program(folder: &Path) -> PathBuf {
    compile(folder, "target", SOURCE)
}

/// One of them; it is killed with this.
pub struct Target {
    child: Child,
    /// The process itself, which need not be the one that was started.
    inside: u32,
    /// Where it keeps the longest time between two looks at the clock, if it looks at it.
    gaps: Option<File>,
}

impl Target {
    pub fn start(folder: &Path, mode: &str) -> Self {
        let gaps = folder.join("gaps");
        let looks = ["busy", "threads"].contains(&mode);
        let file = looks.then(|| {
            std::fs::write(&gaps, [0; 4096]).unwrap();
            File::options().read(true).write(true).open(&gaps).unwrap()
        });
        let mut program = command(&text(&folder.join("target")));
        program.arg(mode).args(looks.then_some(gaps));
        Self::of(program, file)
    }

    /// One that waits in a void, if there is a launcher beside forktop.
    pub fn in_a_void(folder: &Path) -> Option<Self> {
        let launcher = Path::new(crate::FORKTOP).with_file_name("clone-shim");
        launcher.exists().then_some(())?;
        let specification = folder.join("void.json");
        let program = text(&folder.join("target"));
        let entrypoint =
            format!(r#"{{"program": "{program}", "args": ["blocked"], "stdout": "inherit"}}"#);
        let all = format!(r#"{{"version": 1, "entrypoints": {{"target": {entrypoint}}}}}"#);
        std::fs::write(&specification, all).unwrap();
        let mut launch = command(&text(&launcher));
        launch.arg("run").arg(specification);
        let mut target = Self::of(launch, None);
        target.inside = last_of(target.child.id());
        Some(target)
    }

    fn of(mut program: Command, gaps: Option<File>) -> Self {
        let mut child = program.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        let inside = child.id();
        Self {
            child,
            inside,
            gaps,
        }
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.inside).unwrap()).unwrap()
    }

    pub fn begin_gaps(&self) {
        if let Some(gaps) = &self.gaps {
            gaps.write_all_at(&[0; 8], 0).unwrap();
        }
    }

    pub fn longest_gap(&self) -> Option<Duration> {
        let mut word = [0; 8];
        self.gaps.as_ref()?.read_exact_at(&mut word, 0).unwrap();
        Some(Duration::from_nanos(u64::from_ne_bytes(word)))
    }
}

/// The first of the children's children that has none.
fn last_of(process: u32) -> u32 {
    let children = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    let first = children.unwrap_or_default();
    let first = first
        .split_whitespace()
        .next()
        .and_then(|it| it.parse().ok());
    first.map_or(process, last_of)
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
