//! What a monitor shows of a process besides what it may do.
use crate::Seen;
use std::path::PathBuf;

/// What a process is doing, and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its short name (`comm`), at most 15 bytes; what of it is not UTF-8 is U+FFFD.
    pub name: String,
    /// Its state as proc_pid_status(5) has it: `R` running, `S` sleeping, `D` in an uninterruptible sleep, `T` stopped,
    /// `t` stopped by its tracer, `Z` ended and not reaped, …
    pub state: char,
    /// Its parent's number, 0 if that is not in the reader's pid namespace.
    pub parent: u32,
    /// Its numbers in each pid namespace from the reader's to its own.
    pub pids: Vec<u32>,
    /// Its tracer's number, 0 if it has none or one outside the reader's pid namespace.
    pub tracer: u32,
    /// How many threads it has.
    pub thread_count: usize,
    /// Its arguments, as they lie in its memory, which it can overwrite; none of a thread of the kernel's.
    pub arguments: Seen<Strings>,
    /// The environment that it was executed with, as it lies in its memory, which it can overwrite.
    pub environment: Seen<Strings>,
    /// The file that it executes, as the reader's mounts have it; one without a name ends in ` (deleted)`.
    pub program: Seen<PathBuf>,
    /// Its current directory, likewise.
    pub directory: Seen<PathBuf>,
}

/// Strings of a process's memory: any bytes but NUL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strings {
    /// As they lie there: a NUL behind each but the last.
    bytes: Vec<u8>,
    /// Whether there is more than [`Strings::MOST`] bytes, of which these are the first.
    pub truncated: bool,
}

impl Strings {
    /// How many bytes are read at most, of what can be some MiB.
    pub const MOST: usize = 64 * 1024;

    /// Strings that each end with a NUL; the last one need not.
    pub fn new(mut bytes: Vec<u8>, truncated: bool) -> Self {
        if bytes.last() == Some(&0) {
            bytes.pop();
        }
        Self { bytes, truncated }
    }

    /// Without the NULs behind a title that a process has written over its arguments, as setproctitle(3) does: else they
    /// would be as many empty arguments. A title has a blank, and nothing else is there. Right after an exec nothing has
    /// been written over.
    #[must_use]
    pub fn without_padding(mut self) -> Self {
        let padding = self.bytes.iter().rev().take_while(|byte| **byte == 0);
        let end = self.bytes.len().saturating_sub(padding.count());
        let is_title = self
            .bytes
            .split(|byte| *byte == 0)
            .next()
            .is_some_and(|first| first.len() == end && first.contains(&b' '));
        if is_title {
            self.bytes.truncate(end);
        }
        self
    }

    /// They, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let is_any = !self.bytes.is_empty();
        let strings = self.bytes.split(|byte| *byte == 0);
        strings.filter(move |_| is_any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_what_lies_between_nul_bytes() {
        let strings = |bytes: &[u8]| {
            let strings = Strings::new(bytes.to_vec(), false);
            strings.iter().map(<[u8]>::to_vec).collect::<Vec<_>>()
        };
        assert_eq!(strings(b"ls\0-l\0\0"), [&b"ls"[..], b"-l", b""]);
        assert_eq!(strings(b"worker: \xff"), [b"worker: \xff"]);
        assert_eq!(strings(b""), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn what_lies_behind_a_title_is_no_argument() {
        let strings = |bytes: &[u8]| {
            let strings = Strings::new(bytes.to_vec(), false).without_padding();
            strings.iter().map(<[u8]>::to_vec).collect::<Vec<_>>()
        };
        assert_eq!(
            strings(b"redis-server *:6379\0\0\0\0"),
            [b"redis-server *:6379"]
        );
        assert_eq!(strings(b"cat\0\0"), [&b"cat"[..], b""]);
        assert_eq!(
            strings(b"sh\0-c\0a b\0\0"),
            [&b"sh"[..], b"-c", b"a b", b""]
        );
        assert_eq!(strings(b"\0\0"), [b"", b""]);
    }
}
