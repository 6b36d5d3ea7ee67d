//! Who is at the other end of a pipe or a connection.
use crate::{Access, Object, Privileges, Socket};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A descriptor of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct End {
    /// The process, by its number in the reader's pid namespace.
    pub pid: u32,
    /// The descriptor's number in it.
    pub number: u32,
}

/// The pipes and sockets of several processes, by which the other ends can be found among them.
///
/// At the other end of a pipe is whoever has it open for the opposite; of an AF_UNIX socket, whoever has the one that the
/// kernel names as its peer; of a TCP or UDP socket, whoever has the one with the same addresses the other way round in the
/// same network namespace. Connections over a network between namespaces (`veth`) are not followed.
#[derive(Clone, Debug, Default)]
pub struct Ends {
    descriptors: HashMap<End, (Thing, Access)>,
    holders: HashMap<Thing, Vec<End>>,
    /// The socket at the other end of a socket.
    peers: HashMap<u64, u64>,
}

/// What has ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Thing {
    /// Inode numbers of pipes and those of a file system's FIFOs can be the same.
    Pipe(u64, Option<PathBuf>),
    Socket(u64),
}

/// A connection as one of its ends has it: network namespace, protocol, own and other address.
type Connection<'a> = (u64, &'a str, SocketAddr, SocketAddr);

impl Ends {
    /// Those among these processes.
    pub fn among<'a>(processes: impl IntoIterator<Item = &'a Privileges>) -> Self {
        let mut ends = Self::default();
        let mut connections = HashMap::new();
        for process in processes {
            for descriptor in process.descriptors.known().into_iter().flatten() {
                let thing = match &descriptor.object {
                    Object::Pipe { inode, path } => Thing::Pipe(*inode, path.clone()),
                    Object::Socket(socket) => {
                        ends.peers
                            .extend(socket.peer.map(|peer| (socket.inode, peer)));
                        connections.extend(connection(socket).map(|known| (known, socket.inode)));
                        Thing::Socket(socket.inode)
                    }
                    _ => continue,
                };
                let end = End {
                    pid: process.pid,
                    number: descriptor.number,
                };
                ends.holders.entry(thing.clone()).or_default().push(end);
                ends.descriptors.insert(end, (thing, descriptor.access));
            }
        }
        ends.connect(&connections);
        ends
    }

    fn connect(&mut self, connections: &HashMap<Connection<'_>, u64>) {
        for (&(network, protocol, own, other), inode) in connections {
            let peer = connections.get(&(network, protocol, other, own));
            self.peers.extend(peer.map(|peer| (*inode, *peer)));
        }
    }

    /// The descriptors at the other end of this one, ascending; none where that is with no process that was looked at.
    pub fn of(&self, end: End) -> Vec<End> {
        let Some((thing, access)) = self.descriptors.get(&end) else {
            return Vec::new();
        };
        let mut others = match thing {
            Thing::Pipe(..) => self.opposite(thing, end, *access),
            Thing::Socket(inode) => self
                .peers
                .get(inode)
                .and_then(|peer| self.holders.get(&Thing::Socket(*peer)))
                .cloned()
                .unwrap_or_default(),
        };
        others.sort_unstable();
        others
    }

    fn opposite(&self, pipe: &Thing, end: End, access: Access) -> Vec<End> {
        let holders = self.holders.get(pipe).into_iter().flatten();
        let others = holders.filter(|other| {
            let others = self.descriptors.get(other).map(|(_, access)| *access);
            **other != end && others.is_some_and(|other| meet(access, other))
        });
        others.copied().collect()
    }
}

fn meet(one: Access, other: Access) -> bool {
    let reads = |access| matches!(access, Access::Read | Access::ReadWrite);
    let writes = |access| matches!(access, Access::Write | Access::ReadWrite);
    reads(one) && writes(other) || writes(one) && reads(other)
}

/// A socket of version 6 may be connected to one of version 4, by an address of that.
fn connection(socket: &Socket) -> Option<Connection<'_>> {
    let protocol = socket.protocol.as_deref()?.trim_end_matches('6');
    if !matches!(protocol, "tcp" | "udp" | "udplite") {
        return None;
    }
    let address = |text: &Option<String>| {
        let address: SocketAddr = text.as_deref()?.parse().ok()?;
        Some(SocketAddr::new(address.ip().to_canonical(), address.port()))
    };
    let (local, remote) = (address(&socket.local)?, address(&socket.remote)?);
    Some((socket.network?, protocol, local, remote))
}

#[cfg(test)]
mod tests;
