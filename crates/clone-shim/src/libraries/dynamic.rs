//! The dynamic section of an ELF file: which libraries the object asks its loader for, and where they may lie.
use super::object::{ObjectError, Segment, place_of};
use crate::pieces::{Pieces, u64_at, until_zero};

/// What an object asks of its loader.
#[derive(Debug, Default)]
pub(super) struct Dynamic {
    /// `DT_NEEDED`, in order.
    pub(super) needed: Vec<Vec<u8>>,
    /// `DT_RPATH`
    pub(super) rpath: Option<Vec<u8>>,
    /// `DT_RUNPATH`
    pub(super) runpath: Option<Vec<u8>>,
    /// `DT_SONAME`
    pub(super) soname: Option<Vec<u8>>,
    /// `DF_1_NODEFLIB`: the system's own folders do not count.
    pub(super) no_default: bool,
}

const DT_NULL: u64 = 0;
const DT_NEEDED: u64 = 1;
const DT_STRTAB: u64 = 5;
const DT_SONAME: u64 = 14;
const DT_RPATH: u64 = 15;
const DT_RUNPATH: u64 = 29;
const DT_FLAGS_1: u64 = 0x6fff_fffb;
const DF_1_NODEFLIB: u64 = 0x800;

const ENTRY: usize = 16;
/// Bytes of a section: 4,096 entries, where large programs have a few hundred.
const MOST_BYTES: u64 = 64 << 10;
/// Bytes of all names and lists of one object.
const MOST_TEXT: usize = 64 << 10;
/// What is read at once for a name, and what for the rare long list.
const PIECES: [usize; 3] = [256, 4096, MOST_TEXT];

impl Dynamic {
    /// `address` is the section's when it is loaded: that is where loaders look, whatever its offset is said to be.
    pub(super) fn read(
        file: &Pieces,
        address: u64,
        size: u64,
        segments: &[Segment],
    ) -> Result<Self, ObjectError> {
        if size > MOST_BYTES {
            return Err(ObjectError::Malformed);
        }
        let (offset, left) = place_of(address, segments).ok_or(ObjectError::Malformed)?;
        let length = usize::try_from(size.min(left)).map_err(|_| ObjectError::Malformed)?;
        let bytes = file.exactly(offset, length)?;
        let entries: Vec<_> = bytes.chunks_exact(ENTRY).map_while(entry).collect();
        Self::of(&entries, &mut Text::new(file, &entries, segments))
    }

    /// Of an entry that stands twice, loaders take the last, `DT_NEEDED` aside.
    fn of(entries: &[(u64, u64)], text: &mut Text) -> Result<Self, ObjectError> {
        let mut dynamic = Self::default();
        for &(tag, value) in entries {
            match tag {
                DT_NEEDED => dynamic.needed.push(text.at(value)?),
                DT_RPATH => dynamic.rpath = Some(text.at(value)?),
                DT_RUNPATH => dynamic.runpath = Some(text.at(value)?),
                DT_SONAME => dynamic.soname = Some(text.at(value)?),
                DT_FLAGS_1 => dynamic.no_default = value & DF_1_NODEFLIB != 0,
                _ => {}
            }
        }
        Ok(dynamic)
    }
}

/// A tag and its value; none at the section's end.
fn entry(bytes: &[u8]) -> Option<(u64, u64)> {
    let tag = u64_at(bytes, 0).filter(|tag| *tag != DT_NULL)?;
    Some((tag, u64_at(bytes, 8)?))
}

/// The object's string table.
struct Text<'f> {
    file: &'f Pieces,
    /// Its offset, and how much of the file there is.
    place: Option<(u64, u64)>,
    left_to_read: usize,
}

impl<'f> Text<'f> {
    fn new(file: &'f Pieces, entries: &[(u64, u64)], segments: &[Segment]) -> Self {
        let table = entries.iter().rfind(|(tag, _)| *tag == DT_STRTAB);
        Self {
            file,
            place: table.and_then(|(_, address)| place_of(*address, segments)),
            left_to_read: MOST_TEXT,
        }
    }

    fn at(&mut self, index: u64) -> Result<Vec<u8>, ObjectError> {
        let bytes = self.find(index)?.ok_or(ObjectError::Malformed)?;
        let left = self.left_to_read.checked_sub(bytes.len());
        self.left_to_read = left.ok_or(ObjectError::Malformed)?;
        Ok(bytes)
    }

    fn find(&self, index: u64) -> Result<Option<Vec<u8>>, ObjectError> {
        let (start, size) = self.place.ok_or(ObjectError::Malformed)?;
        let left = size.checked_sub(index).ok_or(ObjectError::Malformed)?;
        let offset = start.checked_add(index).ok_or(ObjectError::Malformed)?;
        for length in PIECES {
            let length = usize::try_from(left).map_or(length, |left| left.min(length));
            if let Some(text) = until_zero(&self.file.up_to(offset, length)?) {
                return Ok(Some(text.to_vec()));
            }
        }
        Ok(None)
    }
}
