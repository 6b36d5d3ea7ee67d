//! The eight namespaces of a void, and why there will be no more. One function a kind that needs more than the clone:
//! a new network namespace holds nothing but a loopback that is down, and a new ipc namespace holds nothing.
use crate::description::{Identity, Void};
use crate::step::{Steps, Subject};
use kernel::{Namespaces, Operation, Slot, Slots};
use std::ffi::CString;

/// What the clone itself makes. The time namespace follows from [`start_the_clock`], and the cgroup namespace of a void
/// that `joins` a control group once it is in there.
pub(crate) fn of_the_clone(joins: bool) -> Namespaces {
    match joins {
        true => Namespaces::all().difference(Namespaces::CGROUP),
        false => Namespaces::all(),
    }
}

/// user: one user and one group exist. On the host they are the launcher's.
pub(crate) fn map_ids(steps: &mut Steps, inside: Identity, launcher: Identity) {
    let mut write = |path: &str, content: String, words: String| {
        let path = c_path(path);
        let content = content.into_bytes();
        steps.push(
            Operation::Write { path, content },
            &Subject::Identity,
            words,
        );
    };
    let (uid, gid) = (inside.uid, inside.gid);
    write(
        "/proc/self/uid_map",
        format!("{uid} {} 1\n", launcher.uid),
        format!("map user {uid} to the launcher's {}", launcher.uid),
    );
    // The kernel demands this of whoever has no CAP_SETGID over the launcher's namespace: a group that denies something
    // could be left otherwise.
    write(
        "/proc/self/setgroups",
        "deny".to_owned(),
        "give up changing groups".to_owned(),
    );
    write(
        "/proc/self/gid_map",
        format!("{gid} {} 1\n", launcher.gid),
        format!("map group {gid} to the launcher's {}", launcher.gid),
    );
}

/// time: the clocks since boot start at 0. With `CLONE_NEWTIME` in the clone the offsets would be frozen, so the
/// namespace is unshared, and takes effect at exec.
pub(crate) fn start_the_clock(steps: &mut Steps, uptime: Uptime) {
    steps.always(
        Operation::UnshareTime,
        "leave the launcher's time namespace",
    );
    let content = format!(
        "monotonic -{} 0\nboottime -{} 0\n",
        uptime.monotonic, uptime.boot
    );
    let write = Operation::Write {
        path: c_path("/proc/self/timens_offsets"),
        content: content.into_bytes(),
    };
    steps.always(write, "start the clocks since boot at 0");
}

/// What the host's clocks since boot say, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Uptime {
    pub(crate) monotonic: u64,
    pub(crate) boot: u64,
}

/// uts: a name of the void's own, and no domain.
pub(crate) fn name(steps: &mut Steps, void: &Void) {
    let name = void.hostname.clone();
    let words = format!("make the host name `{name}`");
    steps.push(
        Operation::HostName(name.into_bytes()),
        &Subject::HostName,
        words,
    );
    steps.always(
        Operation::DomainName(b"(none)".to_vec()),
        "have no domain name",
    );
}

const KINDS: [&str; 8] = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"];

/// The files that bound how many namespaces there may be below the void's. They are opened while /proc is there, and
/// written when the void needs no more itself: a detached mount counts as a mount namespace.
pub(crate) fn open_limits(steps: &mut Steps, slots: &mut Slots) -> Vec<Slot> {
    KINDS
        .iter()
        .map(|kind| {
            let slot = slots.reserve();
            let path = c_path(&format!("/proc/sys/user/max_{kind}_namespaces"));
            steps.always(
                Operation::OpenForWriting { path, slot },
                format!("reach the limit of {kind} namespaces"),
            );
            slot
        })
        .collect()
}

/// No namespace can be made below the void's, whatever the filter lets through.
pub(crate) fn forbid_more(steps: &mut Steps, limits: &[Slot]) {
    for (&slot, kind) in limits.iter().zip(KINDS) {
        let content = b"0".to_vec();
        steps.always(
            Operation::WriteSlot { slot, content },
            format!("forbid {kind} namespaces below its own"),
        );
    }
}

fn c_path(path: &str) -> CString {
    CString::new(path).unwrap_or_default()
}
