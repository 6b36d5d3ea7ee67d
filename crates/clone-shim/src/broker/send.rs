//! Sending where a socket may send to some and not to others: sendto(2), sendmsg(2) and sendmmsg(2).
//!
//! The broker sends a copy of the message, to a copy of the address. What names none goes to whom the socket is connected
//! to, which was granted then. It never waits: where a program would, it is answered when there is room.
use super::address::{Address, Name, as_path};
use super::again::{self, Performed};
use super::destinations;
use super::local::SocketFile;
use super::message::{HEADER_WITH_LENGTH, Message, Written};
use super::socket::{Socket, low};
use super::waiting::Waiting;
use super::{Answer, Attended, Broker};
use crate::event::Event;
use kernel::{Call, Caller, Network};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType, sockopt};
use specification::application::HostSocketKind;
use std::net::SocketAddr;
use std::time::Instant;

const MSG_OOB: u32 = 0x1;
const MSG_DONTWAIT: u32 = 0x40;
const MSG_EOR: u32 = 0x80;
const MSG_CONFIRM: u32 = 0x800;
const MSG_NOSIGNAL: u32 = 0x4000;
const MSG_MORE: u32 = 0x8000;
/// What has a meaning for a copy: not `MSG_ZEROCOPY`, which tells of the program's own memory, and no `MSG_FASTOPEN`.
const FLAGS: u32 = MSG_OOB | MSG_DONTWAIT | MSG_EOR | MSG_CONFIRM | MSG_NOSIGNAL | MSG_MORE;

impl Broker {
    /// sendto(2).
    pub(super) fn send_to(
        &mut self,
        call: &Call,
        socket: Socket,
        caller: &Caller,
        tell: &mut dyn FnMut(Event),
    ) -> Attended {
        let flags = low(call.arguments[3]);
        let copied = self.copied(&Written::by_arguments(&call.arguments), &socket, caller);
        self.send_copy((copied, flags), call, socket, caller, tell)
    }

    /// sendmsg(2).
    pub(super) fn send_message(
        &mut self,
        call: &Call,
        socket: Socket,
        caller: &Caller,
        tell: &mut dyn FnMut(Event),
    ) -> Attended {
        let flags = low(call.arguments[2]);
        let copied = Written::by_header(caller, call.arguments[1])
            .and_then(|written| self.copied(&written, &socket, caller));
        self.send_copy((copied, flags), call, socket, caller, tell)
    }

    /// The one message of a call, and its flags.
    fn send_copy(
        &mut self,
        (copied, flags): (Result<Message, Errno>, u32),
        call: &Call,
        socket: Socket,
        caller: &Caller,
        tell: &mut dyn FnMut(Event),
    ) -> Attended {
        if !self.listener.is_waiting(call.id) {
            return Attended::Already;
        }
        let message = match copied {
            Ok(message) => message,
            Err(errno) => return Attended::With(Err(errno)),
        };
        let print = || again::print(&socket, &message);
        if let Some(answer) = self.unanswered.take(call, print) {
            self.performed = Some(Performed::Sent(again::cookie(&socket), message));
            return Attended::With(answer);
        }
        let sent = self.send(call, &socket, &message, flags, tell);
        if sent.is_ok() {
            self.performed = Some(Performed::Sent(again::cookie(&socket), message));
        }
        self.sent(call, socket, caller, flags, sent)
    }

    /// sendmmsg(2). As there, the first message that cannot be sent ends it, and counts only if it is the first of all.
    pub(super) fn send_messages(
        &mut self,
        call: &Call,
        socket: Socket,
        caller: &Caller,
        tell: &mut dyn FnMut(Event),
    ) -> Attended {
        /// Fewer than the kernel takes: others have their turn too.
        const MOST: u64 = 64;
        let [_, place, count, flags, ..] = call.arguments;
        let flags = low(flags);
        let mut done = 0;
        for index in 0..u64::from(low(count)).min(MOST) {
            let place = place.wrapping_add(index * HEADER_WITH_LENGTH);
            let copied = Written::by_header(caller, place)
                .and_then(|written| self.copied(&written, &socket, caller));
            let memory = caller.memory();
            if !self.listener.is_waiting(call.id) {
                return Attended::Already;
            }
            // Nothing is sent of which the program could not be told.
            let told = memory.and_then(|memory| {
                let sent = self.send(call, &socket, &copied?, flags, tell)?;
                let length = u32::try_from(sent).unwrap_or(u32::MAX);
                let place = place.wrapping_add(super::message::HEADER as u64);
                memory.write(place, &length.to_ne_bytes())
            });
            match told {
                Ok(()) if self.is_late() => return Attended::With(Ok(done + 1)),
                Ok(()) => done += 1,
                Err(errno) if done == 0 => {
                    return self.sent(call, socket, caller, flags, Err(errno));
                }
                Err(_) => break,
            }
        }
        Attended::With(Ok(done))
    }

    /// Copies a message, without what it may not have.
    fn copied(
        &self,
        written: &Written,
        socket: &Socket,
        caller: &Caller,
    ) -> Result<Message, Errno> {
        if written.is_cut() && !is_stream(socket) {
            return Err(Errno::MSGSIZE);
        }
        let mut message = written.copy(caller)?;
        let local = socket.family == AddressFamily::UNIX;
        message.admit_control(caller, local, |passed| self.is_judged_here(passed))?;
        Ok(message)
    }

    /// Whether it is a socket of the launcher's network that names its addresses: whoever got it would not be judged by the
    /// grants of this void.
    fn is_judged_here(&self, passed: &OwnedFd) -> bool {
        let of_host = Network::of(passed).is_ok_and(|network| network == self.host);
        of_host && sockopt::socket_type(passed) == Ok(SocketType::DGRAM)
    }

    /// What a call that has sent, or could not, comes to.
    fn sent(
        &mut self,
        call: &Call,
        socket: Socket,
        caller: &Caller,
        flags: u32,
        sent: Answer,
    ) -> Attended {
        match sent {
            Err(Errno::AGAIN) if waits(&socket, flags) => self.wait(call, Waiting::Room(socket.fd)),
            Err(Errno::PIPE) if flags & MSG_NOSIGNAL == 0 && is_stream(&socket) => {
                caller.break_pipe();
                Attended::With(Err(Errno::PIPE))
            }
            sent => Attended::With(sent),
        }
    }

    fn send(
        &mut self,
        call: &Call,
        socket: &Socket,
        message: &Message,
        flags: u32,
        tell: &mut dyn FnMut(Event),
    ) -> Answer {
        if flags & !FLAGS != 0 {
            return Err(Errno::OPNOTSUPP);
        }
        let way = match socket.family {
            AddressFamily::NETLINK => way_to_the_kernel(message)?,
            _ => self.way(socket, &message.to, tell)?,
        };
        let own;
        let (from, to) = match &way {
            Way::Connected => (socket.fd.as_fd(), &[][..]),
            Way::Named => (socket.fd.as_fd(), &message.to[..]),
            Way::File(file) => (socket.fd.as_fd(), file.address()),
            Way::Inside => {
                own = self.own_like(socket)?;
                if let Attended::With(Err(errno)) = self.put(call, socket, &own) {
                    return Err(errno);
                }
                (own.as_fd(), &message.to[..])
            }
        };
        let message = kernel::Message {
            to,
            data: &message.data,
            control: &message.control,
        };
        let sent = kernel::send(from, message, flags | MSG_DONTWAIT)?;
        i64::try_from(sent).map_err(|_| Errno::IO)
    }

    /// Which way a message goes that names `to`, if it is granted.
    fn way(
        &mut self,
        socket: &Socket,
        to: &[u8],
        tell: &mut dyn FnMut(Event),
    ) -> Result<Way, Errno> {
        // A stream, and what is like one, is connected, and no name changes where it leads.
        let connected = matches!(socket.kind, SocketType::STREAM | SocketType::SEQPACKET);
        if to.is_empty() || connected {
            return Ok(Way::Connected);
        }
        match Address::parse(to)? {
            Address::Internet(address) => self.way_to(socket, address, tell),
            Address::Local(name) => self.way_to_name(socket, &name, tell),
            Address::None | Address::Netlink(..) | Address::Other => Err(Errno::AFNOSUPPORT),
        }
    }

    fn way_to(
        &mut self,
        socket: &Socket,
        address: SocketAddr,
        tell: &mut dyn FnMut(Event),
    ) -> Result<Way, Errno> {
        let transport = socket.transport().ok_or(Errno::AFNOSUPPORT)?;
        self.names.use_them(Instant::now());
        let granted = destinations::is_granted(
            &self.grants.reach,
            self.names.addresses(),
            transport,
            address,
        );
        // Who may answer anybody may also say whom.
        if !socket.of_host || granted || self.serves(socket) {
            return Ok(Way::Named);
        }
        if self.is_inside(address) {
            return Ok(Way::Inside);
        }
        self.say(tell, || Event::Denied {
            what: format!("send to {address}"),
        });
        Err(Errno::NETUNREACH)
    }

    fn way_to_name(
        &mut self,
        socket: &Socket,
        name: &Name,
        tell: &mut dyn FnMut(Event),
    ) -> Result<Way, Errno> {
        let Name::Path(path) = name else {
            return Err(Errno::CONNREFUSED);
        };
        if socket.family == AddressFamily::UNIX
            && self.reaches_socket(HostSocketKind::Datagrams, as_path(path))
        {
            return SocketFile::of_host(path).map(Way::File);
        }
        self.say(tell, || Event::Denied {
            what: format!("send to {}", as_path(path).display()),
        });
        Err(Errno::CONNREFUSED)
    }
}

/// Which way a message goes.
enum Way {
    /// To whom the socket is connected to.
    Connected,
    /// To whom it names.
    Named,
    /// To the socket that this file is.
    File(SocketFile),
    /// To whom it names, by a socket of the void's own network in place of the program's.
    Inside,
}

/// netlink(7): to the kernel, and never by name. Of a message that names whom it goes to, the kernel only asks whether who
/// sends it may do what it says, and that is the shim: it could make interfaces, also in any network of the launcher's. Of
/// one that does not, it asks whether who made the socket may, too.
fn way_to_the_kernel(message: &Message) -> Result<Way, Errno> {
    let to_the_kernel = match &message.to[..] {
        [] => true,
        to => matches!(Address::parse(to)?, Address::Netlink(0, 0)),
    };
    match to_the_kernel && message.only_asks_of_interfaces() {
        true => Ok(Way::Connected),
        false => Err(Errno::PERM),
    }
}

fn is_stream(socket: &Socket) -> bool {
    socket.kind == SocketType::STREAM
}

/// Whether the program waits for room. Of a datagram to an AF_UNIX socket nothing tells when there is some.
fn waits(socket: &Socket, flags: u32) -> bool {
    let tells = socket.family != AddressFamily::UNIX || socket.kind != SocketType::DGRAM;
    let waits = rustix::fs::fcntl_getfl(&socket.fd)
        .is_ok_and(|of_socket| !of_socket.contains(OFlags::NONBLOCK));
    tells && waits && flags & MSG_DONTWAIT == 0
}
