//! Lines of `/proc/net/tcp`, `udp`, `raw`, and those of version 6 (proc_pid_net(5)).
use crate::Socket;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// `TCP_*` of the kernel's `tcp_states.h`, from 1 on, as ss(8) has them.
const STATES: [&str; 12] = [
    "established",
    "syn-sent",
    "syn-recv",
    "fin-wait-1",
    "fin-wait-2",
    "time-wait",
    "closed",
    "close-wait",
    "last-ack",
    "listen",
    "closing",
    "new-syn-recv",
];

/// The state of this number.
pub(super) fn state(number: u8) -> Option<&'static str> {
    STATES.get(usize::from(number).checked_sub(1)?).copied()
}

/// A socket of a protocol with connections.
pub(super) fn connected(protocol: &'static str, words: &[&str]) -> Option<Socket> {
    socket(protocol, words, state)
}

/// One of a protocol without: what would be closed is its usual state.
pub(super) fn unconnected(protocol: &'static str, words: &[&str]) -> Option<Socket> {
    socket(protocol, words, |number| match state(number)? {
        "closed" => Some("unconnected"),
        other => Some(other),
    })
}

/// `0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1234 …`: number, local and remote address,
/// state, queues, timer, retransmits, uid, timeout, inode.
fn socket(
    protocol: &'static str,
    words: &[&str],
    state: impl FnOnce(u8) -> Option<&'static str>,
) -> Option<Socket> {
    let &[_, local, remote, number, _, _, _, _, _, inode, ..] = words else {
        return None;
    };
    let (local, remote) = (address(local)?, address(remote)?);
    let number = u8::from_str_radix(number, 16).ok()?;
    let is_nobody = remote.ip().is_unspecified() && remote.port() == 0;
    Some(Socket {
        inode: inode.parse().ok()?,
        network: None,
        protocol: Some(protocol.to_owned()),
        state: state(number).map(str::to_owned),
        local: Some(local.to_string()),
        remote: (!is_nobody).then(|| remote.to_string()),
        peer: None,
    })
}

/// `0100007F:1F90`: 32-bit words, each as this machine reads the bytes of the network's order.
fn address(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let words = host.as_bytes().chunks(8).map(|digits| {
        let digits = std::str::from_utf8(digits).ok()?;
        u32::from_str_radix(digits, 16).ok().map(u32::to_ne_bytes)
    });
    let bytes = words.collect::<Option<Vec<_>>>()?.concat();
    let host: IpAddr = match (
        <[u8; 4]>::try_from(bytes.as_slice()),
        <[u8; 16]>::try_from(bytes),
    ) {
        (Ok(four), _) => Ipv4Addr::from(four).into(),
        (_, Ok(six)) => Ipv6Addr::from(six).into(),
        _ => return None,
    };
    Some(SocketAddr::new(host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<Socket> {
        connected("tcp", &line.split_whitespace().collect::<Vec<_>>())
    }

    #[test]
    fn a_line_is_a_socket_with_its_addresses() {
        let line = "   0: 0100007F:1F90 0200007F:A001 01 00000000:00000000 00:00000000 00000000     0        0 1234 1 0 20";
        let socket = read(line).unwrap();
        assert_eq!(socket.inode, 1234);
        assert_eq!(socket.state.as_deref(), Some("established"));
        assert_eq!(socket.local.as_deref(), Some("127.0.0.1:8080"));
        assert_eq!(socket.remote.as_deref(), Some("127.0.0.2:40961"));
    }

    #[test]
    fn an_address_of_version_6_is_four_words() {
        let local = address("00000000000000000000000001000000:0050").unwrap();
        assert_eq!(local.to_string(), "[::1]:80");
        let mapped = address("0000000000000000FFFF00000100007F:0050").unwrap();
        assert_eq!(mapped.to_string(), "[::ffff:127.0.0.1]:80");
    }

    #[test]
    fn a_socket_without_connections_is_not_closed() {
        let line = "0: 00000000:0044 00000000:0000 07 0:0 00:0 0 0 0 9 2";
        let socket = unconnected("udp", &line.split(' ').collect::<Vec<_>>()).unwrap();
        assert_eq!(socket.state.as_deref(), Some("unconnected"));
        assert_eq!(
            (socket.remote, socket.local.as_deref()),
            (None, Some("0.0.0.0:68"))
        );
    }

    #[test]
    fn senseless_lines_are_passed_over() {
        for line in [
            "",
            "sl local_address rem_address st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode",
            "0: 0100007F 0:0 01 0 0 0 0 0 1",
            "0: 0100007F00:1 0:0 01 0 0 0 0 0 1",
            "0: é100007F:1 00000000:0 01 0 0 0 0 0 1",
            "0: 00000000:0 00000000:0 1F 0 0 0 0 0 x",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
        assert_eq!(state(0), None);
        assert_eq!(state(255), None);
    }
}
