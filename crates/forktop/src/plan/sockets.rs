//! Sockets of the host's network that a void has, compared with what it may serve and reach.
use super::places::Place;
use super::{Finding, Grants};
use privileges::{Descriptor, NamespaceKind, Object, Privileges, Socket};
use std::collections::HashSet;
use std::net::SocketAddr;

/// What a descriptor that listens is called in a plan; its address follows.
pub(super) const LISTENS: &str = "a socket that listens at ";
/// What follows that, if a service manager may hand in another.
const HANDED_IN: &str = ", or the one that is handed in";

/// Those that serve or reach what is not granted. The void's own network has no way out, so that what is there needs no
/// grant.
pub(super) fn sockets(grants: &Grants, privileges: &Privileges) -> Vec<Finding> {
    let open = privileges.descriptors.known().map(Vec::as_slice);
    let open = open.unwrap_or_default();
    let own = privileges.essentials.namespaces.of(NamespaceKind::Network);
    let handed_in = handed_in(grants, open);
    let network = Network::of(grants);
    let unexplained = |descriptor: &Descriptor| {
        let socket = socket(descriptor)?;
        let is_own = socket.network.is_some() && socket.network.as_ref() == own.known();
        if is_own || handed_in.contains(&socket.inode) {
            return None;
        }
        let beyond = network.beyond(socket)?;
        let number = descriptor.number;
        Some(Finding::Unexplained(format!(
            "descriptor {number} {beyond}"
        )))
    };
    open.iter().filter_map(unexplained).collect()
}

const fn socket(descriptor: &Descriptor) -> Option<&Socket> {
    match &descriptor.object {
        Object::Socket(socket) => Some(socket),
        _ => None,
    }
}

/// The sockets that the void began with: one that listens, or a stream of the launcher's, which can be anything.
fn handed_in(grants: &Grants, open: &[Descriptor]) -> HashSet<u64> {
    let is_granted = |descriptor: &&Descriptor| {
        let words = grants.descriptors.get(descriptor.number as usize);
        words.is_some_and(|words| words.contains(LISTENS) || words.starts_with("the launcher's"))
    };
    let granted = open.iter().filter(is_granted).filter_map(socket);
    granted.map(|socket| socket.inode).collect()
}

/// What is granted, by what carries the data. A grant that is not understood grants everything: later plans may have more.
#[derive(Debug, Default)]
struct Network {
    tcp: Transport,
    udp: Transport,
    /// It may have accepted connections at an address that the plan does not say.
    accepts_elsewhere: bool,
}

#[derive(Debug, Default)]
struct Transport {
    serves: Vec<Option<Place>>,
    reaches: Vec<Option<Place>>,
}

impl Transport {
    fn is_served(&self, at: SocketAddr) -> bool {
        let is_at = |place: &Option<Place>| place.as_ref().is_none_or(|place| place.is_at(at));
        self.serves.iter().any(is_at)
    }

    fn is_reached(&self, there: SocketAddr) -> bool {
        let leads =
            |place: &Option<Place>| place.as_ref().is_none_or(|place| place.leads_to(there));
        self.reaches.iter().any(leads)
    }
}

impl Network {
    fn of(grants: &Grants) -> Self {
        let mut network = Self::default();
        for serve in &grants.network.serve {
            let transport = match serve.tcp {
                Some(_) => &mut network.tcp,
                None => &mut network.udp,
            };
            transport.serves.push(Place::parse(&serve.host));
        }
        for words in &grants.descriptors {
            let Some((_, address)) = words.split_once(LISTENS) else {
                continue;
            };
            network.accepts_elsewhere |= address.ends_with(HANDED_IN);
            let address = address.trim_end_matches(HANDED_IN);
            if let Some((transport, place)) = network.carrying(address) {
                transport.serves.push(Place::parse(place));
            }
        }
        for reach in &grants.network.reach {
            if let Some((transport, place)) = network.carrying(reach) {
                transport.reaches.push(Place::parse(place));
            }
        }
        network
    }

    /// What a destination or an address begins with, and the rest.
    fn carrying<'a>(&mut self, text: &'a str) -> Option<(&mut Transport, &'a str)> {
        match text.split_once(':')? {
            ("tcp", place) => Some((&mut self.tcp, place)),
            ("udp", place) => Some((&mut self.udp, place)),
            _ => None,
        }
    }

    /// What a socket of the host's does for which there is no grant.
    fn beyond(&self, socket: &Socket) -> Option<String> {
        let address = |text: &Option<String>| text.as_deref()?.parse::<SocketAddr>().ok();
        let (local, remote) = (address(&socket.local)?, address(&socket.remote));
        let protocol = socket.protocol.as_deref()?.trim_end_matches('6');
        let listens = socket.state.as_deref() == Some("listen");
        let (explained, does) = match (protocol, remote) {
            ("udp" | "udplite", None) => (self.may_receive(local), format!("receives at {local}")),
            ("udp" | "udplite", Some(remote)) => (
                self.may_send(remote),
                format!("is connected to {remote} (udp)"),
            ),
            ("tcp", Some(remote)) if !listens => (
                self.may_be_connected(local, remote),
                format!("is connected to {remote}"),
            ),
            _ if listens => (self.tcp.is_served(local), format!("listens at {local}")),
            _ => return None,
        };
        (!explained).then_some(does)
    }

    /// A connection that it made, or accepted.
    fn may_be_connected(&self, local: SocketAddr, remote: SocketAddr) -> bool {
        self.accepts_elsewhere || self.tcp.is_served(local) || self.tcp.is_reached(remote)
    }

    /// Who serves datagrams can send them to anybody.
    fn may_send(&self, remote: SocketAddr) -> bool {
        !self.udp.serves.is_empty() || self.udp.is_reached(remote)
    }

    /// Who may send somewhere receives at a port of the kernel's choice.
    fn may_receive(&self, local: SocketAddr) -> bool {
        let sends = !self.udp.serves.is_empty() || !self.udp.reaches.is_empty();
        sends || self.udp.is_served(local)
    }
}
