//! Structures that the kernel fills, read.
use std::fmt;

/// The entries of a folder, as getdents64(2) gives them, but for itself and the one above.
pub(super) struct Entries<'b>(&'b [u8]);

impl<'b> Entries<'b> {
    pub(super) const fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }
}

impl Iterator for Entries<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        loop {
            let length = u16::from_ne_bytes(field(self.0, 16)?);
            // A length of nothing would have no end.
            let (entry, rest) = self.0.split_at_checked(usize::from(length).max(20))?;
            self.0 = rest;
            let name = entry.get(19..)?.split(|byte| *byte == 0).next()?;
            if !matches!(name, b"." | b"..") {
                return Some(String::from_utf8_lossy(name).into_owned());
            }
        }
    }
}

/// What lies at a path, as statx(2) gives it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Metadata {
    mode: u16,
    user: u32,
    group: u32,
    size: u64,
}

impl Metadata {
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        Some(Self {
            user: u32::from_ne_bytes(field(bytes, 20)?),
            group: u32::from_ne_bytes(field(bytes, 24)?),
            mode: u16::from_ne_bytes(field(bytes, 28)?),
            size: u64::from_ne_bytes(field(bytes, 40)?),
        })
    }

    const fn kind(self) -> &'static str {
        match self.mode >> 12 {
            0o01 => "a FIFO",
            0o02 => "a character device",
            0o04 => "a folder",
            0o06 => "a block device",
            0o10 => "a file",
            0o12 => "a link",
            0o14 => "a socket",
            _ => "something else",
        }
    }
}

impl fmt::Display for Metadata {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            user, group, size, ..
        } = self;
        write!(
            formatter,
            "{} of {user}:{group}, mode {:04o}, {size} bytes",
            self.kind(),
            self.mode & 0o7777
        )
    }
}

fn field<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u8; N]> {
    bytes.get(offset..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_and_nothing_behind_them() {
        let entry = |name: &str| {
            let length = (19 + name.len() + 1).next_multiple_of(8);
            let mut bytes = vec![0; 16];
            bytes.extend(u16::try_from(length).unwrap().to_ne_bytes());
            bytes.push(8);
            bytes.extend(name.as_bytes());
            bytes.resize(length, 0);
            bytes
        };
        let bytes = [entry("."), entry("a"), entry(".."), entry("longer")].concat();
        let names: Vec<_> = Entries::new(&bytes).collect();
        assert_eq!(names, ["a", "longer"]);
        for length in 0..bytes.len() {
            assert!(Entries::new(&bytes[..length]).count() < 2);
        }
        assert_eq!(Entries::new(&[0; 64]).count(), 3);
    }

    #[test]
    fn metadata_is_read() {
        let mut bytes = [0; 256];
        bytes[20] = 1;
        bytes[28..30].copy_from_slice(&0o100_640_u16.to_ne_bytes());
        bytes[40] = 9;
        let words = Metadata::read(&bytes).unwrap().to_string();
        assert_eq!(words, "a file of 1:0, mode 0640, 9 bytes");
        assert!(Metadata::read(&bytes[..40]).is_none());
    }
}
