//! What conditional jumps ask of the accumulator.
use std::ops::RangeInclusive;

const NOTHING: RangeInclusive<u32> = RangeInclusive::new(1, 0);

/// A question about two words, both without a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// `BPF_JEQ`.
    Equal,
    /// `BPF_JGT`.
    Greater,
    /// `BPF_JGE`.
    NotLess,
    /// Whether they have a bit in common (`BPF_JSET`).
    AnyBit,
}

impl Comparison {
    pub const fn holds(self, left: u32, right: u32) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Greater => left > right,
            Self::NotLess => left >= right,
            Self::AnyBit => left & right != 0,
        }
    }

    /// The numbers of which it holds; `None` if others lie between them.
    pub fn range(self, right: u32) -> Option<RangeInclusive<u32>> {
        match self {
            Self::Equal => Some(right..=right),
            Self::Greater => Some(match right.checked_add(1) {
                Some(least) => least..=u32::MAX,
                None => NOTHING,
            }),
            Self::NotLess => Some(right..=u32::MAX),
            Self::AnyBit if right == 0 => Some(NOTHING),
            Self::AnyBit => None,
        }
    }
}
