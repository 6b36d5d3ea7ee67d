//! Who of the tree is at the other end of what a process has open, of those that were looked at.
use super::Subject;
use super::named::named;
use crate::model::Process;
use privileges::{Access, Descriptor, NamespaceKind, Object, Socket};
use std::collections::{BTreeMap, BTreeSet};

/// Where something is open.
type End<'a> = (&'a Process, &'a Descriptor);

/// What tells a connection from others: the network namespace of the process (the same addresses mean others in another
/// one), the protocol, the own and the other address.
type Connection<'a> = (Option<u64>, &'a str, &'a str, &'a str);

/// So many ends of one thing are named; the others are counted.
const NAMED: usize = 8;

/// What the whole tree has open of what the process has, to find other ends in.
#[derive(Debug)]
pub struct Peers<'a> {
    subject: Subject<'a>,
    wanted: Wanted,
    pipes: BTreeMap<u64, Vec<End<'a>>>,
    sockets: BTreeMap<u64, Vec<End<'a>>>,
    connections: BTreeMap<Connection<'a>, Vec<End<'a>>>,
}

/// What of others is of interest.
#[derive(Debug, Default)]
struct Wanted {
    /// Pipes and sockets of these inodes.
    inodes: BTreeSet<u64>,
    /// Whether connections are, too.
    connections: bool,
}

impl Wanted {
    fn of(process: &Process) -> Self {
        let mut wanted = Self::default();
        for descriptor in open(process) {
            match &descriptor.object {
                Object::Pipe { inode, .. } => _ = wanted.inodes.insert(*inode),
                Object::Socket(socket) => {
                    wanted
                        .inodes
                        .extend([socket.inode].into_iter().chain(socket.peer));
                    wanted.connections |= connection(process, socket).is_some();
                }
                _ => {}
            }
        }
        wanted
    }
}

impl<'a> Peers<'a> {
    /// Of all living processes that were looked at, and this one.
    pub fn of(subject: &Subject<'a>) -> Self {
        let mut peers = Self {
            subject: *subject,
            wanted: Wanted::of(subject.process),
            pipes: BTreeMap::new(),
            sockets: BTreeMap::new(),
            connections: BTreeMap::new(),
        };
        let is_there = |process: &&Process| process.is_alive() || process.id == subject.process.id;
        for process in subject.model.processes().filter(is_there) {
            open(process).for_each(|descriptor| peers.add((process, descriptor)));
        }
        peers
    }

    /// How many living processes were not looked at, whose ends are not known.
    pub fn unknown(&self) -> usize {
        let living = self
            .subject
            .model
            .processes()
            .filter(|process| process.is_alive());
        living.filter(|process| process.looked.is_none()).count()
    }

    fn add(&mut self, end: End<'a>) {
        match &end.1.object {
            Object::Pipe { inode, .. } if self.wanted.inodes.contains(inode) => {
                self.pipes.entry(*inode).or_default().push(end);
            }
            Object::Socket(socket) => {
                if self.wanted.inodes.contains(&socket.inode) {
                    self.sockets.entry(socket.inode).or_default().push(end);
                }
                if self.wanted.connections
                    && let Some(connection) = connection(end.0, socket)
                {
                    self.connections.entry(connection).or_default().push(end);
                }
            }
            _ => {}
        }
    }

    /// Who is at the other end of this, in words.
    pub fn at_the_other_end(&self, of: &Descriptor) -> Vec<String> {
        let ends = match &of.object {
            Object::Pipe { inode, .. } => self.opposite(*inode, of.access),
            Object::Socket(socket) => self.socket(socket),
            _ => Vec::new(),
        };
        self.told(&ends)
    }

    /// Who else has the same open, in words.
    pub fn sharers(&self, of: &Descriptor) -> Vec<String> {
        let Object::Socket(socket) = &of.object else {
            return Vec::new();
        };
        let same = self.sockets.get(&socket.inode).into_iter().flatten();
        let others = same.filter(|(process, _)| process.id != self.subject.process.id);
        self.told(&others.copied().collect::<Vec<_>>())
    }

    fn told(&self, ends: &[End<'a>]) -> Vec<String> {
        let named = ends.iter().take(NAMED).map(|end| self.words(*end));
        let others = ends.len().saturating_sub(NAMED);
        let others = (others > 0).then(|| format!("{others} more"));
        named.chain(others).collect()
    }

    fn opposite(&self, pipe: u64, access: Access) -> Vec<End<'a>> {
        let ends = self.pipes.get(&pipe).into_iter().flatten();
        ends.filter(|(_, descriptor)| descriptor.access != access)
            .copied()
            .collect()
    }

    fn socket(&self, socket: &Socket) -> Vec<End<'a>> {
        if let Some(peer) = socket.peer {
            return self.sockets.get(&peer).cloned().unwrap_or_default();
        }
        let own = connection(self.subject.process, socket);
        let other =
            own.map(|(network, protocol, local, remote)| (network, protocol, remote, local));
        other
            .and_then(|key| self.connections.get(&key).cloned())
            .unwrap_or_default()
    }

    fn words(&self, (process, descriptor): End<'_>) -> String {
        match process.id == self.subject.process.id {
            true => format!("itself, as {}", descriptor.number),
            false => format!("{} as {}", named(process), descriptor.number),
        }
    }
}

/// What a process had open when it was looked at.
fn open(process: &Process) -> impl Iterator<Item = &Descriptor> {
    let looked = process.looked.as_ref();
    let open = looked.and_then(|(_, privileges)| privileges.descriptors.known());
    open.into_iter().flatten()
}

fn connection<'a>(process: &Process, socket: &'a Socket) -> Option<Connection<'a>> {
    let essentials = process.essentials.as_deref();
    let network =
        essentials.and_then(|of| of.namespaces.of(NamespaceKind::Network).known().copied());
    let protocol = socket
        .protocol
        .as_deref()
        .filter(|protocol| *protocol != "unix")?;
    Some((
        network,
        protocol,
        socket.local.as_deref()?,
        socket.remote.as_deref()?,
    ))
}
