//! Processes that are visited (`target.c`).
use crate::machine::{command, succeed, text};
use rustix::process::Pid;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
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
    /// Where it keeps the longest time between two looks at the clock, if it looks at it.
    gaps: Option<File>,
}

impl Target {
    pub fn start(folder: &Path, mode: &str) -> Self {
        let looks = ["busy", "threads"].contains(&mode);
        let program = text(&folder.join("target"));
        let words = [program.as_str(), mode];
        let gaps = folder.join("gaps");
        let file = looks.then(|| {
            std::fs::write(&gaps, [0; 4096]).unwrap();
            File::options().read(true).write(true).open(&gaps).unwrap()
        });
        let gaps = text(&gaps);
        let more: &[&str] = if looks { &[&gaps] } else { &[] };
        let mut child = command(words[0])
            .args(&words[1..])
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self { child, gaps: file }
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
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

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
