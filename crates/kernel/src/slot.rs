//! Places for the descriptors that a new process opens on its way to exec, numbered when the operations are made.
use rustix::io::Errno;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// The number of a place for one descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot(pub usize);

/// The places themselves. They are made before the clone, so that filling one allocates nothing.
#[derive(Debug, Default)]
pub struct Slots(Vec<Option<OwnedFd>>);

impl Slots {
    /// A place for a descriptor that will be opened on the way.
    pub fn reserve(&mut self) -> Slot {
        self.add(None)
    }

    /// A place with a descriptor of the launching process in it, which that one closes once it has launched.
    pub fn hold(&mut self, fd: OwnedFd) -> Slot {
        self.add(Some(fd))
    }

    fn add(&mut self, fd: Option<OwnedFd>) -> Slot {
        self.0.push(fd);
        Slot(self.0.len() - 1)
    }

    /// Closes everything.
    pub(crate) fn close_all(&mut self) {
        self.0.iter_mut().for_each(|place| *place = None);
    }

    /// Fills `slot`, closing what it held. A slot beyond the end is a descriptor too many.
    pub(crate) fn put(&mut self, slot: Slot, fd: OwnedFd) -> Result<(), Errno> {
        *self.0.get_mut(slot.0).ok_or(Errno::MFILE)? = Some(fd);
        Ok(())
    }

    /// What `slot` holds; nothing where an optional grant was absent.
    pub(crate) fn at(&self, slot: Slot) -> Option<BorrowedFd<'_>> {
        self.0.get(slot.0)?.as_ref().map(AsFd::as_fd)
    }

    /// What `slot` holds, where it cannot be absent.
    pub(crate) fn filled(&self, slot: Slot) -> Result<BorrowedFd<'_>, Errno> {
        self.at(slot).ok_or(Errno::BADF)
    }

    /// Closes what `slot` holds.
    pub(crate) fn close(&mut self, slot: Slot) {
        if let Some(place) = self.0.get_mut(slot.0) {
            *place = None;
        }
    }
}
