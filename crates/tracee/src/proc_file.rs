//! Reading a file of /proc in as few calls as it takes.
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

/// A page, which is what the kernel makes of such a file at a time.
const PAGE: usize = 4096;
/// No line of those files that are made of many is so long that a read would end this far before the end of a page.
const LONGEST: usize = 64;
/// Whoever reads less has read all.
const SHORT: usize = PAGE - LONGEST;

/// What is in it.
pub(crate) fn read(path: &str) -> Result<Vec<u8>, Errno> {
    let file = rustix::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    let mut text = vec![0; PAGE];
    let mut length = 0;
    loop {
        let read = rustix::io::read(&file, text.get_mut(length..).unwrap_or_default())?;
        length = length.saturating_add(read);
        if read < SHORT {
            text.truncate(length);
            return Ok(text);
        }
        text.resize(length.saturating_add(PAGE), 0);
    }
}
