//! AF_UNIX sockets (unix(7)): connect(2) and bind(2).
//!
//! A path leads to a socket whatever network it belongs to, and however its folder is granted. So what is connected to is
//! never a path that a program names, but a file that has been looked at: one of the host's that a grant names, or one
//! that the void itself has made by binding.
use super::address::{Name, as_path};
use super::connect::without_waiting;
use super::socket::Socket;
use super::{Attended, Broker};
use crate::event::Event;
use kernel::{Bearings, Call, Caller};
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;
use rustix::net::SocketType;
use specification::application::HostSocketKind;
use std::ffi::{CStr, CString};
use std::os::fd::AsFd;
use std::path::Path;

/// The file of a socket, and the address by which this process reaches just that file.
#[derive(Debug)]
pub struct SocketFile {
    _file: OwnedFd,
    address: Vec<u8>,
}

impl SocketFile {
    /// The one at a path of the host's. Whoever may write to a folder on the way could lay a symlink there.
    pub fn of_host(path: &CStr) -> Result<Self, Errno> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let resolve = ResolveFlags::NO_MAGICLINKS;
        let file = rustix::fs::openat2(rustix::fs::CWD, path, flags, Mode::empty(), resolve)?;
        Self::new(file)
    }

    fn new(file: OwnedFd) -> Result<Self, Errno> {
        let kind = FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode);
        if kind != FileType::Socket {
            return Err(Errno::CONNREFUSED);
        }
        let path = format!("/proc/self/fd/{}", file.as_raw_fd());
        let path = CString::new(path).map_err(|_| Errno::INVAL)?;
        Ok(Self {
            _file: file,
            address: Name::Path(path).as_bytes(),
        })
    }

    /// A `struct sockaddr_un`.
    pub fn address(&self) -> &[u8] {
        &self.address
    }
}

/// The files that a void's sockets are. Each is held, so that no other file ever is the same.
#[derive(Debug, Default)]
pub struct OwnFiles(Vec<OwnedFd>);

impl OwnFiles {
    /// Whether `file` is one.
    fn have(&self, file: &OwnedFd) -> bool {
        let Ok(sought) = rustix::fs::fstat(file) else {
            return false;
        };
        self.0
            .iter()
            .filter_map(|own| rustix::fs::fstat(own).ok())
            .any(|own| is_same(&own, &sought))
    }

    fn add(&mut self, file: OwnedFd) {
        self.0.push(file);
    }

    /// Whether there is room for one more, when what no path leads to any more has been forgotten.
    fn make_room(&mut self) -> bool {
        const MOST: usize = 256;
        self.0
            .retain(|own| rustix::fs::fstat(own).is_ok_and(|own| own.st_nlink > 0));
        self.0.len() < MOST
    }
}

fn connect(socket: &Socket, address: &[u8]) -> Result<(), Errno> {
    kernel::connect(socket.fd.as_fd(), address)
}

fn is_same(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}

impl Broker {
    /// Whether a grant names this socket of the host's.
    pub(super) fn reaches_socket(&self, kind: HostSocketKind, path: &Path) -> bool {
        let mut sockets = self.grants.sockets.iter();
        sockets.any(|socket| socket.kind == kind && socket.path == path)
    }

    /// connect(2) of an AF_UNIX socket.
    pub(super) fn connect_local(
        &mut self,
        call: &Call,
        socket: &Socket,
        caller: &Caller,
        name: &Name,
        tell: &mut dyn FnMut(Event),
    ) -> Attended {
        let kind = match socket.kind {
            SocketType::DGRAM => HostSocketKind::Datagrams,
            _ => HostSocketKind::Connections,
        };
        let connected = match name {
            Name::Path(path) if self.reaches_socket(kind, as_path(path)) => {
                SocketFile::of_host(path).and_then(|file| {
                    without_waiting(&socket.fd, || connect(socket, file.address()))
                })
            }
            // Names belong to the void's own network.
            Name::Abstract(_) if self.connects_inside(socket) => {
                without_waiting(&socket.fd, || connect(socket, &name.as_bytes()))
            }
            Name::Path(path) if self.connects_inside(socket) => {
                match self.connect_own(call, socket, caller, path) {
                    Some(connected) => connected,
                    None => return Attended::Already,
                }
            }
            _ => Err(Errno::CONNREFUSED),
        };
        if let (Err(Errno::CONNREFUSED), Name::Path(path)) = (connected, name) {
            self.say(tell, || Event::Denied {
                what: format!("connect to {}", as_path(path).display()),
            });
        }
        Attended::With(connected.map(|()| 0))
    }

    /// Datagrams could be sent elsewhere afterwards.
    fn connects_inside(&self, socket: &Socket) -> bool {
        self.grants.unix && !socket.of_host && socket.kind != SocketType::DGRAM
    }

    /// Connects to what the void itself has bound; nothing if the call has been given up.
    fn connect_own(
        &self,
        call: &Call,
        socket: &Socket,
        caller: &Caller,
        path: &CString,
    ) -> Option<Result<(), Errno>> {
        let found = self.bearings(call, caller)?.and_then(|bearings| {
            let found = self.own.find(path, &bearings);
            found.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::NOENT))
        });
        Some(found.and_then(|file| match self.own_files.have(&file) {
            true => {
                let file = SocketFile::new(file)?;
                without_waiting(&socket.fd, || connect(socket, file.address()))
            }
            false => Err(Errno::CONNREFUSED),
        }))
    }

    /// bind(2) of an AF_UNIX socket.
    pub(super) fn bind_local(
        &mut self,
        call: &Call,
        socket: &Socket,
        caller: &Caller,
        name: &Name,
    ) -> Attended {
        if !self.connects_inside(socket) {
            return Attended::With(Err(Errno::ACCESS));
        }
        let bound = match name {
            Name::None | Name::Abstract(_) => kernel::bind(socket.fd.as_fd(), &name.as_bytes()),
            Name::Path(_) if !self.own_files.make_room() => Err(Errno::NFILE),
            Name::Path(_) => match self.bearings(call, caller) {
                None => return Attended::Already,
                Some(bearings) => {
                    bearings.and_then(|bearings| self.bind_own(socket, name, &bearings))
                }
            },
        };
        Attended::With(bound.map(|()| 0))
    }

    fn bind_own(&mut self, socket: &Socket, name: &Name, bearings: &Bearings) -> Result<(), Errno> {
        let file = self.own.bind(socket.fd.as_fd(), &name.as_bytes(), bearings);
        let file = file.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::ACCESS))?;
        self.own_files.add(file);
        Ok(())
    }

    /// Where the program's paths lead; nothing if the call has been given up.
    fn bearings(&self, call: &Call, caller: &Caller) -> Option<Result<Bearings, Errno>> {
        let bearings = caller.bearings();
        self.listener.is_waiting(call.id).then_some(bearings)
    }
}
