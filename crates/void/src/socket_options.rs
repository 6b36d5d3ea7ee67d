//! The options that a program may set on sockets where some of them belong to the launcher's network (socket(7), ip(7),
//! ipv6(7), tcp(7), udp(7), netlink(7)). Left out is what leads a socket to an interface, a route, a group or a mark of
//! the host's (`SO_BINDTODEVICE`, `SO_MARK`, `IP_OPTIONS`, `IP_TRANSPARENT`, `IP_ADD_MEMBERSHIP`, `IPV6_RTHDR` …), what
//! turns it into another kind (`TCP_ULP`, `UDP_ENCAP`, `IPV6_ADDRFORM`, `TCP_REPAIR`), and what connects without a call that
//! names an address (`TCP_FASTOPEN_CONNECT`).
use crate::filter::{allow, is, one_of};
use kernel::Rule;

/// A level, and its options. The numbers are the same on every architecture that has a filter here.
const ALLOWED: &[(u32, &[u32])] = &[
    (
        1, // SOL_SOCKET
        &[
            2,  // SO_REUSEADDR
            6,  // SO_BROADCAST
            7,  // SO_SNDBUF
            8,  // SO_RCVBUF
            9,  // SO_KEEPALIVE
            10, // SO_OOBINLINE
            12, // SO_PRIORITY
            13, // SO_LINGER
            15, // SO_REUSEPORT
            16, // SO_PASSCRED
            18, // SO_RCVLOWAT
            20, // SO_RCVTIMEO
            21, // SO_SNDTIMEO
            29, // SO_TIMESTAMP
            35, // SO_TIMESTAMPNS
            40, // SO_RXQ_OVFL
            42, // SO_PEEK_OFF
            46, // SO_BUSY_POLL
            49, // SO_INCOMING_CPU
            63, // SO_TIMESTAMP_NEW
            64, // SO_TIMESTAMPNS_NEW
            66, // SO_RCVTIMEO_NEW
            67, // SO_SNDTIMEO_NEW
        ],
    ),
    (
        0, // IPPROTO_IP
        &[
            1,  // IP_TOS
            2,  // IP_TTL
            6,  // IP_RECVOPTS
            7,  // IP_RETOPTS, as an option: to receive them
            8,  // IP_PKTINFO
            10, // IP_MTU_DISCOVER
            11, // IP_RECVERR
            12, // IP_RECVTTL
            13, // IP_RECVTOS
            15, // IP_FREEBIND
            20, // IP_RECVORIGDSTADDR
            21, // IP_MINTTL
            24, // IP_BIND_ADDRESS_NO_PORT
            26, // IP_RECVERR_RFC4884
        ],
    ),
    (
        41, // IPPROTO_IPV6
        &[
            2,  // IPV6_2292PKTINFO
            8,  // IPV6_2292HOPLIMIT
            16, // IPV6_UNICAST_HOPS
            23, // IPV6_MTU_DISCOVER
            25, // IPV6_RECVERR
            26, // IPV6_V6ONLY
            49, // IPV6_RECVPKTINFO
            51, // IPV6_RECVHOPLIMIT
            60, // IPV6_RECVPATHMTU
            62, // IPV6_DONTFRAG
            66, // IPV6_RECVTCLASS
            67, // IPV6_TCLASS
            70, // IPV6_AUTOFLOWLABEL
            73, // IPV6_MINHOPCOUNT
            74, // IPV6_RECVORIGDSTADDR
            78, // IPV6_FREEBIND
        ],
    ),
    (
        6, // IPPROTO_TCP
        &[
            1,  // TCP_NODELAY
            2,  // TCP_MAXSEG
            3,  // TCP_CORK
            4,  // TCP_KEEPIDLE
            5,  // TCP_KEEPINTVL
            6,  // TCP_KEEPCNT
            7,  // TCP_SYNCNT
            8,  // TCP_LINGER2
            9,  // TCP_DEFER_ACCEPT
            10, // TCP_WINDOW_CLAMP
            12, // TCP_QUICKACK
            13, // TCP_CONGESTION
            18, // TCP_USER_TIMEOUT
            23, // TCP_FASTOPEN
            25, // TCP_NOTSENT_LOWAT
            27, // TCP_SAVE_SYN
            36, // TCP_INQ
        ],
    ),
    (
        17, // IPPROTO_UDP
        &[
            1,   // UDP_CORK
            103, // UDP_SEGMENT
            104, // UDP_GRO
        ],
    ),
    (
        270, // SOL_NETLINK
        &[
            1,  // NETLINK_ADD_MEMBERSHIP
            2,  // NETLINK_DROP_MEMBERSHIP
            3,  // NETLINK_PKTINFO
            5,  // NETLINK_NO_ENOBUFS
            10, // NETLINK_CAP_ACK
            11, // NETLINK_EXT_ACK
            12, // NETLINK_GET_STRICT_CHK
        ],
    ),
];

/// The calls of setsockopt(2) that set one of them.
pub(crate) fn allowed() -> Vec<Rule> {
    ALLOWED
        .iter()
        .map(|(level, options)| allow(vec![is(1, *level), one_of(2, options)]))
        .collect()
}
