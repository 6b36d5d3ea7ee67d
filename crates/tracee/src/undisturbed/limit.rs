//! For how long a call waits, and with what it comes back then: of those calls that begin their time anew when they are made again.
use crate::inside::memory;
use kernel::{AUDIT_I386, AUDIT_X86_64, Abi, Errno, FailedCall};
use rustix::process::Pid;
use std::time::Duration;

/// What a call is given for its time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub(super) length: Duration,
    /// The error with which it comes back when that is over; with 0, having found nothing, if there is none.
    pub(super) error: Option<Errno>,
}

/// Where a call has its limit: with the place of an argument.
#[derive(Clone, Copy, Debug)]
enum Place {
    Milliseconds(usize),
    /// At the address of a `__kernel_timespec`.
    Timespec(usize),
    /// At that of an `old_timespec32`.
    NarrowTimespec(usize),
    /// At that of an `io_uring_getevents_arg`, if the flags say so.
    Ring,
}

use Place::{Milliseconds, NarrowTimespec, Ring, Timespec};

type Limited = (u64, Place, Option<Errno>);

/// Without sockets (`SO_RCVTIMEO`, `SO_SNDTIMEO`): to ask one for its limit a descriptor of it has to be taken, which may change
/// to whose traffic it counts (cgroup v1).
const X86_64: [Limited; 7] = [
    (232, Milliseconds(3), None),           // epoll_wait
    (281, Milliseconds(3), None),           // epoll_pwait
    (441, Timespec(3), None),               // epoll_pwait2
    (208, Timespec(4), None),               // io_getevents
    (128, Timespec(2), Some(Errno::AGAIN)), // rt_sigtimedwait
    (220, Timespec(3), Some(Errno::AGAIN)), // semtimedop
    (426, Ring, Some(Errno::TIME)),         // io_uring_enter
];

const I386: [Limited; 8] = [
    (256, Milliseconds(3), None),                 // epoll_wait
    (319, Milliseconds(3), None),                 // epoll_pwait
    (441, Timespec(3), None),                     // epoll_pwait2
    (247, NarrowTimespec(4), None),               // io_getevents
    (177, NarrowTimespec(2), Some(Errno::AGAIN)), // rt_sigtimedwait
    (421, Timespec(2), Some(Errno::AGAIN)),       // rt_sigtimedwait_time64
    (420, Timespec(3), Some(Errno::AGAIN)),       // semtimedop_time64
    (426, Ring, Some(Errno::TIME)),               // io_uring_enter
];

/// Whether the call of this number, of whichever architecture, may have a limit.
pub(super) fn may_have(number: u64) -> bool {
    let all = X86_64.iter().chain(&I386);
    cfg!(target_arch = "x86_64") && all.clone().any(|(limited, ..)| *limited == number)
}

impl Limit {
    /// That of a call, if it has one. Memory may keep who reads it waiting, or be changed meanwhile: its time is the program's own.
    pub(super) fn of(thread: Pid, architecture: u32, call: FailedCall) -> Option<Self> {
        let calls: &[Limited] = match (architecture, call.abi) {
            (AUDIT_X86_64, Abi::X86_64) => &X86_64,
            (AUDIT_I386, Abi::I386) => &I386,
            _ => return None,
        };
        let (_, place, error) = calls.iter().find(|(number, ..)| *number == call.number)?;
        let argument = |place: usize| call.arguments.get(place).copied();
        let length = match *place {
            Milliseconds(place) => milliseconds(argument(place)?),
            Timespec(place) => timespec(thread, argument(place)?),
            NarrowTimespec(place) => narrow_timespec(thread, argument(place)?),
            Ring => timespec(thread, in_ring(thread, call)?),
        };
        Some(Self {
            length: length?,
            error: *error,
        })
    }
}

/// An `int`; a negative one is no limit.
fn milliseconds(argument: u64) -> Option<Duration> {
    let number = u32::try_from(argument & u64::from(u32::MAX)).ok()?;
    let number = u64::try_from(number.cast_signed()).ok()?;
    Some(Duration::from_millis(number))
}

fn timespec(thread: Pid, address: u64) -> Option<Duration> {
    let [seconds, nanoseconds] = words(thread, address)?;
    time(seconds, u32::try_from(nanoseconds).ok()?)
}

fn narrow_timespec(thread: Pid, address: u64) -> Option<Duration> {
    let [word] = words(thread, address)?;
    let half = |shift: u32| u32::try_from(word >> shift & u64::from(u32::MAX)).ok();
    time(half(0)?.into(), half(32)?)
}

/// The kernel takes no second for more than it is.
fn time(seconds: u64, nanoseconds: u32) -> Option<Duration> {
    let seconds = (nanoseconds < 1_000_000_000).then_some(seconds)?;
    Some(Duration::new(seconds, nanoseconds))
}

/// Where io_uring_enter(2) has its `struct __kernel_timespec`.
fn in_ring(thread: Pid, call: FailedCall) -> Option<u64> {
    /// `IORING_ENTER_EXT_ARG`: there is such a structure.
    const THERE: u64 = 1 << 3;
    /// `IORING_ENTER_ABS_TIMER`: it has a time instead, as which it goes on.
    const TIME: u64 = 1 << 5;
    /// `IORING_ENTER_EXT_ARG_REG`: it is elsewhere.
    const ELSEWHERE: u64 = 1 << 6;
    let [_, _, _, flags, address, _] = call.arguments;
    (flags & (THERE | TIME | ELSEWHERE) == THERE).then_some(())?;
    let [_mask, _size, place] = words(thread, address)?;
    Some(place)
}

fn words<const COUNT: usize>(thread: Pid, address: u64) -> Option<[u64; COUNT]> {
    let length = COUNT.checked_mul(size_of::<u64>())?;
    let bytes = (address != 0).then(|| memory::read_patiently(thread, address, length));
    let bytes = bytes?.ok()?;
    let mut words = [0; COUNT];
    for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(size_of::<u64>())) {
        *word = u64::from_ne_bytes(bytes.try_into().ok()?);
    }
    Some(words)
}

#[cfg(test)]
#[cfg(target_arch = "x86_64")]
mod tests {
    use super::*;

    fn limit(
        architecture: u32,
        number: u64,
        arguments: [u64; 6],
    ) -> Option<(Duration, Option<Errno>)> {
        let abi = match architecture {
            AUDIT_I386 => Abi::I386,
            _ => Abi::X86_64,
        };
        let call = FailedCall {
            number,
            arguments,
            errno: 4,
            abi,
        };
        let limit = Limit::of(rustix::process::getpid(), architecture, call);
        limit.map(|limit| (limit.length, limit.error))
    }

    fn wide(name: &str, arguments: [u64; 6]) -> Option<(Duration, Option<Errno>)> {
        let number = u64::from(kernel::syscall_number(name).unwrap());
        assert!(may_have(number), "{name}");
        limit(AUDIT_X86_64, number, arguments)
    }

    fn address<T>(of: &T) -> u64 {
        std::ptr::from_ref(of).addr() as u64
    }

    #[test]
    fn a_limit_in_a_register_is_a_number_of_milliseconds() {
        // The kernel looks at the lower half.
        let (some, above) = (1500, 7 << 32);
        for (given, length) in [
            (0, Some(0)),
            (some | above, Some(some)),
            (0xffff_ffff, None),
        ] {
            let expected = length.map(|length| (Duration::from_millis(length), None));
            let arguments = [0, 0, 0, given, 0, 0];
            assert_eq!(wide("epoll_wait", arguments), expected);
            assert_eq!(wide("epoll_pwait", arguments), expected);
            assert_eq!(limit(AUDIT_I386, 256, arguments), expected);
        }
    }

    #[test]
    fn a_limit_in_memory_is_read() {
        let time = [2u64, 500_000_000];
        let at = address(&time);
        let length = Duration::from_millis(2500);
        let all = [
            ("epoll_pwait2", [0, 0, 0, at, 0, 0], None),
            ("io_getevents", [0, 0, 0, 0, at, 0], None),
            ("rt_sigtimedwait", [0, 0, at, 0, 0, 0], Some(Errno::AGAIN)),
            ("semtimedop", [0, 0, 0, at, 0, 0], Some(Errno::AGAIN)),
        ];
        for (name, arguments, error) in all {
            assert_eq!(wide(name, arguments), Some((length, error)), "{name}");
            assert_eq!(wide(name, [0; 6]), None, "{name}");
            assert_eq!(wide(name, [8; 6]), None, "{name}");
        }
        let narrow = [2u32, 500_000_000];
        let arguments = [0, 0, address(&narrow), 0, 0, 0];
        let expected = Some((length, Some(Errno::AGAIN)));
        assert_eq!(limit(AUDIT_I386, 177, arguments), expected);
        let senseless = [u64::MAX, 1_000_000_000];
        let arguments = [0, 0, 0, address(&senseless), 0, 0];
        assert_eq!(wide("semtimedop", arguments), None);
    }

    #[test]
    fn a_ring_has_its_limit_two_steps_away() {
        let time = [0u64, 20_000_000];
        let argument = [0u64, 8, address(&time)];
        let enter = |flags| wide("io_uring_enter", [3, 0, 1, flags, address(&argument), 24]);
        let expected = Some((Duration::from_millis(20), Some(Errno::TIME)));
        assert_eq!(enter(0b1001), expected);
        for without in [0b1, 0b10_1001, 0b100_1001] {
            assert_eq!(enter(without), None);
        }
    }

    #[test]
    fn other_calls_have_none() {
        assert_eq!(limit(AUDIT_X86_64, 45, [1; 6]), None);
        assert!(!may_have(45));
        // As 64-bit code makes it its arguments are elsewhere.
        let call = FailedCall {
            number: 256,
            arguments: [9; 6],
            errno: 4,
            abi: Abi::X86_64,
        };
        let found = Limit::of(rustix::process::getpid(), AUDIT_I386, call);
        assert!(found.is_none());
    }
}
