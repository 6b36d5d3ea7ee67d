//! Places for the descriptors that a new process opens on its way to exec, numbered when the operations are made.
use rustix::io::Errno;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// The number of a place for one descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot(pub u16);

/// The places themselves. They are made before the clone, so that filling one allocates nothing.
#[derive(Debug)]
pub(crate) struct Slots(Box<[Option<OwnedFd>]>);

impl Slots {
    pub(crate) fn new(count: usize) -> Self {
        Self((0..count).map(|_| None).collect())
    }

    /// Fills `slot`, closing what it held. A slot beyond the end is a descriptor too many.
    pub(crate) fn put(&mut self, slot: Slot, fd: OwnedFd) -> Result<(), Errno> {
        *self.0.get_mut(usize::from(slot.0)).ok_or(Errno::MFILE)? = Some(fd);
        Ok(())
    }

    /// What `slot` holds; nothing where an optional grant was absent.
    pub(crate) fn at(&self, slot: Slot) -> Option<BorrowedFd<'_>> {
        self.0.get(usize::from(slot.0))?.as_ref().map(AsFd::as_fd)
    }

    /// What `slot` holds, where it cannot be absent.
    pub(crate) fn filled(&self, slot: Slot) -> Result<BorrowedFd<'_>, Errno> {
        self.at(slot).ok_or(Errno::BADF)
    }

    /// Closes what `slot` holds.
    pub(crate) fn close(&mut self, slot: Slot) {
        if let Some(place) = self.0.get_mut(usize::from(slot.0)) {
            *place = None;
        }
    }
}
