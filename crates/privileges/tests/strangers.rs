//! What one user may not see of another's process is marked as that, and is never empty.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use privileges::{Difference, NamespaceKind, Privileges, Process, Seen, Why};
use rustix::process::{Gid, Uid};
use std::os::unix::ffi::OsStrExt;
use std::process::Command;
use support::{Stage, Subject, is_root};

/// Does something as `tester`, in a thread that has become that user for good.
fn as_tester<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let id = |flag: &str| -> u32 {
        let output = Command::new("id").args([flag, "tester"]).output().unwrap();
        String::from_utf8(output.stdout)
            .unwrap()
            .trim()
            .parse()
            .unwrap()
    };
    let (uid, gid) = (Uid::from_raw(id("-u")), Gid::from_raw(id("-g")));
    let thread = std::thread::spawn(move || {
        rustix::thread::set_thread_groups(&[]).unwrap();
        rustix::thread::set_thread_res_gid(gid, gid, gid).unwrap();
        rustix::thread::set_thread_res_uid(uid, uid, uid).unwrap();
        work()
    });
    thread.join().unwrap()
}

fn looked_at_by_tester(subject: &Subject) -> Privileges {
    let pid = subject.pid();
    as_tester(move || Process::open(pid).unwrap().privileges().unwrap())
}

#[test]
fn of_another_users_process_only_the_public_is_told() {
    if !is_root("another user's process") {
        return;
    }
    let stage = Stage::new();
    let subject = stage.start(&[], &["groups=3,5", "no-new-privs"]);
    let why = Why::NotPermitted;
    let it = looked_at_by_tester(&subject);
    assert_eq!(
        (it.essentials.uid.real, &it.essentials.groups[..]),
        (0, &[3, 5][..])
    );
    assert!(it.essentials.no_new_privs);
    for kind in NamespaceKind::ALL {
        assert_eq!(
            *it.essentials.namespaces.of(kind),
            Seen::from(why),
            "{kind:?}"
        );
        assert_eq!(it.owners[kind as usize], Seen::from(why), "{kind:?}");
    }
    assert_eq!(it.essentials.namespaces.pid_for_children, None);
    for path in [&it.root, &it.directory, &it.program] {
        assert_eq!(*path, Seen::from(why));
    }
    assert_eq!(it.descriptors, Seen::from(why));
    assert!(
        it.mounts.known().is_some() && it.limits.known().is_some() && it.cgroups.known().is_some()
    );
    // Whether its user namespace is the reader's is not told, but its map is.
    assert!(matches!(&it.essentials.uid_map, Some(Seen::Known(map)) if map[0].count == u32::MAX));
    let pid = subject.pid();
    let facts = as_tester(move || Process::open(pid).unwrap().facts().unwrap());
    assert_eq!(facts.environment, Seen::from(why));
    assert_eq!(facts.name, "subject");
    let arguments: Vec<_> = facts.arguments.known().unwrap().iter().collect();
    assert_eq!(arguments[0], stage.subject().as_os_str().as_bytes());
}

#[test]
fn nothing_unreadable_passes_for_the_same() {
    if !is_root("another user's process") {
        return;
    }
    let stage = Stage::new();
    let it = looked_at_by_tester(&stage.start(&[], &[]));
    let difference = Difference::between(&it, &it);
    assert!(difference.changes.is_empty());
    let unknown: Vec<_> = difference
        .unknown
        .iter()
        .map(|unknown| unknown.what)
        .collect();
    for what in ["user namespace", "net namespace", "root", "descriptors"] {
        assert!(unknown.contains(&what), "{what}: {unknown:?}");
    }
}

#[test]
fn of_ones_own_process_all_is_told() {
    if !is_root("the user tester") {
        return;
    }
    let stage = Stage::new();
    let words = [
        "setpriv",
        "--reuid",
        "tester",
        "--regid",
        "tester",
        "--clear-groups",
        "unshare",
        "-U",
        "-r",
        "-n",
    ];
    let subject = stage.start(&words, &[]);
    let it = looked_at_by_tester(&subject);
    for kind in NamespaceKind::ALL {
        assert!(
            it.essentials.namespaces.of(kind).known().is_some(),
            "{kind:?}"
        );
    }
    assert!(it.mounts.known().is_some() && it.descriptors.known().is_some());
    let own = it.essentials.namespaces.of(NamespaceKind::User);
    let network = it.owners[NamespaceKind::Network as usize].known().unwrap();
    assert_eq!(network.user_namespace, *own);
    assert_eq!(network.uid, Seen::Known(it.essentials.uid.real));
    let [map] = it.essentials.uid_map.as_ref().unwrap().known().unwrap()[..] else {
        panic!("{it:#?}");
    };
    assert_eq!((map.inside, map.count), (0, 1));
}

/// A user namespace of one's own is entered to ask for the sockets of its network.
#[test]
fn an_ordinary_user_learns_the_peers_in_its_own_namespaces() {
    if !is_root("the user tester") {
        return;
    }
    let stage = Stage::new();
    let script =
        "import socket, signal; pair = socket.socketpair(); print(flush=True); signal.pause()";
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "tester", "--regid", "tester", "--clear-groups"]);
    command.args([
        "unshare",
        "-U",
        "-r",
        "-n",
        "/usr/bin/python3",
        "-c",
        script,
    ]);
    let subject = Subject::start_below(command.current_dir(stage.path()));
    let it = looked_at_by_tester(&subject);
    let open = it.descriptors.known().unwrap().iter();
    let peers: Vec<_> = open
        .filter_map(|open| match &open.object {
            privileges::Object::Socket(socket) => Some((socket.inode, socket.peer)),
            _ => None,
        })
        .collect();
    let [(one, ones), (other, others)] = peers[..] else {
        panic!("{peers:?}");
    };
    assert_eq!((ones, others), (Some(other), Some(one)));
}
