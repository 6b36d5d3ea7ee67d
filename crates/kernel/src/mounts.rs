//! Mounts by descriptor: made detached, given their flags, then attached where nothing but the new root can be reached.
use crate::beneath::open_beneath;
use crate::check::check;
use crate::slot::{Slot, Slots};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags,
};
use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

bitflags::bitflags! {
    /// What a mount forbids (mount_setattr(2)).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct MountFlags: u64 {
        /// `MOUNT_ATTR_RDONLY`
        const READ_ONLY = 1;
        /// `MOUNT_ATTR_NOSUID`
        const NO_SUID = 2;
        /// `MOUNT_ATTR_NODEV`
        const NO_DEVICES = 4;
        /// `MOUNT_ATTR_NOEXEC`
        const NO_EXEC = 8;
    }
}

/// One option of a new file system (fsconfig(2)).
#[derive(Debug)]
pub enum FsOption {
    /// `FSCONFIG_SET_STRING`: a name and its value.
    Text(CString, CString),
    /// `FSCONFIG_SET_FD`: a name and the mount that a slot holds.
    Mount(CString, Slot),
}

/// The kernel's `struct mount_attr`.
#[repr(C)]
struct MountAttributes {
    set: u64,
    clear: u64,
    propagation: u64,
    userns_fd: u64,
}
const _: () = assert!(size_of::<MountAttributes>() == 32);

/// Adds `flags` to a mount, and to all beneath it if `recursive`, and makes it private. The kernel lets flags that the
/// launcher sees be added to, never taken away.
pub(crate) fn tighten(
    mount: BorrowedFd<'_>,
    flags: MountFlags,
    recursive: bool,
) -> Result<(), Errno> {
    let attributes = MountAttributes {
        set: flags.bits(),
        clear: 0,
        propagation: libc::MS_PRIVATE,
        userns_fd: 0,
    };
    let depth = if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: `attributes` is a live mount_attr of the size given, only read; the path is a C string.
    check(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            libc::AT_EMPTY_PATH | depth,
            &raw const attributes,
            size_of_val(&attributes),
        )
    })
    .map(drop)
}

const COPY: OpenTreeFlags = OpenTreeFlags::OPEN_TREE_CLONE
    .union(OpenTreeFlags::OPEN_TREE_CLOEXEC)
    .union(OpenTreeFlags::AT_RECURSIVE);

/// A detached copy of the mounts at `path` and beneath, as this process sees them now.
pub(crate) fn copy_tree(at: BorrowedFd<'_>, path: &CStr) -> Result<OwnedFd, Errno> {
    rustix::mount::open_tree(at, path, COPY)
}

/// The same of `path` in `folder`, which it may not leave: what was found there is what is copied.
pub(crate) fn copy_tree_beneath(folder: &CStr, path: &CStr) -> Result<OwnedFd, Errno> {
    let found = open_beneath(folder, path, OFlags::PATH, Mode::empty())?;
    rustix::mount::open_tree(&found, c"", COPY | OpenTreeFlags::AT_EMPTY_PATH)
}

/// A new, detached file system.
pub(crate) fn make(
    kind: &CStr,
    options: &[FsOption],
    flags: MountFlags,
    slots: &Slots,
) -> Result<OwnedFd, Errno> {
    let context = rustix::mount::fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC)?;
    for option in options {
        match option {
            FsOption::Text(name, value) => {
                rustix::mount::fsconfig_set_string(
                    context.as_fd(),
                    name.as_c_str(),
                    value.as_c_str(),
                )?;
            }
            FsOption::Mount(name, slot) => {
                rustix::mount::fsconfig_set_fd(
                    context.as_fd(),
                    name.as_c_str(),
                    slots.filled(*slot)?,
                )?;
            }
        }
    }
    rustix::mount::fsconfig_create(context.as_fd())?;
    let attributes = u32::try_from(flags.bits()).map_err(|_| Errno::INVAL)?;
    rustix::mount::fsmount(
        context.as_fd(),
        FsMountFlags::FSMOUNT_CLOEXEC,
        MountAttrFlags::from_bits_retain(attributes),
    )
}

/// Puts a detached mount at `path`, which is resolved as if `root` were `/`, so that no symlink leads out of it.
pub(crate) fn attach(
    mount: BorrowedFd<'_>,
    root: BorrowedFd<'_>,
    path: &CStr,
) -> Result<(), Errno> {
    let target = open_in_root(root, path, OFlags::PATH)?;
    let by_descriptor =
        MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    rustix::mount::move_mount(mount, c"", target.as_fd(), c"", by_descriptor)
}

/// Puts the detached mount `root` over this process's root. Absolute paths still lead to the old one, until
/// [`enter_root`].
pub(crate) fn cover_root(root: BorrowedFd<'_>) -> Result<(), Errno> {
    lay_at(root, c"/")
}

/// Puts a detached mount at an absolute path of this process's root, symlinks followed.
pub(crate) fn lay_at(mount: BorrowedFd<'_>, path: &CStr) -> Result<(), Errno> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_SYMLINKS;
    rustix::mount::move_mount(mount, c"", rustix::fs::CWD, path, flags)
}

/// Unmounts an attached mount on which no other lies. Leaves the working directory in it: no path of ours is relative.
pub(crate) fn unmount(mount: BorrowedFd<'_>) -> Result<(), Errno> {
    rustix::process::fchdir(mount)?;
    rustix::mount::unmount(c".", UnmountFlags::DETACH)
}

/// Makes the attached mount `root` this process's root, and unmounts the old one (pivot_root(2), "." on itself).
///
/// It must lie directly on the old root: the one unmount takes the topmost of what lies there.
pub(crate) fn enter_root(root: BorrowedFd<'_>) -> Result<(), Errno> {
    rustix::process::fchdir(root)?;
    rustix::process::pivot_root(c".", c".")?;
    rustix::mount::unmount(c".", UnmountFlags::DETACH)?;
    rustix::process::chdir(c"/")
}

fn open_in_root(root: BorrowedFd<'_>, path: &CStr, flags: OFlags) -> Result<OwnedFd, Errno> {
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    rustix::fs::openat2(root, path, flags | OFlags::CLOEXEC, Mode::empty(), resolve)
}

/// A place to attach `mount` at: a folder for a folder, an empty file for anything else. One that is there stays.
pub(crate) fn make_mount_point(
    root: BorrowedFd<'_>,
    path: &CStr,
    mount: BorrowedFd<'_>,
) -> Result<(), Errno> {
    if is_folder(mount)? {
        make_folder(root, path, Mode::from_raw_mode(0o755))
    } else {
        make_file(root, path, b"", Mode::from_raw_mode(0o444))
    }
}

/// A folder at `path`; one that is there stays.
pub(crate) fn make_folder(root: BorrowedFd<'_>, path: &CStr, mode: Mode) -> Result<(), Errno> {
    match rustix::fs::mkdirat(root, path, mode) {
        Err(Errno::EXIST) => Ok(()),
        result => result,
    }
}

/// A file at `path` with `content`; an empty one that is there stays.
pub(crate) fn make_file(
    root: BorrowedFd<'_>,
    path: &CStr,
    content: &[u8],
    mode: Mode,
) -> Result<(), Errno> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let file = match rustix::fs::openat(root, path, flags, mode) {
        Err(Errno::EXIST) if content.is_empty() => return Ok(()),
        opened => opened?,
    };
    // A file of a file system in memory takes it all at once, or there is no room.
    match rustix::io::write(&file, content)? {
        written if written == content.len() => Ok(()),
        _ => Err(Errno::NOSPC),
    }
}

/// Whether `object` is a folder.
pub(crate) fn is_folder(object: BorrowedFd<'_>) -> Result<bool, Errno> {
    let status = rustix::fs::statat(object, c"", AtFlags::EMPTY_PATH)?;
    Ok(FileType::from_raw_mode(status.st_mode) == FileType::Directory)
}
