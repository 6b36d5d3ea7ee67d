//! What a word that is not known can still be, after a filter has compared it.
use super::comparison::Comparison;
use std::ops::RangeInclusive;

/// So many are kept: a hostile filter could ask for very many.
const MOST_RANGES: usize = 32;

/// The numbers that are left: ranges from the least to the greatest, in ascending order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Values(Vec<(u32, u32)>);

impl Values {
    /// All numbers.
    pub fn any() -> Self {
        Self(vec![(0, u32::MAX)])
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number, if only one is left.
    pub fn only(&self) -> Option<u32> {
        match self.0.as_slice() {
            [(least, greatest)] if least == greatest => Some(*least),
            _ => None,
        }
    }

    /// Those of which a comparison holds, and those of which it does not; each can have some of the other where the ranges
    /// would be none, or too many.
    pub fn split(&self, comparison: Comparison, right: u32) -> [Self; 2] {
        let Some(range) = comparison.range(right) else {
            return [self.clone(), self.clone()];
        };
        let parts = [self.within(&range), self.without(&range)];
        parts.map(|part| {
            if part.0.len() > MOST_RANGES {
                self.clone()
            } else {
                part
            }
        })
    }

    fn within(&self, range: &RangeInclusive<u32>) -> Self {
        let both = |(least, greatest): &(u32, u32)| {
            let both = (*least.max(range.start()), *greatest.min(range.end()));
            (both.0 <= both.1).then_some(both)
        };
        Self(self.0.iter().filter_map(both).collect())
    }

    fn without(&self, range: &RangeInclusive<u32>) -> Self {
        if range.is_empty() {
            return self.clone();
        }
        let below = range.start().checked_sub(1).map(|end| 0..=end);
        let above = range.end().checked_add(1).map(|begin| begin..=u32::MAX);
        let parts = below.into_iter().chain(above);
        Self(parts.flat_map(|part| self.within(&part).0).collect())
    }
}
