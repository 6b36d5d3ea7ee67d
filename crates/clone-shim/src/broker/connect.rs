//! Connections: connect(2). A program that waits for one does so in its call; the broker never waits.
use super::address::{Address, unmapped};
use super::destinations;
use super::socket::Socket;
use super::waiting::{Waiting, is_ready};
use super::{Attended, Broker};
use crate::event::Event;
use kernel::Call;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::net::SocketType;
use specification::application::Transport;
use std::net::SocketAddr;
use std::time::Instant;

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
        let waits = rustix::fs::fcntl_getfl(&socket).is_ok_and(|it| !it.contains(OFlags::NONBLOCK));
        match without_waiting(&socket, || connect(&socket, to)) {
            Err(Errno::INPROGRESS | Errno::ALREADY | Errno::INTR) if waits => {
                Begun::Waiting(Self { socket, to })
            }
            done => Begun::Done(done),
        }
    }

    /// How it ended, if it has.
    pub fn end(&self) -> Option<Result<(), Errno>> {
        if !is_ready(self.socket.as_fd()) {
            return None;
        }
        // This gives the result, and tells the kernel that it has been seen. Shut down meanwhile (shutdown(2)), the socket
        // looks as if it were decided, and begins anew.
        match without_waiting(&self.socket, || {
            rustix::net::connect(&self.socket, &self.to)
        }) {
            Err(Errno::INPROGRESS | Errno::ALREADY | Errno::INTR) => None,
            Err(Errno::ISCONN) => Some(Ok(())),
            other => Some(other),
        }
    }
}

impl AsFd for Connecting {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

fn connect(socket: &OwnedFd, to: SocketAddr) -> Result<(), Errno> {
    match rustix::net::connect(socket, &to) {
        // Over the loopback interface the answer has come by now, but only the next call tells.
        Err(Errno::INPROGRESS) => rustix::net::connect(socket, &to),
        connected => connected,
    }
}

/// Makes a call on a socket that waits for nothing, and has it wait again as before.
///
/// Whether a socket waits is set for the open file, which is the program's too: it does not wait only as long as this
/// takes. The program can have it wait again meanwhile: then that is cut short (`EINTR`).
pub fn without_waiting<T>(
    socket: &OwnedFd,
    call: impl FnOnce() -> Result<T, Errno>,
) -> Result<T, Errno> {
    let flags = rustix::fs::fcntl_getfl(socket)?;
    if flags.contains(OFlags::NONBLOCK) {
        return call();
    }
    rustix::fs::fcntl_setfl(socket, flags | OFlags::NONBLOCK)?;
    let done = call();
    rustix::fs::fcntl_setfl(socket, flags)?;
    done
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
            Address::Local(_) | Address::Netlink(..) | Address::Other => {
                return Attended::With(Err(Errno::AFNOSUPPORT));
            }
        };
        // Who may answer anybody may also say whom.
        self.names.use_them(Instant::now());
        let answers = socket.kind == SocketType::DGRAM && self.serves(&socket);
        let is_granted = |transport| {
            let addresses = self.names.addresses();
            destinations::is_granted(&self.grants.reach, addresses, transport, address)
        };
        let transport = socket.transport();
        let granted = transport.is_some_and(is_granted);
        if !socket.of_host && transport == Some(Transport::Udp) && is_granted(Transport::Icmp) {
            // ping(8) asks in this way from which address it would go there. It is left to the kernel.
            return Attended::With(Ok(0));
        }
        if !socket.of_host || answers || granted {
            return self.begin(call, socket.fd, address);
        }
        if self.is_inside(address) {
            return self.connect_inside(call, &socket, address);
        }
        self.say(tell, || Event::Denied {
            what: format!("connect to {address}"),
        });
        // As in an empty network.
        Attended::With(Err(Errno::NETUNREACH))
    }

    /// Whether an address is of the void's own network, where nothing of the host's is granted by it.
    pub(super) fn is_inside(&self, address: SocketAddr) -> bool {
        self.grants.loopback && unmapped(address.ip()).is_loopback()
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
            Begun::Waiting(connecting) => self.wait(call, Waiting::Connection(connecting)),
        }
    }
}
