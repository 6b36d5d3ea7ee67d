//! New namespaces are new, others are the parent's, and ties keep what they tie.
use crate::process::{FAILED, Held, alone, answer, code};
use clone3::{Clone3, How, Namespaces, OtherNamespaces, OwnMemory, Ties};
use rustix::fs::{CWD, Mode, OFlags};
use std::fs::read_link;

const KINDS: [(Namespaces, &str); 7] = [
    (Namespaces::CGROUP, "cgroup"),
    (Namespaces::IPC, "ipc"),
    (Namespaces::MOUNT, "mnt"),
    (Namespaces::NET, "net"),
    (Namespaces::PID, "pid"),
    (Namespaces::USER, "user"),
    (Namespaces::UTS, "uts"),
];

/// The kinds of which a child of this has another than the test.
fn new_kinds<M: OwnMemory, T>(clone: &Clone3<'_, M, T>) -> Vec<&'static str> {
    let held = Held::start(clone, || 0);
    let names = KINDS.iter().map(|(_, name)| *name).chain(["time"]);
    names
        .filter(|name| {
            let [own, childs] = [
                format!("/proc/self/ns/{name}"),
                held.proc(&format!("ns/{name}")),
            ]
            .map(|link| read_link(link).expect("a namespace"));
            own != childs
        })
        .collect()
}

#[test]
fn a_child_has_the_new_namespaces_that_were_asked_for_and_no_others() {
    assert_eq!(new_kinds(&Clone3::new()), [""; 0]);
    for (kind, name) in KINDS {
        let new = new_kinds(&Clone3::new().namespaces(Namespaces::USER | kind));
        let expected = KINDS.iter().map(|(_, name)| *name);
        let expected: Vec<_> = expected
            .filter(|one| [name, "user"].contains(one))
            .collect();
        assert_eq!(new, expected, "{name}");
    }
    assert_eq!(
        new_kinds(&Clone3::new().namespaces(Namespaces::all())).len(),
        KINDS.len()
    );
}

#[test]
fn namespaces_that_are_asked_for_one_by_one_add_up() {
    let clone = Clone3::new()
        .namespaces(Namespaces::USER)
        .namespaces(Namespaces::UTS);
    assert_eq!(new_kinds(&clone), ["user", "uts"]);
}

#[test]
fn a_new_time_namespace_has_offsets_that_are_frozen() {
    let clone = Clone3::new()
        .namespaces(Namespaces::USER)
        .new_time_namespace();
    assert_eq!(new_kinds(&clone), ["user", "time"]);
    let errno = answer(&clone, || {
        let Ok(file) =
            rustix::fs::open(c"/proc/self/timens_offsets", OFlags::WRONLY, Mode::empty())
        else {
            return FAILED;
        };
        match rustix::io::write(&file, b"monotonic 1 0") {
            Ok(_) => 0,
            Err(errno) => u8::try_from(errno.raw_os_error()).unwrap_or(FAILED),
        }
    });
    assert_eq!(errno, How::Exited(libc::EACCES));
}

/// Whether a child that changes its directory changes the caller's.
fn directory_follows<T>(clone: &Clone3<'_, clone3::CopiedMemory, T>) -> u8 {
    let inode =
        || rustix::fs::statat(CWD, c".", rustix::fs::AtFlags::empty()).map(|stat| stat.st_ino);
    let before = inode();
    match code(clone, || {
        rustix::process::chdir(c"/proc/self").map_or(FAILED, |()| 0)
    }) {
        0 => (inode() != before).into(),
        failed => failed,
    }
}

#[test]
fn a_tied_child_has_its_parents_directory_and_may_have_other_namespaces() {
    assert_eq!(
        alone(|| directory_follows(&Clone3::tied(Ties::FS))),
        How::Exited(1)
    );
    assert_eq!(alone(|| directory_follows(&Clone3::new())), How::Exited(0));
    let clone = Clone3::tied(Ties::FS).namespaces(OtherNamespaces::PID);
    let pid = || u8::try_from(rustix::process::getpid().as_raw_pid()).unwrap_or(FAILED);
    assert_eq!(alone(|| code(&clone, pid)), How::Exited(1));
}

/// The value of a semaphore after a child has raised it, to be undone at its end, and has ended.
fn semaphore_after<T>(clone: &Clone3<'_, clone3::CopiedMemory, T>) -> u8 {
    // SAFETY: semget takes integers only.
    let set = unsafe { libc::semget(libc::IPC_PRIVATE, 1, 0o600) };
    let child = code(clone, || {
        let mut raise = libc::sembuf {
            sem_num: 0,
            sem_op: 1,
            sem_flg: libc::c_short::try_from(libc::SEM_UNDO).unwrap_or(0),
        };
        // SAFETY: one live operation is passed, as the count says.
        match unsafe { libc::semop(set, &raw mut raise, 1) } {
            0 => 0,
            _ => FAILED,
        }
    });
    // SAFETY: GETVAL takes no fourth argument.
    let value = unsafe { libc::semctl(set, 0, libc::GETVAL) };
    match child {
        0 => u8::try_from(value).unwrap_or(FAILED),
        failed => failed,
    }
}

#[test]
fn a_tied_child_leaves_what_it_did_to_semaphores_to_be_undone_by_the_last() {
    // An ipc namespace of the test's own, so that no semaphore stays.
    let own = Clone3::new().namespaces(Namespaces::USER | Namespaces::IPC);
    assert_eq!(
        answer(&own, || semaphore_after(&Clone3::tied(Ties::SEMAPHORES))),
        How::Exited(1)
    );
    assert_eq!(
        answer(&own, || semaphore_after(&Clone3::new())),
        How::Exited(0)
    );
}
