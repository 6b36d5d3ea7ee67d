//! Small pieces of a file whose contents nobody vouches for, and the numbers in them. Nothing is mapped, so that a file
//! which shrinks meanwhile is a short read and no SIGBUS.
use rustix::fs::{FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use std::fs::File;
use std::path::Path;

/// Holds the ELF header, its program headers and the interpreter's path of nearly every program: one read for all.
const START: usize = 1024;

/// An open regular file, and its first bytes.
#[derive(Debug)]
pub struct Pieces {
    file: File,
    status: Stat,
    start: Vec<u8>,
}

/// Why a piece cannot be had.
#[derive(Debug)]
pub enum PieceError {
    /// The file ends before.
    TooShort,
    Read(Errno),
}

impl Pieces {
    /// `EISDIR` for a folder; `EINVAL` for what else is no regular file. Opening never waits, whatever lies there.
    pub fn open(path: &Path) -> Result<Self, Errno> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        Self::of(rustix::fs::open(path, flags, Mode::empty())?.into())
    }

    /// The same of a file that is open.
    pub fn of(file: File) -> Result<Self, Errno> {
        let status = rustix::fs::fstat(&file)?;
        regular(&status)?;
        let start = read(&file, 0, START)?;
        Ok(Self {
            file,
            status,
            start,
        })
    }

    pub fn file(&self) -> &File {
        &self.file
    }

    /// What is known of the file since it was opened.
    pub fn status(&self) -> &Stat {
        &self.status
    }

    pub fn start(&self) -> &[u8] {
        &self.start
    }

    /// Exactly `length` bytes; a file that ends before is malformed.
    pub fn exactly(&self, offset: u64, length: usize) -> Result<Vec<u8>, PieceError> {
        let bytes = self.up_to(offset, length)?;
        match bytes.len() == length {
            true => Ok(bytes),
            false => Err(PieceError::TooShort),
        }
    }

    /// As many bytes as there are, at most `length`. The caller bounds that: it is allocated.
    pub fn up_to(&self, offset: u64, length: usize) -> Result<Vec<u8>, PieceError> {
        let at_start = usize::try_from(offset).ok().and_then(|offset| {
            let end = offset.checked_add(length)?;
            self.start.get(offset..end)
        });
        match at_start {
            Some(bytes) => Ok(bytes.to_vec()),
            None => read(&self.file, offset, length).map_err(|errno| match errno {
                // An offset that no file reaches.
                Errno::INVAL | Errno::OVERFLOW => PieceError::TooShort,
                errno => PieceError::Read(errno),
            }),
        }
    }
}

fn regular(status: &Stat) -> Result<(), Errno> {
    match FileType::from_raw_mode(status.st_mode) {
        FileType::RegularFile => Ok(()),
        FileType::Directory => Err(Errno::ISDIR),
        _ => Err(Errno::INVAL),
    }
}

fn read(file: &File, offset: u64, length: usize) -> Result<Vec<u8>, Errno> {
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while filled < length {
        let at = offset.checked_add(filled as u64).ok_or(Errno::OVERFLOW)?;
        match rustix::io::pread(file, &mut bytes[filled..], at) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// The `N` bytes at `at`, if there are so many.
fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

pub fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

pub fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}

/// What lies before the first zero byte, if there is one.
pub fn until_zero(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    bytes.get(..end)
}
