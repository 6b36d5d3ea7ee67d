//! A filter that the kernel takes: checked as a whole, so that it ends whatever the call, and never leaves its bounds.
use super::operation::{Operation, Source};
use kernel::Instruction;

/// `BPF_MAXINSNS`.
const MOST_INSTRUCTIONS: usize = 4096;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program(Vec<Operation>);

impl Program {
    /// `None` for what the kernel refuses.
    pub fn check(filter: &[Instruction]) -> Option<Self> {
        let length = filter.len();
        if length > MOST_INSTRUCTIONS {
            return None;
        }
        let read = |(place, instruction): (usize, &Instruction)| {
            Operation::read(*instruction, place, length)
        };
        let operations: Vec<_> = filter.iter().enumerate().map(read).collect::<Option<_>>()?;
        let ends = matches!(operations.last(), Some(Operation::Return(_)));
        (ends && loads_what_it_stored(&operations)).then_some(Self(operations))
    }

    pub fn operation(&self, place: usize) -> Option<Operation> {
        self.0.get(place).copied()
    }
}

/// Whether no word of memory is loaded that may not have been stored (the kernel's `check_load_and_stores`). As the kernel
/// does, it takes what follows a return to know what is known there.
fn loads_what_it_stored(operations: &[Operation]) -> bool {
    let mut reached = Reached(vec![u16::MAX; operations.len()]);
    let mut stored = 0;
    for (place, operation) in operations.iter().enumerate() {
        stored &= reached.at(place);
        match *operation {
            Operation::Store(_, slot) => stored |= bit(slot),
            Operation::Load(_, Source::Memory(slot)) if stored & bit(slot) == 0 => return false,
            Operation::Jump(to) => {
                reached.lead(to, stored);
                stored = u16::MAX;
            }
            Operation::Branch { met, unmet, .. } => {
                reached.lead(met, stored);
                reached.lead(unmet, stored);
                stored = u16::MAX;
            }
            _ => {}
        }
    }
    true
}

const fn bit(slot: u8) -> u16 {
    1_u16.wrapping_shl(slot as u32)
}

/// For each place a bit for each word of memory: whether it has been stored on all jumps there.
struct Reached(Vec<u16>);

impl Reached {
    fn at(&self, place: usize) -> u16 {
        self.0.get(place).copied().unwrap_or(0)
    }

    fn lead(&mut self, place: usize, stored: u16) {
        if let Some(known) = self.0.get_mut(place) {
            *known &= stored;
        }
    }
}
