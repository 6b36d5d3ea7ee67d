//! A process that tidies up after its owner, however that one ends: the kernel removes processes, mounts and descriptors
//! with whoever held them, but not folders.
use crate::init::close_all_but;
use crate::signals::SignalSet;
use clone3::{Child, Clone3};
use rustix::event::{Timespec, poll};
use rustix::io::Errno;
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Removes folders when it is dropped, and when the process that owns it dies.
#[derive(Debug)]
pub struct Caretaker {
    process: Child,
    /// The end of a pipe of which the caretaker waits to see the other side closed.
    tie: Option<OwnedFd>,
}

impl Caretaker {
    /// Starts it, before there is anything to remove: a folder that is not there at the end is passed over, and one that
    /// is in use is tried again for ten seconds.
    pub fn of(folders: &[CString]) -> io::Result<Self> {
        let (waits, tie) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        let mask = SignalSet::ALL.make_mask()?;
        // SAFETY: the closure makes only system calls, on memory that was made before.
        let process = unsafe { Clone3::new().fork(|| take_care(waits.as_fd(), folders)) };
        mask.make_mask()?;
        Ok(Self {
            process: process?,
            tie: Some(tie),
        })
    }
}

impl Drop for Caretaker {
    /// Waits until the folders are gone.
    fn drop(&mut self) {
        self.tie = None;
        let _ = self.process.wait();
    }
}

/// In a session of its own, so that what ends its owner's process group leaves it alone.
fn take_care(tie: BorrowedFd<'_>, folders: &[CString]) -> u8 {
    let _ = rustix::process::setsid();
    let _ = rustix::process::chdir(c"/");
    // Its copy of the pipe's other end is among what is closed.
    let Ok(tie) = close_all_but(tie) else {
        return 1;
    };
    while rustix::io::read(tie, &mut [0u8; 1]) == Err(Errno::INTR) {}
    u8::from(!folders.iter().all(|folder| remove(folder)))
}

/// False if it could not be removed.
fn remove(folder: &CStr) -> bool {
    const TRIES: u32 = 2000;
    let pause = Timespec {
        tv_sec: 0,
        tv_nsec: 5_000_000,
    };
    for _ in 0..TRIES {
        match rustix::fs::unlinkat(rustix::fs::CWD, folder, rustix::fs::AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => return true,
            Err(Errno::BUSY) => {
                let _ = poll(&mut [], Some(&pause));
            }
            Err(_) => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt;
    use std::path::{Path, PathBuf};

    fn folder(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("caretaker-{}-{name}", std::process::id()))
    }

    fn c_path(path: &Path) -> CString {
        CString::new(path.as_os_str().as_bytes()).unwrap()
    }

    #[test]
    fn what_was_made_is_removed_and_what_was_not_is_passed_over() {
        let (made, absent) = (folder("made"), folder("absent"));
        let caretaker = Caretaker::of(&[c_path(&absent), c_path(&made)]).unwrap();
        std::fs::create_dir(&made).unwrap();
        drop(caretaker);
        assert!(!made.exists());
    }
}
