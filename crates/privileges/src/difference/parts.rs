//! Changes taken apart, since their parts may have come at different times, and put together again.
use super::change::{Change, Changed};
use super::{Difference, capabilities};
use crate::CapabilitySet;

impl Change {
    /// The parts that can come by themselves: of ids each kind, of capabilities each in each set; else the change itself.
    ///
    /// [`Difference::of_parts`] puts them together again.
    #[must_use]
    pub fn parts(&self) -> Vec<Self> {
        let part = |what| Self {
            direction: self.direction,
            what,
        };
        match &self.what {
            &Changed::User { ref ids, from, to } => ids
                .iter()
                .map(|id| vec![*id])
                .map(|ids| part(Changed::User { ids, from, to }))
                .collect(),
            &Changed::Group { ref ids, from, to } => ids
                .iter()
                .map(|id| vec![*id])
                .map(|ids| part(Changed::Group { ids, from, to }))
                .collect(),
            Changed::Capabilities {
                capabilities, sets, ..
            } => sets
                .iter()
                .flat_map(|set| capabilities.iter().map(move |number| (*set, number)))
                .map(|(set, number)| {
                    part(Changed::Capabilities {
                        capabilities: CapabilitySet(1 << number),
                        sets: vec![set],
                        now: None,
                    })
                })
                .collect(),
            _ => vec![self.clone()],
        }
    }

    /// Whether both are of the same thing, whatever that was and is: of the same ids, the same capabilities in the same
    /// sets, the same kind of namespace, …
    #[must_use]
    pub fn is_of_same(&self, other: &Self) -> bool {
        use Changed as C;
        match (&self.what, &other.what) {
            (C::User { ids: one, .. }, C::User { ids: other, .. })
            | (C::Group { ids: one, .. }, C::Group { ids: other, .. }) => one == other,
            (C::SupplementaryGroup { group: one }, C::SupplementaryGroup { group: other }) => {
                one == other
            }
            (
                C::Capabilities {
                    capabilities, sets, ..
                },
                C::Capabilities {
                    capabilities: others,
                    sets: other,
                    ..
                },
            ) => (capabilities, sets) == (others, other),
            (
                C::Namespace {
                    kind, for_children, ..
                },
                C::Namespace {
                    kind: other,
                    for_children: others,
                    ..
                },
            ) => (kind, for_children) == (other, others),
            (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
        }
    }
}

impl Difference {
    /// The difference that these parts make.
    pub fn of_parts(parts: impl IntoIterator<Item = Change>) -> Self {
        let mut difference = Self::default();
        for part in parts {
            difference.add(part);
        }
        capabilities::join(&mut difference.changes);
        difference
    }

    /// Adds ids to those that did the same.
    fn add(&mut self, part: Change) {
        let joined = self.changes.iter_mut().any(|known| {
            let same = known.direction == part.direction;
            match (&mut known.what, &part.what) {
                (
                    Changed::User { ids, from, to },
                    Changed::User {
                        ids: more,
                        from: other_from,
                        to: other_to,
                    },
                )
                | (
                    Changed::Group { ids, from, to },
                    Changed::Group {
                        ids: more,
                        from: other_from,
                        to: other_to,
                    },
                ) if same && (&*from, &*to) == (other_from, other_to) => {
                    ids.extend(more);
                    true
                }
                _ => false,
            }
        });
        if !joined {
            self.changes.push(part);
        }
    }
}
