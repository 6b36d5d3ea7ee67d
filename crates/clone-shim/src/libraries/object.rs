//! The headers of an ELF file (elf(5)), as far as the kernel and the loader look at them before they map it. Of 64 bits
//! and for this machine only: a void's filter refuses the system calls of any other.
use super::dynamic::Dynamic;
use crate::pieces::{PieceError, Pieces, u16_at, u32_at, u64_at, until_zero};
use rustix::io::Errno;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// A program, a loader or a library.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) kind: Kind,
    /// `PT_INTERP`
    pub(super) interpreter: Option<PathBuf>,
    pub(super) dynamic: Dynamic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `ET_EXEC`, at fixed addresses.
    Fixed,
    /// `ET_DYN`: a library, a loader, or a program that may lie anywhere.
    Movable,
}

#[derive(Debug)]
pub(super) enum ObjectError {
    NotElf,
    /// Of another class or for another processor: a loader passes over such a library.
    OtherMachine,
    OtherByteOrder,
    Malformed,
    Read(Errno),
}

impl From<PieceError> for ObjectError {
    fn from(error: PieceError) -> Self {
        match error {
            PieceError::TooShort => Self::Malformed,
            PieceError::Read(errno) => Self::Read(errno),
        }
    }
}

/// A program header, without what nobody here asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    kind: u32,
    offset: u64,
    address: u64,
    size_in_file: u64,
}

const HEADER: usize = 64;
const SEGMENT: usize = 56;
/// The kernel reads no more of them: 64 KiB.
const MOST_SEGMENTS: u16 = 1170;
/// `PATH_MAX`, with its zero byte: the kernel takes no longer interpreter.
const LONGEST_PATH: u64 = 4096;

const CLASS_64: u8 = 2;
const LITTLE_ENDIAN: u8 = 1;
const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_INTERP: u32 = 3;

/// `e_machine` of this processor.
#[cfg(target_arch = "x86_64")]
const MACHINE: u16 = 62;
#[cfg(target_arch = "aarch64")]
const MACHINE: u16 = 183;

impl Object {
    pub(super) fn read(file: &Pieces) -> Result<Self, ObjectError> {
        let header = Header::parse(file.start())?;
        let segments = header.segments(file)?;
        let first = |kind| segments.iter().find(move |segment| segment.kind == kind);
        Ok(Self {
            kind: header.kind,
            interpreter: first(PT_INTERP)
                .map(|segment| interpreter(file, segment))
                .transpose()?,
            dynamic: match first(PT_DYNAMIC) {
                Some(segment) => {
                    Dynamic::read(file, segment.address, segment.size_in_file, &segments)?
                }
                None => Dynamic::default(),
            },
        })
    }
}

struct Header {
    kind: Kind,
    segments_at: u64,
    segments: u16,
}

impl Header {
    fn parse(start: &[u8]) -> Result<Self, ObjectError> {
        let bytes = start.get(..HEADER).ok_or(ObjectError::NotElf)?;
        if !bytes.starts_with(b"\x7fELF") {
            return Err(ObjectError::NotElf);
        }
        if bytes[4] != CLASS_64 {
            return Err(ObjectError::OtherMachine);
        }
        if bytes[5] != LITTLE_ENDIAN {
            return Err(ObjectError::OtherByteOrder);
        }
        if u16_at(bytes, 18) != Some(MACHINE) {
            return Err(ObjectError::OtherMachine);
        }
        Self::fields(bytes).ok_or(ObjectError::Malformed)
    }

    fn fields(bytes: &[u8]) -> Option<Self> {
        let kind = match u16_at(bytes, 16)? {
            2 => Kind::Fixed,
            3 => Kind::Movable,
            _ => return None,
        };
        let segments = u16_at(bytes, 56).filter(|count| (1..=MOST_SEGMENTS).contains(count))?;
        let size_fits = usize::from(u16_at(bytes, 54)?) == SEGMENT;
        size_fits.then_some(Self {
            kind,
            segments_at: u64_at(bytes, 32)?,
            segments,
        })
    }

    fn segments(&self, file: &Pieces) -> Result<Vec<Segment>, ObjectError> {
        let bytes = file.exactly(self.segments_at, usize::from(self.segments) * SEGMENT)?;
        let segments = bytes.chunks_exact(SEGMENT).map(Segment::parse);
        segments
            .collect::<Option<_>>()
            .ok_or(ObjectError::Malformed)
    }
}

impl Segment {
    fn parse(bytes: &[u8]) -> Option<Self> {
        Some(Self {
            kind: u32_at(bytes, 0)?,
            offset: u64_at(bytes, 8)?,
            address: u64_at(bytes, 16)?,
            size_in_file: u64_at(bytes, 32)?,
        })
    }
}

/// Where in the file that lies which will be at `address`, and how many bytes of the file follow there.
pub(super) fn place_of(address: u64, segments: &[Segment]) -> Option<(u64, u64)> {
    let mut loaded = segments.iter().filter(|segment| segment.kind == PT_LOAD);
    loaded.find_map(|segment| {
        let within = address.checked_sub(segment.address)?;
        let left = segment
            .size_in_file
            .checked_sub(within)
            .filter(|left| *left > 0)?;
        Some((segment.offset.checked_add(within)?, left))
    })
}

fn interpreter(file: &Pieces, segment: &Segment) -> Result<PathBuf, ObjectError> {
    if segment.size_in_file > LONGEST_PATH {
        return Err(ObjectError::Malformed);
    }
    let length = usize::try_from(segment.size_in_file).map_err(|_| ObjectError::Malformed)?;
    let bytes = file.exactly(segment.offset, length)?;
    let path = until_zero(&bytes).ok_or(ObjectError::Malformed)?;
    Ok(OsString::from_vec(path.to_vec()).into())
}
