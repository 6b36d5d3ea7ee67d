//! The headers of an ELF file, as far as the loader looks at them before it maps anything.
use goblin::elf::dynamic::{
    DF_1_NODEFLIB, DT_FLAGS_1, DT_NEEDED, DT_NULL, DT_RPATH, DT_RUNPATH, DT_SONAME, DT_STRSZ,
    DT_STRTAB,
};
use goblin::elf::header::{EI_CLASS, EI_DATA, ELFCLASS64, ELFDATA2LSB, ELFMAG, EM_X86_64};
use goblin::elf64::header::Header;
use goblin::elf64::program_header::{PT_DYNAMIC, PT_INTERP, PT_LOAD, ProgramHeader, SIZEOF_PHDR};
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

/// What an object asks of its loader.
#[derive(Clone, Debug, Default)]
pub(super) struct Object {
    /// `PT_INTERP`
    pub(super) interpreter: Option<PathBuf>,
    /// `DT_NEEDED`, in order.
    pub(super) needed: Vec<Vec<u8>>,
    /// `DT_RPATH`
    pub(super) rpath: Option<Vec<u8>>,
    /// `DT_RUNPATH`
    pub(super) runpath: Option<Vec<u8>>,
    /// `DT_SONAME`
    pub(super) soname: Option<Vec<u8>>,
    /// `DF_1_NODEFLIB`: the default folders do not count.
    pub(super) no_default: bool,
}

#[derive(Debug)]
pub(super) enum ObjectError {
    NotElf,
    OtherMachine,
    Malformed,
    Io(io::Error),
}

#[cfg(target_arch = "x86_64")]
const MACHINE: u16 = EM_X86_64;
#[cfg(target_arch = "aarch64")]
const MACHINE: u16 = EM_AARCH64;

// Bounds far above any real file's.
const MOST_HEADERS: u16 = 512;
const MOST_DYNAMIC: u64 = 64 * 1024;
const MOST_STRINGS: u64 = 16 << 20;
const LONGEST: u64 = 4096;

impl Object {
    pub(super) fn read(file: &File) -> Result<Self, ObjectError> {
        let header = header(file)?;
        let segments = segments(file, header)?;
        let mut object = Self::default();
        if let Some(segment) = segments.iter().find(|segment| segment.p_type == PT_INTERP) {
            let mut path = read(file, segment.p_offset, segment.p_filesz.min(LONGEST))?;
            path.truncate(
                path.iter()
                    .position(|byte| *byte == 0)
                    .ok_or(ObjectError::Malformed)?,
            );
            object.interpreter = Some(std::ffi::OsString::from_vec(path).into());
        }
        if let Some(segment) = segments.iter().find(|segment| segment.p_type == PT_DYNAMIC) {
            object.read_dynamic(file, segment, &segments)?;
        }
        Ok(object)
    }

    fn read_dynamic(
        &mut self,
        file: &File,
        segment: &ProgramHeader,
        segments: &[ProgramHeader],
    ) -> Result<(), ObjectError> {
        let bytes = read(file, segment.p_offset, segment.p_filesz.min(MOST_DYNAMIC))?;
        let entries: Vec<(u64, u64)> = bytes
            .as_chunks::<16>()
            .0
            .iter()
            .map(entry)
            .take_while(|(tag, _)| *tag != DT_NULL)
            .collect();
        let value = |wanted: u64| {
            entries
                .iter()
                .find(|(tag, _)| *tag == wanted)
                .map(|(_, value)| *value)
        };
        let (Some(table), Some(size)) = (value(DT_STRTAB), value(DT_STRSZ)) else {
            return Ok(());
        };
        let offset = offset_of(table, segments).ok_or(ObjectError::Malformed)?;
        let strings = Strings {
            file,
            offset,
            size: size.min(MOST_STRINGS),
        };
        for (tag, value) in &entries {
            match *tag {
                DT_NEEDED => self.needed.push(strings.at(*value)?),
                DT_RPATH => self.rpath = Some(strings.at(*value)?),
                DT_RUNPATH => self.runpath = Some(strings.at(*value)?),
                DT_SONAME => self.soname = Some(strings.at(*value)?),
                DT_FLAGS_1 => self.no_default = value & DF_1_NODEFLIB != 0,
                _ => {}
            }
        }
        Ok(())
    }
}

fn header(file: &File) -> Result<Header, ObjectError> {
    let bytes = match read(file, 0, size_of::<Header>() as u64) {
        Err(ObjectError::Malformed) => return Err(ObjectError::NotElf),
        read => read?,
    };
    let bytes: [u8; size_of::<Header>()] = bytes.try_into().map_err(|_| ObjectError::NotElf)?;
    if !bytes.starts_with(ELFMAG) {
        return Err(ObjectError::NotElf);
    }
    if bytes[EI_CLASS] != ELFCLASS64 || bytes[EI_DATA] != ELFDATA2LSB {
        return Err(ObjectError::OtherMachine);
    }
    let header = *Header::from_bytes(&bytes);
    if header.e_machine == MACHINE {
        Ok(header)
    } else {
        Err(ObjectError::OtherMachine)
    }
}

fn segments(file: &File, header: Header) -> Result<Vec<ProgramHeader>, ObjectError> {
    if usize::from(header.e_phentsize) != SIZEOF_PHDR || header.e_phnum > MOST_HEADERS {
        return Err(ObjectError::Malformed);
    }
    let count = usize::from(header.e_phnum);
    let bytes = read(file, header.e_phoff, (count * SIZEOF_PHDR) as u64)?;
    Ok(ProgramHeader::from_bytes(&bytes, count))
}

fn entry(bytes: &[u8; 16]) -> (u64, u64) {
    let (tag, value) = bytes.split_at(8);
    let word = |bytes: &[u8]| {
        bytes
            .iter()
            .rev()
            .fold(0, |word, byte| word << 8 | u64::from(*byte))
    };
    (word(tag), word(value))
}

/// Where in the file the byte lies that will be at an address.
fn offset_of(address: u64, segments: &[ProgramHeader]) -> Option<u64> {
    let loaded = segments.iter().filter(|segment| segment.p_type == PT_LOAD);
    let mut holding = loaded.filter_map(|segment| {
        let within = address
            .checked_sub(segment.p_vaddr)
            .filter(|within| *within < segment.p_filesz)?;
        segment.p_offset.checked_add(within)
    });
    holding.next()
}

struct Strings<'f> {
    file: &'f File,
    offset: u64,
    size: u64,
}

impl Strings<'_> {
    fn at(&self, index: u64) -> Result<Vec<u8>, ObjectError> {
        let left = self.size.checked_sub(index).ok_or(ObjectError::Malformed)?;
        let offset = self
            .offset
            .checked_add(index)
            .ok_or(ObjectError::Malformed)?;
        // Names are short: a second read is rare.
        for length in [128, LONGEST] {
            let mut bytes = read_up_to(self.file, offset, left.min(length))?;
            if let Some(end) = bytes.iter().position(|byte| *byte == 0) {
                bytes.truncate(end);
                return Ok(bytes);
            }
        }
        Err(ObjectError::Malformed)
    }
}

fn read(file: &File, offset: u64, length: u64) -> Result<Vec<u8>, ObjectError> {
    let bytes = read_up_to(file, offset, length)?;
    if bytes.len() as u64 == length {
        Ok(bytes)
    } else {
        Err(ObjectError::Malformed)
    }
}

fn read_up_to(file: &File, offset: u64, length: u64) -> Result<Vec<u8>, ObjectError> {
    let mut bytes = vec![0; usize::try_from(length).map_err(|_| ObjectError::Malformed)?];
    let mut filled = 0;
    while filled < bytes.len() {
        let at = offset
            .checked_add(filled as u64)
            .ok_or(ObjectError::Malformed)?;
        match file.read_at(&mut bytes[filled..], at) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                return Err(ObjectError::Malformed);
            }
            Err(error) => return Err(ObjectError::Io(error)),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}
