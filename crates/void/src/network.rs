//! What a void may do with networks. Its own network namespace stays empty, whatever it may; sockets of the launcher's
//! network are made and used by the broker, and the filter has the calls that need it wait.
use crate::filter::{self, EAFNOSUPPORT, REFUSED, allow, bits, is, numbers, one_of, refuse};
use crate::socket_options;
use crate::step::Steps;
use kernel::{
    Condition, Decision, FilterError, INTERFACE_REQUESTS, Operation, Policy, Rule, Slot, Verdict,
    syscall_number,
};
use std::collections::BTreeSet;

const ENODEV: u16 = 19;
const EOPNOTSUPP: u16 = 95;

/// What a void may do with networks: nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Whether the loopback interface of its own network is up.
    pub loopback: bool,
    /// The kinds of sockets that are made in the launcher's network, by the broker.
    pub brokered: BTreeSet<SocketKind>,
    /// The kinds of AF_UNIX sockets that it may make. Where one leads is the broker's to judge.
    pub local: BTreeSet<LocalKind>,
    /// What listens among its descriptors: sockets of the launcher's network.
    pub listeners: Listeners,
    /// Whether every message that may name an address is sent by the broker: where a socket may send to some and not to
    /// others.
    pub judged_sends: bool,
}

/// Sockets of the launcher's network that a void starts with, by what could be done with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Listeners {
    /// There are none.
    #[default]
    None,
    /// Streams and packets of AF_UNIX: the kernel connects neither a listener nor what has been accepted anew. They can be
    /// asked about the launcher's network all the same, and sockets of any kind can come by them from whoever connects.
    Connections,
    /// TCP and UDP, which can be used for other addresses, and datagrams of AF_UNIX, each of which can name a path: sends
    /// must be judged then.
    Others,
}

/// A kind of AF_UNIX socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LocalKind {
    /// `SOCK_STREAM` and `SOCK_SEQPACKET`: they are connected before anything is sent.
    Connections,
    /// `SOCK_DGRAM`: each message can name a path. Sends must be judged then.
    Datagrams,
}

/// A kind of socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SocketKind {
    /// How its addresses look.
    pub family: Family,
    /// How it carries data.
    pub transport: Transport,
}

/// A family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// `AF_INET`
    V4,
    /// `AF_INET6`
    V6,
}

/// What a socket carries data by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// `SOCK_STREAM`
    Tcp,
    /// `SOCK_DGRAM`
    Udp,
    /// `SOCK_DGRAM` with `IPPROTO_ICMP` or `IPPROTO_ICMPV6`: echo requests (icmp(7))
    Icmp,
}

impl Network {
    /// Whether some calls need the broker.
    pub fn needs_broker(&self) -> bool {
        self.listeners != Listeners::None || self.has_addresses()
    }

    /// Whether it has sockets whose addresses, and networks, are to be told from the void's own. Where it has not, fewer
    /// calls wait: a program that keeps even the broker from looking into it (`PR_SET_DUMPABLE`) needs them answered.
    fn has_addresses(&self) -> bool {
        let others = self.listeners == Listeners::Others;
        others || !self.brokered.is_empty() || !self.local.is_empty()
    }

    /// What the program's own filter says of calls on sockets, where some belong to the launcher's network.
    pub(crate) fn judged(&self) -> Vec<(&'static str, Decision)> {
        // They wait, and the broker answers; else nobody could say whose interfaces they are about.
        let interfaces = match (self.has_addresses(), self.listeners) {
            (true, _) => Verdict::Allow,
            (false, Listeners::None) => return Vec::new(),
            (false, _) => Verdict::Refuse(ENODEV),
        };
        let no_fast_open = |flags| {
            let bit = numbers::MSG_FASTOPEN;
            // It connects, to an address in memory.
            let fast_open = Rule {
                conditions: vec![bits(flags, bit, bit)],
                verdict: Verdict::Refuse(EOPNOTSUPP),
            };
            Decision::First(vec![fast_open], Verdict::Allow)
        };
        let mut judged = vec![
            ("getsockopt", all_but_the_peers_process()),
            ("ioctl", Decision::First(ioctls(interfaces), Verdict::Allow)),
            ("sendmmsg", no_fast_open(3)),
            ("sendmsg", no_fast_open(2)),
            ("sendto", no_fast_open(3)),
            (
                "setsockopt",
                Decision::First(socket_options::allowed(), REFUSED),
            ),
        ];
        if self.has_addresses() {
            let sockets = Decision::First(self.sockets(), Verdict::Refuse(EAFNOSUPPORT));
            let pairs = filter::socket_pairs(self.judged_sends);
            judged.extend([("socket", sockets), ("socketpair", pairs)]);
        }
        judged
    }

    /// C libraries ask the kernel for interfaces and addresses too: those of the void's own network.
    fn sockets(&self) -> Vec<Rule> {
        use numbers::{AF_NETLINK, NETLINK_ROUTE, SOCK_DGRAM, SOCK_RAW, SOCK_TYPE_MASK};
        let route = [SOCK_DGRAM, SOCK_RAW].map(|kind| {
            allow(vec![
                is(0, AF_NETLINK),
                bits(1, SOCK_TYPE_MASK, kind),
                is(2, NETLINK_ROUTE),
            ])
        });
        let echo = self
            .brokered
            .iter()
            .filter(|kind| kind.transport == Transport::Icmp)
            .map(|kind| allow(made_by(*kind)));
        let local = self.local.iter().flat_map(|kind| local(*kind));
        let all = filter::sockets().into_iter().chain(route);
        all.chain(echo).chain(local).collect()
    }
}

/// `SO_PEERPIDFD` gives a descriptor of the process at the other end, which is one of the host's.
fn all_but_the_peers_process() -> Decision {
    use numbers::{SO_PEERPIDFD, SOL_SOCKET};
    let peer = refuse(vec![is(1, SOL_SOCKET), is(2, SO_PEERPIDFD)]);
    Decision::First(vec![peer], Verdict::Allow)
}

/// Before the capabilities go.
pub(crate) fn raise_loopback(steps: &mut Steps, network: &Network) {
    if network.loopback {
        steps.always(
            Operation::RaiseLoopback,
            "bring the loopback interface of its own network up",
        );
    }
}

/// After no_new_privs, and while the process is dumpable; when it dies with the shim already, for it waits for the shim.
pub(crate) fn have_calls_wait(
    steps: &mut Steps,
    network: &Network,
    channel: Slot,
    updated: Option<Slot>,
) -> Result<(), FilterError> {
    let filter = waiting_policy(network).compile()?;
    let install = Operation::InstallWaiting {
        filter,
        channel,
        updated,
    };
    steps.always(
        install,
        "have the system calls of its network grants wait for the broker",
    );
    Ok(())
}

/// Which calls wait: those that make a socket of a brokered kind, and those that name an address.
fn waiting_policy(network: &Network) -> Policy {
    let sockets = network.brokered.iter().map(|kind| Rule {
        conditions: made_by(*kind),
        verdict: Verdict::Wait,
    });
    let always = Decision::Always(Verdict::Wait);
    let sends = if network.judged_sends {
        sends_wait()
    } else {
        Vec::new()
    };
    let asked = if network.has_addresses() {
        addresses_are_asked()
    } else {
        Vec::new()
    };
    let calls = [
        ("bind", always.clone()),
        ("connect", always.clone()),
        ("listen", always),
        (
            "setsockopt",
            Decision::First(options_that_wait(), Verdict::Allow),
        ),
        ("socket", Decision::First(sockets.collect(), Verdict::Allow)),
    ];
    let mut calls: Vec<_> = calls
        .into_iter()
        .chain(asked)
        .chain(sends)
        .filter_map(|(name, decision)| Some((syscall_number(name)?, decision)))
        .collect();
    calls.sort_unstable_by_key(|(number, _)| *number);
    Policy {
        calls,
        otherwise: Verdict::Allow,
        foreign: Verdict::Kill,
    }
}

/// Options that would be set behind the broker's back: how long closing waits, which may be the broker's own, of what the
/// program has closed meanwhile; and whether an IPv6 socket is for IPv6 alone, while it is being bound.
fn options_that_wait() -> Vec<Rule> {
    let option = |(level, option): (u32, u32)| Rule {
        conditions: vec![is(1, level), is(2, option)],
        verdict: Verdict::Wait,
    };
    [numbers::LINGER, numbers::V6ONLY].map(option).into()
}

/// What tells of addresses and interfaces.
fn addresses_are_asked() -> Vec<(&'static str, Decision)> {
    let interfaces = Rule {
        conditions: vec![one_of(1, &INTERFACE_REQUESTS)],
        verdict: Verdict::Wait,
    };
    vec![
        ("getsockname", Decision::Always(Verdict::Wait)),
        ("ioctl", Decision::First(vec![interfaces], Verdict::Allow)),
    ]
}

/// What may name an address. Of sendmsg(2) and sendmmsg(2) that cannot be seen here; sendto(2) names none where it has no
/// length, as in send(3).
fn sends_wait() -> Vec<(&'static str, Decision)> {
    const LENGTH: u8 = 5;
    let unnamed = Decision::First(vec![allow(vec![is(LENGTH, 0)])], Verdict::Wait);
    vec![
        ("sendmmsg", Decision::Always(Verdict::Wait)),
        ("sendmsg", Decision::Always(Verdict::Wait)),
        ("sendto", unnamed),
    ]
}

/// Of a socket of the launcher's network, requests about interfaces are about the launcher's.
fn ioctls(interfaces: Verdict) -> Vec<Rule> {
    /// `FIOSETOWN` to `SIOCGSTAMPNS`, `SIOCOUTQNSD`: of the socket itself.
    const OF_THE_SOCKET: [u32; 8] = [
        0x8901, 0x8902, 0x8903, 0x8904, 0x8905, 0x8906, 0x8907, 0x894b,
    ];
    const KIND: u32 = 0xff00;
    vec![
        filter::not_of_others_terminals(),
        allow(vec![one_of(1, &OF_THE_SOCKET)]),
        Rule {
            conditions: vec![one_of(1, &INTERFACE_REQUESTS)],
            verdict: interfaces,
        },
        // linux/sockios.h and, below it, linux/wireless.h
        refuse(vec![bits(1, KIND, 0x8900)]),
        refuse(vec![bits(1, KIND, 0x8b00)]),
    ]
}

/// The arguments of socket(2) for this kind.
fn made_by(kind: SocketKind) -> Vec<Condition> {
    use numbers::{
        AF_INET, AF_INET6, IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM,
        SOCK_STREAM, SOCK_TYPE_MASK,
    };
    let family = match kind.family {
        Family::V4 => AF_INET,
        Family::V6 => AF_INET6,
    };
    let (socket, protocols) = match (kind.transport, kind.family) {
        (Transport::Tcp, _) => (SOCK_STREAM, vec![0, IPPROTO_TCP]),
        (Transport::Udp, _) => (SOCK_DGRAM, vec![0, IPPROTO_UDP]),
        (Transport::Icmp, Family::V4) => (SOCK_DGRAM, vec![IPPROTO_ICMP]),
        (Transport::Icmp, Family::V6) => (SOCK_DGRAM, vec![IPPROTO_ICMPV6]),
    };
    vec![
        is(0, family),
        bits(1, SOCK_TYPE_MASK, socket),
        one_of(2, &protocols),
    ]
}

fn local(kind: LocalKind) -> Vec<Rule> {
    use numbers::{AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM, SOCK_TYPE_MASK};
    let types: &[u32] = match kind {
        LocalKind::Connections => &[SOCK_STREAM, SOCK_SEQPACKET],
        LocalKind::Datagrams => &[SOCK_DGRAM],
    };
    let made = |kind: &u32| allow(vec![is(0, AF_UNIX), bits(1, SOCK_TYPE_MASK, *kind)]);
    types.iter().map(made).collect()
}
