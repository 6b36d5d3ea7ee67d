//! What two real processes differ in, in words.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use privileges::{Changed, Difference, Direction, NamespaceKind, Privileges};
use std::process::Command;
use support::{Stage, Subject, is_root};

fn privileges(subject: &Subject) -> Privileges {
    subject.process().privileges().unwrap()
}

fn between(from: &Privileges, to: &Privileges) -> Difference {
    Difference::between(from, to)
}

/// The changes in words, but for those of its own descriptors, which are other pipes in each.
fn words(difference: &Difference) -> Vec<String> {
    let changes = difference.changes.iter();
    let changes = changes.filter(|change| !matches!(change.what, Changed::Descriptor { .. }));
    let changes = changes.map(ToString::to_string);
    changes
        .chain(difference.unknown.iter().map(ToString::to_string))
        .collect()
}

#[test]
fn two_processes_of_a_kind_differ_in_nothing_but_their_pipes() {
    let stage = Stage::new();
    let (one, other) = (stage.start(&[], &[]), stage.start(&[], &[]));
    let difference = between(&privileges(&one), &privileges(&other));
    assert_eq!(words(&difference), Vec::<String>::new());
    assert!(
        difference
            .changes
            .iter()
            .all(|change| change.direction == Direction::Other)
    );
    assert!(between(&privileges(&one), &privileges(&one)).is_none());
}

/// A command in front, what the subject does, and what it then has more or less than one without.
type Case = (
    &'static [&'static str],
    &'static [&'static str],
    &'static str,
);

const CASES: &[Case] = &[
    (
        &[],
        &["permit-not=10"],
        "lost CAP_NET_BIND_SERVICE (effective, permitted)",
    ),
    (
        &[],
        &["bound-not=10"],
        "lost CAP_NET_BIND_SERVICE (bounding)",
    ),
    (&[], &["groups=3,7"], "gained group 7"),
    (&[], &["no-new-privs"], "no_new_privs set"),
    (&[], &["gids=1,0,0,0"], "gid 0 → 1 (real)"),
    (
        &["prlimit", "--core=64:128"],
        &[],
        "limit core file size LIMIT → 64, at most 128",
    ),
    (
        &[],
        &["thread=effect-not=5"],
        "thread TID (subject) of the second differs from its leader: lost CAP_KILL (effective)",
    ),
    (&["unshare", "-n"], &[], "other net namespace (FROM → TO)"),
];

#[test]
fn what_a_process_has_more_or_less_is_told_in_a_line() {
    if !is_root("losses of root's") {
        return;
    }
    let stage = Stage::new();
    let start = |words, actions: &[&str]| stage.start(words, &[&["groups=3"], actions].concat());
    let subject = start(&[], &[]);
    let plain = privileges(&subject);
    let limits = plain.limits.known().unwrap();
    let core = limits
        .iter()
        .find(|limit| limit.name == "Max core file size")
        .unwrap()
        .to_string();
    for (before, actions, expected) in CASES {
        let other = start(before, actions);
        let it = privileges(&other);
        let tid = it
            .threads
            .first()
            .map_or(0, |thread| thread.tid)
            .to_string();
        let expected = expected
            .replace("FROM", &network(&plain))
            .replace("TO", &network(&it));
        let expected = expected
            .replace("TID", &tid)
            .replace("core file size LIMIT", &core);
        assert_eq!(
            words(&between(&plain, &it)),
            [expected],
            "{before:?} {actions:?}"
        );
    }
}

fn network(it: &Privileges) -> String {
    let network = it.essentials.namespaces.of(NamespaceKind::Network);
    network.known().unwrap().to_string()
}

#[test]
fn mounts_are_compared_by_what_they_are_and_not_by_number() {
    if !is_root("mounts") {
        return;
    }
    let stage = Stage::new();
    // Both live: the number of a namespace that is gone is soon another's.
    let [plain, copy] = [(), ()].map(|()| stage.start(&["unshare", "-m"], &[]));
    let [plain, copy] = [&plain, &copy].map(privileges);
    let changes = words(&between(&plain, &copy));
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert!(changes[0].starts_with("other mnt namespace"));
    let script = "mount --bind \"$0\" \"$0\" && mount -t tmpfs -o ro none \"$0\" && exec \"$1\"";
    let mut command = Command::new("unshare");
    command
        .args(["-m", "sh", "-c", script])
        .arg(stage.path().join("x"))
        .arg(stage.subject());
    std::fs::create_dir(stage.path().join("x")).unwrap();
    let more = privileges(&Subject::start(&mut command));
    let difference = between(&plain, &more);
    let gained = difference
        .changes
        .iter()
        .filter(|change| change.direction == Direction::Gained);
    assert_eq!(gained.count(), 2, "{difference}");
    assert!(
        difference.to_string().contains(&format!(
            "gained mount {}/x (tmpfs, ro",
            stage.path().display()
        )),
        "{difference}"
    );
    let back = between(&more, &plain);
    assert_eq!(
        back.changes
            .iter()
            .filter(|change| change.direction == Direction::Lost)
            .count(),
        2
    );
}

#[test]
fn descriptors_are_compared_by_number_and_object() {
    let stage = Stage::new();
    let open = |redirection: &str| {
        let script = format!("exec \"$0\" {redirection}");
        privileges(&Subject::start(
            Command::new("sh")
                .args(["-c", &script])
                .arg(stage.subject()),
        ))
    };
    let (without, with) = (open(""), open("7</dev/null"));
    let of = |difference: &Difference| {
        let changes = difference.changes.iter().map(ToString::to_string);
        changes
            .filter(|change| change.contains("descriptor 7"))
            .collect::<Vec<_>>()
    };
    let device = "/dev/null (character device 1:3)";
    assert_eq!(
        of(&between(&without, &with)),
        [format!("gained descriptor 7: {device} (read)")]
    );
    assert_eq!(
        of(&between(&with, &without)),
        [format!("lost descriptor 7: {device} (read)")]
    );
    let writing = open("7>/dev/null");
    assert_eq!(
        of(&between(&with, &writing)),
        [format!(
            "descriptor 7: {device} (read) → 7: {device} (write)"
        )]
    );
    assert_eq!(
        of(&between(&with, &open("7</dev/null"))),
        Vec::<String>::new()
    );
}

#[test]
fn a_difference_is_json_with_the_direction_of_each_change() {
    let stage = Stage::new();
    let one = privileges(&stage.start(&[], &[]));
    let other = privileges(&stage.start(&["prlimit", "--nofile=64:64"], &["no-new-privs"]));
    let json = serde_json::to_value(between(&one, &other)).unwrap();
    let changes = json["changes"].as_array().unwrap();
    let find = |kind: &str| {
        changes
            .iter()
            .find(|change| change["change"] == kind)
            .unwrap()
    };
    assert_eq!(find("no-new-privs")["direction"], "lost");
    assert_eq!(find("limit")["direction"], "lost");
    assert_eq!(find("limit")["to"]["hard"], 64);
    assert_eq!(find("descriptor")["direction"], "other");
}
