//! Which address of the host's stands for one that a program binds.
use super::address::unmapped;
use specification::application::{Serve, Transport};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A socket that is to be bound.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    pub transport: Transport,
    /// What the program names.
    pub address: SocketAddr,
    /// Of an IPv6 socket: whether it is for IPv6 alone.
    pub only_v6: bool,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is bound to this address of the host's.
    Host(SocketAddr),
    /// The port is granted, and not for its family: it is bound in the void's own network, where nobody calls.
    Own,
    /// Nothing grants it.
    Nowhere,
}

/// Looks the port up. The address that the program names does not matter, but for its family: it is of a network that it
/// does not have.
pub fn place(grants: &[Serve], wanted: &Wanted) -> Place {
    let port = wanted.address.port();
    let granted = || {
        grants
            .iter()
            .filter(|serve| serve.transport == wanted.transport && serve.inside.contains(port))
    };
    let host = |v4: bool| granted().find(|serve| serve.host.is_ipv4() == v4);
    let found = match (wanted.address.ip(), unmapped(wanted.address.ip())) {
        (IpAddr::V4(_), _) => host(true).map(|serve| (serve, serve.host)),
        (IpAddr::V6(_), IpAddr::V4(_)) => mapped(host(true)),
        (IpAddr::V6(_), IpAddr::V6(_)) if wanted.only_v6 => {
            host(false).map(|serve| (serve, serve.host))
        }
        (IpAddr::V6(_), IpAddr::V6(_)) => host(false)
            .map(|serve| (serve, serve.host))
            .or_else(|| mapped(host(true))),
    };
    match found {
        Some((serve, host)) => {
            Place::Host((host, serve.outside.first + (port - serve.inside.first)).into())
        }
        None if granted().next().is_some() => Place::Own,
        None => Place::Nowhere,
    }
}

/// An IPv6 socket that is bound to an IPv4 address.
fn mapped(serve: Option<&Serve>) -> Option<(&Serve, IpAddr)> {
    match serve?.host {
        IpAddr::V4(host) => Some((serve?, host.to_ipv6_mapped().into())),
        IpAddr::V6(_) => None,
    }
}

/// Whether an IPv6 socket at `host` may answer IPv4 too: only where all of that is granted.
pub fn serves_both(grants: &[Serve], transport: Transport, host: SocketAddr) -> bool {
    host.ip() == Ipv6Addr::UNSPECIFIED
        && grants.iter().any(|serve| {
            serve.transport == transport
                && serve.host == Ipv4Addr::UNSPECIFIED
                && serve.outside.contains(host.port())
        })
}

/// The port inside for which an address of the host's stands.
pub fn inside(grants: &[Serve], transport: Transport, host: SocketAddr) -> Option<u16> {
    let address = unmapped(host.ip());
    let stands = |serve: &&Serve| {
        let here = serve.host == address
            || (serve.host.is_unspecified() && serve.host.is_ipv4() == address.is_ipv4());
        serve.transport == transport && here && serve.outside.contains(host.port())
    };
    let serve = grants.iter().find(stands)?;
    Some(serve.inside.first + (host.port() - serve.outside.first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use specification::application::PortRange;

    fn serve(transport: Transport, inside: (u16, u16), host: &str, first: u16) -> Serve {
        Serve {
            transport,
            inside: PortRange {
                first: inside.0,
                last: inside.1,
            },
            host: host.parse().unwrap(),
            outside: PortRange {
                first,
                last: first + (inside.1 - inside.0),
            },
        }
    }

    fn placed(grants: &[Serve], address: &str, only_v6: bool) -> Place {
        let wanted = Wanted {
            transport: Transport::Tcp,
            address: address.parse().unwrap(),
            only_v6,
        };
        place(grants, &wanted)
    }

    fn host(address: &str) -> Place {
        Place::Host(address.parse().unwrap())
    }

    #[test]
    fn a_port_is_looked_up_whatever_the_address() {
        let grants = [serve(Transport::Tcp, (80, 80), "127.0.0.1", 8080)];
        assert_eq!(placed(&grants, "0.0.0.0:80", false), host("127.0.0.1:8080"));
        assert_eq!(
            placed(&grants, "10.1.2.3:80", false),
            host("127.0.0.1:8080")
        );
        assert_eq!(placed(&grants, "0.0.0.0:81", false), Place::Nowhere);
        assert_eq!(placed(&grants, "0.0.0.0:0", false), Place::Nowhere);
        assert_eq!(placed(&grants, "0.0.0.0:8080", false), Place::Nowhere);
        let datagrams = [serve(Transport::Udp, (80, 80), "127.0.0.1", 8080)];
        assert_eq!(placed(&datagrams, "0.0.0.0:80", false), Place::Nowhere);
    }

    #[test]
    fn a_range_keeps_its_order() {
        let grants = [serve(Transport::Tcp, (1, 65535), "127.0.0.1", 1)];
        assert_eq!(
            placed(&grants, "0.0.0.0:65535", false),
            host("127.0.0.1:65535")
        );
        let grants = [serve(Transport::Tcp, (8000, 8010), "127.0.0.1", 9000)];
        assert_eq!(
            placed(&grants, "0.0.0.0:8010", false),
            host("127.0.0.1:9010")
        );
        assert_eq!(placed(&grants, "0.0.0.0:8011", false), Place::Nowhere);
    }

    #[test]
    fn a_socket_for_both_families_takes_what_there_is() {
        let v4 = serve(Transport::Tcp, (80, 80), "127.0.0.1", 8080);
        let v6 = serve(Transport::Tcp, (80, 80), "::1", 8081);
        let only_v4 = std::slice::from_ref(&v4);
        assert_eq!(
            placed(only_v4, "[::]:80", false),
            host("[::ffff:127.0.0.1]:8080")
        );
        assert_eq!(placed(only_v4, "[::]:80", true), Place::Own);
        assert_eq!(
            placed(std::slice::from_ref(&v6), "0.0.0.0:80", false),
            Place::Own
        );
        let both = [v4, v6];
        assert_eq!(placed(&both, "[::]:80", false), host("[::1]:8081"));
        assert_eq!(
            placed(&both, "[::ffff:0.0.0.0]:80", false),
            host("[::ffff:127.0.0.1]:8080")
        );
        assert_eq!(placed(&both, "0.0.0.0:80", false), host("127.0.0.1:8080"));
    }

    #[test]
    fn what_was_placed_is_found_again() {
        let grants = [
            serve(Transport::Tcp, (8000, 8010), "127.0.0.1", 9000),
            serve(Transport::Tcp, (53, 53), "0.0.0.0", 5353),
        ];
        let found = |address: &str| inside(&grants, Transport::Tcp, address.parse().unwrap());
        assert_eq!(found("127.0.0.1:9010"), Some(8010));
        assert_eq!(found("[::ffff:127.0.0.1]:9000"), Some(8000));
        assert_eq!(found("127.0.0.2:9000"), None);
        assert_eq!(found("10.0.0.1:5353"), Some(53));
        assert_eq!(found("[::1]:5353"), None);
        assert_eq!(found("127.0.0.1:40000"), None);
    }

    #[test]
    fn ipv4_comes_with_ipv6_only_where_all_of_it_is_granted() {
        let v6 = serve(Transport::Tcp, (80, 80), "::", 8080);
        let here = "[::]:8080".parse().unwrap();
        assert!(!serves_both(
            std::slice::from_ref(&v6),
            Transport::Tcp,
            here
        ));
        let loopback = serve(Transport::Tcp, (80, 80), "127.0.0.1", 8080);
        assert!(!serves_both(&[v6.clone(), loopback], Transport::Tcp, here));
        let all = serve(Transport::Tcp, (80, 80), "0.0.0.0", 8080);
        assert!(serves_both(&[v6, all], Transport::Tcp, here));
    }
}
