//! Which system call a thread has stopped at (`PTRACE_GET_SYSCALL_INFO`, Linux 5.3).
use crate::check::check;
use crate::ptrace::Traced;
use crate::registers::Abi;
use rustix::io::Errno;

/// Where in a system call a thread has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyscallStop {
    /// Not at one.
    Elsewhere {
        /// The calls of which architecture it makes (`AUDIT_ARCH_*`).
        architecture: u32,
    },
    /// Where it begins.
    Entry {
        /// Of which architecture the number is (`AUDIT_ARCH_*`).
        architecture: u32,
        /// Its number.
        number: u64,
        /// Its arguments.
        arguments: [u64; 6],
    },
    /// Where it ends.
    Exit {
        /// As above.
        architecture: u32,
        /// The errno, if it is one.
        failed: Option<Errno>,
    },
}

/// `ptrace_syscall_info`; what follows the addresses depends on `op`.
#[repr(C)]
#[derive(Default)]
struct Info {
    op: u8,
    _pad: [u8; 3],
    architecture: u32,
    _instruction: u64,
    _stack: u64,
    rest: [u64; 8],
}

const _: () = assert!(size_of::<Info>() == 88);

impl Traced {
    /// Where it has stopped. `EIO` from a kernel that does not know the request.
    pub fn syscall_stop(self) -> Result<SyscallStop, Errno> {
        let mut info = Info::default();
        // SAFETY: the kernel writes at most the length that is given, which is that of `info`, of integers only.
        check(unsafe {
            libc::ptrace(
                libc::PTRACE_GET_SYSCALL_INFO,
                self.thread().as_raw_pid(),
                size_of::<Info>(),
                &raw mut info,
            )
        })?;
        Ok(info.decode())
    }

    /// Whether it has stopped where this very call begins, by these rules.
    pub fn is_making(self, abi: Abi, number: u32, arguments: [u64; 6]) -> bool {
        let mask = match abi.pointer() {
            4 => u64::from(u32::MAX),
            _ => u64::MAX,
        };
        let asked = arguments.map(|argument| argument & mask);
        matches!(self.syscall_stop(), Ok(SyscallStop::Entry { architecture, number: made, arguments })
            if architecture == abi.architecture() && made == number.into() && arguments == asked)
    }

    /// Whether it has stopped where a system call begins.
    pub fn is_entering(self) -> bool {
        matches!(self.syscall_stop(), Ok(SyscallStop::Entry { .. }))
    }
}

impl Info {
    fn decode(&self) -> SyscallStop {
        let architecture = self.architecture;
        let [first, arguments @ .., _] = self.rest;
        match self.op {
            libc::PTRACE_SYSCALL_INFO_ENTRY | libc::PTRACE_SYSCALL_INFO_SECCOMP => {
                SyscallStop::Entry {
                    architecture,
                    number: first,
                    arguments,
                }
            }
            libc::PTRACE_SYSCALL_INFO_EXIT => {
                // The value, and in the byte behind it whether it is an error.
                let value = i32::try_from(first.cast_signed().wrapping_neg()).unwrap_or(0);
                let error = arguments[0].to_ne_bytes()[0] != 0;
                SyscallStop::Exit {
                    architecture,
                    failed: error.then(|| Errno::from_raw_os_error(value)),
                }
            }
            _ => SyscallStop::Elsewhere { architecture },
        }
    }
}

/// `AUDIT_ARCH_X86_64`, audit(8): also that of x32, whose numbers have bit 30 set.
pub const AUDIT_X86_64: u32 = 0xc000_003e;
/// `AUDIT_ARCH_I386`.
pub const AUDIT_I386: u32 = 0x4000_0003;
/// `AUDIT_ARCH_AARCH64`.
pub const AUDIT_AARCH64: u32 = 0xc000_00b7;
