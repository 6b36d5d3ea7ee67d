//! Control groups of a test's own, and those that can be frozen.
use crate::support::wait;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A control group. The processes in it go back to the one above when it is dropped.
pub struct Group(PathBuf);

impl Group {
    /// One in a hierarchy of this kind (`cgroup` or `cgroup2`) that is mounted with this option, if there is one.
    pub fn new(system: &str, option: &str, name: &str) -> Option<Self> {
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
        let mut lines = mounts
            .lines()
            .map(|line| line.split(' ').collect::<Vec<_>>());
        let line =
            lines.find(|line| line[2] == system && line[3].split(',').any(|it| it == option))?;
        let name = format!("forktop-test-{}-{name}", std::process::id());
        let folder = Path::new(line[1]).join(name);
        fs::create_dir(&folder).ok()?;
        Some(Self(folder))
    }

    pub fn put(&self, process: u32) {
        fs::write(self.0.join("cgroup.procs"), process.to_string()).unwrap();
    }

    /// Sets something of it, where it has that.
    pub fn set(&self, file: &str, to: &str) -> io::Result<()> {
        let mut file = fs::OpenOptions::new().write(true).open(self.0.join(file))?;
        file.write_all(to.as_bytes())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let all = fs::read_to_string(self.0.join("cgroup.procs")).unwrap_or_default();
        for process in all.lines() {
            let _ = fs::write(self.0.with_file_name("cgroup.procs"), process);
        }
        let _ = fs::remove_dir(&self.0);
    }
}

/// A control group that can be frozen. It is thawed when it is dropped.
pub struct Freezer {
    group: Group,
    /// What freezes it.
    pub file: &'static str,
}

impl Freezer {
    /// One of each version that this machine has.
    pub fn all(name: &str) -> Vec<Self> {
        let first = Group::new("cgroup", "freezer", name).map(|group| (group, "freezer.state"));
        let second = Group::new("cgroup2", "rw", name).map(|group| (group, "cgroup.freeze"));
        let all = first.into_iter().chain(second);
        let all = all.map(|(group, file)| Self { group, file });
        let all: Vec<_> = all.filter(|it| it.group.0.join(it.file).exists()).collect();
        if all.is_empty() {
            eprintln!("skipped: there is no control group here that can be frozen");
        }
        all
    }

    pub fn put(&self, process: u32) {
        self.group.put(process);
    }

    pub fn freeze(&self) {
        let (word, told, line) = match self.file {
            "freezer.state" => ("FROZEN", self.file, "FROZEN"),
            _ => ("1", "cgroup.events", "frozen 1"),
        };
        fs::write(self.group.0.join(self.file), word).unwrap();
        wait("its stillness", || {
            let text = fs::read_to_string(self.group.0.join(told)).unwrap_or_default();
            text.lines().any(|it| it == line)
        });
    }

    pub fn thaw(&self) {
        let word = if self.file == "freezer.state" {
            "THAWED"
        } else {
            "0"
        };
        let _ = fs::write(self.group.0.join(self.file), word);
    }
}

impl Drop for Freezer {
    fn drop(&mut self) {
        self.thaw();
    }
}
