//! What a program is told, and given, of its void's own network in place of the launcher's.
use super::address::Address;
use super::ports;
use super::socket::{Socket, closes_on_exec, low};
use super::{Attended, Broker};
use kernel::{Call, Caller, INTERFACE_REQUEST};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType, sockopt};
use std::time::Duration;

impl Broker {
    /// A socket of the void's own network that is like `socket`.
    pub(super) fn own_like(&self, socket: &Socket) -> Result<OwnedFd, Errno> {
        let own = self.own_socket(socket.family, socket.kind)?;
        if rustix::fs::fcntl_getfl(&socket.fd)?.contains(OFlags::NONBLOCK) {
            rustix::io::ioctl_fionbio(&own, true)?;
        }
        if let Ok(true) = sockopt::ipv6_v6only(&socket.fd) {
            sockopt::set_ipv6_v6only(&own, true)?;
        }
        Ok(own)
    }

    fn own_socket(&self, family: AddressFamily, kind: SocketType) -> Result<OwnedFd, Errno> {
        let made = self.own.socket(family, kind);
        made.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::NOBUFS))
    }

    /// Gives the program `own` in place of `socket`.
    pub(super) fn put(&mut self, call: &Call, socket: &Socket, own: &OwnedFd) -> Attended {
        let close_on_exec = closes_on_exec(call, socket.number).unwrap_or(true);
        match self
            .listener
            .put(call.id, own.as_fd(), close_on_exec, socket.number)
        {
            Ok(()) => Attended::With(Ok(0)),
            Err(Errno::NOENT) => Attended::Already,
            Err(errno) => Attended::With(Err(errno)),
        }
    }

    /// getsockname(2): where a grant has bound it, the port is the one that the program knows.
    pub(super) fn tell_address(&self, call: &Call, socket: &Socket, caller: &Caller) -> Attended {
        let [_, place, length_place, ..] = call.arguments;
        let mut room = [0; 4];
        let asked = caller
            .read(length_place, &mut room)
            .and_then(|()| caller.memory());
        let memory = match asked {
            Ok(memory) if self.listener.is_waiting(call.id) => memory,
            Ok(_) => return Attended::Already,
            Err(errno) => return Attended::With(Err(errno)),
        };
        let told = self.address_inside(socket).and_then(|address| {
            let room = usize::try_from(i32::from_ne_bytes(room)).map_err(|_| Errno::INVAL)?;
            let length = u32::try_from(address.len()).unwrap_or(0).to_ne_bytes();
            memory.write(place, &address[..room.min(address.len())])?;
            memory.write(length_place, &length)
        });
        Attended::With(told.map(|()| 0))
    }

    fn address_inside(&self, socket: &Socket) -> Result<Vec<u8>, Errno> {
        const PORT: std::ops::Range<usize> = 2..4;
        let mut bytes = kernel::local_address(&socket.fd)?;
        if let (true, Some(transport), Ok(Address::Internet(address))) =
            (socket.of_host, socket.transport(), Address::parse(&bytes))
            && let Some(port) = ports::inside(&self.grants.serve, transport, address)
        {
            bytes[PORT].copy_from_slice(&port.to_be_bytes());
        }
        Ok(bytes)
    }

    /// setsockopt(2), for the options that the filter has wait: here none changes while the broker does something else.
    pub(super) fn set_option(&self, call: &Call, socket: &Socket, caller: &Caller) -> Attended {
        const LINGER: (u32, u32) = (1, 13);
        const V6ONLY: (u32, u32) = (41, 26);
        let [_, level, option, place, length, ..] = call.arguments;
        let option = (low(level), low(option));
        let mut value = [0; 8];
        let wanted = if option == LINGER { 8 } else { 4 };
        let copied = match low(length) as usize >= wanted {
            true => caller.read(place, &mut value[..wanted]),
            false => Err(Errno::INVAL),
        };
        if !self.listener.is_waiting(call.id) {
            return Attended::Already;
        }
        let [first, second] = [0, 4].map(|at| value[at..at + 4] != [0; 4]);
        let set = copied.and_then(|()| match option {
            // Who waits for data to be sent may be the broker, which has the socket too, and others to attend to: that
            // goes on behind the program's back, as it does where nothing is said. What is dropped at once is no matter.
            LINGER => {
                let time = (first && !second).then_some(Duration::ZERO);
                sockopt::set_socket_linger(&socket.fd, time)
            }
            V6ONLY => sockopt::set_ipv6_v6only(&socket.fd, first),
            _ => Err(Errno::NOPROTOOPT),
        });
        Attended::With(set.map(|()| 0))
    }

    /// What is asked about an interface (netdevice(7)) is asked of the void's own network: the host's are not its own.
    pub(super) fn ask_interface(
        &mut self,
        call: &Call,
        socket: &Socket,
        caller: &Caller,
    ) -> Attended {
        let (request, place) = (low(call.arguments[1]), call.arguments[2]);
        let mut interface = [0; INTERFACE_REQUEST];
        let asked = caller
            .read(place, &mut interface)
            .and_then(|()| caller.memory());
        let memory = match asked {
            Ok(memory) if self.listener.is_waiting(call.id) => memory,
            Ok(_) => return Attended::Already,
            Err(errno) => return Attended::With(Err(errno)),
        };
        let answered = self
            .interface_of(socket, request, &mut interface)
            .and_then(|()| memory.write(place, &interface));
        Attended::With(answered.map(|()| 0))
    }

    fn interface_of(
        &mut self,
        socket: &Socket,
        request: u32,
        interface: &mut [u8; INTERFACE_REQUEST],
    ) -> Result<(), Errno> {
        /// `SIOCGIFNAME`: servers ask for the name of that by which a datagram came.
        const NAME_OF_INDEX: u32 = 0x8910;
        const INDEX: std::ops::Range<usize> = 16..20;
        const LOOPBACK: u32 = 1;
        if socket.of_host && request == NAME_OF_INDEX {
            // It came by one of the host's. All that a grant brings comes by the one that the void has.
            interface[INDEX].copy_from_slice(&LOOPBACK.to_ne_bytes());
        }
        if self.asked.is_none() {
            self.asked = Some(self.own_socket(AddressFamily::INET, SocketType::DGRAM)?);
        }
        let asked = self.asked.as_ref().ok_or(Errno::BADF)?;
        kernel::ask_interface(asked.as_fd(), request, interface)
    }
}
