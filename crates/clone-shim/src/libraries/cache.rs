//! /etc/ld.so.cache: where ldconfig(8) found which library. Only the format of glibc 2.2 and later.
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

const MAGIC: &[u8] = b"glibc-ld.so.cache1.1";
/// An older format's header, after which the newer one may lie.
const OLD_MAGIC: &[u8] = b"ld.so-1.7.0\0";
const OLD_HEADER: usize = 16;
const OLD_ENTRY: usize = 12;
const HEADER: usize = 48;
const ENTRY: usize = 24;

/// `FLAG_ELF_LIBC6` with the machine's own bits (ldconfig -p shows them).
#[cfg(target_arch = "x86_64")]
const OF_THIS_MACHINE: u32 = 0x0303;
#[cfg(target_arch = "aarch64")]
const OF_THIS_MACHINE: u32 = 0x0a03;

/// The cache's bytes from the newer header on, and how many entries there are.
#[derive(Debug, Default)]
pub(super) struct Cache {
    bytes: Vec<u8>,
    count: usize,
}

impl Cache {
    pub(super) fn of_the_host() -> Self {
        std::fs::read("/etc/ld.so.cache")
            .map(Self::parse)
            .unwrap_or_default()
    }

    /// A cache that makes no sense is an empty one, as it is to the loader.
    pub(super) fn parse(bytes: Vec<u8>) -> Self {
        Self::find_header(bytes).unwrap_or_default()
    }

    fn find_header(mut bytes: Vec<u8>) -> Option<Self> {
        if bytes.starts_with(OLD_MAGIC) {
            let count = word(&bytes, 12)? as usize;
            let end = count.checked_mul(OLD_ENTRY)?.checked_add(OLD_HEADER)?;
            bytes = bytes.split_off(end.checked_next_multiple_of(8)?.min(bytes.len()));
        }
        let count = word(&bytes, MAGIC.len())? as usize;
        let end = count.checked_mul(ENTRY)?.checked_add(HEADER)?;
        (bytes.starts_with(MAGIC) && end <= bytes.len()).then_some(Self { bytes, count })
    }

    /// The paths under which the library `name` was found, those for better processors first. The loader takes the first
    /// that is for a processor like this one.
    pub(super) fn find(&self, name: &[u8]) -> Vec<PathBuf> {
        let mut found: Vec<(u64, PathBuf)> = (0..self.count)
            .filter_map(|index| self.entry(index, name))
            .collect();
        found.sort_by_key(|(hardware, _)| std::cmp::Reverse(*hardware));
        found.into_iter().map(|(_, path)| path).collect()
    }

    fn entry(&self, index: usize, name: &[u8]) -> Option<(u64, PathBuf)> {
        let at = HEADER + index * ENTRY;
        let key = self.string(word(&self.bytes, at + 4)?)?;
        if word(&self.bytes, at)? != OF_THIS_MACHINE || key != name {
            return None;
        }
        let path = self.string(word(&self.bytes, at + 8)?)?;
        let hardware =
            u64::from(word(&self.bytes, at + 16)?) | u64::from(word(&self.bytes, at + 20)?) << 32;
        Some((
            hardware,
            Path::new(std::ffi::OsStr::from_bytes(path)).to_owned(),
        ))
    }

    fn string(&self, offset: u32) -> Option<&[u8]> {
        let bytes = self.bytes.get(offset as usize..)?;
        bytes.split(|byte| *byte == 0).next()
    }
}

/// A number of 32 bits in the machine's order, which is little-endian wherever a cache has entries for us.
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(
        bytes.get(at..at.checked_add(4)?)?.try_into().ok()?,
    ))
}
