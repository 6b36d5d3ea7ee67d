//! A shell in a void finds what a program of that void finds, and no more.
use crate::subject::{Subject, deepest, enter, stage};
use crate::support::shim::clone_shim;
use crate::support::{Stage, User, shown, soon, succeed};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A program that waits for its end, and needs nothing.
const WAITS: &str = "#include <unistd.h>\nint main(void) { for (;;) pause(); }\n";

/// What differs in a shell, and how the line about it begins there: its streams and its environment are handed in, by which the
/// void's own streams have other numbers; it has a session of its own; and it sees the process that it is in.
const OTHERWISE: [(&str, &str); 5] = [
    ("environment", "OPEN: PATH=/"),
    ("inherited-descriptors", "OPEN: descriptor 1"),
    ("launchers-process-group", "refused: group "),
    ("mode-of-the-null-device", "unclear: 0 is not a device"),
    ("other-processes", "OPEN: 1 others"),
];

fn prepare(user: User) -> Stage {
    let stage = stage();
    let shim = stage.path("clone-shim");
    std::fs::copy(clone_shim(), &shim).unwrap();
    stage.write("waits.c", WAITS);
    let waits = ["-static", "-O1", "-o", "waits", "waits.c"];
    succeed(&mut stage.command("gcc", &waits));
    let probes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/probes");
    let sources = std::fs::read_dir(probes).unwrap();
    let sources = sources.map(|entry| entry.unwrap().path());
    let sources = sources.filter(|path| path.extension().is_some_and(|extension| extension == "c"));
    let hostile = ["-static", "-O1", "-o", "hostile"];
    succeed(stage.command("gcc", &hostile).args(sources));
    if user == User::Tester {
        succeed(&mut stage.command("chown", &["-R", "tester:", &stage.text("")]));
    }
    stage
}

/// The same void for both programs.
fn specification(stage: &Stage, program: &str, arguments: &[&str], more: &Value) -> String {
    let mut entrypoint = json!({
        "program": stage.text(program), "args": arguments, "stdout": "inherit",
    });
    let entries = entrypoint.as_object_mut().unwrap();
    entries.extend(more.as_object().unwrap().clone());
    let specification = json!({ "version": 1, "entrypoints": { "it": entrypoint } });
    let path = stage.write(&format!("{program}.json"), &specification.to_string());
    path.to_str().unwrap().to_owned()
}

fn run(stage: &Stage, user: User, specification: &str) -> Command {
    stage.command_of(user, &[&stage.text("clone-shim"), "run", specification])
}

/// A void in which a program waits, until this is dropped.
struct Waiting {
    void: Child,
    process: u32,
}

impl Waiting {
    fn start(stage: &Stage, user: User, more: &Value) -> Self {
        let specification = specification(stage, "waits", &[], more);
        let void = run(stage, user, &specification).spawn().unwrap();
        let process = soon("a process in a void", || deepest(void.id(), "waits"));
        Self { void, process }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.void.kill();
        let _ = self.void.wait();
    }
}

/// What each probe came to, by its name.
fn outcomes(text: &str) -> BTreeMap<String, String> {
    let line = |line: &str| {
        let (outcome, rest) = line.split_once(' ')?;
        let (name, seen) = rest.split_once(": ")?;
        Some((name.to_owned(), format!("{outcome}: {seen}")))
    };
    text.lines().filter_map(line).collect()
}

/// What a hostile program finds as an entrypoint, and as a shell.
fn both(user: User, more: &Value) -> [BTreeMap<String, String>; 2] {
    let stage = prepare(user);
    let specification = specification(&stage, "hostile", &["inside"], more);
    let alone = run(&stage, user, &specification).output().unwrap();
    let waiting = Waiting::start(&stage, user, more);
    let process = waiting.process.to_string();
    let hostile = stage.text("hostile");
    let shell = ["shell", "--shell", &hostile, &process, "--", "inside"];
    let shell = stage
        .forktop_of(user, &shell)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(alone.status.success(), "{}", shown(&alone));
    assert!(shell.status.success(), "{}", shown(&shell));
    [alone, shell].map(|output| outcomes(&String::from_utf8(output.stdout).unwrap()))
}

fn assert_no_more(user: User, more: &Value) {
    let [alone, shell] = both(user, more);
    assert!(alone.len() > 150, "{alone:#?}");
    let is_known = |name: &str, seen: &str| {
        OTHERWISE
            .iter()
            .any(|(known, begins)| name == *known && seen.starts_with(begins))
    };
    let differs = alone
        .iter()
        .map(|(name, seen)| (name, seen, shell.get(name).map_or("", String::as_str)))
        .filter(|(name, seen, other)| *seen != other && !is_known(name, other));
    let differs: Vec<_> = differs.collect();
    assert!(differs.is_empty(), "{user:?} {more}: {differs:#?}");
}

#[test]
fn a_hostile_program_finds_no_more_in_a_shell_than_as_an_entrypoint() {
    for user in [User::This, User::Tester] {
        assert_no_more(user, &json!({}));
    }
}

#[test]
fn a_hostile_program_finds_no_more_in_a_shell_of_pid_1() {
    for user in [User::This, User::Tester] {
        assert_no_more(user, &json!({ "init": false }));
    }
}

/// A void of each kind of grant.
fn grants() -> Vec<Value> {
    vec![
        json!({}),
        json!({ "init": false }),
        json!({ "files": { "/proc": { "proc": true } } }),
        json!({ "files": { "/usr/lib": { "host": "/usr/lib", "access": "rx" }, "/tmp": { "tmpfs": "1M" } } }),
        json!({ "files": { "/etc/passwd": "/etc/passwd", "/dev": { "devices": ["null", "urandom", "tty"] } } }),
        json!({ "files": { "/": "${pwd}" }, "directory": "/" }),
        json!({ "network": { "loopback": true } }),
        json!({ "network": { "unix": true } }),
        json!({ "network": { "serve": [{ "tcp": 80, "host": "127.0.0.1:8391" }], "reach": ["tcp:127.0.0.1:53"] } }),
        json!({ "capabilities": ["CAP_NET_RAW", "CAP_SETPCAP"] }),
        json!({ "capabilities": ["CAP_NET_RAW"], "init": false, "files": { "/proc": { "proc": true } } }),
        json!({ "identity": { "uid": 0, "gid": 0 } }),
        json!({ "identity": { "uid": 0, "gid": 0 }, "capabilities": ["CAP_NET_ADMIN"], "init": false }),
        json!({ "descriptors": { "config": { "open": "/etc/passwd" }, "web": { "listen": "tcp:127.0.0.1:8392", "activation": true } } }),
        json!({ "limits": { "open_files": 64, "processes": 16, "file_size": "1M" } }),
    ]
}

fn compare(stage: &Stage, user: User, more: &Value) -> Vec<String> {
    let mut more = more.clone();
    more["stdin"] = json!("inherit");
    let specification = specification(stage, "parity", &["nice=0"], &more);
    let mut command = run(stage, user, &specification);
    let subject = Subject::of(command.stdin(Stdio::piped()).stdout(Stdio::piped()));
    if subject.report.is_empty() {
        return vec!["it does not start".to_owned()];
    }
    let told = enter(stage, user, &subject, &[]);
    let mut found = told.other.clone();
    match told.report.is_empty() {
        true => found.push(told.output.status.to_string()),
        false => found.extend(told.differing(&subject)),
    }
    let errors = told.errors();
    // An ordinary user cannot read filters; to root it is said of what clone-shim judges.
    let known = match user {
        User::This => "its filters say that connect is left to a supervisor",
        User::Tester => "what its filters refuse is not known",
    };
    let expected = errors.is_empty() || errors.contains(known);
    found.extend((!expected).then_some(errors));
    subject.ends_well();
    found
}

#[test]
fn a_shell_may_do_in_a_void_of_each_kind_of_grant_what_its_process_may() {
    let mut all = Vec::new();
    for user in [User::This, User::Tester] {
        let stage = prepare(user);
        for more in grants() {
            let found = compare(&stage, user, &more);
            all.extend(found.into_iter().map(|it| format!("{user:?} {more}: {it}")));
        }
    }
    assert!(all.is_empty(), "{all:#?}");
}
