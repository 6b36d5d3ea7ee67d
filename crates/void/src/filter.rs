//! Which system calls a void may make.
//!
//! An allow-list: what is not on it, a later kernel's calls among them, does not exist (`ENOSYS`) or, where it is
//! known and refused, is not permitted (`EPERM`). The first lets a C library fall back, the second tells a person why.
use crate::network::Network;
use kernel::{Condition, Decision, Policy, Rule, Verdict, syscall_number, syscalls};
use std::collections::BTreeSet;

const EPERM: u16 = 1;
const ENOSYS: u16 = 38;
pub(crate) const EAFNOSUPPORT: u16 = 97;
pub(crate) const REFUSED: Verdict = Verdict::Refuse(EPERM);
const ABSENT: Verdict = Verdict::Refuse(ENOSYS);

/// What the default takes away, and a specification may give back. Each reaches something that is not the void's own,
/// or makes something of which the void has been freed.
const GRANTABLE: &[&str] = &[
    // other processes and their memory
    "kcmp",
    "migrate_pages",
    "move_pages",
    "pidfd_getfd",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    // parts of the kernel that programs may program
    "bpf",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "memfd_secret",
    "modify_ldt",
    "perf_event_open",
    "remap_file_pages",
    "userfaultfd",
    // namespaces and mounts
    "chroot",
    "clone3",
    "fsconfig",
    "fsmount",
    "fsopen",
    "fspick",
    "listmount",
    "mount",
    "mount_setattr",
    "move_mount",
    "open_tree",
    "open_tree_attr",
    "pivot_root",
    "setns",
    "statmount",
    "umount2",
    "unshare",
    // files without paths, and who uses them
    "fanotify_init",
    "fanotify_mark",
    "lookup_dcookie",
    "name_to_handle_at",
    "open_by_handle_at",
    "quotactl",
    "quotactl_fd",
    // keys
    "add_key",
    "keyctl",
    "request_key",
    // the machine
    "acct",
    "adjtimex",
    "clock_adjtime",
    "clock_settime",
    "delete_module",
    "finit_module",
    "init_module",
    "ioperm",
    "iopl",
    "kexec_file_load",
    "kexec_load",
    "nfsservctl",
    "personality",
    // signals for when a parent dies: pid 1 is killed by one when the shim is
    "prctl",
    "reboot",
    "setdomainname",
    "sethostname",
    "settimeofday",
    "swapoff",
    "swapon",
    "syslog",
    "vhangup",
];

/// Never, under any grant: leftovers that no program of today makes, and changes by way of inode flags and security
/// modules, which have not been looked into.
const NEVER: &[&str] = &[
    "file_setattr",
    "lsm_set_self_attr",
    "sysfs",
    "uselib",
    "ustat",
];

/// What pid 1 of a void still does: wait, pass signals on, tell, exit.
const OF_INIT: &[&str] = &[
    "exit_group",
    "kill",
    "restart_syscall",
    "rt_sigtimedwait",
    "wait4",
    "write",
];

/// `CLONE_NEW*` as clone(2) and unshare(2) take them; `CLONE_NEWTIME` can only be given to the latter, as its bit is
/// part of clone's exit signal.
const NEW_NAMESPACES: u32 = 0x7e02_0000;
const NEW_TIME: u32 = 0x80;

/// A system call that cannot be granted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a system call that a void can be given")]
pub struct FilterNameError(pub String);

/// Whether a specification may name the system call `name`.
pub fn is_grantable(name: &str) -> bool {
    GRANTABLE.contains(&name)
}

/// What a void's program may do, with the calls of `granted` allowed too, and what `network` needs. `init` says whether its pid 1 is ours.
pub(crate) fn program_policy(
    granted: &BTreeSet<String>,
    network: &Network,
    init: bool,
) -> Result<Policy, FilterNameError> {
    if let Some(unknown) = granted.iter().find(|name| !is_grantable(name)) {
        return Err(FilterNameError(unknown.clone()));
    }
    let mut calls: Vec<_> = syscalls()
        .map(|(_, number)| (number, Decision::Always(Verdict::Allow)))
        .collect();
    calls.sort_unstable_by_key(|(number, _)| *number);
    let refused = GRANTABLE
        .iter()
        .chain(NEVER)
        .map(|name| (*name, Decision::Always(REFUSED)));
    let around_init = if init { around_init() } else { Vec::new() };
    let judged = judged().into_iter().chain(network.judged());
    for (name, decision) in refused.chain(judged).chain(around_init) {
        let place = syscall_number(name).filter(|_| !granted.contains(name));
        let place = place.and_then(|number| {
            calls
                .binary_search_by_key(&number, |(number, _)| *number)
                .ok()
        });
        if let Some(place) = place {
            calls[place].1 = decision;
        }
    }
    Ok(Policy {
        calls,
        otherwise: ABSENT,
        foreign: Verdict::Kill,
    })
}

/// What pid 1 of a void may do; the process is killed if it does anything else, and the void with it.
pub(crate) fn init_policy() -> Policy {
    let mut calls: Vec<_> = OF_INIT
        .iter()
        .filter_map(|name| Some((syscall_number(name)?, Decision::Always(Verdict::Allow))))
        .collect();
    calls.sort_unstable_by_key(|(number, _)| *number);
    Policy {
        calls,
        otherwise: Verdict::Kill,
        foreign: Verdict::Kill,
    }
}

/// Calls that are allowed or refused by their arguments.
fn judged() -> Vec<(&'static str, Decision)> {
    let none_of = |mask| Decision::First(vec![allow(vec![bits(0, mask, 0)])], REFUSED);
    vec![
        // Its flags lie in memory, which can change after a look: C libraries fall back on clone.
        ("clone3", Decision::Always(ABSENT)),
        ("clone", none_of(NEW_NAMESPACES)),
        ("unshare", none_of(NEW_NAMESPACES | NEW_TIME)),
        // What it is, and what it is already.
        (
            "personality",
            Decision::First(vec![allow(vec![one_of(0, &[u32::MAX, 0])])], REFUSED),
        ),
        ("prctl", all_but(0, &[numbers::PR_SET_PDEATHSIG])),
        (
            "ioctl",
            Decision::First(vec![not_of_others_terminals()], Verdict::Allow),
        ),
        (
            "socket",
            Decision::First(sockets(), Verdict::Refuse(EAFNOSUPPORT)),
        ),
        ("socketpair", socket_pairs(false)),
    ]
}

/// Typing, and what a virtual console does.
pub(crate) fn not_of_others_terminals() -> Rule {
    refuse(vec![one_of(1, &[numbers::TIOCSTI, numbers::TIOCLINUX])])
}

/// TCP and UDP, which find nothing in a network namespace that is empty. Other protocols (raw, SCTP, MPTCP …) have ways
/// of their own around what judges TCP and UDP.
pub(crate) fn sockets() -> Vec<Rule> {
    use numbers::{
        AF_INET, AF_INET6, IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM, SOCK_STREAM, SOCK_TYPE_MASK,
    };
    [(SOCK_STREAM, IPPROTO_TCP), (SOCK_DGRAM, IPPROTO_UDP)]
        .into_iter()
        .map(|(kind, protocol)| {
            allow(vec![
                one_of(0, &[AF_INET, AF_INET6]),
                bits(1, SOCK_TYPE_MASK, kind),
                one_of(2, &[0, protocol]),
            ])
        })
        .collect()
}

/// AF_UNIX. Where nobody judges what is sent, without datagrams: either end could send to every socket that lies in a
/// granted folder, and connect to it.
pub(crate) fn socket_pairs(datagrams: bool) -> Decision {
    use numbers::{AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM, SOCK_TYPE_MASK};
    let types = [SOCK_STREAM, SOCK_SEQPACKET].into_iter();
    let types = types.chain(datagrams.then_some(SOCK_DGRAM));
    let made = |kind| allow(vec![is(0, AF_UNIX), bits(1, SOCK_TYPE_MASK, kind)]);
    Decision::First(types.map(made).collect(), Verdict::Refuse(EAFNOSUPPORT))
}

/// Pid 1 has the program's own user, which is enough for these. All else that could reach it asks for more.
fn around_init() -> Vec<(&'static str, Decision)> {
    let not_of_pid_1 = || Decision::First(vec![refuse(vec![is(0, 1)])], Verdict::Allow);
    let of_process =
        |process| Decision::First(vec![refuse(vec![is(0, process), is(1, 1)])], Verdict::Allow);
    vec![
        ("prlimit64", not_of_pid_1()),
        ("sched_setaffinity", not_of_pid_1()),
        ("sched_setattr", not_of_pid_1()),
        ("sched_setparam", not_of_pid_1()),
        ("sched_setscheduler", not_of_pid_1()),
        ("setpriority", of_process(numbers::PRIO_PROCESS)),
        ("ioprio_set", of_process(numbers::IOPRIO_WHO_PROCESS)),
    ]
}

/// Numbers of the kernel's, the same on every architecture that has a filter here.
pub(crate) mod numbers {
    pub(crate) const AF_UNIX: u32 = 1;
    pub(crate) const AF_INET: u32 = 2;
    pub(crate) const AF_INET6: u32 = 10;
    pub(crate) const AF_NETLINK: u32 = 16;
    pub(crate) const IOPRIO_WHO_PROCESS: u32 = 1;
    pub(crate) const IPPROTO_ICMP: u32 = 1;
    pub(crate) const IPPROTO_ICMPV6: u32 = 58;
    pub(crate) const IPPROTO_TCP: u32 = 6;
    pub(crate) const IPPROTO_UDP: u32 = 17;
    /// `SOL_SOCKET`, `SO_LINGER`
    pub(crate) const LINGER: (u32, u32) = (1, 13);
    pub(crate) const MSG_FASTOPEN: u32 = 0x2000_0000;
    pub(crate) const NETLINK_ROUTE: u32 = 0;
    pub(crate) const PRIO_PROCESS: u32 = 0;
    pub(crate) const PR_SET_PDEATHSIG: u32 = 1;
    pub(crate) const SOCK_DGRAM: u32 = 2;
    pub(crate) const SOCK_RAW: u32 = 3;
    pub(crate) const SOCK_SEQPACKET: u32 = 5;
    pub(crate) const SOCK_STREAM: u32 = 1;
    pub(crate) const SOCK_TYPE_MASK: u32 = 0xf;
    pub(crate) const SOL_SOCKET: u32 = 1;
    pub(crate) const SO_PEERPIDFD: u32 = 77;
    pub(crate) const TIOCLINUX: u32 = 0x541c;
    pub(crate) const TIOCSTI: u32 = 0x5412;
    /// `IPPROTO_IPV6`, `IPV6_V6ONLY`
    pub(crate) const V6ONLY: (u32, u32) = (41, 26);
}

pub(crate) fn is(argument: u8, value: u32) -> Condition {
    one_of(argument, &[value])
}

pub(crate) fn one_of(argument: u8, values: &[u32]) -> Condition {
    Condition {
        argument,
        mask: u32::MAX,
        values: values.to_vec(),
    }
}

pub(crate) fn bits(argument: u8, mask: u32, value: u32) -> Condition {
    Condition {
        argument,
        mask,
        values: vec![value],
    }
}

pub(crate) fn allow(conditions: Vec<Condition>) -> Rule {
    Rule {
        conditions,
        verdict: Verdict::Allow,
    }
}

pub(crate) fn refuse(conditions: Vec<Condition>) -> Rule {
    Rule {
        conditions,
        verdict: REFUSED,
    }
}

fn all_but(argument: u8, values: &[u32]) -> Decision {
    Decision::First(vec![refuse(vec![one_of(argument, values)])], Verdict::Allow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_policy_is_a_system_call() {
        let judged: Vec<_> = judged()
            .into_iter()
            .chain(around_init())
            .map(|(name, _)| name)
            .collect();
        for name in [GRANTABLE, OF_INIT, &judged].concat() {
            assert!(syscall_number(name).is_some(), "{name}");
        }
    }

    #[test]
    fn a_grant_lifts_what_the_default_refuses_and_nothing_else() {
        let default = program_policy(&BTreeSet::new(), &Network::default(), true).unwrap();
        let granted = program_policy(
            &BTreeSet::from(["chroot".to_owned()]),
            &Network::default(),
            true,
        )
        .unwrap();
        let both = default.calls.iter().zip(&granted.calls);
        let differ: Vec<_> = both
            .filter(|(was, is)| was != is)
            .map(|(was, _)| was)
            .collect();
        let chroot = syscall_number("chroot").unwrap();
        assert_eq!(differ, [&(chroot, Decision::Always(REFUSED))]);
    }

    #[test]
    fn what_is_allowed_already_or_never_cannot_be_granted() {
        for name in ["socket", "read", "ustat", "no_such_call"] {
            let granted = BTreeSet::from([name.to_owned()]);
            assert_eq!(
                program_policy(&granted, &Network::default(), true),
                Err(FilterNameError(name.to_owned()))
            );
        }
    }
}
