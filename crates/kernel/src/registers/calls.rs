//! System calls put into the registers of a stopped thread, and their results read from there.
use super::Registers;
use crate::syscall_stop::{AUDIT_AARCH64, AUDIT_I386, AUDIT_X86_64};

/// By which rules a thread makes its system calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abi {
    /// `syscall`, six arguments of 64 bits.
    X86_64,
    /// `int 0x80`, six arguments of 32 bits: 32-bit code on x86-64.
    I386,
    /// `svc #0`, six arguments of 64 bits.
    Aarch64,
}

impl Abi {
    /// That of the programs of this machine.
    pub const NATIVE: Self = match cfg!(target_arch = "x86_64") {
        true => Self::X86_64,
        false => Self::Aarch64,
    };

    /// The instruction that makes a call, as it lies in memory.
    pub const fn instruction(self) -> &'static [u8] {
        match self {
            Self::X86_64 => &[0x0f, 0x05],
            Self::I386 => &[0xcd, 0x80],
            Self::Aarch64 => &[0x01, 0x00, 0x00, 0xd4],
        }
    }

    /// At multiples of how many bytes instructions lie.
    pub const fn alignment(self) -> usize {
        match self {
            Self::X86_64 | Self::I386 => 1,
            Self::Aarch64 => 4,
        }
    }

    /// What filters of system calls see as its architecture (`AUDIT_ARCH_*`, seccomp(2)).
    pub const fn architecture(self) -> u32 {
        match self {
            Self::X86_64 => AUDIT_X86_64,
            Self::I386 => AUDIT_I386,
            Self::Aarch64 => AUDIT_AARCH64,
        }
    }

    /// How many bytes a pointer has, and each argument.
    pub const fn pointer(self) -> usize {
        match self {
            Self::I386 => 4,
            Self::X86_64 | Self::Aarch64 => 8,
        }
    }
}

/// Where the registers of an [`Abi`] lie, as places of a list of 64 bits, or of 32 for [`Abi::I386`].
pub(super) struct Places {
    pub(super) arguments: [usize; 6],
    number: usize,
    pub(super) result: usize,
    pub(super) instruction: usize,
    /// The number of the call that the thread is in, for the kernel to start it again; -1 for none. On aarch64 that is no
    /// register.
    pub(super) original: Option<usize>,
}

/// `user_regs_struct`.
const X86_64: Places = Places {
    arguments: [14, 13, 12, 7, 9, 8],
    number: 10,
    result: 10,
    instruction: 16,
    original: Some(15),
};

/// `user_regs_struct32`.
const I386: Places = Places {
    arguments: [0, 1, 2, 3, 4, 5],
    number: 6,
    result: 6,
    instruction: 12,
    original: Some(11),
};

/// `user_pt_regs`.
const AARCH64: Places = Places {
    arguments: [0, 1, 2, 3, 4, 5],
    number: 8,
    result: 0,
    instruction: 32,
    original: None,
};

impl Registers {
    /// How its calls are made; `None` of registers of a layout that is not known.
    pub fn abi(&self) -> Option<Abi> {
        match self.length {
            216 if cfg!(target_arch = "x86_64") => Some(Abi::X86_64),
            68 if cfg!(target_arch = "x86_64") => Some(Abi::I386),
            272 if cfg!(target_arch = "aarch64") => Some(Abi::Aarch64),
            _ => None,
        }
    }

    /// The same, but about to make a call by the instruction that lies at `instruction`, and in none: what the kernel would
    /// start again it does not.
    #[must_use]
    pub fn about_to_call(
        &self,
        instruction: u64,
        number: u32,
        arguments: [u64; 6],
    ) -> Option<Self> {
        let (abi, places) = self.rules()?;
        let mut changed = self.with_arguments(arguments)?;
        changed.set(abi, places.number, number.into());
        changed.set(abi, places.instruction, instruction);
        changed.be_in(u32::MAX);
        Some(changed)
    }

    /// The same, where a call begins or is about to, but with these arguments.
    #[must_use]
    pub fn with_arguments(&self, arguments: [u64; 6]) -> Option<Self> {
        let (abi, places) = self.rules()?;
        let mut changed = self.clone();
        for (place, argument) in places.arguments.into_iter().zip(arguments) {
            changed.set(abi, place, argument);
        }
        Some(changed)
    }

    /// The same, where a call begins, but making another one.
    #[must_use]
    pub fn making_instead(&self, number: u32, arguments: [u64; 6]) -> Option<Self> {
        let mut changed = self.with_arguments(arguments)?;
        changed.be_in(number);
        Some(changed)
    }

    /// The same, where a call begins, but making none: it comes back with `ENOSYS`.
    #[must_use]
    pub fn making_none(&self) -> Option<Self> {
        let none = self.making_instead(u32::MAX, [0; 6])?;
        match self.abi()? {
            Abi::X86_64 | Abi::I386 => Some(none),
            // The kernel has not put that there, as the first argument is there.
            Abi::Aarch64 => none.with_result(i64::from(-libc::ENOSYS)),
        }
    }

    /// It is in the call of this number, and if the kernel starts that again it is this one; -1 for none.
    fn be_in(&mut self, number: u32) {
        let Some((abi, places)) = self.rules() else {
            return;
        };
        match places.original {
            // The kernel takes the lower half for signed.
            Some(original) => self.set(
                abi,
                original,
                i64::from(number.cast_signed()).cast_unsigned(),
            ),
            None => self.call = Some(number),
        }
    }

    /// The number of the call that it is about to make. Where a call has come back that is not it.
    pub fn number(&self) -> Option<u64> {
        let (abi, places) = self.rules()?;
        Some(self.word(abi, places.number))
    }

    /// The same, but about to make the call of this number.
    #[must_use]
    pub fn with_number(&self, number: u64) -> Option<Self> {
        let (abi, places) = self.rules()?;
        let mut changed = self.clone();
        changed.set(abi, places.number, number);
        Some(changed)
    }

    /// The same, but where a call has come back with this.
    #[must_use]
    pub fn with_result(&self, result: i64) -> Option<Self> {
        let (abi, places) = self.rules()?;
        let mut changed = self.clone();
        changed.set(abi, places.result, result.cast_unsigned());
        Some(changed)
    }

    /// What a call has come back with: a value, or an errno as a negative number.
    pub fn result(&self) -> Option<i64> {
        let (abi, places) = self.rules()?;
        Some(self.signed(abi, places.result))
    }

    /// The address of the next instruction.
    pub fn instruction(&self) -> Option<u64> {
        let (abi, places) = self.rules()?;
        Some(self.word(abi, places.instruction))
    }

    /// The same, but with its next instruction at this address.
    #[must_use]
    pub fn going_on_at(&self, instruction: u64) -> Option<Self> {
        let (abi, places) = self.rules()?;
        let mut changed = self.clone();
        changed.set(abi, places.instruction, instruction);
        Some(changed)
    }

    /// Whether it stands in a system call. `None` where that does not show.
    pub fn is_in_a_call(&self) -> Option<bool> {
        let (abi, places) = self.rules()?;
        Some(self.signed(abi, places.original?) != -1)
    }

    /// All of them, as the kernel lays them out.
    pub fn bytes(&self) -> Vec<u8> {
        let words = self.words.iter().flat_map(|word| word.to_ne_bytes());
        words.take(self.length).collect()
    }

    pub(super) fn rules(&self) -> Option<(Abi, &'static Places)> {
        Some(match self.abi()? {
            Abi::X86_64 => (Abi::X86_64, &X86_64),
            Abi::I386 => (Abi::I386, &I386),
            Abi::Aarch64 => (Abi::Aarch64, &AARCH64),
        })
    }

    pub(super) fn word(&self, abi: Abi, place: usize) -> u64 {
        match abi {
            Abi::I386 => (self.words[place / 2] >> (place % 2 * 32)) & 0xffff_ffff,
            Abi::X86_64 | Abi::Aarch64 => self.words[place],
        }
    }

    pub(super) fn signed(&self, abi: Abi, place: usize) -> i64 {
        let value = self.word(abi, place).cast_signed();
        match abi {
            Abi::I386 => value << 32 >> 32,
            Abi::X86_64 | Abi::Aarch64 => value,
        }
    }

    pub(super) fn set(&mut self, abi: Abi, place: usize, value: u64) {
        match abi {
            Abi::I386 => {
                let shift = place % 2 * 32;
                let word = &mut self.words[place / 2];
                *word = *word & !(0xffff_ffff << shift) | (value & 0xffff_ffff) << shift;
            }
            Abi::X86_64 | Abi::Aarch64 => self.words[place] = value,
        }
    }
}

impl PartialEq for Registers {
    fn eq(&self, other: &Self) -> bool {
        (self.words, self.length) == (other.words, other.length)
    }
}

impl Eq for Registers {}

#[cfg(test)]
mod tests {
    use super::super::WORDS;
    use super::*;

    fn registers(length: usize) -> Registers {
        let mut words = [0; WORDS];
        for (place, word) in words.iter_mut().enumerate() {
            *word = 0x0101_0101_0101_0101 * place as u64;
        }
        let call = None;
        Registers {
            words,
            length,
            call,
        }
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn a_call_is_put_where_its_rules_say_and_all_else_stays() {
        for (length, abi, others) in [(216, Abi::X86_64, 27 - 9), (68, Abi::I386, 17 - 9)] {
            let before = registers(length);
            assert_eq!(before.abi(), Some(abi));
            let call = before.about_to_call(0x1000, 56, [1, 2, 3, 4, 5, 6]);
            let call = call.unwrap();
            let (_, places) = call.rules().unwrap();
            let arguments = places.arguments.map(|place| call.word(abi, place));
            assert_eq!(arguments, [1, 2, 3, 4, 5, 6]);
            assert_eq!(call.instruction(), Some(0x1000));
            assert_eq!(call.result(), Some(56));
            assert_eq!(call.is_in_a_call(), Some(false));
            assert_eq!(before.is_in_a_call(), Some(true));
            let count = length / abi.pointer();
            let same = |place: &usize| call.word(abi, *place) == before.word(abi, *place);
            assert_eq!((0..count).filter(same).count(), others);
        }
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn an_errno_is_negative_whatever_the_width() {
        for length in [216, 68] {
            let mut registers = registers(length);
            let (abi, places) = registers.rules().unwrap();
            registers.set(abi, places.result, (-11i64).cast_unsigned());
            assert_eq!(registers.result(), Some(-11));
        }
    }

    #[test]
    #[cfg(target_arch = "aarch64")]
    fn a_call_is_put_where_its_rules_say_and_all_else_stays() {
        let before = registers(272);
        assert_eq!(before.abi(), Some(Abi::Aarch64));
        let call = before.about_to_call(0x1000, 220, [1, 2, 3, 4, 5, 6]);
        let call = call.unwrap();
        assert_eq!(
            call.words[..9],
            [1, 2, 3, 4, 5, 6, before.words[6], before.words[7], 220]
        );
        assert_eq!(
            (call.instruction(), call.call),
            (Some(0x1000), Some(u32::MAX))
        );
        assert_eq!(call.words[9..32], before.words[9..32]);
        let instead = before.making_instead(260, [0; 6]).unwrap();
        assert_eq!(
            (instead.number(), instead.call),
            (before.number(), Some(260))
        );
        let none = before.making_none().unwrap();
        assert_eq!((none.result(), none.call), (Some(-38), Some(u32::MAX)));
    }

    #[test]
    fn a_layout_that_is_not_known_has_no_rules() {
        assert_eq!(registers(8).abi(), None);
        assert!(registers(8).about_to_call(0, 0, [0; 6]).is_none());
    }
}
