//! What the shim's own standard streams are, and so how each is handed on.
//!
//! What is handed in as it is can be used in every way that the kernel knows: a terminal configured, a file that was
//! opened to append to cut short, a device's mode changed by whoever owns it, a socket connected anew. Only an anonymous
//! pipe is nothing but the bytes in it, so all else is kept outside, and the shim passes the bytes.
use rustix::fs::{FileType, Stat};
use std::os::fd::BorrowedFd;

/// How a stream is handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Closed, or the null device: the void has its own.
    Null,
    /// A terminal: a pseudo-terminal takes its place.
    Terminal,
    /// An anonymous pipe: as it is.
    Pipe,
    /// Anything else: the shim passes the bytes.
    Pumped {
        /// The device and inode, by which two streams are known to be one.
        identity: (u64, u64),
    },
}

/// The three of them.
#[derive(Clone, Copy, Debug)]
pub struct Streams(pub [Stream; 3]);

impl Streams {
    /// Looks at this process's own.
    pub fn of_this_process() -> Self {
        Self(
            [
                rustix::stdio::stdin(),
                rustix::stdio::stdout(),
                rustix::stdio::stderr(),
            ]
            .map(look_at),
        )
    }
}

fn look_at(fd: BorrowedFd<'_>) -> Stream {
    let Ok(status) = rustix::fs::fstat(fd) else {
        return Stream::Null;
    };
    match FileType::from_raw_mode(status.st_mode) {
        FileType::CharacterDevice if is_null_device(&status) => Stream::Null,
        FileType::CharacterDevice if rustix::termios::isatty(fd) => Stream::Terminal,
        FileType::Fifo if is_anonymous(fd) => Stream::Pipe,
        _ => Stream::Pumped {
            identity: (status.st_dev, status.st_ino),
        },
    }
}

/// Character device 1:3 on every Linux.
fn is_null_device(status: &Stat) -> bool {
    (
        rustix::fs::major(status.st_rdev),
        rustix::fs::minor(status.st_rdev),
    ) == (1, 3)
}

/// Whether a pipe has no path: pipefs, not a FIFO in a file system, whose mode its owner could change.
fn is_anonymous(fd: BorrowedFd<'_>) -> bool {
    const PIPEFS_MAGIC: i64 = 0x5049_5045;
    rustix::fs::fstatfs(fd).is_ok_and(|file_system| file_system.f_type == PIPEFS_MAGIC)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;

    #[test]
    fn only_an_anonymous_pipe_is_handed_on_as_it_is() {
        let (read, _write) = rustix::pipe::pipe().unwrap();
        assert_eq!(look_at(read.as_fd()), Stream::Pipe);
        let file = std::fs::File::open("/proc/self/exe").unwrap();
        assert!(matches!(look_at(file.as_fd()), Stream::Pumped { .. }));
        let null = std::fs::File::open("/dev/null").unwrap();
        assert_eq!(look_at(null.as_fd()), Stream::Null);
    }
}
