//! The sockets of a network namespace, by their inode numbers: from the tables of `/proc/PID/net`, and for AF_UNIX from
//! the kernel itself (sock_diag(7)), which alone tells who is at the other end.
mod diag;
mod internet;
mod other;

use crate::Socket;
use crate::read::{Folder, Form};
use std::collections::HashMap;

/// The sockets that are known, by their inode numbers.
pub(crate) type Sockets = HashMap<u64, Socket>;

/// A table of `/proc/PID/net`, and what reads one of its lines.
type Table = (&'static str, fn(&'static str, &[&str]) -> Option<Socket>);

const TABLES: [Table; 10] = [
    ("tcp", internet::connected),
    ("tcp6", internet::connected),
    ("udp", internet::unconnected),
    ("udp6", internet::unconnected),
    ("udplite", internet::unconnected),
    ("udplite6", internet::unconnected),
    ("raw", internet::unconnected),
    ("raw6", internet::unconnected),
    ("netlink", other::netlink),
    ("packet", other::packet),
];

/// Adds those of the network namespace `network`, that of the process which this folder is of. A table that cannot be read
/// adds none.
pub(crate) fn add(sockets: &mut Sockets, folder: &Folder, network: Option<u64>, is_readers: bool) {
    for (protocol, read) in TABLES {
        // What is behind its start is found in no table, which is told of a socket.
        let table = folder.start(&format!("net/{protocol}"), Form::List, Folder::MOST);
        let table = table.map(|start| start.bytes).unwrap_or_default();
        let text = String::from_utf8_lossy(&table);
        let found = text.lines().filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            read(protocol, &words)
        });
        insert(sockets, network, found);
    }
    let local = diag::local_sockets(folder, is_readers);
    insert(sockets, network, local.unwrap_or_default().into_iter());
}

/// A socket that waits for its last packets only has no inode number.
fn insert(sockets: &mut Sockets, network: Option<u64>, found: impl Iterator<Item = Socket>) {
    for socket in found.filter(|socket| socket.inode != 0) {
        sockets.insert(socket.inode, Socket { network, ..socket });
    }
}
