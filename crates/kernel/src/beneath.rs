//! Opening a path that may not leave a folder: the kernel keeps every step of the way in it (openat2(2)).
use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use rustix::path::Arg;
use std::os::fd::OwnedFd;

/// How often a resolution is begun. The kernel gives one up (`EAGAIN`) when anything on the machine is renamed or
/// mounted while a symlink of it goes up.
const MOST_TRIES: usize = 1024;

/// Opens `path`, which begins at `folder`. Symlinks on the way to the folder are followed; from there on none may lead
/// out of it, not even to come back, and an absolute one does (`EXDEV`, `RESOLVE_BENEATH`). A link of /proc that leads
/// to an object instead of a path is not followed (`ELOOP`, `RESOLVE_NO_MAGICLINKS`). An absolute `path` is refused.
///
/// `mode` counts where `flags` has `O_CREAT`, and must be empty otherwise. Paths that are C strings allocate nothing.
pub fn open_beneath(
    folder: impl Arg,
    path: impl Arg + Copy,
    flags: OFlags,
    mode: Mode,
) -> Result<OwnedFd, Errno> {
    let to_look = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = rustix::fs::open(folder, to_look, Mode::empty())?;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    for _ in 0..MOST_TRIES {
        match rustix::fs::openat2(&folder, path, flags | OFlags::CLOEXEC, mode, resolve) {
            Err(Errno::AGAIN) => {}
            opened => return opened,
        }
    }
    Err(Errno::AGAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(folder: &str, path: &str) -> Result<OwnedFd, Errno> {
        open_beneath(folder, path, OFlags::PATH, Mode::empty())
    }

    #[test]
    fn nothing_leads_out_of_the_folder() {
        look("/proc", "self/status").unwrap();
        look("/proc", ".").unwrap();
        assert_eq!(look("/proc", "/proc/self").unwrap_err(), Errno::XDEV);
        assert_eq!(look("/proc", "self/../..").unwrap_err(), Errno::XDEV);
        assert_eq!(look("/proc", "self/root/proc").unwrap_err(), Errno::LOOP);
        assert_eq!(look("/proc", "self/exe").unwrap_err(), Errno::LOOP);
    }

    #[test]
    fn only_a_folder_has_something_beneath_it() {
        assert_eq!(look("/etc/passwd", ".").unwrap_err(), Errno::NOTDIR);
        assert_eq!(look("/no/such/folder", ".").unwrap_err(), Errno::NOENT);
    }
}
