//! Which capabilities two threads do not share, the same ones over several sets said once.
use super::Difference;
use super::change::{Change, Changed, Direction};
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

/// Puts those of one direction together that are in the same sets, and sets of the same capability: where the first stood.
pub(super) fn join(changes: &mut Vec<Change>) {
    for direction in [Direction::Lost, Direction::Gained, Direction::Other] {
        let mut all = Capabilities::default();
        let mut first = None;
        let mut place = 0_usize;
        changes.retain(|change| {
            let is_it = change.direction == direction;
            let here = place;
            place = here.saturating_add(1);
            match &change.what {
                Changed::Capabilities {
                    capabilities, sets, ..
                } if is_it => {
                    first.get_or_insert(here);
                    for set in sets {
                        let known = all.of_mut(*set);
                        *known = *known | *capabilities;
                    }
                    false
                }
                _ => true,
            }
        });
        let joined = groups(&all, &Capabilities::default());
        let joined = joined.into_iter().map(|(sets, capabilities)| Change {
            direction,
            what: Changed::Capabilities {
                capabilities,
                sets,
                now: None,
            },
        });
        let first = first.unwrap_or_default();
        changes.splice(first..first, joined);
    }
}
