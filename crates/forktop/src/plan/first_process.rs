//! A void's first process where that is clone-shim's own: once it has started the program it keeps nothing but its place.
use super::Finding;
use super::held::{capabilities, credentials, granted, shared};
use crate::model::Void;
use privileges::{CapabilityKind, CapabilitySet, Essentials, NamespaceKind};
use std::ops::BitOr;

/// What it may do and does not need. It has dropped all capabilities but those that an exec could give, which it never does,
/// and it lies in the shim's own clock namespace: only the program is made in the void's.
#[must_use]
pub fn of_first_process(void: &Void<'_>, essentials: &Essentials) -> Vec<Finding> {
    let shared = void.shim.essentials.iter().flat_map(|outside| {
        shared(essentials, outside).filter(|(kind, _)| *kind != NamespaceKind::Time)
    });
    let mut findings: Vec<_> = credentials(void.plan, void.grants, essentials)
        .chain(kept(void, essentials))
        .chain(shared.map(|(_, finding)| finding))
        .collect();
    findings.sort();
    findings
}

fn kept(void: &Void<'_>, essentials: &Essentials) -> Option<Finding> {
    let of = |kind| match kind {
        CapabilityKind::Bounding => essentials.capabilities.bounding - granted(void.grants),
        kind => essentials.capabilities.of(kind),
    };
    let kept = CapabilityKind::ALL.map(of);
    let kept = kept.into_iter().fold(CapabilitySet::NONE, BitOr::bitor);
    let told = || Finding::Unexplained(capabilities(kept));
    (!kept.is_empty()).then(told)
}

#[cfg(test)]
mod tests;
