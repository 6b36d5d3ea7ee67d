//! The sections of an ELF file (elf(5)) of 32 or 64 bits, little-endian. Nothing of this matters when a program is
//! started: sections are for tools, and a specification is one of them. All of it is taken for hostile.
mod append;
mod class;
mod section;

pub use append::{Appended, append};

use crate::pieces::{PieceError, Pieces, u16_at};
use class::Class;
use rustix::io::Errno;
use section::Section;
use specification::SECTION;

/// What every ELF file begins with, and no text.
pub const MAGIC: &[u8] = b"\x7fELF";

/// An ELF file's headers and its table of sections.
#[derive(Debug)]
pub struct Elf {
    class: Class,
    header: Vec<u8>,
    length: u64,
    /// Where the last of what its segments are made of ends.
    segments_end: u64,
    /// Where the table of sections begins, if there is one.
    table_at: u64,
    sections: Vec<Section>,
    /// Which section has the names of all, if there are any.
    names_at: Option<usize>,
    names: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub enum ElfError {
    #[error("it is no ELF file")]
    NotElf,
    #[error("it is for a big-endian machine")]
    BigEndian,
    #[error("it is no program: an object file or a core dump")]
    NotAProgram,
    #[error("its headers make no sense")]
    Malformed,
    #[error("it has more sections than an ELF header can count")]
    ManySections,
    #[error("it is too large")]
    TooLarge,
    #[error("it cannot be read")]
    Read(#[source] Errno),
}

impl From<PieceError> for ElfError {
    fn from(error: PieceError) -> Self {
        match error {
            PieceError::TooShort => Self::Malformed,
            PieceError::Read(errno) => Self::Read(errno),
        }
    }
}

/// `SHN_LORESERVE`: numbers from here on are no sections.
const MOST_SECTIONS: usize = 0xff00;
/// The table of names of a program with millions of sections; each name is far shorter.
const MOST_NAMES: u64 = 64 << 20;
/// `ET_EXEC` and `ET_DYN`
const PROGRAMS: [u16; 2] = [2, 3];

impl Elf {
    pub fn read(file: &Pieces) -> Result<Self, ElfError> {
        let class = class::of(file.start())?;
        let header = file.exactly(0, class.header())?;
        let kind = u16_at(&header, 16).ok_or(ElfError::Malformed)?;
        if !PROGRAMS.contains(&kind) {
            return Err(ElfError::NotAProgram);
        }
        let mut elf = Self {
            class,
            length: u64::try_from(file.status().st_size).map_err(|_| ElfError::Malformed)?,
            segments_end: 0,
            table_at: class.table_at(&header).ok_or(ElfError::Malformed)?,
            sections: Vec::new(),
            names_at: None,
            names: Vec::new(),
            header,
        };
        elf.segments_end = elf.read_segments(file)?;
        elf.read_sections(file)?;
        elf.read_names(file)?;
        Ok(elf)
    }

    fn number(&self, at: usize) -> Result<usize, ElfError> {
        let number = u16_at(&self.header, at).ok_or(ElfError::Malformed)?;
        Ok(number.into())
    }

    /// Where the last of the segments, and of the table of them, ends.
    fn read_segments(&self, file: &Pieces) -> Result<u64, ElfError> {
        let (size, at) = (self.class.segment(), self.class.segments_at(&self.header));
        let at = at.ok_or(ElfError::Malformed)?;
        let count = self.number(self.class.segment_count())?;
        if count == 0 {
            return Err(ElfError::NotAProgram);
        }
        if self.number(self.class.segment_count() - 2)? != size {
            return Err(ElfError::Malformed);
        }
        let table = self.piece(file, at, (count * size) as u64)?;
        let ends = table
            .chunks_exact(size)
            .map(|segment| self.class.end_of_segment(segment));
        let last = ends
            .collect::<Option<Vec<_>>>()
            .ok_or(ElfError::Malformed)?;
        let table_end = at + table.len() as u64;
        Ok(last.into_iter().fold(table_end, u64::max))
    }

    fn read_sections(&mut self, file: &Pieces) -> Result<(), ElfError> {
        let count = self.number(self.class.section_count())?;
        match (self.table_at, count) {
            (0, _) => return Ok(()),
            // The count is in the first section, then.
            (_, 0 | MOST_SECTIONS..) => return Err(ElfError::ManySections),
            _ => {}
        }
        let size = self.class.section();
        if self.number(self.class.section_count() - 2)? != size {
            return Err(ElfError::Malformed);
        }
        let table = self.piece(file, self.table_at, (count * size) as u64)?;
        let sections = table
            .chunks_exact(size)
            .map(|bytes| Section::parse(self.class, bytes));
        self.sections = sections.collect::<Option<_>>().ok_or(ElfError::Malformed)?;
        Ok(())
    }

    fn read_names(&mut self, file: &Pieces) -> Result<(), ElfError> {
        let number = self.number(self.class.section_count() + 2)?;
        if self.sections.is_empty() || number == 0 {
            return Ok(());
        }
        let section = self.sections.get(number).ok_or(ElfError::Malformed)?;
        if section.size > MOST_NAMES || !section.has_bytes() {
            return Err(ElfError::Malformed);
        }
        self.names = self.piece(file, section.offset, section.size)?;
        self.names_at = Some(number);
        Ok(())
    }

    /// Nothing is allocated for what a file of this length cannot have.
    fn piece(&self, file: &Pieces, at: u64, length: u64) -> Result<Vec<u8>, ElfError> {
        let end = at.checked_add(length).ok_or(ElfError::Malformed)?;
        if end > self.length {
            return Err(ElfError::Malformed);
        }
        let length = usize::try_from(length).map_err(|_| ElfError::TooLarge)?;
        Ok(file.exactly(at, length)?)
    }

    /// Which section is the specification's.
    fn specification_at(&self) -> Option<usize> {
        let is_it = |section: &Section| self.name(section) == Some(SECTION.as_bytes());
        self.sections.iter().position(is_it)
    }

    fn name(&self, section: &Section) -> Option<&[u8]> {
        let start = usize::try_from(section.name).ok()?;
        self.names.get(start..)?.split(|byte| *byte == 0).next()
    }

    /// What the specification's section holds, if there is one.
    pub fn specification(&self, file: &Pieces, most: u64) -> Result<Option<Vec<u8>>, ElfError> {
        let Some(section) = self.specification_at().and_then(|at| self.sections.get(at)) else {
            return Ok(None);
        };
        match (section.has_bytes(), section.size) {
            (false, _) => Err(ElfError::Malformed),
            (true, size) if size > most => Err(ElfError::TooLarge),
            (true, size) => self.piece(file, section.offset, size).map(Some),
        }
    }
}

#[cfg(test)]
mod tests;
