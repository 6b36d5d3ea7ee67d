//! The sockets that a service manager hands to clone-shim (sd_listen_fds(3)): descriptors from 3 up, if `LISTEN_PID` is
//! this process. They go to the grants that ask for them, and nothing else of them gets into a void.
use crate::event::Log;
use crate::listening::is_of_connections;
use crate::refusal::describe;
use crate::voice;
use kernel::{Network, close_at_exec};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, ipproto, sockopt};
use rustix::process::{PidfdFlags, PidfdGetfdFlags};
use specification::application::{ListenAddress, UnixKind};
use std::os::fd::{AsRawFd, OwnedFd};

const FIRST: u16 = 3;

/// What was handed in, and has not been taken by a grant.
#[derive(Debug, Default)]
pub struct HandedIn {
    descriptors: Vec<(String, OwnedFd)>,
    /// How many there were.
    count: usize,
}

/// A service manager that contradicts itself.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandedInError {
    #[error(
        "cannot take what was handed in: LISTEN_FDS is `{0}`, and that is not a number of descriptors"
    )]
    Count(String),
    #[error(
        "cannot take what was handed in: LISTEN_FDS says {count}, and LISTEN_FDNAMES names {names}"
    )]
    Names { count: u16, names: usize },
    #[error("cannot take descriptor {number}, which was to be handed in: {}", describe(*errno))]
    Closed { number: i32, errno: Errno },
}

impl HandedIn {
    /// This process's own.
    pub fn to_this_process() -> Result<Self, HandedInError> {
        let _ = close_at_exec(FIRST.into());
        let variable = |name| std::env::var(name).ok();
        let own = rustix::process::getpid();
        if variable("LISTEN_PID") != Some(own.to_string()) {
            return Ok(Self::default());
        }
        let (count, names) = (variable("LISTEN_FDS"), variable("LISTEN_FDNAMES"));
        let names = names_of(count.as_deref().unwrap_or_default(), names.as_deref())?;
        let descriptors = copies(names)?;
        let count = descriptors.len();
        Ok(Self { descriptors, count })
    }

    /// The one for a grant called `name`: that of its name or, for the `only` such grant, the only one that there is. `Err`
    /// says in words why it cannot be what the grant says.
    pub fn take(
        &mut self,
        name: &str,
        only: bool,
        address: &ListenAddress,
    ) -> Result<Option<OwnedFd>, String> {
        let whatever = only && self.count == 1;
        let all = self.descriptors.iter().enumerate();
        let mut fitting = all.filter(|(_, (other, _))| other == name || whatever);
        let Some((place, _)) = fitting.next() else {
            return Ok(None);
        };
        if fitting.next().is_some() {
            return Err("there is more than one of this name".to_owned());
        }
        let (_, socket) = self.descriptors.remove(place);
        match mismatch(&socket, address) {
            Ok(None) => Ok(Some(socket)),
            Ok(Some(reason)) => Err(reason.to_owned()),
            Err(Errno::NOTSOCK) => Err("it is not a socket".to_owned()),
            Err(errno) => Err(describe(errno)),
        }
    }

    /// What no grant has taken.
    pub fn tell_what_is_left(&self, log: &Log) {
        for (name, _) in self.descriptors.iter().filter(|_| log.words) {
            voice::line(&format!(
                "`{name}` was handed in, and no grant asks for it by `\"activation\": true`"
            ));
        }
    }
}

/// A copy of each descriptor: the number itself may be anybody's.
fn copies(names: Vec<String>) -> Result<Vec<(String, OwnedFd)>, HandedInError> {
    let first = i32::from(FIRST);
    let last = first + i32::try_from(names.len()).unwrap_or(i32::MAX - first);
    // What is opened here gets the lowest number that is free, and none of those that were handed in is.
    let apart = |opened: Result<OwnedFd, Errno>, number| match opened {
        Ok(opened) if opened.as_raw_fd() >= last => Ok(opened),
        Ok(opened) => Err(HandedInError::Closed {
            number: opened.as_raw_fd(),
            errno: Errno::BADF,
        }),
        Err(errno) => Err(HandedInError::Closed { number, errno }),
    };
    let own = rustix::process::getpid();
    let this = apart(rustix::process::pidfd_open(own, PidfdFlags::empty()), first)?;
    let copy = |number| {
        let copy = rustix::process::pidfd_getfd(&this, number, PidfdGetfdFlags::empty());
        apart(copy, number)
    };
    names
        .into_iter()
        .zip(first..)
        .map(|(name, number)| Ok((name, copy(number)?)))
        .collect()
}

/// A name for each descriptor.
fn names_of(count: &str, names: Option<&str>) -> Result<Vec<String>, HandedInError> {
    let number: u16 = count
        .parse()
        .map_err(|_| HandedInError::Count(count.to_owned()))?;
    let Some(names) = names else {
        return Ok(vec!["unknown".to_owned(); number.into()]);
    };
    let names: Vec<_> = names.split(':').map(str::to_owned).collect();
    match names.len() == usize::from(number) {
        true => Ok(names),
        false => Err(HandedInError::Names {
            count: number,
            names: names.len(),
        }),
    }
}

/// Why `socket` is not of the kind that `address` names, if it is not. Other protocols have ways of their own around what
/// judges TCP and UDP, and another network is not the one that the broker guards.
fn mismatch(socket: &OwnedFd, address: &ListenAddress) -> Result<Option<&'static str>, Errno> {
    use AddressFamily as Family;
    let (families, kind, protocol) = match address {
        ListenAddress::Tcp(_) => (
            &[Family::INET, Family::INET6][..],
            SocketType::STREAM,
            Some(ipproto::TCP),
        ),
        ListenAddress::Udp(_) => (
            &[Family::INET, Family::INET6][..],
            SocketType::DGRAM,
            Some(ipproto::UDP),
        ),
        ListenAddress::Unix(kind, _) => {
            let kind = match kind {
                UnixKind::Stream => SocketType::STREAM,
                UnixKind::Datagram => SocketType::DGRAM,
                UnixKind::Packet => SocketType::SEQPACKET,
            };
            (&[Family::UNIX][..], kind, None)
        }
    };
    let is_of_family = families.contains(&sockopt::socket_domain(socket)?);
    let is_of_kind = sockopt::socket_type(socket)? == kind;
    let is_of_protocol = protocol.is_none() || sockopt::socket_protocol(socket)? == protocol;
    let listens = !is_of_connections(kind) || sockopt::socket_acceptconn(socket)?;
    let here = rustix::net::socket_with(Family::UNIX, kind, SocketFlags::CLOEXEC, None)?;
    Ok(if !(is_of_family && is_of_kind && is_of_protocol) {
        Some("it is a socket of another kind")
    } else if !listens {
        Some("it is a socket that does not listen")
    } else if Network::of(socket)? != Network::of(&here)? {
        Some("it is a socket of another network than clone-shim's")
    } else {
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_descriptor_has_a_name() {
        assert_eq!(names_of("0", None), Ok(vec![]));
        let unknown = "unknown".to_owned();
        assert_eq!(names_of("2", None), Ok(vec![unknown.clone(), unknown]));
        let names = ["a".to_owned(), String::new()];
        assert_eq!(names_of("2", Some("a:")), Ok(names.to_vec()));
        let wrong = HandedInError::Names { count: 2, names: 1 };
        assert_eq!(names_of("2", Some("a")), Err(wrong));
        for count in ["", "-1", "x", "65536"] {
            assert_eq!(
                names_of(count, None),
                Err(HandedInError::Count(count.to_owned()))
            );
        }
    }
}
