//! The file of a socket (unix(7)). The kernel makes it when the socket is bound, and never removes it: whoever binds does
//! it in a process of its own, which outlives its owner and removes what it has made.
use crate::init::close_all_but_two;
use crate::signals::SignalSet;
use clone3::{Child, Clone3};
use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::net::SocketAddrUnix;
use rustix::pipe::{PipeFlags, pipe_with};
use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Goes when it is dropped, and when the process that owns it dies, unless something else is at its path then.
#[derive(Debug)]
pub struct SocketFile {
    process: Child,
    /// The end of a pipe of which the process waits to see the other side closed.
    tie: Option<OwnedFd>,
}

impl SocketFile {
    /// Binds `socket` to an absolute path, where nothing may be yet (`EADDRINUSE`). The file's mode is the socket's
    /// (fchmod(2)), less the umask.
    pub fn bind(socket: BorrowedFd<'_>, path: &Path) -> Result<Self, Errno> {
        let address = SocketAddrUnix::new(path)?;
        let path = CString::new(path.as_os_str().as_bytes()).map_err(|_| Errno::INVAL)?;
        let (waits, tie) = pipe_with(PipeFlags::CLOEXEC)?;
        let (hears, says) = pipe_with(PipeFlags::CLOEXEC)?;
        let mask = SignalSet::ALL.make_mask()?;
        // SAFETY: the closure makes only system calls, on memory that was made before.
        let process = unsafe {
            Clone3::new().fork(|| {
                let file = bind(socket, &address, &path, says.as_fd());
                file.map_or(1, |file| take_care(waits.as_fd(), file, &path))
            })
        };
        mask.make_mask()?;
        drop(says);
        let made = Self {
            process: process
                .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::AGAIN))?,
            tie: Some(tie),
        };
        let mut said = [0; 4];
        match rustix::io::read(&hears, &mut said) {
            Ok(4) if said == [0; 4] => Ok(made),
            Ok(4) => Err(Errno::from_raw_os_error(i32::from_ne_bytes(said))),
            Ok(_) => Err(Errno::CANCELED),
            Err(errno) => Err(errno),
        }
    }
}

impl Drop for SocketFile {
    /// Waits until the file is gone.
    fn drop(&mut self) {
        self.tie = None;
        let _ = self.process.wait();
    }
}

/// Says the errno, or 0, and gives the file: as long as it is held, no other one gets its number.
fn bind(
    socket: BorrowedFd<'_>,
    address: &SocketAddrUnix,
    path: &CStr,
    says: BorrowedFd<'_>,
) -> Option<OwnedFd> {
    let _ = rustix::process::setsid();
    let bound = rustix::net::bind(socket, address);
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = bound.and_then(|()| {
        let file = rustix::fs::open(path, flags, Mode::empty());
        file.inspect_err(|_| {
            let _ = rustix::fs::unlinkat(CWD, path, AtFlags::empty());
        })
    });
    let errno = file.as_ref().err().map_or(0, |errno| errno.raw_os_error());
    let _ = rustix::io::write(says, &errno.to_ne_bytes());
    file.ok()
}

/// Its copies of the pipes' other ends are among what is closed.
fn take_care(tie: BorrowedFd<'_>, made: OwnedFd, path: &CStr) -> u8 {
    let _ = rustix::process::chdir(c"/");
    let Ok([tie, file]) = close_all_but_two(tie, made.as_fd()) else {
        return 1;
    };
    // It has been closed with all others.
    std::mem::forget(made);
    while rustix::io::read(tie, &mut [0u8; 1]) == Err(Errno::INTR) {}
    if is_still(path, file) {
        let _ = rustix::fs::unlinkat(CWD, path, AtFlags::empty());
    }
    0
}

/// Whether `file` is what is at the path.
fn is_still(path: &CStr, file: BorrowedFd<'_>) -> bool {
    let there = rustix::fs::statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW);
    match (there, rustix::fs::fstat(file)) {
        (Ok(there), Ok(ours)) => (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::net::{AddressFamily, SocketFlags, SocketType};
    use std::path::PathBuf;

    fn socket() -> OwnedFd {
        let (family, kind) = (AddressFamily::UNIX, SocketType::STREAM);
        rustix::net::socket_with(family, kind, SocketFlags::CLOEXEC, None).unwrap()
    }

    fn path(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("socket-file-{}-{name}", std::process::id()))
    }

    #[test]
    fn a_socket_file_goes_with_what_holds_it() {
        let (socket, path) = (socket(), path("made"));
        let file = SocketFile::bind(socket.as_fd(), &path).unwrap();
        assert!(path.exists());
        drop(file);
        assert!(!path.exists());
    }

    #[test]
    fn what_is_there_already_is_left_alone() {
        let path = path("there");
        std::fs::write(&path, "something").unwrap();
        let bound = SocketFile::bind(socket().as_fd(), &path);
        assert_eq!(bound.err(), Some(Errno::ADDRINUSE));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "something");
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn what_has_come_in_its_place_is_left_alone() {
        let (first, second, path) = (socket(), socket(), path("replaced"));
        let file = SocketFile::bind(first.as_fd(), &path).unwrap();
        std::fs::remove_file(&path).unwrap();
        rustix::net::bind(&second, &SocketAddrUnix::new(&path).unwrap()).unwrap();
        drop(file);
        assert!(path.exists());
        std::fs::remove_file(&path).unwrap();
    }
}
