//! What can be read of a process at every event, quickly: the ground of what it may do.
use crate::{Capabilities, IdMap, Ids, NamespaceKind, Namespaces, Seccomp, Seen, Why};
use serde::{Deserialize, Serialize};

/// The credentials, filters and namespaces of a thread.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Essentials {
    /// Its user ids.
    pub uid: Ids,
    /// Its group ids.
    pub gid: Ids,
    /// Its supplementary groups, in the kernel's order.
    pub groups: Vec<u32>,
    /// Its capability sets, which count in its own user namespace and those below.
    pub capabilities: Capabilities,
    /// Whether no exec gives it anything (`PR_SET_NO_NEW_PRIVS`).
    pub no_new_privs: bool,
    /// How its system calls are filtered.
    pub seccomp: Seccomp,
    /// The namespaces that it is in.
    pub namespaces: Namespaces,
    /// How its user namespace maps user ids, as the reader's sees it; `None` if that is the reader's own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub uid_map: Option<Seen<Vec<IdMap>>>,
    /// How its user namespace maps group ids, as the reader's sees it; `None` if that is the reader's own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gid_map: Option<Seen<Vec<IdMap>>>,
}

impl Essentials {
    /// Those with which a process begins that a thread with these makes by a clone that asks for no namespaces (clone(2));
    /// `None` if the thread has ended, so that its own are not known any more.
    #[must_use]
    pub fn of_a_child(mut self, shares_memory: bool) -> Option<Self> {
        let namespaces = &mut self.namespaces;
        if *namespaces.of(NamespaceKind::Network) == Why::Absent.into() {
            return None;
        }
        if let Some(pid) = namespaces.pid_for_children {
            namespaces.own[NamespaceKind::Pid as usize] = pid;
        }
        namespaces.pid_for_children = None;
        // A process cannot change its clocks while it shares memory (time_namespaces(7)).
        if !shares_memory && let Some(time) = namespaces.time_for_children.take() {
            namespaces.own[NamespaceKind::Time as usize] = time;
        }
        Some(self)
    }
}
