//! A section header.
use super::ElfError;
use super::class::Class;
use crate::pieces::u32_at;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    /// Where in the names its own begins.
    pub(super) name: u32,
    pub(super) kind: u32,
    pub(super) flags: u64,
    pub(super) address: u64,
    pub(super) offset: u64,
    pub(super) size: u64,
    pub(super) link: u32,
    pub(super) info: u32,
    pub(super) alignment: u64,
    pub(super) entry_size: u64,
}

/// `SHT_PROGBITS`: bytes that mean something to the program, or to whoever knows their name.
pub(super) const PROGBITS: u32 = 1;
/// `SHT_STRTAB`
pub(super) const STRTAB: u32 = 3;
/// `SHT_NULL` and `SHT_NOBITS`, which have no bytes in the file, whatever their headers say.
const WITHOUT_BYTES: [u32; 2] = [0, 8];
/// `SHF_ALLOC`: it is in memory when the program runs.
const ALLOC: u64 = 2;

impl Section {
    pub(super) fn parse(class: Class, bytes: &[u8]) -> Option<Self> {
        let width = class.width();
        // Two numbers of 32 bits, four as wide as an address, two of 32, two wide.
        let (first, second) = (8, 8 + 4 * width);
        let wide = |number: usize| class.word(bytes, first + number * width);
        let last = |number: usize| class.word(bytes, second + 8 + number * width);
        Some(Self {
            name: u32_at(bytes, 0)?,
            kind: u32_at(bytes, 4)?,
            flags: wide(0)?,
            address: wide(1)?,
            offset: wide(2)?,
            size: wide(3)?,
            link: u32_at(bytes, second)?,
            info: u32_at(bytes, second + 4)?,
            alignment: last(0)?,
            entry_size: last(1)?,
        })
    }

    pub(super) fn write(&self, class: Class, table: &mut Vec<u8>) -> Result<(), ElfError> {
        table.extend(self.name.to_le_bytes());
        table.extend(self.kind.to_le_bytes());
        for word in [self.flags, self.address, self.offset, self.size] {
            table.extend(class.bytes(word)?);
        }
        table.extend(self.link.to_le_bytes());
        table.extend(self.info.to_le_bytes());
        for word in [self.alignment, self.entry_size] {
            table.extend(class.bytes(word)?);
        }
        Ok(())
    }

    pub(super) fn has_bytes(&self) -> bool {
        !WITHOUT_BYTES.contains(&self.kind)
    }

    pub(super) fn is_in_memory(&self) -> bool {
        self.flags & ALLOC != 0
    }

    /// Where in the file it ends.
    pub(super) fn end(&self) -> Option<u64> {
        match self.has_bytes() {
            true => self.offset.checked_add(self.size),
            false => Some(0),
        }
    }
}
