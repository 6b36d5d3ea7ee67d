//! The broker: performs for a void those calls on sockets that need the launcher's network, within its grants.
//!
//! A void's own network is empty. Where it has a grant for a kind of socket, those that it makes are made here, in the
//! launcher's network, and handed in; what binds, connects or listens with them is performed here, on copies of the
//! arguments, with the launcher's credentials. Nothing is ever left to the kernel to read again.
mod address;
mod connect;
mod destinations;
mod own;
mod ports;
mod serve;
mod socket;

use crate::event::Event;
use crate::pump::Awaited;
use address::Address;
use connect::Connecting;
use kernel::{Call, Caller, Listener, Network, VoidNetwork, syscall_number};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use socket::{Socket, low, make};
use specification::application::{self, Hosts, Transport};
use std::collections::BTreeSet;

/// Attends to the calls of one void.
#[derive(Debug)]
pub struct Broker {
    listener: Listener,
    /// Whether all whose calls came here have ended. No other can take their filter on.
    deserted: bool,
    calls: Numbers,
    /// The launcher's network.
    host: Network,
    /// The void's.
    own: VoidNetwork,
    grants: application::Network,
    /// The sockets of the launcher's network that are bound by a grant, by their cookies, which the kernel never uses
    /// twice.
    served: BTreeSet<u64>,
    /// Calls that a signal interrupted when they had been performed: they come again.
    unanswered: Vec<(Call, Result<i64, Errno>)>,
    /// Connections that calls wait for.
    connecting: Vec<(Call, Connecting)>,
    /// A socket of the void's network, to ask for its interfaces.
    asked: Option<OwnedFd>,
    /// Netlink sockets made so far.
    netlink: u32,
    /// What has been told already.
    told: BTreeSet<String>,
}

/// The system calls that come here.
#[derive(Debug)]
struct Numbers {
    socket: Option<u32>,
    bind: Option<u32>,
    connect: Option<u32>,
    listen: Option<u32>,
    getsockname: Option<u32>,
    ioctl: Option<u32>,
}

/// What a call comes to.
type Answer = Result<i64, Errno>;

/// Why there is nothing to answer.
enum Attended {
    /// This is what the call returns.
    With(Answer),
    /// It has been answered, or has been given up.
    Already,
}

impl Broker {
    pub fn new(
        listener: Listener,
        own: VoidNetwork,
        grants: application::Network,
    ) -> std::io::Result<Self> {
        let here = rustix::net::socket_with(
            AddressFamily::UNIX,
            SocketType::STREAM,
            SocketFlags::CLOEXEC,
            None,
        )?;
        Ok(Self {
            listener,
            deserted: false,
            calls: Numbers {
                socket: syscall_number("socket"),
                bind: syscall_number("bind"),
                connect: syscall_number("connect"),
                listen: syscall_number("listen"),
                getsockname: syscall_number("getsockname"),
                ioctl: syscall_number("ioctl"),
            },
            host: Network::of(here)?,
            own,
            grants,
            served: BTreeSet::new(),
            unanswered: Vec::new(),
            connecting: Vec::new(),
            asked: None,
            netlink: 0,
            told: BTreeSet::new(),
        })
    }

    /// What may happen next to it.
    pub fn awaits(&self) -> impl Iterator<Item = Awaited<'_>> {
        // What has hung up would have the shim go round without waiting, until the void has been taken down.
        let calls = (!self.deserted).then(|| Awaited {
            fd: self.listener.as_fd(),
            flags: PollFlags::IN,
        });
        let connections = self.connecting.iter().map(|(_, connecting)| Awaited {
            fd: connecting.as_fd(),
            flags: PollFlags::OUT,
        });
        calls.into_iter().chain(connections)
    }

    /// Attends to what there is, for a while: others have their turn too. Tells what a person may want to know.
    pub fn attend(&mut self, tell: &mut dyn FnMut(Event)) {
        const TURNS: usize = 32;
        self.end_connections();
        for _ in 0..TURNS {
            if !self.is_called() {
                return;
            }
            self.attend_to_one(tell);
        }
    }

    fn is_called(&mut self) -> bool {
        let at_once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        let mut watched = [PollFd::new(&self.listener, PollFlags::IN)];
        let ready = poll(&mut watched, Some(&at_once));
        let seen = watched[0].revents();
        self.deserted = seen.contains(PollFlags::HUP);
        ready.is_ok() && seen.contains(PollFlags::IN)
    }

    fn end_connections(&mut self) {
        let connecting = std::mem::take(&mut self.connecting);
        for (call, connection) in connecting {
            if !self.listener.is_waiting(call.id) {
                // A signal interrupted it. It comes again, or the program looks after the connection itself.
                continue;
            }
            match connection.end() {
                Some(end) => self.answer(call, end.map(|()| 0)),
                None => self.connecting.push((call, connection)),
            }
        }
    }

    fn attend_to_one(&mut self, tell: &mut dyn FnMut(Event)) {
        // What has been given up meanwhile needs no answer.
        let Ok(call) = self.listener.receive() else {
            return;
        };
        if let Some(answer) = self.answer_of_before(&call) {
            return self.answer(call, answer);
        }
        match self.perform(&call, tell) {
            Attended::With(answer) => self.answer(call, answer),
            Attended::Already => {}
        }
    }

    fn answer(&mut self, call: Call, answer: Answer) {
        const MOST: usize = 64;
        if self.listener.answer(call.id, answer) == Err(Errno::NOENT) {
            if self.unanswered.len() == MOST {
                let _ = self.unanswered.remove(0);
            }
            self.unanswered.push((call, answer));
        }
    }

    /// The answer that this call would have had if no signal had interrupted it.
    fn answer_of_before(&mut self, call: &Call) -> Option<Answer> {
        let same = |(before, _): &(Call, Answer)| {
            (before.thread, before.number, before.arguments)
                == (call.thread, call.number, call.arguments)
        };
        let place = self.unanswered.iter().position(same)?;
        Some(self.unanswered.remove(place).1)
    }

    fn perform(&mut self, call: &Call, tell: &mut dyn FnMut(Event)) -> Attended {
        let number = Some(call.number);
        if number == self.calls.socket {
            return self.make(call);
        }
        let (socket, caller) = match self.socket_of(call) {
            Ok(Some(both)) => both,
            Ok(None) => return Attended::Already,
            Err(errno) => return Attended::With(Err(errno)),
        };
        if number == self.calls.listen {
            let backlog = low(call.arguments[1]).cast_signed();
            return Attended::With(self.listen(&socket, backlog, tell));
        }
        if number == self.calls.getsockname {
            return self.tell_address(call, &socket, &caller);
        }
        if number == self.calls.ioctl {
            return self.ask_interface(call, &socket, &caller);
        }
        let address = match self.address_of(call, &caller) {
            Ok(Some(address)) => address,
            Ok(None) => return Attended::Already,
            Err(errno) => return Attended::With(Err(errno)),
        };
        if number == self.calls.bind {
            self.bind(call, &socket, &address, tell)
        } else if number == self.calls.connect {
            self.connect(call, socket, &address, tell)
        } else {
            Attended::With(Err(Errno::NOSYS))
        }
    }

    /// socket(2), for a kind that the filter has wait.
    fn make(&mut self, call: &Call) -> Attended {
        let made = low(call.arguments[0])
            .try_into()
            .map_err(|_| Errno::AFNOSUPPORT)
            .and_then(|family| make(family, low(call.arguments[1]), low(call.arguments[2])));
        let (socket, close_on_exec) = match made {
            Ok(made) => made,
            Err(errno) => return Attended::With(Err(errno)),
        };
        match self
            .listener
            .answer_with(call.id, socket.as_fd(), close_on_exec)
        {
            Ok(()) | Err(Errno::NOENT) => Attended::Already,
            // The program has too many descriptors.
            Err(errno) => Attended::With(Err(errno)),
        }
    }

    /// The socket that a call names by its first argument; nothing if the call has been given up.
    fn socket_of(&self, call: &Call) -> Result<Option<(Socket, Caller)>, Errno> {
        let caller = Caller::of(call.thread)?;
        let number = low(call.arguments[0]).cast_signed();
        let fd = caller.descriptor(number);
        if !self.listener.is_waiting(call.id) {
            return Ok(None);
        }
        let socket = Socket::of(fd?, number, self.host)?;
        Ok(Some((socket, caller)))
    }

    /// The address that a call names by its second and third; nothing if the call has been given up.
    fn address_of(&self, call: &Call, caller: &Caller) -> Result<Option<Address>, Errno> {
        let length = low(call.arguments[2]) as usize;
        let mut bytes = [0; address::LONGEST];
        let bytes = bytes.get_mut(..length).ok_or(Errno::INVAL)?;
        caller.read(call.arguments[1], bytes)?;
        if !self.listener.is_waiting(call.id) {
            return Ok(None);
        }
        Address::parse(bytes).map(Some)
    }

    /// Tells what has not been told.
    fn say(&mut self, tell: &mut dyn FnMut(Event), event: impl FnOnce() -> Event) {
        const MOST: usize = 256;
        let event = event();
        if self.told.len() < MOST && self.told.insert(format!("{event:?}")) {
            tell(event);
        }
    }
}

/// The kinds of sockets that the broker makes for these grants. An IPv6 socket can be for IPv4 too.
pub fn kinds(grants: &application::Network) -> BTreeSet<void::SocketKind> {
    let served = grants
        .serve
        .iter()
        .map(|serve| (serve.transport, serve.host.is_ipv4()));
    let reached = grants.reach.iter().map(|reach| {
        let v4 = match reach.hosts {
            Hosts::Any => true,
            Hosts::One(address) | Hosts::Within(address, _) => address.is_ipv4(),
        };
        (reach.transport, v4)
    });
    let kinds = served.chain(reached).flat_map(|(transport, v4)| {
        let transport = match transport {
            Transport::Tcp => void::Transport::Tcp,
            Transport::Udp => void::Transport::Udp,
        };
        [v4.then_some(void::Family::V4), Some(void::Family::V6)]
            .into_iter()
            .flatten()
            .map(move |family| void::SocketKind { family, transport })
    });
    kinds.collect()
}
