//! A look tells which namespaces a process shares with its parent, which need not be shown, with forktop and with pid 1.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::{Value, json};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use support::{Stage, TESTER, succeed, wait};

/// A sleeping child of this process, which ends with the test.
struct Sleeping(Child);

impl Sleeping {
    /// With these words before its own.
    fn behind(words: &[&str]) -> Self {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).args(["sleep", "300"]);
        let child = command.stdin(Stdio::null()).process_group(0).spawn();
        let sleeping = Self(child.unwrap());
        let comm = format!("/proc/{}/comm", sleeping.pid());
        wait(&format!("{words:?}"), || {
            std::fs::read(&comm).unwrap() == b"sleep\n"
        });
        sleeping
    }

    fn pid(&self) -> String {
        self.0.id().to_string()
    }
}

impl Drop for Sleeping {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The row of the kind in each table of namespaces.
fn rows<'a>(text: &'a str, kind: &str) -> Vec<&'a str> {
    let is_row = |line: &&str| {
        let mut words = line.trim_start_matches('~').split_whitespace();
        words.next() == Some(kind) && words.next().is_some_and(|it| it.parse::<u64>().is_ok())
    };
    text.lines().filter(is_row).collect()
}

#[test]
fn what_is_not_shared_with_the_parent_is_told_in_words() {
    let own_network = Sleeping::behind(&["unshare", "-U", "-r", "-n"]);
    let own_ipc = Sleeping::behind(&["unshare", "-U", "-r", "-i"]);
    let stage = Stage::new();
    let text = succeed(&mut stage.forktop(&["show", &own_network.pid(), &own_ipc.pid()]));
    let [network, ipc, mount] = ["network", "ipc", "mount"].map(|kind| rows(&text, kind));
    for (kind, own, other) in [("network", network[0], network[1]), ("ipc", ipc[1], ipc[0])] {
        assert!(own.starts_with("~ "), "{kind}: {own}");
        assert!(own.contains("with nobody known"), "{kind}: {own}");
        assert!(other.starts_with("  "), "{kind}: {other}");
        assert!(other.contains("forktop, its parent  "), "{kind}: {other}");
    }
    for row in mount {
        assert!(row.contains("its parent, 1 of those shown"), "{row}");
    }
    assert!(!text.contains("tree"), "{text}");
}

#[test]
fn what_is_not_shared_with_the_parent_is_told_to_programs() {
    let own_network = Sleeping::behind(&["unshare", "-U", "-r", "-n"]);
    let own_ipc = Sleeping::behind(&["unshare", "-U", "-r", "-i"]);
    let stage = Stage::new();
    let pids = [own_network.pid(), own_ipc.pid()];
    let text = succeed(&mut stage.forktop(&["show", "--json", &pids[0], &pids[1]]));
    let shown: Value = serde_json::from_str(&text).unwrap();
    let network = json!([false, true, true, false, true, true, true, true]);
    let ipc = json!([false, true, true, true, false, true, true, true]);
    for (process, expected) in [(&shown[0], &network), (&shown[1], &ipc)] {
        assert_eq!(process["privileges"]["parent"], std::process::id());
        for other in ["parent", "forktop"] {
            assert_eq!(process["shared"][other], *expected, "{other}");
        }
    }
}

#[test]
fn a_parent_that_may_not_be_read_is_told_to_be_so() {
    if !rustix::process::getuid().is_root() {
        eprintln!("skipped: a child of another user's is only root's to make");
        return;
    }
    let stage = Stage::new();
    stage.open();
    let sleeping = Sleeping::behind(&[&["setpriv"], &TESTER[..]].concat());
    let text = succeed(&mut stage.as_tester(&["show", &sleeping.pid()]));
    let parent = std::process::id();
    let told = format!(
        "Whether it shares any with its parent, {parent}, is not known: forktop may not read it."
    );
    assert!(text.contains(&told), "{text}");
    assert!(!text.contains("its parent  "), "{text}");
    let text = succeed(&mut stage.as_tester(&["show", "--json", &sleeping.pid()]));
    let shown: Value = serde_json::from_str(&text).unwrap();
    let unread = vec![json!({"unreadable": "not-permitted"}); 8];
    assert_eq!(shown[0]["shared"]["parent"], Value::from(unread));
}
