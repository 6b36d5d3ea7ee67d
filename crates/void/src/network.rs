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
    /// What of the launcher's network is among its descriptors.
    pub handed: Handed,
}

/// Sockets of the launcher's network that a void starts with, by what could be done with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Handed {
    /// There are none.
    #[default]
    None,
    /// Streams and packets of AF_UNIX: the kernel connects neither a listener nor what has been accepted anew. They can be
    /// asked about the launcher's network all the same.
    Unix,
    /// TCP and UDP, which can be used for other addresses.
    Internet,
    /// There are datagram sockets of AF_UNIX, which can send to any socket file in a folder that is granted.
    NamingFiles,
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
}

impl Network {
    /// Whether some calls need the broker.
    pub fn needs_broker(&self) -> bool {
        !self.brokered.is_empty() || self.handed >= Handed::Internet
    }

    /// What the program's own filter says of calls on sockets, where some belong to the launcher's network.
    pub(crate) fn judged(&self) -> Vec<(&'static str, Decision)> {
        // They wait, and the broker answers; without one nobody could say whose interfaces they are about.
        let interfaces = match (self.needs_broker(), self.handed) {
            (true, _) => Verdict::Allow,
            (false, Handed::None) => return Vec::new(),
            (false, _) => Verdict::Refuse(ENODEV),
        };
        let [sendto, sendmsg, sendmmsg] = self.sends();
        let mut judged = vec![
            ("getsockopt", all_but_the_peers_process()),
            ("ioctl", Decision::First(ioctls(interfaces), Verdict::Allow)),
            ("sendmmsg", sendmmsg),
            ("sendmsg", sendmsg),
            ("sendto", sendto),
            (
                "setsockopt",
                Decision::First(socket_options::allowed(), REFUSED),
            ),
        ];
        if self.needs_broker() {
            let sockets = Decision::First(sockets(), Verdict::Refuse(EAFNOSUPPORT));
            judged.push(("socket", sockets));
        }
        judged
    }

    /// sendto(2), sendmsg(2) and sendmmsg(2). Where a datagram could name a file, the addresses that lie in memory cannot
    /// be seen here, so these calls are refused; a broker that looks at them could have them wait.
    fn sends(&self) -> [Decision; 3] {
        const ADDRESS_LENGTH: u8 = 5;
        let fast_open = |flags| {
            let bit = numbers::MSG_FASTOPEN;
            // It connects, to an address in memory.
            Rule {
                conditions: vec![bits(flags, bit, bit)],
                verdict: Verdict::Refuse(EOPNOTSUPP),
            }
        };
        let to_nobody_else = allow(vec![is(ADDRESS_LENGTH, 0)]);
        match self.handed {
            Handed::None | Handed::Unix | Handed::Internet => {
                [3, 2, 3].map(|flags| Decision::First(vec![fast_open(flags)], Verdict::Allow))
            }
            Handed::NamingFiles => [
                Decision::First(vec![fast_open(3), to_nobody_else], REFUSED),
                Decision::Always(REFUSED),
                Decision::Always(REFUSED),
            ],
        }
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
) -> Result<(), FilterError> {
    let filter = waiting_policy(network).compile()?;
    steps.always(
        Operation::InstallWaiting { filter, channel },
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
    let calls = [
        ("bind", always.clone()),
        ("connect", always.clone()),
        ("getsockname", always.clone()),
        (
            "ioctl",
            Decision::First(
                vec![Rule {
                    conditions: vec![one_of(1, &INTERFACE_REQUESTS)],
                    verdict: Verdict::Wait,
                }],
                Verdict::Allow,
            ),
        ),
        ("listen", always),
        ("socket", Decision::First(sockets.collect(), Verdict::Allow)),
    ];
    let mut calls: Vec<_> = calls
        .into_iter()
        .filter_map(|(name, decision)| Some((syscall_number(name)?, decision)))
        .collect();
    calls.sort_unstable_by_key(|(number, _)| *number);
    Policy {
        calls,
        otherwise: Verdict::Allow,
        foreign: Verdict::Kill,
    }
}

/// C libraries ask the kernel for interfaces and addresses: those of the void's own network.
fn sockets() -> Vec<Rule> {
    use numbers::{AF_NETLINK, NETLINK_ROUTE, SOCK_DGRAM, SOCK_RAW, SOCK_TYPE_MASK};
    let route = [SOCK_DGRAM, SOCK_RAW].map(|kind| {
        allow(vec![
            is(0, AF_NETLINK),
            bits(1, SOCK_TYPE_MASK, kind),
            is(2, NETLINK_ROUTE),
        ])
    });
    filter::sockets().into_iter().chain(route).collect()
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
        AF_INET, AF_INET6, IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM, SOCK_STREAM, SOCK_TYPE_MASK,
    };
    let family = match kind.family {
        Family::V4 => AF_INET,
        Family::V6 => AF_INET6,
    };
    let (socket, protocol) = match kind.transport {
        Transport::Tcp => (SOCK_STREAM, IPPROTO_TCP),
        Transport::Udp => (SOCK_DGRAM, IPPROTO_UDP),
    };
    vec![
        is(0, family),
        bits(1, SOCK_TYPE_MASK, socket),
        one_of(2, &[0, protocol]),
    ]
}
