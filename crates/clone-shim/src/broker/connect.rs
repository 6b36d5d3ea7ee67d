//! Connections: connect(2). A program that waits for one does so in its call; the broker never waits.
use super::address::{Address, unmapped};
use super::destinations;
use super::socket::Socket;
use super::{Attended, Broker};
use crate::event::Event;
use kernel::Call;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::net::SocketType;
use std::net::SocketAddr;

/// A connection that a program waits for.
#[derive(Debug)]
pub struct Connecting {
    socket: OwnedFd,
    to: SocketAddr,
}

/// How far a connection has come at once.
#[derive(Debug)]
pub enum Begun {
    /// This is what connect(2) returns.
    Done(Result<(), Errno>),
    /// It takes its time, and the program waits.
    Waiting(Connecting),
}

impl Connecting {
    /// connect(2), without waiting for anything.
    pub fn begin(socket: OwnedFd, to: SocketAddr) -> Begun {
        match connect_at_once(&socket, to) {
            Ok(Err(Errno::INPROGRESS | Errno::ALREADY)) => Begun::Waiting(Self { socket, to }),
            Ok(done) | Err(done) => Begun::Done(done),
        }
    }

    /// How it ended, if it has.
    pub fn end(&self) -> Option<Result<(), Errno>> {
        let at_once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        let mut watched = [PollFd::from_borrowed_fd(
            self.socket.as_fd(),
            PollFlags::OUT,
        )];
        match poll(&mut watched, Some(&at_once)) {
            Ok(0) | Err(_) => None,
            // It is decided, so this does not wait; it gives the result, and tells the kernel that it has been seen.
            Ok(_) => Some(match rustix::net::connect(&self.socket, &self.to) {
                Err(Errno::ISCONN) => Ok(()),
                other => other,
            }),
        }
    }
}

impl AsFd for Connecting {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// `Ok` if the program would wait for what is not decided yet.
///
/// Whether a socket waits is set for the open file, which is the program's too: it does not wait only as long as this
/// takes.
fn connect_at_once(
    socket: &OwnedFd,
    to: SocketAddr,
) -> Result<Result<(), Errno>, Result<(), Errno>> {
    let flags = rustix::fs::fcntl_getfl(socket).map_err(Err)?;
    if flags.contains(OFlags::NONBLOCK) {
        return Err(rustix::net::connect(socket, &to));
    }
    rustix::fs::fcntl_setfl(socket, flags | OFlags::NONBLOCK).map_err(Err)?;
    let mut connected = rustix::net::connect(socket, &to);
    if connected == Err(Errno::INPROGRESS) {
        // Over the loopback interface the answer has come by now, but only the next call tells.
        connected = rustix::net::connect(socket, &to);
    }
    rustix::fs::fcntl_setfl(socket, flags).map_err(Err)?;
    Ok(connected)
}

impl Broker {
    /// connect(2).
    pub(super) fn connect(
        &mut self,
        call: &Call,
        socket: Socket,
        address: &Address,
        tell: &mut dyn FnMut(Event),
    ) -> Attended {
        let address = match address {
            Address::Internet(address) => *address,
            // Undoes a connection, and leaves a socket that nothing more can be done with than with a new one.
            Address::None => {
                return Attended::With(rustix::net::connect_unspec(&socket.fd).map(|()| 0));
            }
            Address::Netlink(..) | Address::Other => {
                return Attended::With(Err(Errno::AFNOSUPPORT));
            }
        };
        let inside = self.grants.loopback && unmapped(address.ip()).is_loopback();
        // Who may answer anybody may also say whom.
        let answers = socket.kind == SocketType::DGRAM && self.serves(&socket);
        let granted = socket.transport().is_some_and(|transport| {
            destinations::is_granted(&self.grants.reach, transport, address)
        });
        if !socket.of_host || answers || granted {
            return self.begin(call, socket.fd, address);
        }
        if inside {
            return self.connect_inside(call, &socket, address);
        }
        self.say(tell, || Event::Denied {
            what: format!("connect to {address}"),
        });
        // As in an empty network.
        Attended::With(Err(Errno::NETUNREACH))
    }

    /// In the void's own network, with a socket of that in place of the program's.
    fn connect_inside(&mut self, call: &Call, socket: &Socket, address: SocketAddr) -> Attended {
        let own = match self.own_like(socket) {
            Ok(own) => own,
            Err(errno) => return Attended::With(Err(errno)),
        };
        match self.put(call, socket, &own) {
            Attended::With(Ok(_)) => self.begin(call, own, address),
            refused => refused,
        }
    }

    fn begin(&mut self, call: &Call, socket: OwnedFd, to: SocketAddr) -> Attended {
        match Connecting::begin(socket, to) {
            Begun::Done(done) => Attended::With(done.map(|()| 0)),
            Begun::Waiting(connecting) => {
                self.connecting.push((*call, connecting));
                Attended::Already
            }
        }
    }
}
