//! Ways to wait (`tests/tracees/waits.c`), and processes that do.
use crate::support::{self, held, tracee, untraced, wait_until};
use rustix::process::Pid;
use std::io::Read;
use std::path::Path;
use std::process::Child;
use std::time::Duration;
use tracee::{Stopped, Tracer};

/// How long a program waits, in milliseconds.
pub const WAIT: i64 = 1500;
/// A machine that is busy with other tests.
pub const LATE: i64 = 300;

/// A way to wait, and what comes of it.
pub struct Way {
    pub name: &'static str,
    pub result: &'static str,
    pub time: Time,
}

/// What becomes of a call's time when it is interrupted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Time {
    /// What is left of it stays, as the kernel has it.
    Stays,
    /// It stays while the process is followed, and begins anew when it is let go.
    Watched,
    /// It begins anew.
    Anew,
}

use Time::{Anew, Stays, Watched};

pub const fn way(name: &'static str, result: &'static str, time: Time) -> Way {
    Way { name, result, time }
}

pub const WAYS: [Way; 31] = [
    way("nanosleep", "0 -", Stays),
    way("clock_nanosleep", "0 -", Stays),
    way("poll", "0 -", Stays),
    way("ppoll", "0 -", Stays),
    way("select", "0 -", Stays),
    way("futex", "-1 ETIMEDOUT", Stays),
    way("inotify", "0 -", Stays),
    way("epoll_wait", "0 -", Watched),
    way("epoll_pwait", "0 -", Watched),
    way("sigtimedwait", "-1 EAGAIN", Watched),
    way("semtimedop", "-1 EAGAIN", Watched),
    way("recv", "-1 EAGAIN", Anew),
    way("read_socket", "-1 EAGAIN", Anew),
    way("recvmsg", "-1 EAGAIN", Anew),
    way("recvmmsg", "-1 EAGAIN", Anew),
    way("readv", "-1 EAGAIN", Anew),
    way("preadv2", "-1 EAGAIN", Anew),
    way("send", "-1 EAGAIN", Anew),
    way("send_datagram", "-1 EAGAIN", Anew),
    way("send_tcp", "-1 EAGAIN", Anew),
    way("sendmsg", "-1 EAGAIN", Anew),
    way("sendmmsg", "-1 EAGAIN", Anew),
    way("write_socket", "-1 EAGAIN", Anew),
    way("writev", "-1 EAGAIN", Anew),
    way("pwritev2", "-1 EAGAIN", Anew),
    way("accept", "-1 EAGAIN", Anew),
    way("accept4", "-1 EAGAIN", Anew),
    way("epoll_pwait2", "0 -", Watched),
    way("io_getevents", "0 -", Watched),
    way("io_uring_enter", "-1 ETIME", Watched),
    way("semop", "0 -", Stays),
];

/// Starts a program for each way, unfollowed, and lets it come to where it waits.
pub fn waiting() -> Vec<(&'static Way, Child)> {
    start(&tracee("waits.c"), |_| true, WAIT)
}

/// Those ways that `which` says.
pub fn start(
    program: &Path,
    which: impl Fn(&Way) -> bool,
    wait: i64,
) -> Vec<(&'static Way, Child)> {
    let start = |way: &'static Way| (way, untraced(program, &[way.name, &wait.to_string()]));
    let ways = WAYS.iter().filter(|way| which(way));
    let children: Vec<_> = ways.map(start).collect();
    let all_sleep = || children.iter().all(|(_, child)| sleeps(child));
    wait_until("the calls", || lasts(all_sleep));
    children
}

/// Whether it sleeps in a system call that it will not leave by itself for a while: not in one of its beginning.
pub fn is_in_a_call(child: &Child) -> bool {
    lasts(|| sleeps(child))
}

pub fn sleeps(child: &Child) -> bool {
    support::sleeps(pid(child), "waits")
}

pub fn lasts(condition: impl Fn() -> bool) -> bool {
    condition() && {
        std::thread::sleep(Duration::from_millis(20));
        condition()
    }
}

pub fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// What a program said, when it has ended.
pub fn said(mut child: Child) -> (String, i64) {
    let mut text = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    // A tracer that follows it to its end takes that, as it is a child of this thread.
    let _ = child.wait();
    let (result, time) = text.trim().rsplit_once(' ').unwrap();
    (result.to_owned(), time.parse().unwrap())
}

/// Freezes a process of one thread, and gives what holds it.
pub fn freeze(tracer: &mut Tracer, process: Pid) -> Stopped {
    tracer.freeze(process).unwrap();
    held(tracer, "frozen").1
}
