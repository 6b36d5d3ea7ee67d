//! What of a void's process was not or is never compared with its grants.
use super::{FileGrant, Grants};
use crate::model::Process;
use privileges::{NamespaceKind, Seen, Why};

/// What was not seen, and why.
#[must_use]
pub fn unseen(process: &Process) -> Vec<(&'static str, Why)> {
    let mut unseen = Vec::new();
    match process.essentials.as_deref() {
        None => unseen.push(("who it is, its capabilities and namespaces", Why::NotRead)),
        Some(essentials) => {
            let namespaces = NamespaceKind::ALL.map(|kind| essentials.namespaces.of(kind));
            let why = namespaces
                .iter()
                .find_map(|namespace| namespace.unreadable());
            unseen.extend(why.map(|why| ("all of its namespaces", why)));
        }
    }
    match &process.looked {
        None => unseen.push(("its mounts, descriptors and sockets", Why::NotRead)),
        Some((_, privileges)) => {
            unseen.extend(why("its mounts", &privileges.mounts));
            unseen.extend(why("its descriptors and sockets", &privileges.descriptors));
        }
    }
    unseen
}

fn why<T>(what: &'static str, seen: &Seen<T>) -> Option<(&'static str, Why)> {
    Some((what, seen.unreadable()?))
}

/// What is compared with nothing, however much is seen.
#[must_use]
pub fn never_compared(grants: &Grants) -> Vec<&'static str> {
    let is_unknown = |grant: &FileGrant| matches!(grant, FileGrant::Host { origin: None, .. });
    let mut never = vec!["which system calls its filters let through"];
    if grants.network.loopback || grants.network.unix {
        never.push("whether it has the loopback and AF_UNIX sockets that it was granted");
    }
    if grants.files.values().any(is_unknown) {
        never.push(
            "what lies at the paths of the host that it was granted (its plan does not tell)",
        );
    }
    never
}
