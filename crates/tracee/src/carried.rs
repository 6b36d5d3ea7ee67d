//! A program that was carried in, executed once more by itself: busybox's shell runs most of its commands so, by the name
//! /proc/self/exe. Where there is no /proc that leads nowhere, and the call is made into one of the descriptor by which the
//! program was carried in. Nothing else is changed, and the kernel judges the call as that of its caller.
use crate::failed_exec::path_argument;
use crate::inside::Call;
use crate::inside::memory;
use crate::inside::patience::patiently;
use crate::tracer::Tracer;
use kernel::{Errno, SyscallStop, Traced};
use rustix::process::Pid;
use std::collections::HashMap;

/// By what name a program executes itself, and the NUL behind it.
const ITSELF: &[u8] = b"/proc/self/exe\0";

/// execveat(2): the descriptor itself is meant, not a file in it (`AT_EMPTY_PATH`).
const AT_EMPTY_PATH: u64 = 0x1000;

/// Processes in which that is so, with the number of the descriptor: what was carried in, and all that it makes.
#[derive(Debug, Default)]
pub(crate) struct Carried(HashMap<Pid, u64>);

impl Carried {
    pub(crate) fn add(&mut self, process: Pid, descriptor: u64) {
        self.0.insert(process, descriptor);
    }

    pub(crate) fn has(&self, process: Pid) -> bool {
        self.0.contains_key(&process)
    }

    /// A process has made another, or a thread.
    pub(crate) fn inherit(&mut self, creator: Pid, new: Pid) {
        if let Some(descriptor) = self.0.get(&creator).copied() {
            self.0.insert(new, descriptor);
        }
    }

    pub(crate) fn forget(&mut self, process: Pid) {
        if !self.0.is_empty() {
            self.0.remove(&process);
        }
    }
}

impl Tracer {
    /// A thread stands where a call begins or ends: if it is about to execute itself, it does so by its descriptor.
    pub(crate) fn help_to_itself(&self, thread: Pid) {
        if let Some(descriptor) = self.carried.0.get(&thread) {
            // What cannot be helped is refused by the kernel as it would be otherwise.
            let _ = by_descriptor(thread.into(), *descriptor);
        }
    }
}

fn by_descriptor(thread: Traced, descriptor: u64) -> Result<(), Errno> {
    let SyscallStop::Entry {
        architecture,
        number,
        arguments,
    } = thread.syscall_stop()?
    else {
        return Ok(());
    };
    // All calls of it come by here.
    if path_argument(architecture, number) != Some(0) {
        return Ok(());
    }
    let registers = thread.registers()?;
    let abi = registers.abi().ok_or(Errno::NOSYS)?;
    let number_of = |name| Call::new(name).number_in(abi);
    let [path, strings, environment, ..] = arguments;
    if number_of("execve").map(u64::from) != Some(number) || !is_itself(thread.thread(), path)? {
        return Ok(());
    }
    let (instead, end) = (number_of("execveat"), ITSELF.len().saturating_sub(1));
    let empty = path.wrapping_add(u64::try_from(end).unwrap_or_default());
    let arguments = [descriptor, empty, strings, environment, AT_EMPTY_PATH, 0];
    let changed = instead.and_then(|instead| registers.making_instead(instead, arguments));
    thread.set_registers(&changed.ok_or(Errno::NOSYS)?)
}

/// Whether this is the address of the name. The memory can be one that keeps who reads it waiting.
fn is_itself(process: Pid, path: u64) -> Result<bool, Errno> {
    let read = patiently(move || memory::read(process, path, ITSELF.len()));
    match read {
        Ok(name) => Ok(name == ITSELF),
        // It is shorter, and nothing is behind it.
        Err(Errno::IO) => Ok(false),
        Err(errno) => Err(errno),
    }
}
