//! What of a stopped thread has to be as it was before, beside its registers: its mask of signals, the signals that wait for
//! it, how its system calls are dispatched, its restartable sequence, and its floating-point and vector registers.
use crate::check::check;
use crate::ptrace::Traced;
use crate::signals::SignalSet;
use rustix::io::Errno;

const PTRACE_GETSIGMASK: libc::c_uint = 0x420a;
const PTRACE_SETSIGMASK: libc::c_uint = 0x420b;
const PTRACE_GET_RSEQ_CONFIGURATION: libc::c_uint = 0x420f;
const PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG: libc::c_uint = 0x4210;
const PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG: libc::c_uint = 0x4211;

/// The set of registers that has all of them: NT_X86_XSTATE, or NT_PRFPREG.
#[cfg(target_arch = "x86_64")]
const VECTORS: usize = 0x202;
#[cfg(not(target_arch = "x86_64"))]
const VECTORS: usize = 2;

/// Which sets are not in their first state (`XSTATE_BV`). One that is can be told to be, or not to be, by any switch to another
/// thread.
#[cfg(target_arch = "x86_64")]
const SETS: std::ops::Range<usize> = 512..520;
#[cfg(not(target_arch = "x86_64"))]
const SETS: std::ops::Range<usize> = 0..0;

/// How the system calls of a thread are dispatched (`PR_SET_SYSCALL_USER_DISPATCH`, prctl(2)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Dispatch {
    /// Whether some of them become signals (`PR_SYS_DISPATCH_ON`).
    mode: u64,
    selector: u64,
    offset: u64,
    length: u64,
}

const _: () = assert!(size_of::<Dispatch>() == 32);

impl Dispatch {
    /// All calls are carried out.
    pub const OFF: Self = Self {
        mode: 0,
        selector: 0,
        offset: 0,
        length: 0,
    };

    /// Whether some become signals.
    pub const fn is_on(self) -> bool {
        self.mode != 0
    }
}

/// Where a thread says in which restartable sequence it is (rseq(2)): `ptrace_rseq_configuration`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
struct Sequence {
    place: u64,
    size: u32,
    _signature: u32,
    _flags: u32,
    _pad: u32,
}

const _: () = assert!(size_of::<Sequence>() == 24);

/// A signal that waits, with all that was sent with it: a `siginfo_t`.
pub type Pending = [u8; 128];

/// `ptrace_peeksiginfo_args`.
#[repr(C)]
struct Peek {
    first: u64,
    flags: u32,
    count: i32,
}

const _: () = assert!(size_of::<Peek>() == 16);

impl Traced {
    /// The signals that it blocks, or, in a call that blocks others meanwhile (as sigsuspend(2)), those that it will
    /// (`PTRACE_GETSIGMASK`, Linux 3.11).
    pub fn mask(self) -> Result<SignalSet, Errno> {
        let mut mask = 0u64;
        self.transfer(PTRACE_GETSIGMASK, &mut mask)?;
        Ok(SignalSet::from_bits(mask))
    }

    /// Has it block these, but for SIGKILL and SIGSTOP (`PTRACE_SETSIGMASK`).
    pub fn set_mask(self, mask: SignalSet) -> Result<(), Errno> {
        let mut mask = mask.bits();
        self.transfer(PTRACE_SETSIGMASK, &mut mask)
    }

    /// How its calls are dispatched (`PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG`, Linux 6.4); before that kernel nobody can
    /// tell, and this is `EIO`.
    pub fn dispatch(self) -> Result<Dispatch, Errno> {
        let mut dispatch = Dispatch::OFF;
        let request = PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG;
        self.transfer(request, &mut dispatch)?;
        Ok(dispatch)
    }

    /// Has its calls be dispatched so (`PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG`).
    pub fn set_dispatch(self, mut dispatch: Dispatch) -> Result<(), Errno> {
        let request = PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG;
        self.transfer(request, &mut dispatch)
    }

    /// The address of its `struct rseq`, if it has one (`PTRACE_GET_RSEQ_CONFIGURATION`, Linux 5.13). `EIO` from a kernel
    /// without.
    pub fn sequence(self) -> Result<Option<u64>, Errno> {
        let mut sequence = Sequence::default();
        let request = PTRACE_GET_RSEQ_CONFIGURATION;
        self.transfer(request, &mut sequence)?;
        // Before Linux 6.3 the size is told of who has none, too.
        Ok((sequence.size != 0 && sequence.place != 0).then_some(sequence.place))
    }

    /// Its floating-point and vector registers, as the kernel lays them out (`PTRACE_GETREGSET`), but for which sets of them
    /// the processor takes for untouched.
    pub fn vectors(self) -> Result<Vec<u8>, Errno> {
        let mut bytes = self.set_of_registers(VECTORS)?;
        if let Some(sets) = bytes.get_mut(SETS) {
            sets.fill(0);
        }
        Ok(bytes)
    }

    /// The first signals that wait for it, or for its process, at most so many (`PTRACE_PEEKSIGINFO`).
    pub fn pending(self, of: Pends, at_most: usize) -> Result<Vec<Pending>, Errno> {
        let mut signals = vec![[0; 128]; at_most];
        let peek = Peek {
            first: 0,
            flags: match of {
                Pends::Thread => 0,
                Pends::Process => 1,
            },
            count: i32::try_from(at_most).map_err(|_| Errno::INVAL)?,
        };
        let pid = self.thread().as_raw_pid();
        // SAFETY: the kernel reads a Peek, and writes at most so many siginfo_t, for which there is room.
        let count = check(unsafe {
            libc::ptrace(
                libc::PTRACE_PEEKSIGINFO,
                pid,
                &raw const peek,
                signals.as_mut_ptr(),
            )
        })?;
        signals.truncate(usize::try_from(count).unwrap_or(0));
        Ok(signals)
    }

    /// A request that reads or writes a value of which the kernel is told the size.
    fn transfer<T: Plain>(self, request: libc::c_uint, value: &mut T) -> Result<(), Errno> {
        let pid = self.thread().as_raw_pid();
        // SAFETY: the kernel reads or writes at most as much as the value takes, and whatever it writes is one.
        check(unsafe { libc::ptrace(request, pid, size_of::<T>(), &raw mut *value) }).map(drop)
    }
}

/// What is made of integers alone, as the kernel lays it out.
trait Plain {}
impl Plain for u64 {}
impl Plain for Dispatch {}
impl Plain for Sequence {}

/// For whom a signal waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pends {
    /// For this thread.
    Thread,
    /// For any thread of its process.
    Process,
}
