//! Sockets that listen, which voids are handed: opened by the launcher before any void starts, or taken from a service
//! manager, and held until the entrypoint has ended for good, so that no connection is lost while it starts again.
use crate::activation::HandedIn;
use crate::event::{Event, Log};
use crate::launcher::Launcher;
use crate::plan::{Descriptor, Plan, Planned};
use crate::refusal::{Refusal, describe};
use kernel::SocketFile;
use rustix::fs::{FileType, Mode};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};
use specification::application::{Listen, ListenAddress, UnixKind};
use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use void::Subject;

/// How many connections may wait: what the kernel allows (`SOMAXCONN`, listen(2)).
const BACKLOG: i32 = 4096;

/// Those of one entrypoint, in the order of their numbers.
#[derive(Debug, Default)]
pub struct Sockets(Vec<Listening>);

/// One of them. The file goes before the socket: who is too late finds nothing there.
#[derive(Debug)]
struct Listening {
    _file: Option<SocketFile>,
    socket: OwnedFd,
    /// Whether nobody else has it.
    own: bool,
}

/// Opens all that a plan has, or takes what was handed in: those of each entrypoint, in the plan's order. All that stands
/// against it is said at once, and nothing stays open then.
pub fn open_all(
    plan: &Plan,
    mut handed_in: HandedIn,
    launcher: &Launcher,
    log: &mut Log,
) -> Result<Vec<Sockets>, Vec<Refusal>> {
    let takers = plan.entrypoints.iter().flat_map(listening);
    let only = takers.filter(|(_, _, listen)| listen.activation).count() == 1;
    let (mut all, mut refusals) = (Vec::new(), Vec::new());
    for planned in &plan.entrypoints {
        let mut sockets = Sockets::default();
        for (number, name, listen) in listening(planned) {
            let taken = match listen.activation {
                true => handed_in.take(name, only, &listen.address),
                false => Ok(None),
            };
            let at = listen.address.to_string();
            let opened = match taken {
                Ok(Some(socket)) => Ok(Listening::handed_in(socket)),
                Ok(None) => open(&listen.address)
                    .map_err(|errno| unopened(&planned.name, number, listen, errno, launcher)),
                Err(cause) => Err(unfit(&planned.name, number, name, &cause)),
            };
            match opened {
                Ok(opened) => {
                    let (name, own) = (name.to_owned(), opened.own);
                    log.tell(&planned.name, &Event::Listening { name, at, own });
                    sockets.0.push(opened);
                }
                Err(refusal) => refusals.push(refusal),
            }
        }
        all.push(sockets);
    }
    handed_in.tell_what_is_left(log);
    match refusals.is_empty() {
        true => Ok(all),
        false => Err(refusals),
    }
}

/// The descriptors that listen, with their numbers and names.
fn listening(planned: &Planned) -> impl Iterator<Item = (usize, &str, &Listen)> {
    let numbered = planned.descriptors.iter().enumerate();
    numbered.filter_map(|(number, descriptor)| match descriptor {
        Descriptor::Listen { name, listen } => Some((number, name.as_str(), listen)),
        _ => None,
    })
}

impl Sockets {
    /// Copies for a void that is about to start, in their order.
    pub fn copies(&self) -> io::Result<Vec<OwnedFd>> {
        self.0.iter().map(Listening::copy).collect()
    }

    /// By what the broker knows them, whatever their number in the program.
    pub fn cookies(&self) -> BTreeSet<u64> {
        let cookies = self.0.iter();
        cookies
            .filter_map(|listening| sockopt::socket_cookie(&listening.socket).ok())
            .collect()
    }

    /// Nobody is reached by them any more.
    pub fn close(&mut self) {
        self.0.clear();
    }
}

impl Listening {
    fn handed_in(socket: OwnedFd) -> Self {
        Self {
            _file: None,
            socket,
            own: false,
        }
    }

    /// As it was at first: a program that ended may have shut it down, or have set that it does not wait.
    fn copy(&self) -> io::Result<OwnedFd> {
        if self.own {
            rustix::io::ioctl_fionbio(&self.socket, false)?;
            if is_of_connections(sockopt::socket_type(&self.socket)?) {
                rustix::net::listen(&self.socket, BACKLOG)?;
            }
        }
        self.socket.try_clone()
    }
}

/// Whether connections are accepted from it.
pub fn is_of_connections(kind: SocketType) -> bool {
    matches!(kind, SocketType::STREAM | SocketType::SEQPACKET)
}

fn open(address: &ListenAddress) -> Result<Listening, Errno> {
    let (socket, file) = match address {
        ListenAddress::Tcp(address) => (internet(SocketType::STREAM, *address)?, None),
        ListenAddress::Udp(address) => (internet(SocketType::DGRAM, *address)?, None),
        ListenAddress::Unix(kind, path) => {
            let (socket, file) = unix(*kind, path)?;
            (socket, Some(file))
        }
    };
    if is_of_connections(sockopt::socket_type(&socket)?) {
        rustix::net::listen(&socket, BACKLOG)?;
    }
    Ok(Listening {
        _file: file,
        socket,
        own: true,
    })
}

fn internet(kind: SocketType, address: SocketAddr) -> Result<OwnedFd, Errno> {
    let family = match address {
        SocketAddr::V4(_) => AddressFamily::INET,
        SocketAddr::V6(_) => AddressFamily::INET6,
    };
    let socket = rustix::net::socket_with(family, kind, SocketFlags::CLOEXEC, None)?;
    if kind == SocketType::STREAM {
        // Connections of one before, which have ended, do not keep the port.
        sockopt::set_socket_reuseaddr(&socket, true)?;
    }
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(&socket, true)?;
    }
    rustix::net::bind(&socket, &address)?;
    Ok(socket)
}

fn unix(kind: UnixKind, path: &Path) -> Result<(OwnedFd, SocketFile), Errno> {
    let kind = match kind {
        UnixKind::Stream => SocketType::STREAM,
        UnixKind::Datagram => SocketType::DGRAM,
        UnixKind::Packet => SocketType::SEQPACKET,
    };
    let socket = rustix::net::socket_with(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None)?;
    // The file gets the socket's mode, less the umask.
    rustix::fs::fchmod(&socket, Mode::from_raw_mode(0o666))?;
    let file = SocketFile::bind(socket.as_fd(), path)?;
    Ok((socket, file))
}

/// The kernel does not let the launcher listen there.
fn unopened(
    name: &str,
    number: usize,
    listen: &Listen,
    errno: Errno,
    launcher: &Launcher,
) -> Refusal {
    let title = format!(
        "cannot listen at `{}` for entrypoint `{name}`",
        listen.address
    );
    let cause = match &listen.address {
        ListenAddress::Unix(_, path) if errno == Errno::ADDRINUSE => {
            format!("{} is there already", what_is_at(path))
        }
        _ => format!("{}, as uid {}", describe(errno), launcher.identity.uid),
    };
    let refusal = Refusal::new(name, Subject::Descriptor(number), title, cause);
    match remedy(&listen.address, errno) {
        Some(remedy) => refusal.with_help(remedy),
        None => refusal,
    }
}

fn what_is_at(path: &Path) -> &'static str {
    let status = rustix::fs::lstat(path);
    match status.map(|status| FileType::from_raw_mode(status.st_mode)) {
        Ok(FileType::Socket) => "a socket",
        Ok(FileType::Directory) => "a folder",
        Ok(FileType::Symlink) => "a symlink",
        Ok(FileType::RegularFile) => "a file",
        _ => "something",
    }
}

fn remedy(address: &ListenAddress, errno: Errno) -> Option<&'static str> {
    let is_a_path = matches!(address, ListenAddress::Unix(..));
    Some(match (is_a_path, errno) {
        (false, Errno::ADDRINUSE) => {
            "another socket has this port: end its program, or choose another port"
        }
        (false, Errno::ADDRNOTAVAIL) => "the host has no such address",
        (false, Errno::ACCESS) => {
            "an ordinary user can bind no port below 1024: choose another, or have a service manager hand the socket \
             in (`\"activation\": true`)"
        }
        (true, Errno::ADDRINUSE) => {
            "clone-shim removes nothing that it has not made: choose another path, or remove it if nobody uses it any more"
        }
        (true, Errno::NOENT | Errno::NOTDIR) => {
            "the folder must be there: make it, or mend the path"
        }
        (true, Errno::ACCESS | Errno::PERM) => {
            "the launcher must be allowed to make a file in this folder"
        }
        _ => return None,
    })
}

/// What was handed in is not what the grant says.
fn unfit(name: &str, number: usize, descriptor: &str, cause: &str) -> Refusal {
    let title = format!("cannot use what was handed in as `{descriptor}` of entrypoint `{name}`");
    let help = "what the service manager opens (`ListenStream=`, `ListenDatagram=`, `ListenSequentialPacket=`, \
                `FileDescriptorName=`) and what the grant names must be the same";
    Refusal::new(name, Subject::Descriptor(number), title, cause).with_help(help)
}
