//! Voids of clone-shim's examples hold what they were granted, and nothing else: as root and as an ordinary user.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use forktop::log::{Event, Lines, Record, read};
use forktop::model::Model;
use forktop::plan::{FileGrant, Origin};
use forktop::screen::theme::Palette;
use privileges::CapabilitySet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use support::{Stage, shown};

/// An ordinary user of the machines on which this is tested.
const ORDINARY: &str = "1001";

/// An example, what follows its specification (`DATA` is a folder to write to), and how many of the processes of its voids are to be seen, at least.
struct Example {
    name: &'static str,
    flags: &'static [&'static str],
    trailing: &'static [&'static str],
    processes: usize,
    /// A specification beside it that makes what it works with, with its flags.
    first: Option<(&'static str, &'static [&'static str])>,
}

const fn example(
    name: &'static str,
    flags: &'static [&'static str],
    trailing: &'static [&'static str],
    processes: usize,
) -> Example {
    Example {
        name,
        flags,
        trailing,
        processes,
        first: None,
    }
}

impl Example {
    /// The same, after this one.
    const fn after(self, spec: &'static str, flags: &'static [&'static str]) -> Self {
        Self {
            first: Some((spec, flags)),
            ..self
        }
    }

    fn spec(&self, name: &str) -> String {
        repository(&format!("examples/{}/{name}.json", self.name))
    }
}

const EXAMPLES: [Example; 14] = [
    example("hello", &[], &[], 1),
    example("two", &[], &[], 4),
    example("gzip", &[], &["-1"], 1),
    example("sqlite", &["--set", "folder=DATA"], &["select 6 * 7;"], 1),
    example("dns", &["--set", "port=5399"], &[], 1),
    example(
        "nginx",
        &["--set", "logs=DATA", "--set", "port=8399"],
        &[],
        3,
    ),
    example("busybox", &[], &["-c", "ls / >/dev/null; sleep 0.1"], 1),
    example("bash", &[], &["-c", "ls /root /proc; true"], 2),
    example("http", &["--set", "port=8398"], &[], 2),
    example(
        "forward",
        &["--set", "port=5398", "--set", "upstream=192.0.2.1"],
        &[],
        1,
    ),
    example("dnsmasq", &[], &[], 1),
    example(
        "redis",
        &["--set", "data=DATA", "--set", "port=6399"],
        &[],
        1,
    ),
    example(
        "postgresql",
        &[
            "--set",
            "data=DATA/cluster",
            "--set",
            "sockets=DATA",
            "--set",
            "port=5499",
        ],
        &[],
        6,
    )
    .after("initdb", &["--set", "data=DATA/cluster"]),
    example("activation", &["--set", "port=8397"], &[], 1),
];

/// Follows an example for two seconds at most, and looks at all of its processes before their end.
fn follow(stage: &Stage, shim: &Path, example: &Example, uid: &str) -> Model {
    let (log, export) = (stage.text("log"), stage.text("tree.json"));
    let user = ["--reuid", uid, "--regid", uid, "--clear-groups"];
    let flags = |flags: &[&str]| -> Vec<_> {
        let flags = flags.iter();
        flags
            .map(|flag| flag.replace("DATA", &stage.text("data")))
            .collect()
    };
    if let Some((first, of_it)) = example.first {
        let mut command = stage.command("setpriv", &user);
        command.arg(shim).args(["run", &example.spec(first)]);
        support::succeed(command.args(flags(of_it)));
    }
    let mut command = stage.command("setpriv", &user);
    command
        .args([env!("CARGO_BIN_EXE_forktop"), "log"])
        .args(["--json", "-o", &log, "--export", &export, "--"])
        .args(["timeout", "2"])
        .arg(shim)
        .args(["run", &example.spec("spec")])
        .args(flags(example.flags))
        .arg("--")
        .args(example.trailing);
    let output = command.output().unwrap();
    let recording = read(Path::new(&log)).unwrap_or_else(|_| panic!("{}", shown(&output)));
    let model = Model::of(recording.records);
    let inside: Vec<_> = model
        .processes()
        .filter(|process| process.entrypoint.is_none() && model.void(process).is_some())
        .collect();
    let looked = inside.iter().filter(|process| process.looked.is_some());
    let counts = (inside.len(), looked.count());
    let name = example.name;
    assert!(
        counts.0 >= example.processes && counts.1 == counts.0,
        "{name} as {uid}: {counts:?} {}",
        shown(&output)
    );
    let left_alone = model.processes().filter(|first| {
        let own = first.entrypoint.is_some() && first.execs.is_empty();
        own && !first.children.is_empty() && !model.is_settled(first)
    });
    assert_eq!(left_alone.count(), 0, "{name} as {uid}: first processes");
    model
}

fn repository(path: &str) -> String {
    format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"))
}

/// Everything that is found at any time.
fn found(model: &Model) -> Vec<String> {
    let mut found = Vec::new();
    let mut until = Model::default();
    for record in model.log() {
        let record: &Record = record;
        until.apply(record.clone());
        let process = record.event.process().and_then(|id| until.process(id));
        for finding in process.map_or_else(Vec::new, |process| until.findings(process)) {
            let name = &process.unwrap().program.name;
            if finding.is_alarm() {
                found.push(format!("{name}: {finding}"));
            }
        }
    }
    found.dedup();
    found
}

#[test]
fn of_examples_hold_what_they_were_granted_and_nothing_else() {
    let shim = support::shim::clone_shim();
    let mut all = Vec::new();
    for uid in ["0", ORDINARY] {
        for example in &EXAMPLES {
            let stage = Stage::new();
            std::fs::create_dir_all(stage.path("data/cluster")).unwrap();
            let owner = format!("{uid}:{uid}");
            support::succeed(Command::new("chown").args(["-R", &owner, &stage.text("")]));
            let found = found(&follow(&stage, &shim, example, uid));
            all.extend(
                found
                    .into_iter()
                    .map(|finding| format!("{} as {uid}: {finding}", example.name)),
            );
        }
    }
    assert!(all.is_empty(), "{all:#?}");
}

/// The lines that forktop prints of a void of this specification, and the tree that it exports.
fn told(stage: &Stage, specification: &str) -> [String; 2] {
    std::fs::write(stage.path("spec.json"), specification).unwrap();
    let tree = stage.text("tree.json");
    let flags = ["log", "--export", &tree, "--"];
    let mut command = stage.command(env!("CARGO_BIN_EXE_forktop"), &flags);
    let command = command
        .arg(support::shim::clone_shim())
        .args(["run", &stage.text("spec.json")]);
    let lines = support::succeed(command);
    [lines, std::fs::read_to_string(tree).unwrap()]
}

#[test]
fn of_a_void_that_gives_up_a_capability_it_is_told_once_and_no_alarm_raised() {
    let specification = r#"{ "version": 1, "entrypoints": { "given": {
        "program": "/usr/bin/setpriv", "capabilities": ["CAP_NET_RAW", "CAP_SETPCAP"],
        "args": ["--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all", "/bin/busybox", "true"],
        "files": { "/bin/busybox": { "host": "/bin/busybox", "access": "rx" } } } } }"#;
    let [told, tree] = told(&Stage::new(), specification);
    let words = "granted, given up since: capabilities (CAP_SETPCAP CAP_NET_RAW)";
    let line = format!("- {words}\n");
    assert_eq!(told.matches(&line).count(), 1, "{told}");
    assert_eq!(tree.matches(words).count(), 1, "{tree}");
    assert_eq!(told.matches("! ").count(), 0, "{told}");
}

#[test]
fn of_a_void_that_closes_what_it_was_handed_it_is_told() {
    let specification = r#"{ "version": 1, "entrypoints": { "closes": {
        "program": "/bin/busybox", "argv0": "sh", "args": ["-c", "exec 3<&-; exec busybox true"],
        "descriptors": { "config": { "open": "/etc/passwd", "access": "r" } } } } }"#;
    let [told, tree] = told(&Stage::new(), specification);
    let words = "granted, given up since: descriptor 3 (/etc/passwd, to read)";
    assert!(told.contains(&format!("- {words}\n")), "{told} {tree}");
    assert_eq!(tree.matches(words).count(), 1, "{tree}");
    assert_eq!(told.matches("! ").count(), 0, "{told}");
}

/// What of a plan is compared with what is mounted: else every example above would agree with anything.
#[test]
fn of_an_example_are_known_to_lie_where_their_paths_of_the_host_lead() {
    let stage = Stage::new();
    let model = follow(&stage, &support::shim::clone_shim(), &EXAMPLES[0], "0");
    let plan = model.processes().find_map(|process| process.plan.clone());
    let grants = &plan.unwrap().entrypoints["hello"];
    let mut unknown = grants.files.iter().filter(|(_, grant)| {
        let FileGrant::Host { host, origin, .. } = grant else {
            return false;
        };
        let path = std::fs::canonicalize(host).unwrap();
        let ends_so = |origin: &Origin| path.ends_with(origin.root.trim_start_matches('/'));
        !origin.as_ref().is_some_and(ends_so)
    });
    assert_eq!(unknown.next(), None);
}

#[test]
fn of_a_log_that_tells_of_more_are_found_to_hold_it_and_it_is_told_once() {
    let stage = Stage::new();
    let model = follow(&stage, &support::shim::clone_shim(), &EXAMPLES[0], "0");
    let mut lines = Lines::new(Palette::Plain, privileges::Names::default);
    let mut told = String::new();
    for record in model.log() {
        let mut record = Record::clone(record);
        if let Event::Executed(execution) = &mut record.event
            && execution.name == "echo"
        {
            let own = Arc::make_mut(execution.essentials.as_mut().unwrap());
            own.capabilities.bounding = CapabilitySet(1 << 21);
            own.no_new_privs = false;
        }
        told += &lines.take(record);
    }
    for more in [
        "! not explained by the plan: capabilities (CAP_SYS_ADMIN)\n",
        "! not explained by the plan: it may gain privileges by executing a program\n",
    ] {
        assert_eq!(told.matches(more).count(), 1, "{told}");
    }
    assert_eq!(told.matches("! ").count(), 2, "{told}");
}
