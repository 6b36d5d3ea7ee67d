//! A connection as its sockets have it: the other end has the same addresses the other way round.
use crate::Socket;
use std::net::SocketAddr;

/// As one of its ends has it: network namespace, protocol, own and other address.
pub(crate) type Connection = (u64, &'static str, SocketAddr, SocketAddr);

/// The same connection as its other end has it.
pub(crate) const fn opposite((network, protocol, own, other): Connection) -> Connection {
    (network, protocol, other, own)
}

/// That of a socket. One of version 6 may be connected to one of version 4, by an address of that.
pub(crate) fn connection(socket: &Socket) -> Option<Connection> {
    let protocol = match socket.protocol.as_deref()?.trim_end_matches('6') {
        "tcp" => "tcp",
        "udp" => "udp",
        "udplite" => "udplite",
        _ => return None,
    };
    let address = |text: &Option<String>| {
        let address: SocketAddr = text.as_deref()?.parse().ok()?;
        Some(SocketAddr::new(address.ip().to_canonical(), address.port()))
    };
    let (local, remote) = (address(&socket.local)?, address(&socket.remote)?);
    Some((socket.network?, protocol, local, remote))
}
