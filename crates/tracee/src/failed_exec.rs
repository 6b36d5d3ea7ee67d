//! Programs that could not be executed, for which the kernel has no event: they are seen at the two ends of the system
//! call, where every call of every thread has to stop.
use crate::distant::Reader;
use crate::machine::Kind;
use kernel::{AUDIT_AARCH64, AUDIT_I386, AUDIT_X86_64, SyscallStop, Traced};
use rustix::process::Pid;
use std::collections::HashMap;

/// Threads that are executing a program, with the path.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    paths: HashMap<Pid, Vec<u8>>,
    reader: Reader,
}

impl Calls {
    /// What a stop at either end of a system call comes to.
    pub(crate) fn stopped(&mut self, thread: Traced) -> Kind {
        match thread.syscall_stop() {
            Ok(SyscallStop::Entry {
                architecture,
                number,
                arguments,
            }) => {
                let argument = path_argument(architecture, number);
                match argument.and_then(|argument| arguments.get(argument)) {
                    Some(address) => {
                        let path = self.reader.string(thread.thread(), *address);
                        self.paths.insert(thread.thread(), path);
                    }
                    // It may not have stopped where the one before ended.
                    None => self.forget(thread.thread()),
                }
                Kind::Idle
            }
            Ok(SyscallStop::Exit { failed, .. }) => {
                let path = self.paths.remove(&thread.thread());
                match failed.zip(path) {
                    Some((errno, path)) => Kind::ExecFailed {
                        errno: errno.raw_os_error(),
                        path,
                    },
                    None => Kind::Idle,
                }
            }
            Ok(SyscallStop::Elsewhere { .. }) | Err(_) => Kind::Idle,
        }
    }

    /// The thread is no more.
    pub(crate) fn forget(&mut self, thread: Pid) {
        if !self.paths.is_empty() {
            self.paths.remove(&thread);
        }
    }
}

/// Which argument of a system call is the path of a program to execute, if it is such a call: execve(2) or execveat(2).
pub(crate) fn path_argument(architecture: u32, number: u64) -> Option<usize> {
    /// x32 has numbers of its own for these.
    const X32: u64 = 0x4000_0000;
    const X32_EXECVE: u64 = X32 + 520;
    const X32_EXECVEAT: u64 = X32 + 545;
    match (architecture, number) {
        (AUDIT_X86_64, 59 | X32_EXECVE) | (AUDIT_I386, 11) | (AUDIT_AARCH64, 221) => Some(0),
        (AUDIT_X86_64, 322 | X32_EXECVEAT) | (AUDIT_I386, 358) | (AUDIT_AARCH64, 281) => Some(1),
        _ => None,
    }
}
