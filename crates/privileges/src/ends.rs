//! Who is at the other end of a pipe or a connection.
use crate::connection::{Connection, connection, opposite};
use crate::{Access, Descriptor, Object, Privileges};
use std::collections::HashMap;
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
///
/// An answer costs the same however many processes there are, also where all of them have inherited the same pipe.
#[derive(Clone, Debug, Default)]
pub struct Ends {
    holders: HashMap<Thing, Holders>,
    /// The socket that has each connection.
    connections: HashMap<Connection, u64>,
}

/// Several descriptors, ascending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Others<'a> {
    before: &'a [End],
    after: &'a [End],
}

impl<'a> Others<'a> {
    /// All of these but some that follow each other.
    fn without(all: &'a [End], is_before: impl Fn(&End) -> bool, last: End) -> Self {
        let begin = all.partition_point(is_before);
        let end = all.partition_point(|end| *end <= last);
        let (before, _) = all.split_at_checked(begin).unwrap_or_default();
        let (_, after) = all.split_at_checked(end.max(begin)).unwrap_or_default();
        Self { before, after }
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.before.len().saturating_add(self.after.len())
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = End> + use<'a> {
        self.before.iter().chain(self.after).copied()
    }
}

/// What has ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Thing {
    /// Inode numbers of pipes and those of a file system's FIFOs can be the same.
    Pipe(u64, Option<PathBuf>),
    Socket(u64),
}

impl Thing {
    fn of(object: &Object) -> Option<Self> {
        match object {
            Object::Pipe { inode, path } => Some(Self::Pipe(*inode, path.clone())),
            Object::Socket(socket) => Some(Self::Socket(socket.inode)),
            _ => None,
        }
    }
}

/// Who has it open, each list ascending.
#[derive(Clone, Debug, Default)]
struct Holders {
    readers: Vec<End>,
    writers: Vec<End>,
    /// For either.
    all: Vec<End>,
}

impl Holders {
    fn add(&mut self, end: End, access: Access) {
        let (reads, writes) = directions(access);
        for (belongs, list) in [
            (reads, &mut self.readers),
            (writes, &mut self.writers),
            (reads || writes, &mut self.all),
        ] {
            if belongs {
                list.push(end);
            }
        }
    }

    fn sort(&mut self) {
        for list in [&mut self.readers, &mut self.writers, &mut self.all] {
            list.sort_unstable();
        }
    }

    /// Who has it open for the opposite.
    fn opposite(&self, access: Access) -> &[End] {
        match directions(access) {
            (true, true) => &self.all,
            (true, false) => &self.writers,
            (false, true) => &self.readers,
            (false, false) => &[],
        }
    }
}

/// Whether something is open for reading, and for writing.
const fn directions(access: Access) -> (bool, bool) {
    match access {
        Access::Read => (true, false),
        Access::Write => (false, true),
        Access::ReadWrite => (true, true),
        Access::Path | Access::Unknown => (false, false),
    }
}

impl Ends {
    /// Those among these processes.
    pub fn among<'a>(processes: impl IntoIterator<Item = &'a Privileges>) -> Self {
        Self::gathered(processes.into_iter().map(open))
    }

    /// Those of what one process has open, among it and others, of which [`Counterparts`](crate::Counterparts) has found
    /// these by their numbers.
    pub fn of_counterparts<'a>(
        process: &'a Privileges,
        others: impl IntoIterator<Item = (u32, &'a [Descriptor])>,
    ) -> Self {
        Self::gathered([open(process)].into_iter().chain(others))
    }

    fn gathered<'a>(processes: impl IntoIterator<Item = (u32, &'a [Descriptor])>) -> Self {
        let mut ends = Self::default();
        for (pid, open) in processes {
            for descriptor in open {
                ends.add(pid, descriptor);
            }
        }
        ends.holders.values_mut().for_each(Holders::sort);
        ends
    }

    fn add(&mut self, pid: u32, descriptor: &Descriptor) {
        let Some(thing) = Thing::of(&descriptor.object) else {
            return;
        };
        let access = match &descriptor.object {
            Object::Socket(socket) => {
                let connection = connection(socket).map(|known| (known, socket.inode));
                self.connections.extend(connection);
                // What may be done with it is not told by how it is open.
                Access::ReadWrite
            }
            _ => descriptor.access,
        };
        let number = descriptor.number;
        let holders = self.holders.entry(thing).or_default();
        holders.add(End { pid, number }, access);
    }

    /// The other processes' descriptors of the same socket: of it all may be read and written by each holder. `descriptor` is
    /// one of the process `pid`.
    pub fn sharing(&self, pid: u32, descriptor: &Descriptor) -> Others<'_> {
        let Object::Socket(socket) = &descriptor.object else {
            return Others::default();
        };
        let number = u32::MAX;
        let last = End { pid, number };
        Others::without(self.holding(socket.inode), |end| end.pid < pid, last)
    }

    /// The descriptors at the other end of `descriptor`, which is one of the process `pid`; none where that is with no
    /// process that was looked at.
    pub fn of(&self, pid: u32, descriptor: &Descriptor) -> Others<'_> {
        match &descriptor.object {
            Object::Socket(socket) => {
                let connected = connection(socket).map(opposite);
                let connected = connected.and_then(|other| self.connections.get(&other).copied());
                let peer = connected.or(socket.peer);
                Others {
                    before: peer.map_or(&[], |peer| self.holding(peer)),
                    after: &[],
                }
            }
            object => {
                let number = descriptor.number;
                let own = End { pid, number };
                let holders = Thing::of(object).and_then(|pipe| self.holders.get(&pipe));
                let opposite = holders.map_or(&[][..], |all| all.opposite(descriptor.access));
                Others::without(opposite, |end| *end < own, own)
            }
        }
    }

    fn holding(&self, socket: u64) -> &[End] {
        let holders = self.holders.get(&Thing::Socket(socket));
        holders.map_or(&[], |holders| &holders.all)
    }
}

fn open(process: &Privileges) -> (u32, &[Descriptor]) {
    let open = process.descriptors.known().map(Vec::as_slice);
    (process.pid, open.unwrap_or_default())
}

#[cfg(test)]
mod tests;
