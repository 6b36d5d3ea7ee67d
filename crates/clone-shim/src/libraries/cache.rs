//! /etc/ld.so.cache: where ldconfig(8) found which library. The format of glibc 2.2 and later, also where it follows
//! one of the older format in the same file. Bytes from outside: what makes no sense in it is not there.
use crate::pieces::{u32_at, u64_at, until_zero};
use std::cmp::Ordering;
use std::ffi::{OsStr, c_char};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

pub(super) const PATH: &str = "/etc/ld.so.cache";

const MAGIC: &[u8] = b"glibc-ld.so.cache1.1";
const OLD_MAGIC: &[u8] = b"ld.so-1.7.0\0";
const OLD_HEADER: usize = 16;
const OLD_ENTRY: usize = 12;
const HEADER: usize = 48;
const ENTRY: usize = 24;
/// Far above any real one's: 100,000 libraries.
const MOST_BYTES: u64 = 16 << 20;

/// `FLAG_ELF_LIBC6` with the machine's own bits, as loaders of this machine demand it.
#[cfg(target_arch = "x86_64")]
const OF_THIS_MACHINE: u32 = 0x0303;
#[cfg(target_arch = "aarch64")]
const OF_THIS_MACHINE: u32 = 0x0a03;

/// In the upper half of an entry's hardware field: the lower is an index into the names of hardware. Ten bits there
/// say for which level a library is marked, whatever folder it lies in; a loader's answer to them is an error or none.
const NAMED: u32 = 1 << 30;
const MARKED_LEVEL: u32 = 0x3ff;
const EXTENSION_MAGIC: u32 = 0xeaa4_2174;
const HARDWARE_NAMES: u32 = 1;
/// Sections of an extension; glibc knows two.
const MOST_SECTIONS: usize = 16;

/// The bytes from the header on, to which all offsets in it refer.
#[derive(Debug, Default)]
pub(super) struct Cache {
    bytes: Vec<u8>,
    entries: usize,
}

impl Cache {
    /// An empty one, if there is none or it makes no sense: so do loaders.
    pub(super) fn of_the_host() -> Self {
        let read = || -> io::Result<Vec<u8>> {
            let file = File::open(PATH)?;
            let size = file.metadata()?.len().min(MOST_BYTES);
            let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1);
            file.take(MOST_BYTES).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        read().ok().and_then(Self::parse).unwrap_or_default()
    }

    pub(super) fn parse(mut bytes: Vec<u8>) -> Option<Self> {
        if bytes.starts_with(OLD_MAGIC) {
            let entries = usize::try_from(u32_at(&bytes, 12)?).ok()?;
            let end = entries.checked_mul(OLD_ENTRY)?.checked_add(OLD_HEADER)?;
            // Aligned for its numbers of 64 bits.
            bytes = bytes.get(end.checked_next_multiple_of(8)?..)?.to_vec();
        }
        let entries = usize::try_from(u32_at(&bytes, 20)?).ok()?;
        let end = entries.checked_mul(ENTRY)?.checked_add(HEADER)?;
        // Zero stands for the machine's own byte order, two for this one.
        let readable = bytes.starts_with(MAGIC) && matches!(bytes.get(28)?, 0 | 2);
        (readable && end <= bytes.len()).then_some(Self { bytes, entries })
    }

    /// The path of the library `name` that is best for a processor of `levels`, the best of which is first. The loader
    /// takes this one or none.
    pub(super) fn find(&self, name: &[u8], levels: &[&str]) -> Option<PathBuf> {
        let (mut best, mut path) = (usize::MAX, None);
        for entry in self.of_name(name).filter_map(|index| self.entry(index)) {
            let fits = match entry.hardware {
                Hardware::Any => Some(levels.len()),
                Hardware::Level(level) => levels.iter().position(|known| known.as_bytes() == level),
            };
            if let Some(rank) = fits.filter(|rank| *rank < best) {
                (best, path) = (rank, Some(entry.path));
            }
        }
        path.map(|path| Path::new(OsStr::from_bytes(path)).to_owned())
    }

    /// The entries of a name. They stand in falling order, and a loader searches in halves, too.
    fn of_name(&self, name: &[u8]) -> impl Iterator<Item = usize> {
        let order = move |index| {
            self.key(index)
                .map_or(Ordering::Less, |key| compare(key, name))
        };
        let (mut from, mut to) = (0, self.entries);
        while from < to {
            let middle = usize::midpoint(from, to);
            match order(middle) {
                Ordering::Greater => from = middle + 1,
                _ => to = middle,
            }
        }
        (from..self.entries).take_while(move |index| order(*index) == Ordering::Equal)
    }

    fn key(&self, index: usize) -> Option<&[u8]> {
        self.text(u32_at(&self.bytes, HEADER + index * ENTRY + 4)?)
    }

    fn entry(&self, index: usize) -> Option<Entry<'_>> {
        let at = HEADER + index * ENTRY;
        if u32_at(&self.bytes, at)? != OF_THIS_MACHINE {
            return None;
        }
        Some(Entry {
            path: self.text(u32_at(&self.bytes, at + 8)?)?,
            hardware: self.hardware(u64_at(&self.bytes, at + 16)?)?,
        })
    }

    /// None for the folders that glibc 2.37 gave up (`haswell`, `tls` …): without theirs a loader takes others.
    fn hardware(&self, field: u64) -> Option<Hardware<'_>> {
        let low = u32::try_from(field & 0xffff_ffff).ok()?;
        match u32::try_from(field >> 32).ok()? & !MARKED_LEVEL {
            0 if low == 0 => Some(Hardware::Any),
            NAMED => Some(Hardware::Level(self.hardware_name(low)?)),
            _ => None,
        }
    }

    fn hardware_name(&self, index: u32) -> Option<&[u8]> {
        let extension = usize::try_from(u32_at(&self.bytes, 32)?).ok()?;
        let bytes = self.bytes.get(extension..)?;
        if u32_at(bytes, 0)? != EXTENSION_MAGIC {
            return None;
        }
        let sections = usize::try_from(u32_at(bytes, 4)?).ok()?.min(MOST_SECTIONS);
        let mut sections = (0..sections).map(|section| 8 + section * 16);
        let section = sections.find(|at| u32_at(bytes, *at) == Some(HARDWARE_NAMES))?;
        let offset = usize::try_from(u32_at(bytes, section + 8)?).ok()?;
        let size = u32_at(bytes, section + 12)?;
        let within = index.checked_mul(4).filter(|within| *within < size)?;
        let at = offset.checked_add(usize::try_from(within).ok()?)?;
        self.text(u32_at(&self.bytes, at)?)
    }

    fn text(&self, offset: u32) -> Option<&[u8]> {
        until_zero(self.bytes.get(usize::try_from(offset).ok()?..)?)
    }
}

struct Entry<'c> {
    path: &'c [u8],
    hardware: Hardware<'c>,
}

enum Hardware<'c> {
    Any,
    /// The name of a folder below `glibc-hwcaps`.
    Level(&'c [u8]),
}

/// The order of a cache's names: byte by byte, but runs of digits by their value, and a digit after any other byte.
fn compare(mut left: &[u8], mut right: &[u8]) -> Ordering {
    while let (Some(&a), Some(&b)) = (left.first(), right.first()) {
        let order = match (a.is_ascii_digit(), b.is_ascii_digit()) {
            (true, true) => take_number(&mut left).cmp(&take_number(&mut right)),
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                (left, right) = (&left[1..], &right[1..]);
                // C's char has a sign on some machines, and the order was made with it.
                c_char::from_ne_bytes([a]).cmp(&c_char::from_ne_bytes([b]))
            }
        };
        if order.is_ne() {
            return order;
        }
    }
    left.len().min(1).cmp(&right.len().min(1))
}

fn take_number(text: &mut &[u8]) -> u64 {
    let mut number: u64 = 0;
    while let Some((digit, rest)) = text
        .split_first()
        .filter(|(digit, _)| digit.is_ascii_digit())
    {
        number = number
            .saturating_mul(10)
            .saturating_add(u64::from(digit - b'0'));
        *text = rest;
    }
    number
}

#[cfg(test)]
pub(super) mod tests;
