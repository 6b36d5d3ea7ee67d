//! A specification's section in an ELF file, without moving a byte of what is there: the section, the names of all and
//! the table of all are written behind the rest, and the header tells where that is. The numbers of the other sections
//! stay, since symbols name sections by them.
use super::section::{PROGBITS, STRTAB, Section};
use super::{Elf, ElfError, MOST_SECTIONS};
use specification::SECTION;

/// What becomes of a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Appended {
    /// So many of its bytes stay,
    pub kept: u64,
    /// but for those at its beginning;
    pub header: Vec<u8>,
    /// and this follows.
    pub tail: Vec<u8>,
}

/// Where tables begin.
const ALIGNMENT: u64 = 8;
const NAMES: &str = ".shstrtab";

/// With this as the content of its specification's section; one that it has already is replaced.
pub fn append(elf: &Elf, content: &[u8]) -> Result<Appended, ElfError> {
    let kept = elf.own_tail().unwrap_or(elf.length);
    let mut tail = Tail {
        from: kept,
        bytes: Vec::new(),
    };
    let content_at = tail.put(ALIGNMENT, content)?;
    let mut tables = Tables::of(elf)?;
    let names_at = tail.put(1, &tables.names)?;
    tables.place(content_at, content.len() as u64, names_at);
    let mut table = Vec::new();
    for section in &tables.sections {
        section.write(elf.class, &mut table)?;
    }
    let table_at = tail.put(ALIGNMENT, &table)?;
    Ok(Appended {
        kept,
        header: header(elf, table_at, &tables)?,
        tail: tail.bytes,
    })
}

impl Elf {
    /// Where what was appended here before begins, if nothing else lies behind that.
    fn own_tail(&self) -> Option<u64> {
        let (at, names_at) = (self.specification_at()?, self.names_at?);
        let (own, names) = (&self.sections[at], &self.sections[names_at]);
        let table_end = self.table_at + (self.sections.len() * self.class.section()) as u64;
        let start = own.offset;
        let is_behind = names.offset >= own.end()? && self.table_at >= names.end()?;
        if own.is_in_memory() || !is_behind || table_end != self.length || at == names_at {
            return None;
        }
        let others = self.sections.iter().enumerate();
        let mut others = others.filter(|(number, _)| ![at, names_at].contains(number));
        let before = |end: Option<u64>| end.is_some_and(|end| end <= start);
        (before(Some(self.segments_end)) && others.all(|(_, other)| before(other.end())))
            .then_some(start)
    }
}

/// What is written behind a file's bytes.
struct Tail {
    from: u64,
    bytes: Vec<u8>,
}

impl Tail {
    /// Gives the place in the file.
    fn put(&mut self, alignment: u64, bytes: &[u8]) -> Result<u64, ElfError> {
        let end = self.from.checked_add(self.bytes.len() as u64);
        let place = end.and_then(|end| end.checked_next_multiple_of(alignment));
        let place = place.ok_or(ElfError::TooLarge)?;
        let padded = usize::try_from(place - self.from).map_err(|_| ElfError::TooLarge)?;
        self.bytes.resize(padded, 0);
        self.bytes.extend(bytes);
        Ok(place)
    }
}

/// The sections to be, and their names.
struct Tables {
    sections: Vec<Section>,
    names: Vec<u8>,
    specification_at: usize,
    names_at: usize,
}

impl Tables {
    fn of(elf: &Elf) -> Result<Self, ElfError> {
        let mut tables = Self {
            sections: elf.sections.clone(),
            names: elf.names.clone(),
            specification_at: 0,
            names_at: 0,
        };
        if tables.sections.is_empty() {
            // The first is none, always.
            tables.sections.push(Section::default());
        } else if elf.names_at.is_none() {
            return Err(ElfError::Malformed);
        }
        if tables.names.last() != Some(&0) {
            tables.names.push(0);
        }
        let is_named = |section: &Section| (section.name as usize) < tables.names.len();
        if !tables.names.is_empty() && !tables.sections.iter().all(is_named) {
            // What is added to the names would be this one's.
            return Err(ElfError::Malformed);
        }
        tables.specification_at = match elf.specification_at() {
            Some(at) => at,
            None => tables.add(SECTION)?,
        };
        tables.names_at = match elf.names_at {
            Some(at) => at,
            None => tables.add(NAMES)?,
        };
        Ok(tables)
    }

    fn add(&mut self, name: &str) -> Result<usize, ElfError> {
        let number = self.sections.len();
        if number + 1 >= MOST_SECTIONS {
            return Err(ElfError::ManySections);
        }
        let place = u32::try_from(self.names.len()).map_err(|_| ElfError::TooLarge)?;
        self.names.extend(name.as_bytes());
        self.names.push(0);
        self.sections.push(Section {
            name: place,
            ..Section::default()
        });
        Ok(number)
    }

    /// One that was in memory is no more: the bytes there are the old ones.
    fn place(&mut self, content_at: u64, content: u64, names_at: u64) {
        let own = &mut self.sections[self.specification_at];
        *own = Section {
            name: own.name,
            kind: PROGBITS,
            offset: content_at,
            size: content,
            alignment: 1,
            ..Section::default()
        };
        let names = &mut self.sections[self.names_at];
        names.kind = STRTAB;
        names.offset = names_at;
        names.size = self.names.len() as u64;
        names.alignment = 1;
    }
}

fn header(elf: &Elf, table_at: u64, tables: &Tables) -> Result<Vec<u8>, ElfError> {
    let mut header = elf.header.clone();
    let mut put = |at: usize, bytes: &[u8]| {
        header[at..at + bytes.len()].copy_from_slice(bytes);
    };
    let class = elf.class;
    put(class.place_of_table_at(), &class.bytes(table_at)?);
    let count_at = class.section_count();
    for (at, number) in [
        (count_at - 2, class.section()),
        (count_at, tables.sections.len()),
        (count_at + 2, tables.names_at),
    ] {
        let number = u16::try_from(number).map_err(|_| ElfError::ManySections)?;
        put(at, &number.to_le_bytes());
    }
    Ok(header)
}
