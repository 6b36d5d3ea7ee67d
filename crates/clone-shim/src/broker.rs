//! The broker: performs for a void those calls on sockets that need the launcher's network, within its grants.
//!
//! A void's own network is empty. Where it has a grant for a kind of socket, those that it makes are made here, in the
//! launcher's network, and handed in; what binds, connects or listens with them is performed here, on copies of the
//! arguments, with the launcher's credentials. Nothing is ever left to the kernel to read again.
mod address;
mod again;
mod connect;
mod destinations;
mod local;
mod message;
mod names;
mod own;
mod ports;
mod send;
mod serve;
mod socket;
mod waiting;

pub use destinations::Addresses;
pub use names::{granted, hosts_file};

use crate::event::Event;
use crate::pump::Awaited;
use address::Address;
use again::{Performed, Unanswered};
use kernel::{Call, Caller, Handed, Hurry, Listener, Network, VoidNamespaces, syscall_number};
use local::OwnFiles;
use names::Names;
use rustix::event::PollFlags;
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use socket::{Socket, low, make};
use specification::application::{self, HostSocketKind, Hosts, Transport};
use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};
use waiting::{Come, Waiting};

/// Attends to the calls of one void.
#[derive(Debug)]
pub struct Broker {
    listener: Listener,
    /// Nothing that it does waits, unless a program has a socket wait behind its back, or again.
    hurry: Option<Hurry>,
    /// Whether all whose calls came here have ended. No other can take their filter on.
    deserted: bool,
    /// The calls that come here, by their numbers.
    calls: Vec<(u32, Asked)>,
    /// The launcher's network.
    host: Network,
    /// Where the void is.
    own: VoidNamespaces,
    grants: application::Network,
    /// The addresses of hosts that are granted by name.
    names: Names,
    /// The sockets of the launcher's network that were bound by a grant last, in this order, by their cookies, which the
    /// kernel never uses twice.
    served: VecDeque<u64>,
    /// Those that it was given bound, by theirs.
    given: BTreeSet<u64>,
    /// The files that AF_UNIX sockets of the void are.
    own_files: OwnFiles,
    /// Calls that a signal interrupted when they had been performed: they come again.
    unanswered: Unanswered,
    /// What the call that is attended to does, if that must not be done twice.
    performed: Option<Performed>,
    /// Until when calls are attended to, in this turn.
    until: Instant,
    /// Calls that are answered later.
    waiting: Vec<(Call, Waiting)>,
    /// A socket of the void's network, to ask for its interfaces.
    asked: Option<OwnedFd>,
    /// Netlink sockets made so far.
    netlink: u32,
    /// What has been told already.
    told: BTreeSet<String>,
}

/// What a program asks of the kernel, and so of the broker.
#[derive(Clone, Copy, Debug)]
enum Asked {
    Bind,
    Connect,
    Interface,
    Listen,
    LocalAddress,
    Option,
    Send,
    SendMessage,
    SendMessages,
    Socket,
}

/// The system calls that come here.
const CALLS: [(&str, Asked); 10] = [
    ("bind", Asked::Bind),
    ("connect", Asked::Connect),
    ("getsockname", Asked::LocalAddress),
    ("ioctl", Asked::Interface),
    ("listen", Asked::Listen),
    ("sendmmsg", Asked::SendMessages),
    ("sendmsg", Asked::SendMessage),
    ("sendto", Asked::Send),
    ("setsockopt", Asked::Option),
    ("socket", Asked::Socket),
];

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
    /// `addresses` are those of the hosts that `grants` name.
    pub fn new(
        handed: Handed,
        grants: application::Network,
        given: BTreeSet<u64>,
        addresses: Addresses,
    ) -> std::io::Result<Self> {
        let here = rustix::net::socket_with(
            AddressFamily::UNIX,
            SocketType::STREAM,
            SocketFlags::CLOEXEC,
            None,
        )?;
        let calls = CALLS.iter();
        let calls = calls.filter_map(|(name, asked)| Some((syscall_number(name)?, *asked)));
        Ok(Self {
            listener: handed.listener,
            hurry: Some(Hurry::new()?),
            deserted: false,
            calls: calls.collect(),
            host: Network::of(here)?,
            own: handed.namespaces,
            grants,
            names: Names::new(addresses, handed.updated),
            served: VecDeque::new(),
            given,
            own_files: OwnFiles::default(),
            unanswered: Unanswered::default(),
            performed: None,
            until: Instant::now(),
            waiting: Vec::new(),
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
        let waiting = self.waiting.iter().map(|(_, waiting)| Awaited {
            fd: waiting.as_fd(),
            flags: PollFlags::OUT,
        });
        let answers = self.names.awaits().map(|fd| Awaited {
            fd,
            flags: PollFlags::IN,
        });
        calls.into_iter().chain(waiting).chain(answers)
    }

    /// When it has something to do, whatever happens.
    pub fn deadline(&self) -> Option<Instant> {
        self.names.deadline()
    }

    /// Attends to what there is, for a while: others have their turn too. Tells what a person may want to know.
    pub fn attend(&mut self, tell: &mut dyn FnMut(Event)) {
        const LONGEST: Duration = Duration::from_millis(5);
        self.names.look_after(Instant::now());
        // The shim comes by for other reasons too, and often.
        let called = self.is_called();
        if !called && self.waiting.is_empty() {
            return;
        }
        let Some(hurry) = self.hurry.take() else {
            return;
        };
        hurry.during(LONGEST, || self.attend_to_some(called, tell));
        self.hurry = Some(hurry);
    }

    fn attend_to_some(&mut self, mut called: bool, tell: &mut dyn FnMut(Event)) {
        const TURN: Duration = Duration::from_millis(2);
        self.until = Instant::now() + TURN;
        self.end_waiting(tell);
        while called {
            self.attend_to_one(tell);
            called = !self.is_late() && self.is_called();
        }
    }

    /// Whether others have their turn now.
    fn is_late(&self) -> bool {
        self.until <= Instant::now()
    }

    fn is_called(&mut self) -> bool {
        let seen = waiting::seen(self.listener.as_fd(), PollFlags::IN);
        self.deserted = seen.contains(PollFlags::HUP);
        seen.contains(PollFlags::IN)
    }

    fn end_waiting(&mut self, tell: &mut dyn FnMut(Event)) {
        let waiting = std::mem::take(&mut self.waiting);
        for (call, waiting) in waiting {
            if !self.listener.is_waiting(call.id) {
                // A signal interrupted it. It comes again, or the program looks after it itself.
                continue;
            }
            match waiting.look() {
                Come::NotYet => self.waiting.push((call, waiting)),
                Come::With(answer) => self.answer(call, answer),
                Come::Anew => self.attend_to(call, tell),
            }
        }
    }

    fn attend_to_one(&mut self, tell: &mut dyn FnMut(Event)) {
        // What has been given up meanwhile needs no answer.
        let Ok(call) = self.listener.receive() else {
            return;
        };
        self.attend_to(call, tell);
    }

    fn attend_to(&mut self, call: Call, tell: &mut dyn FnMut(Event)) {
        self.performed = None;
        match self.perform(&call, tell) {
            Attended::With(answer) => self.answer(call, answer),
            Attended::Already => self.performed = None,
        }
    }

    fn perform(&mut self, call: &Call, tell: &mut dyn FnMut(Event)) -> Attended {
        let asked = self.calls.iter().find(|(number, _)| *number == call.number);
        let Some((_, asked)) = asked.copied() else {
            return Attended::With(Err(Errno::NOSYS));
        };
        if let Asked::Socket = asked {
            return self.make(call);
        }
        let (socket, caller) = match self.socket_of(call) {
            Ok(Some(both)) => both,
            Ok(None) => return Attended::Already,
            Err(errno) => return Attended::With(Err(errno)),
        };
        match asked {
            Asked::Listen => {
                let backlog = low(call.arguments[1]).cast_signed();
                Attended::With(self.listen(&socket, backlog, tell))
            }
            Asked::LocalAddress => self.tell_address(call, &socket, &caller),
            Asked::Interface => self.ask_interface(call, &socket, &caller),
            Asked::Option => self.set_option(call, &socket, &caller),
            Asked::Send => self.send_to(call, socket, &caller, tell),
            Asked::SendMessage => self.send_message(call, socket, &caller, tell),
            Asked::SendMessages => self.send_messages(call, socket, &caller, tell),
            Asked::Bind | Asked::Connect | Asked::Socket => {
                self.go_to_address(asked, call, socket, &caller, tell)
            }
        }
    }

    /// bind(2) and connect(2).
    fn go_to_address(
        &mut self,
        asked: Asked,
        call: &Call,
        socket: Socket,
        caller: &Caller,
        tell: &mut dyn FnMut(Event),
    ) -> Attended {
        let address = match self.address_of(call, caller) {
            Ok(Some(address)) => address,
            Ok(None) => return Attended::Already,
            Err(errno) => return Attended::With(Err(errno)),
        };
        let print = again::print(&socket, &address);
        self.performed = Some(Performed::Known(print));
        if let Some(answer) = self.unanswered.take(call, || print) {
            return Attended::With(answer);
        }
        let is_local = socket.family == AddressFamily::UNIX;
        match (asked, &address) {
            (Asked::Bind, Address::Local(name)) if is_local => {
                self.bind_local(call, &socket, caller, name)
            }
            (_, Address::Local(name)) if is_local => {
                self.connect_local(call, &socket, caller, name, tell)
            }
            (Asked::Bind, _) => self.bind(call, &socket, &address, tell),
            _ => self.connect(call, socket, &address, tell),
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

/// What a void may do whose calls the broker attends to by these grants.
pub fn network_of_the_void(grants: &application::Network) -> void::Network {
    let datagrams = |socket: &application::HostSocket| match socket.kind {
        HostSocketKind::Datagrams => void::LocalKind::Datagrams,
        HostSocketKind::Connections => void::LocalKind::Connections,
    };
    let own = grants.unix.then_some(void::LocalKind::Connections);
    let local: BTreeSet<_> = grants.sockets.iter().map(datagrams).chain(own).collect();
    let mut reach = grants.reach.iter();
    void::Network {
        listeners: void::Listeners::None,
        loopback: grants.loopback,
        brokered: kinds(grants),
        judged_sends: local.contains(&void::LocalKind::Datagrams)
            || reach.any(|reach| reach.transport != Transport::Tcp),
        local,
    }
}

/// The kinds of sockets that the broker makes for these grants. An IPv6 socket can be for IPv4 too.
fn kinds(grants: &application::Network) -> BTreeSet<void::SocketKind> {
    let served = grants
        .serve
        .iter()
        .map(|serve| (serve.transport, serve.host.is_ipv4()));
    let reached = grants.reach.iter().map(|reach| {
        let v4 = match reach.hosts {
            Hosts::Any | Hosts::Named(_) => true,
            Hosts::One(address) | Hosts::Within(address, _) => address.is_ipv4(),
        };
        (reach.transport, v4)
    });
    let kinds = served.chain(reached).flat_map(|(transport, v4)| {
        let transport = match transport {
            Transport::Tcp => void::Transport::Tcp,
            Transport::Udp => void::Transport::Udp,
            Transport::Icmp => void::Transport::Icmp,
        };
        [v4.then_some(void::Family::V4), Some(void::Family::V6)]
            .into_iter()
            .flatten()
            .map(move |family| void::SocketKind { family, transport })
    });
    kinds.collect()
}
