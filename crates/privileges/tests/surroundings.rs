//! Roots, mounts, control groups, limits, owners and threads are what the kernel's own files say.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use privileges::{
    Essentials, Instruction, Limit, Mount, NamespaceKind, NamespaceOwner, Privileges, SeccompMode,
    Seen, Why, privileges_of,
};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use support::{Stage, Subject, is_root};

fn privileges(subject: &Subject) -> Privileges {
    subject.process().privileges().unwrap()
}

#[test]
fn root_directory_and_program_are_where_the_links_lead() {
    let stage = Stage::new();
    let mut command = stage.behind(&[], &[]);
    let subject = Subject::start(command.current_dir(stage.path()));
    let it = privileges(&subject);
    assert_eq!(it.root, Seen::Known(subject.link("root")));
    assert_eq!(it.directory, Seen::Known(stage.path().to_owned()));
    assert_eq!(it.program, Seen::Known(stage.subject()));
    assert_eq!((it.pid, it.parent), (subject.number(), std::process::id()));
    assert_eq!((it.name.as_str(), it.thread_count), ("subject", 1));
}

#[test]
fn a_changed_root_and_a_deleted_program_are_told() {
    if !is_root("chroot") {
        return;
    }
    let stage = Stage::new();
    let program = stage.subject();
    let mut command = Command::new("chroot");
    let subject = Subject::start(command.arg(stage.path()).arg("/subject"));
    fs::remove_file(&program).unwrap();
    let it = privileges(&subject);
    assert_eq!(it.root, Seen::Known(stage.path().to_owned()));
    let deleted = format!("{} (deleted)", program.display());
    assert_eq!(it.program, Seen::Known(deleted.into()));
}

/// A read-only file system, and above it a mount of itself with another option.
const MOUNTING: &str = r#"
set -e
cd "$0"
odd="$(printf 'a b\t\\c\n#\377')"
mkdir "$odd"
mount -t tmpfs -o ro,nosuid,nodev,size=4k 'so urce' "$odd"
mount --bind "$odd" "$odd"
mount -o remount,bind,noexec "$odd"
exec "$1""#;

#[test]
fn mounts_with_odd_names_are_read_as_they_are() {
    if !is_root("mounts") {
        return;
    }
    let stage = Stage::new();
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", MOUNTING]).arg(stage.path());
    command.arg(stage.subject());
    let subject = Subject::start(&mut command);
    let mounts = privileges(&subject).mounts;
    let mounts = mounts.known().unwrap();
    let raw = fs::read(format!("/proc/{}/mountinfo", subject.pid())).unwrap();
    let lines = raw
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    let lines: Vec<_> = lines.collect();
    assert_eq!(mounts.len(), lines.len());
    for (mount, line) in mounts.iter().zip(lines) {
        let (told, line) = (String::from_utf8_lossy(line), written(mount));
        assert_eq!(String::from_utf8_lossy(&line), told);
    }
    let point = stage.path().join(OsStr::from_bytes(b"a b\t\\c\n#\xff"));
    let odd: Vec<_> = mounts.iter().filter(|mount| mount.point == point).collect();
    let [below, above] = odd[..] else {
        panic!("{mounts:#?}");
    };
    for mount in [below, above] {
        let what = (mount.file_system.as_str(), mount.source.as_str());
        assert_eq!(what, ("tmpfs", "so urce"));
        assert!(
            has(&mount.options, "nosuid") && has(&mount.super_options, "size=4k"),
            "{mount:?}"
        );
        assert_eq!(mount.propagation, Vec::<String>::new());
    }
    assert_eq!(above.parent, below.id);
    assert!(has(&above.options, "noexec") && !has(&below.options, "noexec"));
    let inside = format!("/proc/{}/root{}", subject.pid(), stage.path().display());
    let device = fs::metadata(Path::new(&inside).join(point.file_name().unwrap()))
        .unwrap()
        .dev();
    let device = (rustix::fs::major(device), rustix::fs::minor(device));
    assert_eq!(above.device, format!("{}:{}", device.0, device.1));
}

/// What is read once for several must be what each would have been told by itself.
#[test]
fn a_mount_table_is_shared_by_those_alone_that_have_the_same_namespace_and_root() {
    if !is_root("mounts and chroot") {
        return;
    }
    let stage = Stage::new();
    let program = stage.subject();
    let start = |words: &[&str]| {
        let mut command = Command::new(words[0]);
        Subject::start(command.args(&words[1..]))
    };
    let (path, folder) = (program.to_str().unwrap(), stage.path().to_str().unwrap());
    let chroot = ["chroot", folder, "/subject"];
    let subjects = [
        start(&["env", path]),
        start(&["env", path]),
        start(&chroot),
        start(&["unshare", "-m", path]),
        start(&["unshare", "-m", "sh", "-c", MOUNTING, folder, path]),
        start(&[&["unshare", "-m"][..], &chroot].concat()),
        start(&["env", path]),
    ];
    let processes = subjects.each_ref().map(Subject::process);
    let found = privileges_of(&processes).into_iter().map(Result::unwrap);
    let tables: Vec<_> = found.map(|it| it.mounts.known().unwrap().clone()).collect();
    for (subject, table) in subjects.iter().zip(&tables) {
        let alone = privileges(subject).mounts;
        assert_eq!(alone.known().unwrap(), table);
        let raw = fs::read(format!("/proc/{}/mountinfo", subject.pid())).unwrap();
        let lines = raw.split(|byte| *byte == b'\n');
        assert_eq!(table.len(), lines.filter(|line| !line.is_empty()).count());
    }
    let is_one = |one: usize, other: usize| Arc::ptr_eq(&tables[one], &tables[other]);
    assert!(is_one(0, 1) && is_one(0, 6));
    for other in 2..6 {
        assert!(!is_one(0, other), "{other}");
    }
}

/// The line of mountinfo that a mount was read from.
fn written(mount: &Mount) -> Vec<u8> {
    let path = |path: &Path| escape(path.as_os_str().as_bytes(), b" \t\n\\");
    let name = |name: &str| escape(name.as_bytes(), b" \t\n\\#");
    let numbers = format!("{} {} {}", mount.id, mount.parent, mount.device);
    let mut fields = vec![numbers.into_bytes(), path(&mount.root), path(&mount.point)];
    fields.push(name(&mount.options.join(",")));
    fields.extend(mount.propagation.iter().map(|one| name(one)));
    fields.push(b"-".to_vec());
    fields.extend([name(&mount.file_system), name(&mount.source)]);
    fields.push(name(&mount.super_options.join(",")));
    fields.join(&b' ')
}

fn escape(field: &[u8], special: &[u8]) -> Vec<u8> {
    let escaped = |byte: &u8| match special.contains(byte) {
        true => format!("\\{byte:03o}").into_bytes(),
        false => vec![*byte],
    };
    field.iter().flat_map(escaped).collect()
}

fn has(options: &[String], option: &str) -> bool {
    options.iter().any(|known| known == option)
}

#[test]
fn limits_are_what_prlimit_has_set() {
    let stage = Stage::new();
    let words = [
        "prlimit",
        "--nofile=100:200",
        "--core=0",
        "--cpu=1000:unlimited",
        "--stack=65536:131072",
        "--",
    ];
    let subject = stage.start(&words, &[]);
    let limits = privileges(&subject).limits;
    let limits = limits.known().unwrap();
    let limit = |name: &str, soft, hard, unit: &str| Limit {
        name: name.to_owned(),
        soft,
        hard,
        unit: unit.to_owned(),
    };
    for expected in [
        limit("Max open files", Some(100), Some(200), "files"),
        limit("Max core file size", Some(0), Some(0), "bytes"),
        limit("Max cpu time", Some(1000), None, "seconds"),
        limit("Max stack size", Some(65536), Some(131_072), "bytes"),
    ] {
        assert!(limits.contains(&expected), "{expected:?}: {limits:?}");
    }
    let lines = subject.file("limits");
    assert_eq!(limits.len(), lines.lines().count() - 1);
    for (limit, line) in limits.iter().zip(lines.lines().skip(1)) {
        let word = |amount: Option<u64>| {
            amount.map_or("unlimited".to_owned(), |amount| amount.to_string())
        };
        let (soft, hard) = (word(limit.soft), word(limit.hard));
        let expected = format!("{:<26}{soft:<21}{hard:<21}{:<10}", limit.name, limit.unit);
        assert_eq!(expected.trim_end(), line.trim_end());
    }
}

/// Where a group can be made: of version 1, and of version 2 beside it or alone.
const HIERARCHIES: [(&str, &str); 3] = [
    ("pids", "/sys/fs/cgroup/pids"),
    ("", "/sys/fs/cgroup/unified"),
    ("", "/sys/fs/cgroup"),
];

/// Whether a process could be moved into a control group of its own, of the hierarchy of the folder above.
fn move_into(group: &Path, process: u32) -> bool {
    let hierarchy = group.parent().unwrap();
    if !hierarchy.join("cgroup.procs").exists() {
        eprintln!(
            "skipped: a group of {}, since there is none",
            hierarchy.display()
        );
        return false;
    }
    if !is_root("a control group of its own") || fs::create_dir(group).is_err() {
        return false;
    }
    fs::write(group.join("cgroup.procs"), process.to_string()).unwrap();
    true
}

#[test]
fn control_groups_are_those_of_the_file() {
    let stage = Stage::new();
    let subject = stage.start(&[], &[]);
    let name = format!("privileges {}", std::process::id());
    let moved: Vec<_> = HIERARCHIES
        .iter()
        .filter(|(_, hierarchy)| move_into(&Path::new(hierarchy).join(&name), subject.number()))
        .collect();
    let cgroups = privileges(&subject).cgroups;
    let cgroups = cgroups.known().unwrap();
    let raw = subject.file("cgroup");
    let mut subject = subject;
    subject.end();
    for (controllers, hierarchy) in moved {
        support::until(|| fs::remove_dir(Path::new(hierarchy).join(&name)).is_ok());
        let expected = ((*controllers).to_owned(), Path::new("/").join(&name));
        assert!(cgroups.contains(&expected), "{cgroups:?}");
    }
    assert_eq!(raw.lines().count(), cgroups.len());
    for (line, (controllers, path)) in raw.lines().zip(cgroups.iter()) {
        assert!(
            line.ends_with(&format!(":{controllers}:{}", path.display())),
            "{line}"
        );
    }
}

/// The kernel says what a label is only where a security module gives one; how it is read is tested where it is.
#[test]
fn a_label_is_that_of_the_file_where_there_are_any() {
    let subject = Stage::new().start(&[], &[]);
    let raw = fs::read_to_string(format!("/proc/{}/attr/current", subject.pid()));
    let raw = raw
        .ok()
        .map(|label| label.trim_end_matches(['\n', '\0']).to_owned());
    let label = raw.filter(|label| !label.is_empty());
    if label.is_none() {
        eprintln!("skipped: no security module gives a label, so there is none to be told wrongly");
    }
    assert_eq!(privileges(&subject).label, Seen::Known(label));
}

#[test]
fn a_namespace_belongs_to_the_user_namespace_that_made_it() {
    let stage = Stage::new();
    let subject = stage.start(&["unshare", "-U", "-r", "-n"], &[]);
    let it = privileges(&subject);
    let inode = |path: String| fs::metadata(path).unwrap().ino();
    let (own, outer) = (
        inode(format!("/proc/{}/ns/user", subject.pid())),
        inode("/proc/self/ns/user".to_owned()),
    );
    let owner = |kind: NamespaceKind| it.owners[kind as usize].known().unwrap().clone();
    let network = owner(NamespaceKind::Network);
    assert_eq!(network.user_namespace, Seen::Known(own));
    assert_eq!(network.uid, Seen::Known(rustix::process::getuid().as_raw()));
    // Of the user namespace itself its parent is told.
    assert_eq!(
        owner(NamespaceKind::User).user_namespace,
        Seen::Known(outer)
    );
    let uts = owner(NamespaceKind::Uts);
    assert_eq!(
        (uts.user_namespace, uts.uid),
        (Seen::Known(outer), Seen::Known(0))
    );
    let unreadable = Seen::from(Why::NotPermitted);
    let own = Stage::new().start(&[], &[]).process().privileges().unwrap();
    let parent = NamespaceOwner {
        user_namespace: unreadable,
        uid: Why::NotPermitted.into(),
    };
    assert_eq!(
        own.owners[NamespaceKind::User as usize],
        Seen::Known(parent)
    );
}

/// The inode of a process's user namespace.
fn user_namespace(process: &str) -> u64 {
    fs::metadata(format!("/proc/{process}/ns/user"))
        .unwrap()
        .ino()
}

fn is_below(kind: NamespaceKind) -> bool {
    kind != NamespaceKind::User
}

#[test]
fn every_namespace_that_was_made_in_a_user_namespace_belongs_to_it_and_to_who_made_that() {
    if !is_root("namespaces that another user makes") {
        return;
    }
    let unshare = "-m -n -i -u -C -p -T -f --kill-child";
    let tester = fs::metadata("/home/tester").unwrap().uid();
    let as_tester = "setpriv --reuid tester --regid tester --clear-groups";
    for (words, new, uid) in [
        (format!("unshare {unshare}"), false, 0),
        (format!("unshare -U -r {unshare}"), true, 0),
        (format!("{as_tester} unshare -U -r {unshare}"), true, tester),
    ] {
        let words: Vec<_> = words.split(' ').collect();
        let subject = Stage::new().start(&words, &[]);
        let it = privileges(&subject);
        let own = user_namespace(&subject.number().to_string());
        let outer = user_namespace("self");
        assert_eq!(own != outer, new, "{words:?}");
        for kind in NamespaceKind::ALL
            .into_iter()
            .filter(|kind| is_below(*kind))
        {
            let expected = NamespaceOwner {
                user_namespace: Seen::Known(own),
                uid: Seen::Known(uid),
            };
            let owner = &it.owners[kind as usize];
            assert_eq!(*owner, Seen::Known(expected), "{words:?}: {kind:?}");
        }
    }
}

/// Every line of a status, and every link, that essentials are read from.
fn is_what_the_files_say(folder: &str, it: &Essentials) {
    let raw = |key| support::raw(&format!("{folder}/status"), key);
    let joined = |numbers: &[u32]| {
        let words: Vec<_> = numbers.iter().map(u32::to_string).collect();
        words.join(" ")
    };
    for (key, ids) in [("Uid", it.uid), ("Gid", it.gid)] {
        let ids = joined(&[ids.real, ids.effective, ids.saved, ids.filesystem]);
        assert_eq!(raw(key).replace('\t', " "), ids, "{folder}: {key}");
    }
    assert_eq!(raw("Groups"), joined(&it.groups), "{folder}");
    let sets = it.capabilities;
    for (key, set) in [
        ("CapInh", sets.inheritable),
        ("CapPrm", sets.permitted),
        ("CapEff", sets.effective),
        ("CapBnd", sets.bounding),
        ("CapAmb", sets.ambient),
    ] {
        assert_eq!(raw(key), format!("{:016x}", set.0), "{folder}: {key}");
    }
    assert_eq!(raw("NoNewPrivs"), u8::from(it.no_new_privs).to_string());
    let mode = match it.seccomp.mode {
        SeccompMode::Off => "0",
        SeccompMode::Strict => "1",
        SeccompMode::Filter => "2",
    };
    assert_eq!(raw("Seccomp"), mode, "{folder}");
    let filters = it.seccomp.filters.unwrap().to_string();
    assert_eq!(raw("Seccomp_filters"), filters, "{folder}");
    for kind in NamespaceKind::ALL {
        let inode = fs::metadata(format!("/proc/{folder}/ns/{}", kind.name()));
        assert_eq!(*it.namespaces.of(kind), Seen::Known(inode.unwrap().ino()));
    }
}

#[test]
fn threads_that_differ_are_told_with_what_they_may() {
    let stage = Stage::new();
    let actions = if is_root("threads with other ids") {
        &[
            "filter",
            "thread=filter",
            "thread=name=other",
            "thread=uids=1,2,3,4",
            "thread=effect-not=5",
            "thread=unshare=0x400",
            "thread=gids=1,2,3,4",
            "thread=groups=5,6",
            "thread=inherit=13",
            "thread=permit-not=0",
            "thread=bound-not=5",
            "thread=no-new-privs",
            "thread=unshare=0x04000000",
        ][..]
    } else {
        &[
            "no-new-privs",
            "filter",
            "thread=filter",
            "thread=name=other",
        ]
    };
    let subject = stage.start(&[], actions);
    let it = privileges(&subject);
    // `filter` and `unshare=CLONE_FILES`: the one differs, the other changes nothing that is looked at; nor does a name.
    let tids: Vec<_> = it.threads.iter().map(|thread| thread.tid).collect();
    assert_eq!(it.thread_count.to_string(), subject.raw("Threads"));
    assert!(!tids.contains(&subject.number()));
    for thread in &it.threads {
        let raw = |key| {
            support::raw(
                &format!("{}/task/{}/status", subject.pid(), thread.tid),
                key,
            )
        };
        let folder = format!("{}/task/{}", subject.pid(), thread.tid);
        is_what_the_files_say(&folder, &thread.essentials);
        assert_eq!(raw("Name"), thread.name);
        let one = subject
            .process()
            .essentials_of(rustix::process::Pid::from_raw(thread.tid.cast_signed()).unwrap());
        assert_eq!(one.unwrap(), thread.essentials);
    }
    let differing = if actions.len() == 13 { 10 } else { 1 };
    assert_eq!(it.threads.len(), differing, "{:#?}", it.threads);
    assert_eq!(it.threads[0].essentials.seccomp.filters, Some(2));
    assert_eq!(it.essentials.seccomp.filters, Some(1));
}

#[test]
fn filters_are_only_for_a_tracer_to_read() {
    let stage = Stage::new();
    let with = privileges(&stage.start(&[], &["no-new-privs", "filter"]));
    assert_eq!(with.filters, Why::NeedsTracing.into());
    let allow = Instruction {
        code: 0x06,
        operand: 0x7fff_0000,
        ..Instruction::default()
    };
    let told = with.with_filters(&[vec![allow]]);
    assert_eq!(
        told.filters,
        Seen::Known(vec![vec!["return allow".to_owned()]])
    );
    let without = privileges(&stage.start(&[], &[]));
    assert_eq!(without.filters, Seen::Known(vec![]));
}
