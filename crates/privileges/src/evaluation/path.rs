//! One way through the filters: where it has come to, and what is known there.
use super::call::Fields;
use super::comparison::Comparison;
use super::operation::{Arithmetic, MEMORY, Register, Source};
use super::values::Values;
use super::verdict::stricter;
use std::collections::BTreeMap;

/// What a register or a word of memory holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Known(u32),
    /// A field of the call that was not known at first.
    Field(u8),
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// How many filters it is through.
    pub filter: usize,
    /// The next instruction of the one that it is in.
    pub place: usize,
    accumulator: Word,
    index: Word,
    memory: [Word; MEMORY as usize],
    /// What can still be in the fields that are not known, where they have been compared.
    narrowed: BTreeMap<u8, Values>,
    /// What the filters behind it have returned, together.
    returned: u32,
}

/// `SECCOMP_RET_ALLOW`.
const ALLOW: u32 = 0x7fff_0000;

impl Path {
    /// Before the first filter.
    pub fn start() -> Self {
        Self {
            filter: 0,
            place: 0,
            accumulator: Word::Known(0),
            index: Word::Known(0),
            memory: [Word::Known(0); MEMORY as usize],
            narrowed: BTreeMap::new(),
            returned: ALLOW,
        }
    }

    pub const fn returned(&self) -> u32 {
        self.returned
    }

    /// A filter has ended: before the next one, which begins anew but for what is known of the call.
    pub fn conclude(self, returned: u32) -> Self {
        Self {
            filter: self.filter.saturating_add(1),
            returned: stricter(self.returned, returned),
            narrowed: self.narrowed,
            ..Self::start()
        }
    }

    /// Goes on elsewhere in the filter.
    pub fn at(self, place: usize) -> Self {
        Self { place, ..self }
    }

    pub fn load(&mut self, to: Register, from: Source, call: &Fields) {
        let word = self.word(from, call);
        match to {
            Register::Accumulator => self.accumulator = word,
            Register::Index => self.index = word,
        }
    }

    pub fn store(&mut self, from: Register, slot: u8) {
        let word = self.register(from);
        if let Some(kept) = self.memory.get_mut(usize::from(slot)) {
            *kept = word;
        }
    }

    pub fn negate(&mut self) {
        self.accumulator = match self.known(self.accumulator) {
            Some(number) => Word::Known(number.wrapping_neg()),
            None => Word::Unknown,
        };
    }

    /// Not for a division by zero.
    pub fn compute(&mut self, arithmetic: Arithmetic, with: Word) {
        let (left, right) = (self.known(self.accumulator), self.known(with));
        let computed = match (arithmetic, left, right) {
            (_, Some(left), Some(right)) => arithmetic.compute(left, right),
            // Whatever the other is.
            (Arithmetic::And | Arithmetic::Multiply, Some(0), _)
            | (Arithmetic::And | Arithmetic::Multiply, _, Some(0)) => Some(0),
            _ => None,
        };
        self.accumulator = computed.map_or(Word::Unknown, Word::Known);
    }

    /// What a comparison leads to: the path where it holds, and where it does not. At least one there is.
    pub fn split(self, comparison: Comparison, left: Word, right: Word) -> [Option<Self>; 2] {
        match (self.known(left), self.known(right), left) {
            (Some(known), Some(right), _) => {
                let holds = comparison.holds(known, right);
                let path = Some(self);
                if holds { [path, None] } else { [None, path] }
            }
            (None, Some(right), Word::Field(field)) => {
                let [met, unmet] = self.left(field).split(comparison, right);
                [self.clone().narrow(field, met), self.narrow(field, unmet)]
            }
            _ => [Some(self.clone()), Some(self)],
        }
    }

    /// `None` if nothing is left that the field can be.
    fn narrow(mut self, field: u8, left: Values) -> Option<Self> {
        if left.is_empty() {
            return None;
        }
        self.narrowed.insert(field, left);
        Some(self)
    }

    fn left(&self, field: u8) -> Values {
        self.narrowed
            .get(&field)
            .cloned()
            .unwrap_or_else(Values::any)
    }

    pub fn word(&self, source: Source, call: &Fields) -> Word {
        match source {
            Source::Constant(number) => Word::Known(number),
            Source::Register(register) => self.register(register),
            Source::Field(field) => call.word(field).map_or(Word::Field(field), Word::Known),
            Source::Memory(slot) => self
                .memory
                .get(usize::from(slot))
                .copied()
                .unwrap_or(Word::Unknown),
        }
    }

    pub const fn register(&self, register: Register) -> Word {
        match register {
            Register::Accumulator => self.accumulator,
            Register::Index => self.index,
        }
    }

    /// The number, where there is only one that it can be.
    pub fn known(&self, word: Word) -> Option<u32> {
        match word {
            Word::Known(number) => Some(number),
            Word::Field(field) => self.narrowed.get(&field)?.only(),
            Word::Unknown => None,
        }
    }
}
