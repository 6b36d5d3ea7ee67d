//! What of a void's process could not be compared with its grants.
use crate::model::Process;
use privileges::{NamespaceKind, Seen, Why};

/// What was not seen, and why. Which system calls its filters let through is never compared.
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
