//! The AF_UNIX sockets of a network namespace (sock_diag(7)): unlike `/proc/net/unix` it tells the peers, and a path with a
//! newline in it cannot pass for another socket.
use super::internet::state;
use crate::Socket;
use crate::read::Folder;
use kernel::Namespace;
use rustix::io::Errno;
use rustix::net::netlink::SOCK_DIAG;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with,
};
use std::io;
use std::os::fd::OwnedFd;

const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST_DUMP: u16 = 0x301;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const UDIAG_SHOW_NAME_AND_PEER: u32 = 0x5;
const UNIX_DIAG_NAME: u16 = 0;
const UNIX_DIAG_PEER: u16 = 2;

/// How long the header of a message is (`nlmsghdr`), and of a socket in it (`unix_diag_msg`).
const HEADER: usize = 16;

/// The AF_UNIX sockets of the network namespace that the process of this folder is in.
pub(super) fn local_sockets(folder: &Folder, is_readers: bool) -> io::Result<Vec<Socket>> {
    let socket = if is_readers {
        let (family, kind) = (AddressFamily::NETLINK, SocketType::RAW);
        socket_with(family, kind, SocketFlags::CLOEXEC, Some(SOCK_DIAG))?
    } else {
        let protocol = SOCK_DIAG.as_raw().get().cast_signed();
        Namespace::new(folder.file("ns/net")?).netlink(protocol)?
    };
    send(&socket, &request(), SendFlags::empty())?;
    let mut sockets = answers(&socket)?;
    name_peers(&mut sockets);
    Ok(sockets)
}

/// All sockets, with names and peers: `nlmsghdr` and `unix_diag_req`.
fn request() -> Vec<u8> {
    const LENGTH: u32 = 40;
    let [family, ..] = AddressFamily::UNIX.as_raw().to_le_bytes();
    let fields: [&[u8]; 8] = [
        &LENGTH.to_ne_bytes(),
        &SOCK_DIAG_BY_FAMILY.to_ne_bytes(),
        &NLM_F_REQUEST_DUMP.to_ne_bytes(),
        // Sequence and port.
        &[0; 8],
        &[family, 0, 0, 0],
        // In any state, with any number.
        &[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
        &UDIAG_SHOW_NAME_AND_PEER.to_ne_bytes(),
        // Of any cookie.
        &[0xff; 8],
    ];
    fields.concat()
}

fn answers(socket: &OwnedFd) -> io::Result<Vec<Socket>> {
    /// What the kernel puts into one datagram at most.
    const DATAGRAM: usize = 32 * 1024;
    let mut buffer = vec![0; DATAGRAM];
    let mut sockets = Vec::new();
    loop {
        let (length, _) = recv(socket, buffer.as_mut_slice(), RecvFlags::empty())?;
        let mut datagram = buffer.get(..length).unwrap_or_default();
        if datagram.is_empty() {
            return Ok(sockets);
        }
        while let Some((kind, body, rest)) = message(datagram) {
            match kind {
                NLMSG_DONE => return Ok(sockets),
                NLMSG_ERROR => return Err(error(body).into()),
                _ => sockets.extend(parse(body)),
            }
            datagram = rest;
        }
    }
}

/// The kind of the first message, its body, and what follows it.
fn message(datagram: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = usize::try_from(u32::from_ne_bytes(*datagram.first_chunk()?)).ok()?;
    let kind = u16::from_ne_bytes(*datagram.get(4..)?.first_chunk()?);
    let body = datagram.get(HEADER..length)?;
    Some((
        kind,
        body,
        datagram
            .get(length.next_multiple_of(4)..)
            .unwrap_or_default(),
    ))
}

/// `nlmsgerr`: a negative errno.
fn error(body: &[u8]) -> Errno {
    let errno = body
        .first_chunk()
        .map_or(0, |bytes| i32::from_ne_bytes(*bytes));
    match errno.checked_neg() {
        Some(errno) if errno > 0 => Errno::from_raw_os_error(errno),
        _ => Errno::PROTO,
    }
}

/// `unix_diag_msg`: family, type, state, padding, inode, cookie; then attributes.
fn parse(body: &[u8]) -> Option<Socket> {
    let attributes = body.get(HEADER..)?;
    let inode = u32::from_ne_bytes(*body.get(4..)?.first_chunk()?);
    let name = attribute(attributes, UNIX_DIAG_NAME);
    let peer = attribute(attributes, UNIX_DIAG_PEER).and_then(<[u8]>::first_chunk);
    let state = match state(*body.get(2)?)? {
        "closed" => "unconnected",
        other => other,
    };
    Some(Socket {
        inode: inode.into(),
        network: None,
        protocol: Some("unix".to_owned()),
        state: Some(state.to_owned()),
        local: name.and_then(shown),
        remote: None,
        peer: peer
            .map(|peer| u32::from_ne_bytes(*peer).into())
            .filter(|peer| *peer != 0),
    })
}

/// The attribute of this kind: each is a length, a kind, and a value, and begins at a multiple of 4.
fn attribute(mut attributes: &[u8], wanted: u16) -> Option<&[u8]> {
    const ATTRIBUTE_HEADER: usize = 4;
    loop {
        let length = usize::from(u16::from_ne_bytes(*attributes.first_chunk()?));
        let kind = u16::from_ne_bytes(*attributes.get(2..)?.first_chunk()?);
        let value = attributes.get(ATTRIBUTE_HEADER..length)?;
        if kind == wanted {
            return Some(value);
        }
        attributes = attributes.get(length.next_multiple_of(4)..)?;
    }
}

/// A path ends at its NUL; an abstract name begins with one, and each in it is shown as `@`, as in `/proc/net/unix`.
fn shown(name: &[u8]) -> Option<String> {
    let name = match name.first()? {
        0 => name
            .iter()
            .map(|byte| if *byte == 0 { b'@' } else { *byte })
            .collect(),
        _ => name.split(|byte| *byte == 0).next()?.to_vec(),
    };
    Some(String::from_utf8_lossy(&name).into_owned())
}

/// The other end's address is the name of the socket there.
fn name_peers(sockets: &mut [Socket]) {
    let names: std::collections::HashMap<u64, String> = sockets
        .iter()
        .filter_map(|socket| Some((socket.inode, socket.local.clone()?)))
        .collect();
    for socket in sockets {
        socket.remote = socket.peer.and_then(|peer| names.get(&peer).cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message about a connected stream socket 7 with a name, whose peer is 9.
    fn sample(name: &[u8]) -> Vec<u8> {
        let mut body = vec![1, 1, 1, 0];
        body.extend(7u32.to_ne_bytes());
        body.extend([0; 8]);
        body.extend(u16::try_from(name.len() + 4).unwrap().to_ne_bytes());
        body.extend(UNIX_DIAG_NAME.to_ne_bytes());
        body.extend(name);
        body.resize(body.len().next_multiple_of(4), 0);
        body.extend(8u16.to_ne_bytes());
        body.extend(UNIX_DIAG_PEER.to_ne_bytes());
        body.extend(9u32.to_ne_bytes());
        body
    }

    #[test]
    fn a_message_is_a_socket_with_its_peer() {
        let socket = parse(&sample(b"/run/a\nb\xff\0")).unwrap();
        assert_eq!((socket.inode, socket.peer), (7, Some(9)));
        assert_eq!(socket.local.as_deref(), Some("/run/a\nb\u{fffd}"));
        assert_eq!(socket.state.as_deref(), Some("established"));
        let socket = parse(&sample(b"\0x\0y")).unwrap();
        assert_eq!(socket.local.as_deref(), Some("@x@y"));
        assert_eq!(parse(&sample(b"")).unwrap().local, None);
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let sample = sample(b"/run/a");
        for length in 0..sample.len() {
            let _ = parse(&sample[..length]);
            let _ = message(&sample[..length]);
            let mut broken = sample.clone();
            broken[length] = 0xff;
            let _ = parse(&broken);
            let _ = message(&broken);
        }
        assert_eq!(error(&i32::MIN.to_ne_bytes()), Errno::PROTO);
        assert_eq!(error(&(-1i32).to_ne_bytes()), Errno::PERM);
    }
}
