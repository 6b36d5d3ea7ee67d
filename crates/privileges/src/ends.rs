//! Who is at the other end of a pipe or a connection.
use crate::connection::{Connection, connection, opposite};
use crate::{Access, Descriptor, Object, Privileges};
use std::collections::{HashMap, HashSet};
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

/// The inode numbers and the connections of which the ends are sought.
#[derive(Debug, Default)]
struct Wanted<'a> {
    inodes: HashSet<u64>,
    connections: HashSet<Connection<'a>>,
}

impl<'a> Wanted<'a> {
    fn of(process: &'a Privileges) -> Self {
        let mut wanted = Self::default();
        for descriptor in process.descriptors.known().into_iter().flatten() {
            match &descriptor.object {
                Object::Pipe { inode, .. } => wanted.inodes.extend([*inode]),
                Object::Socket(socket) => {
                    wanted.inodes.extend([socket.inode]);
                    wanted.inodes.extend(socket.peer);
                    let own = connection(socket);
                    wanted.connections.extend(own);
                    wanted.connections.extend(own.map(opposite));
                }
                _ => {}
            }
        }
        wanted
    }

    fn has(&self, object: &'a Object) -> bool {
        match object {
            Object::Pipe { inode, .. } => self.inodes.contains(inode),
            Object::Socket(socket) => {
                let is_wanted = |known| self.connections.contains(&known);
                self.inodes.contains(&socket.inode) || connection(socket).is_some_and(is_wanted)
            }
            _ => false,
        }
    }
}

impl Ends {
    /// Those among these processes.
    pub fn among<'a>(processes: impl IntoIterator<Item = &'a Privileges>) -> Self {
        Self::gathered(processes.into_iter().map(open), |_| true)
    }

    /// Those of what one process has open, among it and these others: less than [`Ends::among`] where these are many.
    pub fn of_one<'a>(
        process: &'a Privileges,
        others: impl IntoIterator<Item = &'a Privileges>,
    ) -> Self {
        let wanted = Wanted::of(process);
        let processes = [process].into_iter().chain(others);
        Self::gathered(processes.map(open), |object| wanted.has(object))
    }

    /// Those of what one process has open, among it and others, of which [`Counterparts`](crate::Counterparts) has found
    /// these by their numbers.
    pub fn of_counterparts<'a>(
        process: &'a Privileges,
        others: impl IntoIterator<Item = (u32, &'a [Descriptor])>,
    ) -> Self {
        Self::gathered([open(process)].into_iter().chain(others), |_| true)
    }

    fn gathered<'a>(
        processes: impl IntoIterator<Item = (u32, &'a [Descriptor])>,
        is_wanted: impl Fn(&'a Object) -> bool,
    ) -> Self {
        let mut ends = Self::default();
        let mut connections = HashMap::new();
        for (pid, open) in processes {
            let open = open.iter();
            for descriptor in open.filter(|descriptor| is_wanted(&descriptor.object)) {
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
                    pid,
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
        for (known, inode) in connections {
            let peer = connections.get(&opposite(*known));
            self.peers.extend(peer.map(|peer| (*inode, *peer)));
        }
    }

    /// The other descriptors, ascending, of the same socket: of it all may be read and written by each holder.
    pub fn sharing(&self, end: End) -> Vec<End> {
        let Some((thing @ Thing::Socket(_), _)) = self.descriptors.get(&end) else {
            return Vec::new();
        };
        let holders = self.holders.get(thing).into_iter().flatten();
        let mut others: Vec<_> = holders.filter(|other| **other != end).copied().collect();
        others.sort_unstable();
        others
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

fn open(process: &Privileges) -> (u32, &[Descriptor]) {
    let open = process.descriptors.known().map(Vec::as_slice);
    (process.pid, open.unwrap_or_default())
}

fn meet(one: Access, other: Access) -> bool {
    let reads = |access| matches!(access, Access::Read | Access::ReadWrite);
    let writes = |access| matches!(access, Access::Write | Access::ReadWrite);
    reads(one) && writes(other) || writes(one) && reads(other)
}

#[cfg(test)]
mod tests;
