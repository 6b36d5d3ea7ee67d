//! Programs that could not be executed, for which the kernel has no event: they are seen at the two ends of the system
//! call, where every call of every thread has to stop.
use crate::machine::Kind;
use kernel::{AUDIT_AARCH64, AUDIT_I386, AUDIT_X86_64, SyscallStop, Traced};
use rustix::process::Pid;
use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt;

/// The longest path that the kernel takes (`PATH_MAX`).
const LONGEST: usize = 4096;
/// No read crosses the border of a page, behind which there may be nothing.
const PAGE: usize = 4096;

/// Threads that are executing a program, with the path.
#[derive(Debug, Default)]
pub(crate) struct Calls(HashMap<Pid, Vec<u8>>);

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
                if let Some(address) = argument.and_then(|argument| arguments.get(argument)) {
                    let path = path_at(thread.thread(), *address);
                    self.0.insert(thread.thread(), path);
                }
                Kind::Idle
            }
            Ok(SyscallStop::Exit { failed }) => {
                let path = self.0.remove(&thread.thread());
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
        if !self.0.is_empty() {
            self.0.remove(&thread);
        }
    }
}

/// Which argument of a system call is the path of a program to execute, if it is such a call: execve(2) or execveat(2).
fn path_argument(architecture: u32, number: u64) -> Option<usize> {
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

/// The C string in a thread's memory, as far as it can be read.
fn path_at(thread: Pid, address: u64) -> Vec<u8> {
    let mut path = Vec::new();
    let Ok(memory) = File::open(format!("/proc/{}/mem", thread.as_raw_pid())) else {
        return path;
    };
    while path.len() < LONGEST {
        let place = address.wrapping_add(path.len() as u64);
        let mut page = [0; PAGE];
        let behind_border = usize::try_from(place).unwrap_or(0) % PAGE;
        let (up_to_border, _) = page.split_at_mut(PAGE.saturating_sub(behind_border));
        let Ok(length @ 1..) = memory.read_at(up_to_border, place) else {
            return path;
        };
        let text = up_to_border.iter().take(length);
        path.extend(text.take_while(|byte| **byte != 0));
        if up_to_border.iter().take(length).any(|byte| *byte == 0) {
            return path;
        }
    }
    path
}
