//! Serving: bind(2) and listen(2).
use super::address::{self, Address};
use super::ports::{self, Place, Wanted};
use super::socket::Socket;
use super::{Answer, Attended, Broker};
use crate::event::Event;
use kernel::Call;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType, sockopt};
use specification::application::Transport;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

impl Broker {
    /// bind(2).
    pub(super) fn bind(
        &mut self,
        call: &Call,
        socket: &Socket,
        address: &Address,
        tell: &mut dyn FnMut(Event),
    ) -> Attended {
        let (address, transport) = match (address, socket.transport()) {
            (Address::Internet(address), Some(transport)) => (*address, transport),
            (Address::Netlink(port, groups), None) => {
                return Attended::With(self.bind_netlink(socket, *port, *groups));
            }
            _ => return Attended::With(Err(Errno::AFNOSUPPORT)),
        };
        if address.is_ipv4() != (socket.family == AddressFamily::INET) {
            return Attended::With(Err(Errno::AFNOSUPPORT));
        }
        let wanted = Wanted {
            transport,
            address,
            only_v6: sockopt::ipv6_v6only(&socket.fd).unwrap_or(false),
        };
        match ports::place(&self.grants.serve, &wanted) {
            Place::Host(host) if socket.of_host => {
                Attended::With(self.bind_to(socket, &wanted, host, tell))
            }
            Place::Nowhere if socket.of_host && self.reaches(transport) => {
                self.bind_to_reach(call, socket, address, tell)
            }
            Place::Nowhere if transport == Transport::Tcp => {
                self.refuse_to_bind(transport, address, tell)
            }
            Place::Host(_) | Place::Own | Place::Nowhere => self.bind_inside(call, socket, address),
        }
    }

    /// Before it connects, or sends: from which of the host's addresses, and of its ports, is the kernel's to choose.
    fn bind_to_reach(
        &mut self,
        call: &Call,
        socket: &Socket,
        address: SocketAddr,
        tell: &mut dyn FnMut(Event),
    ) -> Attended {
        match socket.transport() {
            Some(Transport::Tcp) if leaves_it_open(address) => Attended::With(Ok(0)),
            Some(Transport::Tcp) | None => self.refuse_to_bind(Transport::Tcp, address, tell),
            Some(_) if self.is_inside(address) => self.bind_inside(call, socket, address),
            Some(_) => {
                let any: IpAddr = match socket.family {
                    AddressFamily::INET => Ipv4Addr::UNSPECIFIED.into(),
                    _ => Ipv6Addr::UNSPECIFIED.into(),
                };
                let bound = rustix::net::bind(&socket.fd, &SocketAddr::new(any, 0));
                Attended::With(bound.map(|()| 0))
            }
        }
    }

    /// As in a void without grants, where Landlock refuses it.
    fn refuse_to_bind(
        &mut self,
        transport: Transport,
        address: SocketAddr,
        tell: &mut dyn FnMut(Event),
    ) -> Attended {
        self.say(tell, || Event::Denied {
            what: format!("bind {} {address}", transport.name()),
        });
        Attended::With(Err(Errno::ACCESS))
    }

    fn reaches(&self, transport: Transport) -> bool {
        let mut reach = self.grants.reach.iter();
        reach.any(|reach| reach.transport == transport)
    }

    fn bind_to(
        &mut self,
        socket: &Socket,
        wanted: &Wanted,
        host: SocketAddr,
        tell: &mut dyn FnMut(Event),
    ) -> Answer {
        let (transport, inside) = (wanted.transport, wanted.address);
        if let SocketAddr::V6(v6) = host
            && v6.ip().to_ipv4_mapped().is_none()
            && !ports::serves_both(&self.grants.serve, transport, host)
        {
            sockopt::set_ipv6_v6only(&socket.fd, true)?;
        }
        let serving = format!(
            "{} {} at {}",
            transport.name(),
            inside.port(),
            SocketAddr::new(address::unmapped(host.ip()), host.port())
        );
        match rustix::net::bind(&socket.fd, &host) {
            Ok(()) => {
                self.remember(sockopt::socket_cookie(&socket.fd)?);
                self.say(tell, || Event::Serving { what: serving });
                Ok(0)
            }
            // The program's own mistake: it is bound.
            Err(Errno::INVAL) => Err(Errno::INVAL),
            Err(errno) => {
                self.say(tell, || Event::NotServed {
                    what: serving,
                    errno,
                });
                Err(errno)
            }
        }
    }

    fn remember(&mut self, cookie: u64) {
        const MOST: usize = 4096;
        if self.served.len() == MOST {
            self.served.pop_front();
        }
        self.served.push_back(cookie);
    }

    /// Whether a grant has bound it.
    pub(super) fn serves(&self, socket: &Socket) -> bool {
        let is_known = |cookie| self.served.contains(&cookie) || self.given.contains(&cookie);
        sockopt::socket_cookie(&socket.fd).is_ok_and(is_known) || self.still_serves(socket)
    }

    /// The same of one that has been forgotten, because many were bound since: it is at a port that is granted. Of streams
    /// only one that listens is sure to stay there: the port of another may go when its peer ends the connection, and it
    /// would listen at whichever is free.
    fn still_serves(&self, socket: &Socket) -> bool {
        let (Some(transport), Some(host)) = (socket.transport(), local_address(socket)) else {
            return false;
        };
        let stays = match transport {
            Transport::Tcp => sockopt::socket_acceptconn(&socket.fd).unwrap_or(false),
            Transport::Udp => true,
            Transport::Icmp => false,
        };
        stays && ports::inside(&self.grants.serve, transport, host).is_some()
    }

    /// Binds in the void's own network, where the program gets a socket for that if it has not got one.
    fn bind_inside(&mut self, call: &Call, socket: &Socket, address: SocketAddr) -> Attended {
        if !socket.of_host {
            return Attended::With(rustix::net::bind(&socket.fd, &address).map(|()| 0));
        }
        let bound = self
            .own_like(socket)
            .and_then(|own| rustix::net::bind(&own, &address).map(|()| own));
        match bound {
            Ok(own) => self.put(call, socket, &own),
            Err(errno) => Attended::With(Err(errno)),
        }
    }

    /// With a port of the broker's choosing: the kernel would choose the shim's pid.
    fn bind_netlink(&mut self, socket: &Socket, port: u32, groups: u32) -> Answer {
        use rustix::net::netlink::SocketAddrNetlink;
        const FIRST: u32 = 1 << 31;
        if socket.of_host || socket.family != AddressFamily::NETLINK {
            return Err(Errno::AFNOSUPPORT);
        }
        let port = match port {
            0 => {
                self.netlink = self.netlink.wrapping_add(1);
                FIRST | self.netlink
            }
            port => port,
        };
        rustix::net::bind(&socket.fd, &SocketAddrNetlink::new(port, groups)).map(|()| 0)
    }

    /// listen(2). A socket of the launcher's network that is not bound would listen at a port that nothing grants.
    pub(super) fn listen(
        &mut self,
        socket: &Socket,
        backlog: i32,
        tell: &mut dyn FnMut(Event),
    ) -> Answer {
        if socket.of_host && socket.kind == SocketType::STREAM && !self.serves(socket) {
            self.say(tell, || Event::Denied {
                what: "listen without a granted port".to_owned(),
            });
            return Err(Errno::ACCESS);
        }
        rustix::net::listen(&socket.fd, backlog).map(|()| 0)
    }
}

fn local_address(socket: &Socket) -> Option<SocketAddr> {
    rustix::net::getsockname(&socket.fd).ok()?.try_into().ok()
}

/// Whether a socket would be bound to no address and no port in particular.
fn leaves_it_open(address: SocketAddr) -> bool {
    address.port() == 0 && address.ip().is_unspecified()
}
