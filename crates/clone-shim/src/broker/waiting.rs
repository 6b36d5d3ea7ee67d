//! What calls wait for: the broker answers them when it has come.
use super::connect::Connecting;
use super::{Answer, Attended, Broker};
use kernel::Call;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;

/// What a call waits for.
#[derive(Debug)]
pub enum Waiting {
    /// A connection.
    Connection(Connecting),
    /// Room for what is sent by this socket. Then the call is attended to anew: nothing of it has been done, or is kept.
    Room(OwnedFd),
}

impl AsFd for Waiting {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Connection(connecting) => connecting.as_fd(),
            Self::Room(socket) => socket.as_fd(),
        }
    }
}

/// What has become of waiting.
pub enum Come {
    /// It goes on.
    NotYet,
    /// This is what the call returns.
    With(Answer),
    /// The call can be attended to.
    Anew,
}

impl Waiting {
    pub fn look(&self) -> Come {
        match self {
            Self::Connection(connecting) => match connecting.end() {
                Some(end) => Come::With(end.map(|()| 0)),
                None => Come::NotYet,
            },
            Self::Room(socket) => match seen(socket.as_fd(), PollFlags::OUT) {
                seen if seen.intersects(PollFlags::OUT | PollFlags::HUP) => Come::Anew,
                seen if seen.is_empty() => Come::NotYet,
                // Of a queue of errors poll(2) tells until the program has read it.
                _ => Come::With(Err(Errno::AGAIN)),
            },
        }
    }
}

/// Whether it can be written to, or will never be.
pub fn is_ready(socket: BorrowedFd<'_>) -> bool {
    !seen(socket, PollFlags::OUT).is_empty()
}

/// What poll(2) tells of it, asked for these, without waiting.
pub fn seen(fd: BorrowedFd<'_>, flags: PollFlags) -> PollFlags {
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let mut watched = [PollFd::from_borrowed_fd(fd, flags)];
    match poll(&mut watched, Some(&at_once)) {
        Ok(0) | Err(_) => PollFlags::empty(),
        Ok(_) => watched[0].revents(),
    }
}

impl Broker {
    /// Has a call wait. Each that does holds a descriptor of the shim's.
    pub(super) fn wait(&mut self, call: &Call, waiting: Waiting) -> Attended {
        const MOST: usize = 256;
        if self.waiting.len() >= MOST {
            return Attended::With(Err(Errno::NOBUFS));
        }
        self.waiting.push((*call, waiting));
        Attended::Already
    }
}
