//! Children for the tests. Their closures make only system calls, on memory that is ready, and take no lock: that is what
//! the crate asks of them, and why what is `unsafe` there is not here. They cannot panic, so they answer in exit codes.
use clone3::{Child, Clone3, How, Namespaces, OwnMemory, SharedMemory, Stack};
use rustix::pipe::{PipeFlags, pipe_with};
use std::io;
use std::os::fd::OwnedFd;

/// What a child answers if it could not do what the test is about.
pub const FAILED: u8 = 255;

pub fn fork<M: OwnMemory, T>(
    clone: &Clone3<'_, M, T>,
    child: impl FnOnce() -> u8,
) -> io::Result<Child> {
    // SAFETY: as this file's head says.
    unsafe { clone.fork(child) }
}

pub fn vfork<T>(
    clone: &Clone3<'_, SharedMemory, T>,
    stack: &mut Stack,
    child: impl FnOnce() -> u8,
) -> io::Result<Child> {
    // SAFETY: as this file's head says; what they capture, they borrow.
    unsafe { clone.vfork(stack, child) }
}

/// What a child of this answers.
pub fn answer<M: OwnMemory, T>(clone: &Clone3<'_, M, T>, child: impl FnOnce() -> u8) -> How {
    fork(clone, child)
        .and_then(|child| child.wait())
        .map(|ended| ended.how)
        .expect("a child that ends")
}

/// As [`answer`], for a child of a child, who cannot panic: the code alone.
pub fn code<M: OwnMemory, T>(clone: &Clone3<'_, M, T>, child: impl FnOnce() -> u8) -> u8 {
    fork(clone, child).map_or(FAILED, |child| code_of(&child))
}

/// The code that it exits with.
pub fn code_of(child: &Child) -> u8 {
    match child.wait().map(|ended| ended.how) {
        Ok(How::Exited(code)) => u8::try_from(code).unwrap_or(FAILED),
        _ => FAILED,
    }
}

/// A test in a process of its own, with ids and capabilities of its own and no rights beyond that.
pub fn alone(test: impl FnOnce() -> u8) -> How {
    answer(&Clone3::new().namespaces(Namespaces::USER), test)
}

/// A child that waits until the test lets it go on, and is killed with the test.
pub struct Held {
    pub child: Child,
    gate: OwnedFd,
}

impl Held {
    pub fn start<M: OwnMemory, T>(clone: &Clone3<'_, M, T>, then: impl FnOnce() -> u8) -> Self {
        let (wait, gate) = pipe_with(PipeFlags::CLOEXEC).expect("a pipe");
        let child = fork(clone, || match rustix::io::read(&wait, &mut [0u8; 1]) {
            Ok(1) => then(),
            _ => FAILED,
        });
        Self {
            child: child.expect("a child"),
            gate,
        }
    }

    pub fn release(&self) {
        rustix::io::write(&self.gate, b"!").expect("room in a pipe");
    }

    /// A file of its directory in /proc.
    pub fn proc(&self, file: &str) -> String {
        format!("/proc/{}/{file}", self.child.pid().as_raw_pid())
    }

    /// A line of its /proc/PID/status.
    pub fn status(&self, name: &str) -> String {
        status(self.child.pid().as_raw_pid(), name)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.child.signal(libc::SIGKILL);
        let _ = self.child.wait();
    }
}

/// A line of /proc/PID/status.
pub fn status(pid: i32, name: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .expect("a line of that name")
        .trim()
        .to_owned()
}

/// Until it holds, for what happens soon but at no set moment.
pub fn eventually(mut holds: impl FnMut() -> bool) -> bool {
    (0..500).any(|_| {
        let done = holds();
        if !done {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        done
    })
}
