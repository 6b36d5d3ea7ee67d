//! Which descriptors a program starts with, by number: these and no others.
use crate::slot::{Slot, Slots};
use rustix::io::Errno;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicI32, Ordering};

/// One descriptor of the program, and room for the number of its copy on the way there.
#[derive(Debug)]
struct Entry {
    source: Slot,
    copy: AtomicI32,
}

/// The descriptors of a program: the first is 0, without gaps.
#[derive(Debug, Default)]
pub struct Arrangement(Vec<Entry>);

impl Arrangement {
    /// Gives the program what `source` will hold under the next number.
    pub fn give(&mut self, source: Slot) {
        let copy = AtomicI32::new(-1);
        self.0.push(Entry { source, copy });
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts every descriptor at its number, and has all others close at exec.
    ///
    /// Sources may themselves lie at low numbers, so each is first copied to a number above all that are given.
    pub(crate) fn apply(&self, slots: &Slots) -> Result<(), Errno> {
        let count = i32::try_from(self.0.len()).map_err(|_| Errno::MFILE)?;
        for Entry { source, copy } in &self.0 {
            copy.store(copy_from(slots.filled(*source)?, count)?, Ordering::Relaxed);
        }
        for (number, Entry { copy, .. }) in (0..count).zip(&self.0) {
            move_to(copy.load(Ordering::Relaxed), number)?;
        }
        close_at_exec(count.unsigned_abs())
    }
}

/// `F_DUPFD_CLOEXEC`: a copy at the lowest free number from `least` up.
pub(crate) fn copy_from(fd: BorrowedFd<'_>, least: i32) -> Result<i32, Errno> {
    // SAFETY: fcntl(2) with F_DUPFD_CLOEXEC takes integers only. The new number is owned by nobody in this process,
    // which execs or exits before anything could close it twice.
    let copy = crate::check::check(
        unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_DUPFD_CLOEXEC, least) }.into(),
    )?;
    i32::try_from(copy).map_err(|_| Errno::BADF)
}

/// dup2(2): `to` is open across exec, whatever it was before.
pub(crate) fn move_to(from: i32, to: i32) -> Result<(), Errno> {
    // SAFETY: dup2(2) takes integers. It replaces descriptors that this process's `OwnedFd`s may name, but none of them
    // is used or dropped between here and exec, or the exit of a process that executes nothing.
    crate::check::check(unsafe { libc::dup2(from, to) }.into()).map(drop)
}

/// Has every descriptor from `first` up closed at exec (close_range(2), `CLOSE_RANGE_CLOEXEC`).
pub fn close_at_exec(first: u32) -> Result<(), Errno> {
    // SAFETY: with this flag nothing is closed now, so no `OwnedFd` is invalidated.
    crate::check::check(unsafe {
        libc::syscall(
            libc::SYS_close_range,
            first,
            libc::c_uint::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        )
    })
    .map(drop)
}
