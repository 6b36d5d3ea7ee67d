//! Where what a void may do, and what it was granted, disagree.
use super::{Grants, Plan};
use super::{begun_with, reached, sockets};
use crate::model::{Cause, Process, Void};
use privileges::{
    CapabilityKind, CapabilitySet, Essentials, NamespaceKind, SeccompMode, Seen, capability_name,
};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::BitOr;

/// A disagreement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// The process may do something for which there is no grant.
    Unexplained(String),
    /// It does not hold something that was granted.
    NotHeld(String),
    /// It held something that was granted, and does not any more: it may do that, and nothing is wrong.
    GivenUp(String),
}

impl Finding {
    /// Whether the void is not what it was planned to be.
    #[must_use]
    pub const fn is_alarm(&self) -> bool {
        !matches!(self, Self::GivenUp(_))
    }

    fn of_thread(self, tid: u32) -> Self {
        let told = |what| format!("thread {tid}: {what}");
        match self {
            Self::Unexplained(what) => Self::Unexplained(told(what)),
            Self::NotHeld(what) => Self::NotHeld(told(what)),
            Self::GivenUp(what) => Self::GivenUp(told(what)),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unexplained(what) => write!(formatter, "not explained by the plan: {what}"),
            Self::NotHeld(what) => write!(formatter, "granted, but not held: {what}"),
            Self::GivenUp(what) => write!(formatter, "granted, given up since: {what}"),
        }
    }
}

/// All disagreements between what is known of a void's process and what the void was granted.
///
/// A process that has not executed a program yet is still being made, and agrees with nothing.
#[must_use]
pub fn findings(void: &Void<'_>, process: &Process) -> Vec<Finding> {
    let mut findings = Vec::new();
    let outside = void.shim.essentials.as_deref();
    if let Some(essentials) = &process.essentials {
        findings.extend(of_thread(void, essentials, outside));
    }
    let is_program = void.is_program(process);
    if is_program {
        findings.extend(capabilities_of_the_program(void, process));
    }
    let mut threads: BTreeMap<_, _> = process
        .threads
        .iter()
        .filter_map(|(tid, thread)| Some((*tid, thread.essentials.as_deref()?)))
        .collect();
    if let Some((_, privileges)) = &process.looked {
        let first = process.first_look.as_deref();
        findings.extend(begun_with::mounts(void.grants, privileges, first));
        if is_program {
            findings.extend(begun_with::descriptors(void.grants, privileges));
        }
        findings.extend(reached::descriptors(void.grants, privileges));
        findings.extend(sockets::sockets(void.grants, privileges));
        threads.extend(
            privileges
                .threads
                .iter()
                .map(|thread| (thread.tid, &thread.essentials)),
        );
    }
    for (tid, essentials) in threads {
        let more = of_thread(void, essentials, outside).filter(|more| !findings.contains(more));
        let more: Vec<_> = more.map(|finding| finding.of_thread(tid)).collect();
        findings.extend(more);
    }
    findings.sort();
    findings.dedup();
    findings
}

/// What a thread may do beyond the grants.
fn of_thread<'a>(
    void: &'a Void<'a>,
    essentials: &'a Essentials,
    outside: Option<&'a Essentials>,
) -> impl Iterator<Item = Finding> + 'a {
    let shared = outside
        .into_iter()
        .flat_map(|outside| shared(essentials, outside))
        .map(|(_, finding)| finding);
    credentials(void.plan, void.grants, essentials)
        .chain(beyond(void.grants, essentials))
        .chain(shared)
}

fn unexplained(holds: bool, what: impl FnOnce() -> String) -> Option<Finding> {
    holds.then(|| Finding::Unexplained(what()))
}

pub(super) fn credentials<'a>(
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

/// They, as findings name them.
pub(super) fn capabilities(set: CapabilitySet) -> String {
    format!("capabilities ({})", set.summary())
}

pub(super) fn granted(grants: &Grants) -> CapabilitySet {
    let is_granted = |number: &u32| grants.capabilities.contains(&capability_name(*number));
    let bits = (0..u64::BITS).filter(is_granted).map(|number| 1 << number);
    CapabilitySet(bits.sum())
}

fn beyond(grants: &Grants, essentials: &Essentials) -> Option<Finding> {
    let sets = CapabilityKind::ALL.map(|kind| essentials.capabilities.of(kind));
    let any = sets.into_iter().fold(CapabilitySet::NONE, BitOr::bitor);
    let beyond = any - granted(grants);
    unexplained(!beyond.is_empty(), || capabilities(beyond))
}

/// Capabilities that the void's program was not given when it began, and those that it has given up since.
fn capabilities_of_the_program(
    void: &Void<'_>,
    process: &Process,
) -> impl Iterator<Item = Finding> {
    let mut steps = process.steps.iter();
    let began = steps.find(|step| step.cause == Cause::Exec(1));
    let found = began
        .zip(process.essentials.as_deref())
        .map(|(began, now)| {
            let granted = granted(void.grants);
            let missing = granted - began.after.capabilities.permitted;
            let given_up = granted - missing - now.capabilities.permitted;
            let told = |set: CapabilitySet, finding: fn(String) -> Finding| {
                (!set.is_empty()).then(|| finding(capabilities(set)))
            };
            [
                told(missing, Finding::NotHeld),
                told(given_up, Finding::GivenUp),
            ]
        });
    found.into_iter().flatten().flatten()
}

/// Every namespace of a void is its own.
pub(super) fn shared<'a>(
    essentials: &'a Essentials,
    outside: &'a Essentials,
) -> impl Iterator<Item = (NamespaceKind, Finding)> + 'a {
    let known = |essentials: &Essentials, kind| match essentials.namespaces.of(kind) {
        Seen::Known(inode) => Some(*inode),
        Seen::Unreadable { .. } => None,
    };
    let shares = move |kind: &NamespaceKind| {
        let own = known(essentials, *kind);
        own.is_some() && own == known(outside, *kind)
    };
    NamespaceKind::ALL.into_iter().filter(shares).map(|kind| {
        let told = format!("the {} namespace of the shim", kind.name());
        (kind, Finding::Unexplained(told))
    })
}

#[cfg(test)]
mod tests;
