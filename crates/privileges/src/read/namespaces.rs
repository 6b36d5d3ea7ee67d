//! The links of `/proc/PID/ns`, such as `net:[4026531833]` (namespaces(7)).
use super::folder::{Folder, number};
use crate::{Essentials, NamespaceKind, Namespaces, Seen, Why};
use rustix::fs::CWD;
use rustix::io::Errno;
use std::mem::MaybeUninit;

/// The links' names, in the order of [`NamespaceKind::ALL`].
const LINKS: [&str; 8] = [
    "ns/user",
    "ns/mnt",
    "ns/pid",
    "ns/net",
    "ns/ipc",
    "ns/uts",
    "ns/cgroup",
    "ns/time",
];

/// The link of this kind.
#[expect(
    clippy::indexing_slicing,
    reason = "there is one of each kind, in the order of the kinds"
)]
pub(super) const fn link(kind: NamespaceKind) -> &'static str {
    LINKS[kind as usize]
}

/// Those of the process, or thread, that this folder is of, which had these `before`, or whose process has. No process ever
/// leaves the pid namespace that it was made in, nor a thread that of its process (pid_namespaces(7)).
pub(crate) fn namespaces(folder: &Folder, before: Option<&Namespaces>) -> Namespaces {
    let pid = before.map(|before| *before.of(NamespaceKind::Pid));
    let pid = pid.filter(|pid| pid.known().is_some());
    let own = NamespaceKind::ALL.map(|kind| match pid {
        Some(pid) if kind == NamespaceKind::Pid => pid,
        _ => namespace(folder, link(kind)),
    });
    let mut namespaces = Namespaces {
        own,
        pid_for_children: None,
        time_for_children: None,
    };
    let differing = |link, kind: NamespaceKind| {
        let children = namespace(folder, link);
        // A kernel without such namespaces has neither link.
        (children != *namespaces.of(kind)).then_some(children)
    };
    // A process that has ended has a pid namespace still, but none of those of which it could make children.
    let has_ended = *namespaces.of(NamespaceKind::Network) == Why::Absent.into();
    let pid = differing("ns/pid_for_children", NamespaceKind::Pid).filter(|_| !has_ended);
    let time = differing("ns/time_for_children", NamespaceKind::Time);
    (namespaces.pid_for_children, namespaces.time_for_children) = (pid, time);
    namespaces
}

/// The same of one that cannot have changed them since it was last read, in which it executed nothing or has just done so:
/// each but the user namespace takes `CAP_SYS_ADMIN` (setns(2), unshare(2)), and without an exec that comes only with a new
/// user namespace, from which no way leads back.
pub(crate) fn namespaces_since(folder: &Folder, before: &Essentials) -> Option<Namespaces> {
    const SYS_ADMIN: u32 = 21;
    let user = *before.namespaces.of(NamespaceKind::User);
    let is_bound = !before.capabilities.permitted.contains(SYS_ADMIN) && user.known().is_some();
    // An exec leads into that of its next children, if that is another (time_namespaces(7)).
    let is_bound = is_bound && before.namespaces.time_for_children.is_none();
    let is_same = || namespace(folder, link(NamespaceKind::User)) == user;
    (is_bound && is_same()).then(|| before.namespaces.clone())
}

/// The user namespace of the calling thread: by it the kernel translates the ids of what the thread reads.
pub(crate) fn readers_user_namespace() -> Option<u64> {
    let mut buffer = [MaybeUninit::<u8>::uninit(); 64];
    let link = "/proc/thread-self/ns/user";
    let (target, _) = rustix::fs::readlinkat_raw(CWD, link, buffer.as_mut_slice()).ok()?;
    inode(target)
}

/// The network namespace of the process, or thread, that this folder is of.
pub(crate) fn network(folder: &Folder) -> Option<u64> {
    namespace(folder, link(NamespaceKind::Network))
        .known()
        .copied()
}

fn namespace(folder: &Folder, link: &str) -> Seen<u64> {
    let mut buffer = [MaybeUninit::uninit(); 64];
    match folder.short_link(link, &mut buffer) {
        Ok(target) => match inode(target) {
            Some(inode) => Seen::Known(inode),
            None => Why::Failed(Errno::ILSEQ.raw_os_error()).into(),
        },
        Err(errno) => Why::new(errno).into(),
    }
}

/// The number in `net:[4026531833]`.
fn inode(target: &[u8]) -> Option<u64> {
    let behind = target.iter().position(|byte| *byte == b':')?;
    let (_, target) = target.split_at_checked(behind)?;
    number(target.strip_prefix(b":[")?.strip_suffix(b"]")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_told_by_the_number_in_its_link() {
        assert_eq!(inode(b"net:[4026531833]"), Some(4_026_531_833));
        for senseless in [
            &b""[..],
            b":[",
            b"net:[",
            b"net:[x]",
            b"net:[1",
            b"net:1]",
            b"\xff:[1]]",
        ] {
            assert_eq!(inode(senseless), None, "{senseless:?}");
        }
    }
}
