//! Lines of `/proc/net/netlink` and `packet`.
use crate::Socket;

/// `NETLINK_*` by number, as ss(8) has them; gaps are families that no kernel has any more.
const FAMILIES: [&str; 23] = [
    "route",
    "1",
    "usersock",
    "firewall",
    "sock-diag",
    "nflog",
    "xfrm",
    "selinux",
    "iscsi",
    "audit",
    "fib-lookup",
    "connector",
    "netfilter",
    "ip6-firewall",
    "dnrtmsg",
    "kobject-uevent",
    "generic",
    "17",
    "scsi-transport",
    "ecryptfs",
    "rdma",
    "crypto",
    "smc",
];

/// `0000000000000000 15 742 00000002 0 0 0 2 0 1234`: family, port, groups, queues, dump, references, drops, inode.
pub(super) fn netlink(protocol: &'static str, words: &[&str]) -> Option<Socket> {
    let &[_, family, port, _, _, _, _, _, _, inode, ..] = words else {
        return None;
    };
    let number: usize = family.parse().ok()?;
    let family = FAMILIES.get(number).copied().unwrap_or(family);
    socket(protocol, inode, format!("{family}:{port}"))
}

/// `0000000000000000 3 3 0003 2 1 0 0 1234`: references, type, protocol, interface, running, memory, uid, inode.
pub(super) fn packet(protocol: &'static str, words: &[&str]) -> Option<Socket> {
    let &[_, _, _, ethernet, interface, _, _, _, inode, ..] = words else {
        return None;
    };
    socket(protocol, inode, format!("{ethernet}:{interface}"))
}

fn socket(protocol: &'static str, inode: &str, local: String) -> Option<Socket> {
    Some(Socket {
        inode: inode.parse().ok()?,
        protocol: Some(protocol.to_owned()),
        local: Some(local),
        ..Socket::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_netlink_socket_is_told_by_family_and_port() {
        let words = "0000000000000000 0 742 00000002 0 0 0 2 0 1234";
        let socket = netlink("netlink", &words.split(' ').collect::<Vec<_>>()).unwrap();
        assert_eq!(
            (socket.inode, socket.local.as_deref()),
            (1234, Some("route:742"))
        );
        let newer = words.replacen(" 0 ", " 99 ", 1);
        let socket = netlink("netlink", &newer.split(' ').collect::<Vec<_>>()).unwrap();
        assert_eq!(socket.local.as_deref(), Some("99:742"));
    }

    #[test]
    fn headings_are_no_sockets() {
        let heading = "sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode";
        assert_eq!(
            netlink("netlink", &heading.split(' ').collect::<Vec<_>>()),
            None
        );
        let heading = "sk RefCnt Type Proto Iface R Rmem User Inode";
        assert_eq!(
            packet("packet", &heading.split(' ').collect::<Vec<_>>()),
            None
        );
        assert_eq!(packet("packet", &[]), None);
    }
}
