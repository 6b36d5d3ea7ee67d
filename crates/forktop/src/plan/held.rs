//! Where what a void may do, and what it was granted, disagree.
use super::reached;
use super::{Grants, Plan};
use crate::model::Process;
use privileges::{Essentials, NamespaceKind, SeccompMode, Seen};
use std::fmt;

/// A disagreement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// The process may do something for which there is no grant.
    Unexplained(String),
    /// It does not hold something that was granted.
    NotHeld(String),
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unexplained(what) => write!(formatter, "not explained by the plan: {what}"),
            Self::NotHeld(what) => write!(formatter, "granted, but not held: {what}"),
        }
    }
}

/// All disagreements between what is known of a void's process and its grants; `outside` is what the shim may do.
///
/// A process that has not executed a program yet is still being made, and agrees with nothing: there are none for it.
#[must_use]
pub fn findings(
    plan: &Plan,
    grants: &Grants,
    process: &Process,
    outside: Option<&Essentials>,
) -> Vec<Finding> {
    if process.execs.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    if let Some(essentials) = &process.essentials {
        findings.extend(credentials(plan, grants, essentials));
        findings.extend(capabilities(grants, essentials));
        findings.extend(
            outside
                .into_iter()
                .flat_map(|outside| shared(essentials, outside)),
        );
    }
    if let Some((_, privileges)) = &process.looked {
        findings.extend(reached::mounts(grants, privileges));
        findings.extend(reached::descriptors(grants, privileges));
        findings.extend(reached::sockets(grants, privileges));
    }
    findings.sort();
    findings.dedup();
    findings
}

fn unexplained(holds: bool, what: impl FnOnce() -> String) -> Option<Finding> {
    holds.then(|| Finding::Unexplained(what()))
}

fn credentials<'a>(
    plan: &'a Plan,
    grants: &'a Grants,
    essentials: &'a Essentials,
) -> impl Iterator<Item = Finding> + 'a {
    let identity = grants.identity;
    let (uid, gid) = (essentials.uid, essentials.gid);
    let users = [uid.real, uid.effective, uid.saved, uid.filesystem];
    let groups = [gid.real, gid.effective, gid.saved, gid.filesystem];
    let other_user = users.into_iter().find(|uid| *uid != identity.host_uid);
    let other_group = groups.into_iter().find(|gid| *gid != identity.host_gid);
    let left = !essentials.groups.is_empty() && plan.supplementary_groups_dropped;
    [
        other_user.map(|uid| Finding::Unexplained(format!("it is user {uid} on the host"))),
        other_group.map(|gid| Finding::Unexplained(format!("it is group {gid} on the host"))),
        unexplained(left, || {
            format!("supplementary groups {:?}", essentials.groups)
        }),
        unexplained(!essentials.no_new_privs, || {
            "it may gain privileges by executing a program".to_owned()
        }),
        unexplained(essentials.seccomp.mode == SeccompMode::Off, || {
            "its system calls are not filtered".to_owned()
        }),
    ]
    .into_iter()
    .flatten()
}

fn capabilities<'a>(
    grants: &'a Grants,
    essentials: &'a Essentials,
) -> impl Iterator<Item = Finding> + 'a {
    let sets = essentials.capabilities;
    let any =
        sets.inheritable.0 | sets.permitted.0 | sets.effective.0 | sets.ambient.0 | sets.bounding.0;
    let granted = |number: u32| {
        let name = privileges::capability_name(number);
        grants.capabilities.contains(&name)
    };
    let bits = |set: u64| (0..64).filter(move |number| set >> number & 1 == 1);
    let beyond = bits(any).filter(move |number| !granted(*number));
    let beyond = beyond.map(|number| Finding::Unexplained(privileges::capability_name(number)));
    let missing = grants.capabilities.iter().filter(move |name| {
        !bits(sets.permitted.0).any(|number| privileges::capability_name(number) == **name)
    });
    beyond.chain(missing.map(|name| Finding::NotHeld(name.clone())))
}

/// Every namespace of a void is its own.
fn shared<'a>(
    essentials: &'a Essentials,
    outside: &'a Essentials,
) -> impl Iterator<Item = Finding> + 'a {
    let known = |essentials: &Essentials, kind| match essentials.namespaces.of(kind) {
        Seen::Known(inode) => Some(*inode),
        Seen::Unreadable { .. } => None,
    };
    let shares = move |kind: &NamespaceKind| {
        let own = known(essentials, *kind);
        own.is_some() && own == known(outside, *kind)
    };
    NamespaceKind::ALL
        .into_iter()
        .filter(shares)
        .map(|kind| Finding::Unexplained(format!("the {} namespace of the shim", kind.name())))
}

#[cfg(test)]
mod tests;
