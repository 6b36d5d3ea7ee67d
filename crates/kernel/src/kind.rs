//! What an object of a file system must be, said of the object itself and not of a path that led to it.
use crate::mounts::is_folder;
use rustix::io::Errno;
use std::os::fd::BorrowedFd;

/// What an object of a file system must be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FileKind {
    /// Anything.
    #[default]
    Any,
    /// Anything but a folder.
    File,
    /// A folder.
    Folder,
}

impl FileKind {
    /// Whether `object` is one: `EISDIR` for a folder that must be none, `ENOTDIR` for what must be a folder.
    pub fn check(self, object: BorrowedFd<'_>) -> Result<(), Errno> {
        match self {
            Self::File if is_folder(object)? => Err(Errno::ISDIR),
            Self::Folder if !is_folder(object)? => Err(Errno::NOTDIR),
            Self::Any | Self::File | Self::Folder => Ok(()),
        }
    }
}
