//! Where the numbers of ELF's structures are, and how wide: both differ between files of 32 and of 64 bits.
use super::{ElfError, MAGIC};
use crate::pieces::{u32_at, u64_at};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Bits32,
    Bits64,
}

pub(super) fn of(start: &[u8]) -> Result<Class, ElfError> {
    if !start.starts_with(MAGIC) {
        return Err(ElfError::NotElf);
    }
    let class = match start.get(4) {
        Some(1) => Class::Bits32,
        Some(2) => Class::Bits64,
        _ => return Err(ElfError::Malformed),
    };
    match start.get(5) {
        Some(1) => Ok(class),
        Some(2) => Err(ElfError::BigEndian),
        _ => Err(ElfError::Malformed),
    }
}

impl Class {
    const fn of_two(self, narrow: usize, wide: usize) -> usize {
        match self {
            Self::Bits32 => narrow,
            Self::Bits64 => wide,
        }
    }

    /// The size of the ELF header.
    pub(super) const fn header(self) -> usize {
        self.of_two(52, 64)
    }

    /// The size of a program header.
    pub(super) const fn segment(self) -> usize {
        self.of_two(32, 56)
    }

    /// The size of a section header.
    pub(super) const fn section(self) -> usize {
        self.of_two(40, 64)
    }

    /// Where `e_phnum` is; `e_phentsize` is before it.
    pub(super) const fn segment_count(self) -> usize {
        self.of_two(44, 56)
    }

    /// Where `e_shnum` is; `e_shentsize` is before and `e_shstrndx` after it.
    pub(super) const fn section_count(self) -> usize {
        self.of_two(48, 60)
    }

    /// `e_phoff`
    pub(super) fn segments_at(self, header: &[u8]) -> Option<u64> {
        self.word(header, self.of_two(28, 32))
    }

    /// `e_shoff`
    pub(super) fn table_at(self, header: &[u8]) -> Option<u64> {
        self.word(header, self.place_of_table_at())
    }

    pub(super) const fn place_of_table_at(self) -> usize {
        self.of_two(32, 40)
    }

    /// Where in the file a segment ends.
    pub(super) fn end_of_segment(self, segment: &[u8]) -> Option<u64> {
        let offset = self.word(segment, self.of_two(4, 8))?;
        let size = self.word(segment, self.of_two(16, 32))?;
        offset.checked_add(size)
    }

    /// The size of a number as wide as an address.
    pub(super) const fn width(self) -> usize {
        self.of_two(4, 8)
    }

    /// A number as wide as an address.
    pub(super) fn word(self, bytes: &[u8], at: usize) -> Option<u64> {
        match self {
            Self::Bits32 => u32_at(bytes, at).map(u64::from),
            Self::Bits64 => u64_at(bytes, at),
        }
    }

    /// The bytes of such a number, if it fits.
    pub(super) fn bytes(self, word: u64) -> Result<Vec<u8>, ElfError> {
        Ok(match self {
            Self::Bits32 => {
                let word = u32::try_from(word).map_err(|_| ElfError::TooLarge)?;
                word.to_le_bytes().to_vec()
            }
            Self::Bits64 => word.to_le_bytes().to_vec(),
        })
    }
}
