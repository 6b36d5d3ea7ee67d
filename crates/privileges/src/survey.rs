//! The privileges of many processes at once: what they share is read once, and a socket is found in whichever of their
//! networks it is.
use crate::Reader;
use crate::connection::{connection, opposite};
use crate::read::{Folder, Shared, arguments, of_living, privileges};
use crate::sockets::{Sockets, add};
use crate::{
    NamespaceKind, Object, OpenError, Privileges, Process, ReadError, Seen, Socket, Strings,
};
use rustix::process::Pid;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;

/// The [`Privileges`] of each of these processes, in their order.
///
/// Of a whole tree this is quicker than one at a time, and tells more: a socket can be of another network namespace than the
/// process that has it, and is looked for in those of all these processes and in the reader's.
pub fn privileges_of<'a>(
    processes: impl IntoIterator<Item = &'a Process>,
) -> Vec<Result<Privileges, ReadError>> {
    let processes: Vec<&Process> = processes.into_iter().collect();
    let mut shared = Shared::default();
    let read = |process: &&Process| {
        let (pid, reader) = (process.pid(), process.reader());
        let (privileges, _) = privileges(pid, process.folder(), reader, &mut shared)?;
        Ok(privileges)
    };
    let mut found: Vec<_> = processes.iter().map(read).collect();
    let each = found.iter_mut().map(|found| found.as_mut().ok());
    find_sockets(&processes, each);
    found
}

/// A process at one time: what it may do, and what it was told to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// What it may do.
    pub privileges: Privileges,
    /// Its state, as [`Facts::state`](crate::Facts::state).
    pub state: char,
    /// Its arguments, as [`Facts::arguments`](crate::Facts::arguments).
    pub arguments: Seen<Strings>,
}

/// Looks at very many processes, of which not all can be held open at once, by a thread that stays in its user namespace.
pub struct Survey {
    shared: Shared,
    reader: Reader,
}

impl Default for Survey {
    fn default() -> Self {
        Self {
            shared: Shared::default(),
            reader: Reader::this_thread(),
        }
    }
}

impl fmt::Debug for Survey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Survey").finish_non_exhaustive()
    }
}

impl Survey {
    /// As [`Process::open`].
    ///
    /// # Errors
    /// As of that.
    pub fn open(&self, pid: Pid) -> Result<Process, OpenError> {
        self.reader.open(pid)
    }

    /// Looks at some of them, as [`privileges_of`] does. What these share with those before is not taken apart again.
    pub fn look_at(&mut self, processes: &[&Process]) -> Vec<Result<Look, ReadError>> {
        self.shared.renew();
        let mut found: Vec<_> = processes.iter().map(|process| self.look(process)).collect();
        let each = found
            .iter_mut()
            .map(|found| found.as_mut().ok().map(|look| &mut look.privileges));
        find_sockets(processes, each);
        found
    }

    fn look(&mut self, process: &Process) -> Result<Look, ReadError> {
        let (pid, folder, reader) = (process.pid(), process.folder(), process.reader());
        let arguments = arguments(folder);
        let (privileges, status) = privileges(pid, folder, reader, &mut self.shared)?;
        Ok(Look {
            privileges,
            state: status.state,
            arguments: of_living(&status, arguments),
        })
    }
}

/// Tells what the sockets of these processes are, of which some could not be read.
fn find_sockets<'a>(
    processes: &[&Process],
    found: impl Iterator<Item = Option<&'a mut Privileges>>,
) {
    let mut seen: Vec<_> = processes
        .iter()
        .zip(found)
        .filter_map(|(process, found)| Some((process.folder(), found?)))
        .collect();
    let mut known = known_sockets(&seen);
    connect(&mut known, &seen);
    for (folder, privileges) in &mut seen {
        tell_sockets(folder, privileges, &known);
    }
}

/// The sockets of the networks in which those of the processes may be: the reader's first, then theirs, until all are found.
fn known_sockets(seen: &[(&Folder, &mut Privileges)]) -> Sockets {
    let mut wanted: HashSet<u64> = seen
        .iter()
        .flat_map(|(_, privileges)| sockets(privileges).map(|(_, inode)| inode))
        .collect();
    let mut known = Sockets::new();
    let own = Folder::open("/proc/thread-self").ok();
    let readers = own.as_ref().and_then(crate::read::network);
    let mut networks = BTreeSet::from_iter(readers);
    if let Some(own) = own.filter(|_| !wanted.is_empty()) {
        add(&mut known, &own, readers, true);
    }
    for (folder, privileges) in seen {
        wanted.retain(|inode| !known.contains_key(inode));
        let network = privileges.essentials.namespaces.of(NamespaceKind::Network);
        if let Some(network) = network.known().filter(|_| !wanted.is_empty())
            && networks.insert(*network)
        {
            add(&mut known, folder, Some(*network), false);
        }
    }
    known
}

/// Tells the connected sockets of the processes who is at the other end, where that is in the same network.
fn connect(known: &mut Sockets, seen: &[(&Folder, &mut Privileges)]) {
    let inodes = seen.iter().flat_map(|(_, privileges)| sockets(privileges));
    let own = inodes.filter_map(|(_, inode)| Some((connection(known.get(&inode)?)?, inode)));
    let wanted: HashMap<_, _> = own.map(|(own, inode)| (opposite(own), inode)).collect();
    if wanted.is_empty() {
        return;
    }
    let others = known.values();
    let ends = others.filter_map(|other| Some((*wanted.get(&connection(other)?)?, other.inode)));
    let ends: Vec<_> = ends.collect();
    for (inode, peer) in ends {
        if let Some(socket) = known.get_mut(&inode) {
            socket.peer = Some(peer);
        }
    }
}

/// The number and inode of each descriptor that is a socket.
fn sockets(privileges: &Privileges) -> impl Iterator<Item = (u32, u64)> {
    let descriptors = privileges.descriptors.known().into_iter().flatten();
    descriptors.filter_map(|descriptor| match &descriptor.object {
        Object::Socket(socket) => Some((descriptor.number, socket.inode)),
        _ => None,
    })
}

fn tell_sockets(folder: &Folder, privileges: &mut Privileges, known: &Sockets) {
    let Seen::Known(descriptors) = &mut privileges.descriptors else {
        return;
    };
    for descriptor in descriptors {
        if let Object::Socket(socket) = &mut descriptor.object {
            *socket = match known.get(&socket.inode) {
                Some(known) => known.clone(),
                None => Socket {
                    inode: socket.inode,
                    protocol: crate::read::protocol(folder, descriptor.number, socket.inode),
                    ..Socket::default()
                },
            };
        }
    }
}
