//! Which capabilities two threads do not share, the same ones over several sets said once.
use super::Difference;
use super::change::{Changed, Direction};
use crate::{Capabilities, CapabilityKind, CapabilitySet};

pub(super) fn compare(from: &Capabilities, to: &Capabilities, difference: &mut Difference) {
    for (direction, more, less) in [(Direction::Lost, from, to), (Direction::Gained, to, from)] {
        for (sets, capabilities) in groups(more, less) {
            let mut left = sets.iter().map(|set| to.of(*set));
            let now = left
                .next()
                .filter(|first| left.all(|other| other == *first));
            difference.push(
                direction,
                Changed::Capabilities {
                    capabilities,
                    sets,
                    now,
                },
            );
        }
    }
}

/// What `more` has and `less` lacks: capabilities that are so in the same sets stand together.
fn groups(more: &Capabilities, less: &Capabilities) -> Vec<(Vec<CapabilityKind>, CapabilitySet)> {
    let lacking = |kind| more.of(kind) - less.of(kind);
    let any = CapabilityKind::ALL
        .into_iter()
        .fold(CapabilitySet::NONE, |any, kind| any | lacking(kind));
    let mut groups: Vec<(Vec<CapabilityKind>, CapabilitySet)> = Vec::new();
    for number in any.iter() {
        let kinds = CapabilityKind::ALL.into_iter();
        let sets: Vec<_> = kinds
            .filter(|kind| lacking(*kind).contains(number))
            .collect();
        let capability = CapabilitySet(1 << number);
        match groups.iter_mut().find(|(known, _)| *known == sets) {
            Some((_, capabilities)) => *capabilities = *capabilities | capability,
            None => groups.push((sets, capability)),
        }
    }
    groups
}
