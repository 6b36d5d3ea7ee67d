//! The shell that is carried into a process: a statically linked program of the host's, as memory that can be executed by its
//! descriptor. Nothing of it needs to exist where the process is.
use crate::follow::Program;
use rustix::fs::{MemfdFlags, Mode, OFlags, SealFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where Debian, Fedora, Alpine and Arch have busybox's shell; the first has it linked statically in a package of its own.
const USUAL: [&str; 5] = [
    "/bin/busybox",
    "/usr/bin/busybox",
    "/sbin/busybox",
    "/usr/sbin/busybox",
    "/bin/busybox.static",
];

/// Why there is no shell to carry.
#[derive(Debug, thiserror::Error)]
pub enum CarryError {
    /// None of the usual ones is here.
    #[error(
        "there is no statically linked shell here: install one (Debian's package busybox-static), name one with \
         --shell, or one that the process can see itself with --shell-inside"
    )]
    None,
    /// It cannot be read.
    #[error("cannot read the shell `{}`", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// It is no program for this.
    #[error("cannot carry `{}` into a process: {why}", path.display())]
    Unfit {
        /// It.
        path: PathBuf,
        /// Why, and what could be done.
        why: &'static str,
    },
    /// The system lets nobody execute what is in memory alone.
    #[error(
        "nothing that is in memory alone may be executed here (vm.memfd_noexec is 2): name a shell that the process can see \
         itself with --shell-inside"
    )]
    Forbidden,
    /// There is no memory for it.
    #[error("cannot copy the shell into memory")]
    Memory(#[source] Errno),
}

/// Which shell is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Which {
    /// One of the host's to carry in, if not a usual one.
    pub carried: Option<PathBuf>,
    /// One that the process can see itself, instead.
    pub inside: Option<PathBuf>,
}

impl Which {
    /// The program. What is to be carried in is read now.
    pub fn find(&self) -> Result<Program, CarryError> {
        match &self.inside {
            Some(path) => Ok(Program::Inside(path.clone())),
            None => carried(self.carried.as_deref()),
        }
    }
}

/// The program of this path, or the first of the usual shells.
fn carried(path: Option<&Path>) -> Result<Program, CarryError> {
    match path {
        Some(path) => carry(path),
        None => {
            let fit = |path: &str| carry(Path::new(path)).ok();
            USUAL.into_iter().find_map(fit).ok_or(CarryError::None)
        }
    }
}

fn carry(path: &Path) -> Result<Program, CarryError> {
    let unread = |error| CarryError::Read(path.to_owned(), error);
    let unfit = |why| CarryError::Unfit {
        path: path.to_owned(),
        why,
    };
    // What is no regular file could keep us waiting.
    let kind = std::fs::metadata(path).map_err(unread)?;
    if !kind.is_file() {
        return Err(unfit("it is no regular file"));
    }
    let program = std::fs::read(path).map_err(unread)?;
    match interpreter(&program) {
        None => return Err(unfit("it is no ELF program, which scripts are not either")),
        Some(Linked::Dynamically) => {
            return Err(unfit(
                "it is linked dynamically, and needs libraries that need not exist there; use a static one (Debian's \
                 package busybox-static), or --shell-inside",
            ));
        }
        Some(Linked::Statically) => {}
    }
    Ok(Program::Carried {
        name: path.to_owned(),
        file: Arc::new(in_memory(&program)?),
    })
}

/// The program as a file in memory that nobody can change, open to be read.
fn in_memory(program: &[u8]) -> Result<OwnedFd, CarryError> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let memory = rustix::fs::memfd_create("shell", flags | MemfdFlags::EXEC);
    let memory = match memory {
        // Before Linux 6.3 there is no such flag, and no need for it.
        Err(Errno::INVAL) => rustix::fs::memfd_create("shell", flags),
        memory => memory,
    };
    let reading = OFlags::RDONLY | OFlags::CLOEXEC;
    let memory = File::from(memory.map_err(|errno| match errno {
        // The file itself is not handed in: whoever has it open could find a way to write to it.
        Errno::ACCESS => CarryError::Forbidden,
        errno => CarryError::Memory(errno),
    })?);
    let written = (&memory).write_all(program);
    let written = written.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO));
    written.map_err(CarryError::Memory)?;
    let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
    rustix::fs::fcntl_add_seals(&memory, seals).map_err(CarryError::Memory)?;
    // What is open to be written to is not executed (ETXTBSY).
    let own = format!("/proc/self/fd/{}", memory.as_raw_fd());
    rustix::fs::open(own, reading, Mode::empty()).map_err(CarryError::Memory)
}

/// How a program finds its libraries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Linked {
    Statically,
    Dynamically,
}

/// Whether an ELF file (elf(5)) asks for an interpreter, the dynamic loader; `None` if it is none.
fn interpreter(file: &[u8]) -> Option<Linked> {
    const PT_INTERP: u64 = 3;
    let is_wide = match file.get(..6)? {
        [0x7f, b'E', b'L', b'F', 2, 1] => true,
        [0x7f, b'E', b'L', b'F', 1, 1] => false,
        _ => return None,
    };
    let number = |at: usize, length: usize| {
        let bytes = file.get(at..at.checked_add(length)?)?;
        let place = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        Some(bytes.iter().rev().fold(0, place))
    };
    // Where the program headers are, how long each is, and how many there are.
    let (start, size, count) = match is_wide {
        true => (number(32, 8)?, number(54, 2)?, number(56, 2)?),
        false => (number(28, 4)?, number(42, 2)?, number(44, 2)?),
    };
    let kind = |index: u64| {
        let at = start.checked_add(index.checked_mul(size)?)?;
        number(usize::try_from(at).ok()?, 4)
    };
    match (0..count).any(|index| kind(index) == Some(PT_INTERP)) {
        true => Some(Linked::Dynamically),
        false => Some(Linked::Statically),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn static_programs_are_told_from_others() {
        let linked = |path: &str| interpreter(&std::fs::read(path).unwrap());
        assert_eq!(linked("/bin/busybox"), Some(Linked::Statically));
        assert_eq!(linked("/bin/sh"), Some(Linked::Dynamically));
        assert_eq!(interpreter(b"#!/bin/sh\n"), None);
        assert_eq!(interpreter(b"\x7fELF\x02\x01"), None);
    }

    #[test]
    fn a_shell_is_found_and_what_is_none_is_refused_in_words() {
        let Ok(Program::Carried { name, file }) = carried(None) else {
            panic!("Debian's busybox-static is installed");
        };
        let size = rustix::fs::fstat(&*file).unwrap().st_size;
        assert_eq!(
            u64::try_from(size).unwrap(),
            std::fs::metadata(name).unwrap().len()
        );
        assert_eq!(rustix::io::write(&*file, b"x"), Err(Errno::BADF));
        for (path, expected) in [
            ("/bin/sh", "busybox-static"),
            ("/etc/passwd", "no ELF program"),
            ("/dev/null", "no regular file"),
            ("/nowhere", "cannot read the shell `/nowhere`"),
        ] {
            let error = carried(Some(Path::new(path))).unwrap_err().to_string();
            assert!(error.contains(expected), "{path}: {error}");
        }
    }
}
