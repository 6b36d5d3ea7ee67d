//! A process's folder in /proc, held open: whatever is read by it is about that process, or fails with `ESRCH` once it has
//! been reaped, also when its number is another's by then.
use rustix::fs::{AtFlags, CWD, Mode, OFlags, RawDir, RawMode, ResolveFlags, SeekFrom, StatxFlags};
use rustix::io::Errno;
use std::ffi::OsString;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// An open folder of /proc.
#[derive(Debug)]
pub(crate) struct Folder(OwnedFd);

/// What the start of a file says, and whether there was more.
pub(crate) struct Start {
    pub bytes: Vec<u8>,
    pub truncated: bool,
}

/// How the kernel gives a file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// A list, as of mounts or sockets, in some pieces, none of which needs to fill a buffer.
    List,
    /// In one piece (`single_open` of the kernel's, or a stretch of memory): what leaves room in the buffer was the last, and
    /// need not be followed by a read that says so.
    Piece,
}

/// What statx(2) says of what a magic link leads to.
pub(crate) struct Target {
    pub mode: RawMode,
    pub uid: u32,
    pub gid: u32,
    pub links: u32,
    pub inode: u64,
    pub file_system: (u32, u32),
    pub device: (u32, u32),
    /// The number of the mount that leads there, from Linux 5.8 on.
    pub mount: Option<u64>,
}

/// A place in a mount, by which the kernel tells it apart as long as it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    mount: u64,
    file_system: (u32, u32),
    inode: u64,
}

/// Nearly every file of /proc is shorter.
const USUAL: usize = 4096;

const OPEN: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC);

impl Folder {
    /// So many bytes of a file are read at most. A table of ten thousand mounts has a tenth of it.
    pub const MOST: usize = 16 * 1024 * 1024;

    pub fn open(path: &str) -> Result<Self, Errno> {
        let flags = OPEN | OFlags::DIRECTORY;
        rustix::fs::openat(CWD, path, flags, Mode::empty()).map(Self)
    }

    /// A folder in it.
    pub fn folder(&self, name: &str) -> Result<Self, Errno> {
        let flags = OPEN | OFlags::DIRECTORY;
        rustix::fs::openat(&self.0, name, flags, Mode::empty()).map(Self)
    }

    /// A file in it, such as `ns/net`.
    pub fn file(&self, name: &str) -> Result<OwnedFd, Errno> {
        rustix::fs::openat(&self.0, name, OPEN, Mode::empty())
    }

    /// A file's whole content, however many pieces the kernel gives it in. `EFBIG` if it is more than [`Folder::MOST`], which
    /// a process can make of some files.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, Errno> {
        whole(self.start(name, Form::List, Self::MOST)?)
    }

    /// The same of a file that comes in one piece.
    pub fn piece(&self, name: &str) -> Result<Vec<u8>, Errno> {
        whole(self.start(name, Form::Piece, Self::MOST)?)
    }

    /// What `take` makes of the whole content of a file that comes in one piece. One that is short, as nearly all are, takes no memory.
    pub fn with_piece<T>(&self, name: &str, take: impl FnOnce(&[u8]) -> T) -> Result<T, Errno> {
        let file = self.file(name)?;
        let mut room = [MaybeUninit::uninit(); USUAL];
        match rustix::io::read(&file, &mut room[..]) {
            Ok((text, [_, ..])) => Ok(take(text)),
            Ok((_, [])) | Err(Errno::INTR) => Ok(take(&self.piece(name)?)),
            Err(errno) => Err(errno),
        }
    }

    /// A file's first bytes, at most `most`.
    pub fn start(&self, name: &str, form: Form, most: usize) -> Result<Start, Errno> {
        let file = self.file(name)?;
        let mut buffer = [MaybeUninit::uninit(); USUAL];
        let mut bytes = Vec::new();
        while bytes.len() <= most {
            let read = match rustix::io::read(&file, &mut buffer[..]) {
                Ok((read, _)) => read,
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(errno),
            };
            bytes.extend_from_slice(read);
            let is_last = match form {
                Form::List => read.is_empty(),
                Form::Piece => read.len() < USUAL,
            };
            if is_last {
                break;
            }
        }
        let truncated = bytes.len() > most;
        bytes.truncate(most);
        Ok(Start { bytes, truncated })
    }

    /// Where a link leads; `buffer` is what is longer than any link of /proc that names no file.
    pub fn short_link<'buffer>(
        &self,
        name: &str,
        buffer: &'buffer mut [MaybeUninit<u8>; 64],
    ) -> Result<&'buffer [u8], Errno> {
        let (text, _) = rustix::fs::readlinkat_raw(&self.0, name, buffer.as_mut_slice())?;
        Ok(text)
    }

    /// Where a link leads.
    pub fn link(&self, name: &str) -> Result<PathBuf, Errno> {
        let target = rustix::fs::readlinkat(&self.0, name, Vec::new())?;
        Ok(OsString::from_vec(target.into_bytes()).into())
    }

    /// What a link leads to. File systems that are served by a process or over the network are not asked, so that one
    /// that does not answer cannot hold up the reader.
    pub fn target(&self, name: &str) -> Result<Target, Errno> {
        status(&self.0, name, AtFlags::empty())
    }

    /// The mode of a link itself: that of a descriptor tells by the owner's bits for what it is open.
    pub fn link_mode(&self, name: &str) -> Result<RawMode, Errno> {
        Ok(status(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?.mode)
    }

    /// The place that a link leads to; nothing if this kernel does not tell in which mount it is (before Linux 5.8).
    pub fn place(&self, link: &str) -> Result<Option<Place>, Errno> {
        let target = self.target(link)?;
        Ok(target.mount.map(|mount| Place {
            mount,
            file_system: target.file_system,
            inode: target.inode,
        }))
    }

    /// Whether this has an entry of the name, without opening it.
    pub fn has(&self, name: &str) -> Result<(), Errno> {
        let flags = AtFlags::STATX_DONT_SYNC | AtFlags::SYMLINK_NOFOLLOW;
        rustix::fs::statx(&self.0, name, flags, StatxFlags::TYPE).map(drop)
    }

    /// Holds what a link leads to without opening it, so that nobody is asked and nothing else can come in its place.
    pub fn hold(&self, name: &str) -> Result<Held, Errno> {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        rustix::fs::openat(&self.0, name, flags, Mode::empty()).map(Held)
    }

    /// What lies at a path below the folder that a link leads to, if the kernel has that in mind without asking a file
    /// system: the way to a file that is open is.
    pub fn target_below(&self, link: &str, path: &Path) -> Result<Target, Errno> {
        let place = OFlags::PATH | OFlags::CLOEXEC;
        let below = rustix::fs::openat(&self.0, link, place, Mode::empty())?;
        let resolve = ResolveFlags::CACHED | ResolveFlags::IN_ROOT;
        let flags = place | OFlags::NOFOLLOW;
        let found = rustix::fs::openat2(&below, path, flags, Mode::empty(), resolve)?;
        status(&found, "", AtFlags::EMPTY_PATH)
    }

    /// The numbers that name its entries, ascending.
    pub fn numbers(&self) -> Result<Vec<u32>, Errno> {
        let mut buffer = [MaybeUninit::uninit(); USUAL];
        rustix::fs::seek(&self.0, SeekFrom::Start(0))?;
        let mut entries = RawDir::new(&self.0, &mut buffer);
        let mut numbers = Vec::new();
        while let Some(entry) = entries.next() {
            numbers.extend(number::<u32>(entry?.file_name().to_bytes()));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// What a link of a process's folder led to.
pub(crate) struct Held(OwnedFd);

impl Held {
    /// What it is, as far as the kernel has that in mind: see [`Folder::target`].
    pub fn target(&self) -> Result<Target, Errno> {
        status(&self.0, "", AtFlags::EMPTY_PATH)
    }

    /// The number of the mount that leads there, which no other gets again (`STATX_MNT_ID_UNIQUE`); nothing before Linux 6.8.
    pub fn mount(&self) -> Result<Option<u64>, Errno> {
        const UNIQUE: StatxFlags = StatxFlags::from_bits_retain(0x4000);
        let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
        let status = rustix::fs::statx(&self.0, "", flags, UNIQUE)?;
        let told = StatxFlags::from_bits_retain(status.stx_mask).contains(UNIQUE);
        Ok(told.then_some(status.stx_mnt_id))
    }

    /// Where the link led. The kernel says that by itself.
    pub fn link(&self) -> Result<PathBuf, Errno> {
        let target = rustix::fs::readlink(self.path(), Vec::new())?;
        Ok(OsString::from_vec(target.into_bytes()).into())
    }

    /// An extended attribute (xattr(7)), of which at most so many bytes are wanted. Its file system is asked.
    pub fn attribute<'buffer>(
        &self,
        name: &str,
        buffer: &'buffer mut [u8; 64],
    ) -> Result<&'buffer [u8], Errno> {
        let length = rustix::fs::getxattr(self.path(), name, buffer.as_mut_slice())?;
        Ok(buffer.get(..length).unwrap_or(buffer))
    }

    fn path(&self) -> String {
        format!("/proc/thread-self/fd/{}", self.0.as_raw_fd())
    }
}

fn status(folder: &OwnedFd, name: &str, flags: AtFlags) -> Result<Target, Errno> {
    let flags = flags | AtFlags::STATX_DONT_SYNC | AtFlags::NO_AUTOMOUNT;
    let wanted = StatxFlags::BASIC_STATS | StatxFlags::MNT_ID;
    let status = rustix::fs::statx(folder, name, flags, wanted)?;
    let told = StatxFlags::from_bits_retain(status.stx_mask);
    Ok(Target {
        mode: status.stx_mode.into(),
        uid: status.stx_uid,
        gid: status.stx_gid,
        mount: told
            .contains(StatxFlags::MNT_ID)
            .then_some(status.stx_mnt_id),
        links: status.stx_nlink,
        inode: status.stx_ino,
        file_system: (status.stx_dev_major, status.stx_dev_minor),
        device: (status.stx_rdev_major, status.stx_rdev_minor),
    })
}

/// All of a file, if it was not longer.
fn whole(start: Start) -> Result<Vec<u8>, Errno> {
    match start.truncated {
        true => Err(Errno::FBIG),
        false => Ok(start.bytes),
    }
}

/// A decimal number, and nothing else.
pub(crate) fn number<N: std::str::FromStr>(text: &[u8]) -> Option<N> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_too_long_is_not_passed_off_as_shorter() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, vec![b'x'; Folder::MOST]).unwrap();
        let opened = Folder::open(folder.path().to_str().unwrap()).unwrap();
        assert_eq!(opened.read("file").map(|text| text.len()), Ok(Folder::MOST));
        std::fs::write(&path, vec![b'x'; Folder::MOST + 1]).unwrap();
        assert_eq!(opened.read("file"), Err(Errno::FBIG));
    }
}
