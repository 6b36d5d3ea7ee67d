//! One instruction, read as the kernel reads it for seccomp (`seccomp_check_filter`, `bpf_check_classic`).
use super::call::FIELDS;
use super::comparison::Comparison;
use kernel::Instruction;

/// How many words of memory a program has (`BPF_MEMWORDS`).
pub(super) const MEMORY: u8 = 16;

/// The size of `struct seccomp_data` in bytes, which programs take for the length of a packet.
const LENGTH: u32 = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Register {
    Accumulator,
    Index,
}

/// Where a word comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Constant(u32),
    Register(Register),
    /// A word of the call, less than 16.
    Field(u8),
    /// A word of memory, less than 16.
    Memory(u8),
}

/// What becomes of the accumulator, with another word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Or,
    And,
    ShiftLeft,
    ShiftRight,
    Exclusive,
}

/// An instruction that the kernel takes. Jumps lead to places after their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Load(Register, Source),
    Store(Register, u8),
    Compute(Arithmetic, Source),
    Negate,
    Jump(usize),
    Branch {
        comparison: Comparison,
        with: Source,
        met: usize,
        unmet: usize,
    },
    Return(Source),
}

/// `BPF_X` in the code of arithmetic and of jumps: the other word is in the index register.
const WITH_INDEX: u16 = 0x08;

impl Operation {
    /// `None` for what the kernel refuses at this place in a program of this length.
    pub fn read(instruction: Instruction, place: usize, length: usize) -> Option<Self> {
        let Instruction { code, operand, .. } = instruction;
        match code {
            0x20 => Some(Self::Load(Register::Accumulator, field(operand)?)),
            0x80 | 0x00 | 0x60 => Some(Self::Load(Register::Accumulator, source(code, operand)?)),
            0x81 | 0x01 | 0x61 => Some(Self::Load(Register::Index, source(code, operand)?)),
            0x07 => Some(copy(Register::Accumulator, Register::Index)),
            0x87 => Some(copy(Register::Index, Register::Accumulator)),
            0x02 => Some(Self::Store(Register::Accumulator, slot(operand)?)),
            0x03 => Some(Self::Store(Register::Index, slot(operand)?)),
            0x84 => Some(Self::Negate),
            0x05 => Some(Self::Jump(target(place, operand, length)?)),
            0x06 => Some(Self::Return(Source::Constant(operand))),
            0x16 => Some(Self::Return(Source::Register(Register::Accumulator))),
            _ => compute(code, operand).or_else(|| branch(instruction, place, length)),
        }
    }
}

const fn copy(from: Register, to: Register) -> Operation {
    Operation::Load(to, Source::Register(from))
}

/// A field by its offset in bytes.
fn field(offset: u32) -> Option<Source> {
    let field = u8::try_from(offset / 4).ok()?;
    (offset.is_multiple_of(4) && field < FIELDS).then_some(Source::Field(field))
}

fn slot(operand: u32) -> Option<u8> {
    u8::try_from(operand).ok().filter(|slot| *slot < MEMORY)
}

/// Of a load of either register: `BPF_MODE` tells whence.
fn source(code: u16, operand: u32) -> Option<Source> {
    match code & 0xe0 {
        0x80 => Some(Source::Constant(LENGTH)),
        0x60 => slot(operand).map(Source::Memory),
        _ => Some(Source::Constant(operand)),
    }
}

/// The other word of arithmetic and of comparisons.
const fn with(code: u16, operand: u32) -> Source {
    match code & WITH_INDEX {
        0 => Source::Constant(operand),
        _ => Source::Register(Register::Index),
    }
}

/// Class 4. The kernel takes neither a remainder (`BPF_MOD`), nor constants that are no divisor or no distance to shift.
fn compute(code: u16, operand: u32) -> Option<Operation> {
    let arithmetic = match code & !WITH_INDEX {
        0x04 => Arithmetic::Add,
        0x14 => Arithmetic::Subtract,
        0x24 => Arithmetic::Multiply,
        0x34 => Arithmetic::Divide,
        0x44 => Arithmetic::Or,
        0x54 => Arithmetic::And,
        0x64 => Arithmetic::ShiftLeft,
        0x74 => Arithmetic::ShiftRight,
        0xa4 => Arithmetic::Exclusive,
        _ => return None,
    };
    let with = with(code, operand);
    match (arithmetic, with) {
        (Arithmetic::Divide, Source::Constant(0))
        | (Arithmetic::ShiftLeft | Arithmetic::ShiftRight, Source::Constant(u32::BITS..)) => None,
        _ => Some(Operation::Compute(arithmetic, with)),
    }
}

/// Class 5, with a condition.
fn branch(instruction: Instruction, place: usize, length: usize) -> Option<Operation> {
    let comparison = match instruction.code & !WITH_INDEX {
        0x15 => Comparison::Equal,
        0x25 => Comparison::Greater,
        0x35 => Comparison::NotLess,
        0x45 => Comparison::AnyBit,
        _ => return None,
    };
    Some(Operation::Branch {
        comparison,
        with: with(instruction.code, instruction.operand),
        met: target(place, instruction.if_true.into(), length)?,
        unmet: target(place, instruction.if_false.into(), length)?,
    })
}

/// Where a jump of this distance leads, if there is such a place.
fn target(place: usize, distance: u32, length: usize) -> Option<usize> {
    let next = place.checked_add(1)?;
    let target = next.checked_add(usize::try_from(distance).ok()?)?;
    (target < length).then_some(target)
}

impl Arithmetic {
    /// `None` for a division by zero, which ends the program. Of a distance to shift the low five bits count, as they do
    /// for the machines' own instructions.
    pub const fn compute(self, left: u32, right: u32) -> Option<u32> {
        Some(match self {
            Self::Add => left.wrapping_add(right),
            Self::Subtract => left.wrapping_sub(right),
            Self::Multiply => left.wrapping_mul(right),
            Self::Divide => return left.checked_div(right),
            Self::Or => left | right,
            Self::And => left & right,
            Self::ShiftLeft => left.wrapping_shl(right),
            Self::ShiftRight => left.wrapping_shr(right),
            Self::Exclusive => left ^ right,
        })
    }
}
