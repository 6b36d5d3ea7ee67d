//! However clone-shim dies, nothing of its making stays. Looks at the whole machine, so it runs alone.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use support::{Launcher, Stage, launchers, stdout};

/// How long the kernel may take to end and to free what was left.
const PATIENCE: Duration = Duration::from_secs(10);

/// All that a machine could keep of a void.
#[derive(Debug, PartialEq)]
struct Traces {
    /// Of the processes whose command line or environment has the word.
    processes: BTreeSet<u32>,
    mounts: String,
    cgroups: BTreeSet<String>,
    /// How many keys each user has.
    keys: BTreeMap<String, u32>,
    /// What lies in the folder that was granted to write.
    files: usize,
}

impl Traces {
    fn now(word: &str, folder: &Path) -> Self {
        let users = fs::read_to_string("/proc/key-users").unwrap();
        let keys = users.lines().map(|line| {
            let mut words = line.split_whitespace();
            let user = words.next().unwrap();
            let (keys, _) = words.nth(1).unwrap().split_once('/').unwrap();
            (user.to_owned(), keys.parse().unwrap())
        });
        Self {
            processes: processes(word),
            mounts: fs::read_to_string("/proc/self/mountinfo").unwrap(),
            cgroups: cgroups(),
            keys: keys.collect(),
            files: fs::read_dir(folder).unwrap().count(),
        }
    }

    /// When the kernel has freed what tests before this one left. After many voids it takes their networks down one
    /// after the other, and the keys of their user namespaces only with them.
    fn settled(word: &str, folder: &Path) -> Self {
        const QUIET: Duration = Duration::from_secs(2);
        let mut seen = Self::now(word, folder);
        let mut since = Instant::now();
        while since.elapsed() < QUIET {
            std::thread::sleep(Duration::from_millis(100));
            let now = Self::now(word, folder);
            if now != seen {
                (seen, since) = (now, Instant::now());
            }
        }
        seen
    }

    /// Whether there is nothing that was not there before. Of before, the kernel may have freed something since.
    fn are_none_since(&self, before: &Self) -> bool {
        let mut keys = self.keys.iter();
        self.processes.is_subset(&before.processes)
            && self.mounts == before.mounts
            && self.cgroups.is_subset(&before.cgroups)
            && keys.all(|(user, count)| *count <= before.keys.get(user).copied().unwrap_or(0))
            && self.files == before.files
    }
}

fn processes(word: &str) -> BTreeSet<u32> {
    let all = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    all.filter(|pid| {
        let has = |name: &str| {
            let bytes = fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
            String::from_utf8_lossy(&bytes).contains(word)
        };
        let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // What has ended and not been waited for holds nothing any more.
        (has("cmdline") || has("environ")) && !state.contains(") Z ")
    })
    .collect()
}

fn cgroups() -> BTreeSet<String> {
    let mut find = std::process::Command::new("find");
    let folders = find
        .args(["/sys/fs/cgroup", "-type", "d"])
        .output()
        .unwrap();
    stdout(&folders).lines().map(str::to_owned).collect()
}

/// Two voids with all that a void can have, that never end by themselves, with a word in their environment.
fn specification(stage: &Stage, launcher: Launcher, word: &str) -> Value {
    let limits = match launcher.must_have_groups("memory") {
        true => json!({ "memory": "64M" }),
        false => json!({}),
    };
    let sleeper = json!({
        "program": "/bin/busybox",
        "args": ["sleep", "600"],
        "environment": { "WORD": word },
        "files": {
            "/": "${pwd}",
            "/made/here": { "content": "x" },
            "/tmp": { "tmpfs": "64K" },
            "/proc": { "proc": true },
            "/dev": { "devices": ["null", "pts"] },
        },
        "descriptors": { "log": { "open": stage.path("log"), "access": "a" } },
        "stdout": "inherit",
        "limits": limits,
    });
    let hostile = json!({
        "program": "/bin/busybox",
        "args": ["sh", "-c", "trap '' TERM INT HUP; (busybox setsid busybox sleep 600 &) ; while :; do busybox sleep 1; done"],
        "environment": { "WORD": word },
        "files": { "/dev": { "devices": ["null"] } },
        "network": { "serve": [{ "tcp": 80, "host": "127.0.0.1:80" }] },
    });
    json!({ "version": 1, "entrypoints": { "sleeper": sleeper, "hostile": hostile } })
}

fn start(stage: &Stage, specification: &str, folder: &Path) -> Child {
    let mut shim = stage.shim(&["run", specification]);
    let shim = shim.current_dir(folder);
    let silent = shim.stdout(Stdio::null()).stderr(Stdio::null());
    silent.spawn().unwrap()
}

fn wait_until(what: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    while !what() {
        if began.elapsed() > PATIENCE {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

#[test]
fn killed_at_any_moment_it_leaves_nothing() {
    const MOMENTS: usize = 200;
    /// A little longer than both programs take to run.
    const LATEST: u64 = 20_000;
    let random = RandomState::new();
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let folder = stage.own_folder("pwd");
        stage.own_file("log", "");
        let path = stage.text("spec.json");
        let text = specification(&stage, launcher, &path).to_string();
        fs::write(&path, text).unwrap();
        let before = Traces::settled(&path, &folder);
        assert!(before.processes.is_empty());

        // What is looked for is there while the voids run: the shim, and in the voids a pid 1 each and four programs.
        let mut shim = start(&stage, &path, &folder);
        wait_until(|| processes(&path).len() >= 7);
        let during = Traces::now(&path, &folder);
        shim.kill().unwrap();
        shim.wait().unwrap();
        assert!(during.processes.len() >= 7, "{during:#?}");
        assert!(
            during.keys.values().sum::<u32>() > before.keys.values().sum(),
            "{before:#?} {during:#?}"
        );
        assert_eq!(
            during.cgroups != before.cgroups,
            launcher.must_have_groups("memory")
        );

        let moments: Vec<u64> = (0..MOMENTS)
            .map(|moment| random.hash_one(moment) % LATEST)
            .collect();
        for moment in &moments {
            let mut shim = start(&stage, &path, &folder);
            std::thread::sleep(Duration::from_micros(*moment));
            shim.kill().unwrap();
            shim.wait().unwrap();
        }
        let gone = wait_until(|| Traces::now(&path, &folder).are_none_since(&before));
        let after = Traces::now(&path, &folder);
        assert!(gone, "killed after {moments:?} us: {before:#?} {after:#?}");
    }
}
