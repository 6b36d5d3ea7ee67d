//! Which calls can be made again that come back with `EINTR` when their thread is stopped: those by which nothing has been done then.
use kernel::{AUDIT_I386, AUDIT_X86_64, Abi, FailedCall};
use rustix::fs::{Mode, OFlags};
use rustix::process::Pid;
use std::os::fd::AsRawFd;

/// Whether a call can be made again when it has come back with `EINTR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeatable {
    /// It has done nothing.
    Always,
    /// If what it reads is something of which that is certain.
    IfRead,
    /// If what it sends to is a socket of which that is certain.
    IfSent,
}

/// The calls of an architecture that the kernel ends with `EINTR` itself, where others are started again, and by which
/// nothing has been done then: nothing received, taken, sent or submitted; of some of them depending on what they are of.
/// What may have had an effect is not among them, such as connect(2).
struct Calls {
    always: &'static [u64],
    read: &'static [u64],
    write: &'static [u64],
    /// With the place of the flags among the arguments.
    send: &'static [(u64, usize)],
}

const X86_64: Calls = Calls {
    always: &[
        43, 45, 47, 288,
        299, // accept, recvfrom, recvmsg, accept4, recvmmsg: of a socket with a time limit (SO_RCVTIMEO)
        65, 220, // semop, semtimedop
        128, // rt_sigtimedwait
        208, 426, // io_getevents, io_uring_enter
        232, 281, 441, // epoll_wait, epoll_pwait, epoll_pwait2
    ],
    read: &[0, 19, 327],                 // read, readv, preadv2
    write: &[1, 20, 328],                // write, writev, pwritev2
    send: &[(44, 3), (46, 2), (307, 3)], // sendto, sendmsg, sendmmsg
};

/// Without socketcall(2), which has what matters in memory.
const I386: Calls = Calls {
    always: &[
        364, 371, 372, // accept4, recvfrom, recvmsg
        337, 417, // recvmmsg, with 32 and 64 bits a time
        420, // semtimedop
        177, 421, // rt_sigtimedwait, with 32 and 64 bits a time
        247, 426, // io_getevents, io_uring_enter
        256, 319, 441, // epoll_wait, epoll_pwait, epoll_pwait2
    ],
    read: &[3, 145, 378],                  // read, readv, preadv2
    write: &[4, 146, 379],                 // write, writev, pwritev2
    send: &[(369, 3), (370, 2), (345, 3)], // sendto, sendmsg, sendmmsg
};

/// Of a send(2) that connects first: what went with the request to connect would be sent twice.
const MSG_FASTOPEN: u64 = 0x2000_0000;

pub(super) fn repeatable(architecture: u32, call: FailedCall) -> Option<Repeatable> {
    let (calls, known) = match (architecture, call.abi) {
        (AUDIT_X86_64, Abi::X86_64) => (X86_64, true),
        // The arguments of a call that 64-bit code makes by `int 0x80` are not where `call` has them from.
        (AUDIT_I386, abi) => (I386, abi == Abi::I386),
        _ => return None,
    };
    let number = call.number;
    if calls.always.contains(&number) {
        return Some(Repeatable::Always);
    }
    if !known {
        return None;
    }
    if calls.read.contains(&number) {
        return Some(Repeatable::IfRead);
    }
    if calls.write.contains(&number) {
        return Some(Repeatable::IfSent);
    }
    let (_, place) = calls.send.iter().find(|(send, _)| *send == number)?;
    let flags = call.arguments.get(*place)?;
    (flags & MSG_FASTOPEN == 0).then_some(Repeatable::IfSent)
}

/// Whether an interrupted read(2) of this descriptor has read nothing: of inotify(7), and of a socket with a time limit.
pub(super) fn only_waits_to_read(thread: Pid, descriptor: u64) -> bool {
    let target = target(&link(thread, descriptor));
    target.is_some_and(|target| target == "anon_inode:inotify" || target.starts_with(SOCKET))
}

/// The sockets whose send(2) with a time limit (SO_SNDTIMEO) ends with `EINTR` only if nothing was sent, and with the
/// length of what was otherwise. Of others that is not so: UDP loses what was held back until then (`MSG_MORE`), SCTP may
/// have taken the message, and netlink have given it to some.
const SENT_OR_NOT: [&str; 6] = ["UNIX", "UNIX-STREAM", "TCP", "TCPv6", "MPTCP", "MPTCPv6"];

/// Whether an interrupted write(2) to this descriptor has written nothing: to a socket of [`SENT_OR_NOT`].
pub(super) fn only_waits_to_send(thread: Pid, descriptor: u64) -> bool {
    protocol(&link(thread, descriptor)).is_some_and(|name| SENT_OR_NOT.contains(&name.as_str()))
}

/// The kernel's name for the protocol of a socket. Nothing but a socket is asked: a file could be one that a process
/// serves, which may never answer.
fn protocol(link: &str) -> Option<String> {
    target(link).filter(|target| target.starts_with(SOCKET))?;
    // By then it can be another one. What is held so neither changes nor keeps the socket from being closed.
    let held = rustix::fs::open(link, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let own = format!("/proc/self/fd/{}", held.as_raw_fd());
    target(&own).filter(|target| target.starts_with(SOCKET))?;
    let mut name = [0; 32];
    let length = rustix::fs::getxattr(own, "system.sockprotoname", &mut name).ok()?;
    let name = name.get(..length)?.strip_suffix(b"\0")?;
    String::from_utf8(name.to_vec()).ok()
}

/// How the target of a socket begins, and, as a path begins with a slash, of nothing else.
const SOCKET: &str = "socket:[";

fn link(thread: Pid, descriptor: u64) -> String {
    format!("/proc/{}/fd/{descriptor}", thread.as_raw_pid())
}

fn target(link: &str) -> Option<String> {
    let target = std::fs::read_link(link).ok()?;
    Some(target.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(number: u64, abi: Abi, arguments: [u64; 6]) -> FailedCall {
        FailedCall {
            number,
            arguments,
            errno: 4,
            abi,
        }
    }

    #[cfg(target_arch = "x86_64")]
    fn found(name: &str, arguments: [u64; 6]) -> Option<Repeatable> {
        let number = u64::from(kernel::syscall_number(name).unwrap());
        repeatable(AUDIT_X86_64, call(number, Abi::X86_64, arguments))
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn only_calls_without_an_effect_are_made_again() {
        let always = Some(Repeatable::Always);
        let (read, sent) = (Some(Repeatable::IfRead), Some(Repeatable::IfSent));
        for (expected, names) in [
            (always, "epoll_wait epoll_pwait2 rt_sigtimedwait semtimedop"),
            (always, "accept accept4 recvfrom recvmsg recvmmsg"),
            (read, "read readv preadv2"),
            (sent, "write writev pwritev2 sendto sendmsg sendmmsg"),
            (None, "connect poll nanosleep close wait4 sendfile splice"),
        ] {
            for name in names.split(' ') {
                assert_eq!(found(name, [0; 6]), expected, "{name}");
            }
        }
        // 232 is another call there.
        assert_eq!(repeatable(AUDIT_I386, call(232, Abi::I386, [0; 6])), None);
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn a_send_that_connects_is_not_made_again() {
        let third = [0, 0, MSG_FASTOPEN, 0, 0, 0];
        let fourth = [0, 0, 0, MSG_FASTOPEN | 0x4000, 0, 0];
        for (name, flags, others) in [
            ("sendto", fourth, third),
            ("sendmsg", third, fourth),
            ("sendmmsg", fourth, third),
        ] {
            assert_eq!(found(name, flags), None, "{name}");
            assert_eq!(found(name, others), Some(Repeatable::IfSent), "{name}");
        }
    }

    #[test]
    fn a_call_of_a_descriptor_is_made_again_only_if_it_is_known_of_which() {
        for number in [3, 4, 145, 146, 345, 369, 370, 378, 379] {
            let from = |abi| repeatable(AUDIT_I386, call(number, abi, [0; 6]));
            assert!(from(Abi::I386).is_some(), "{number}");
            assert_eq!(from(Abi::X86_64), None, "{number}");
        }
        let receiving = call(371, Abi::X86_64, [0; 6]);
        assert_eq!(repeatable(AUDIT_I386, receiving), Some(Repeatable::Always));
    }

    #[test]
    fn what_is_not_a_socket_or_may_have_sent_something_is_not_sent_to_again() {
        let again = |descriptor: &dyn AsRawFd| {
            let own = rustix::thread::gettid();
            let descriptor = u64::try_from(descriptor.as_raw_fd()).unwrap();
            only_waits_to_send(own, descriptor)
        };
        let (stream, _peer) = std::os::unix::net::UnixStream::pair().unwrap();
        assert!(again(&stream));
        assert!(again(&std::os::unix::net::UnixDatagram::unbound().unwrap()));
        assert!(again(&std::net::TcpListener::bind("127.0.0.1:0").unwrap()));
        assert!(!again(&std::net::UdpSocket::bind("127.0.0.1:0").unwrap()));
        let (reader, writer) = std::io::pipe().unwrap();
        assert!(!again(&reader) && !again(&writer));
        assert!(!again(&std::fs::File::open("/dev/null").unwrap()));
    }
}
