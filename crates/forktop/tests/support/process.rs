//! Processes by their numbers: what the kernel tells of them, and signals to them.
use super::succeed;
use std::fmt::Display;
use std::process::Command;

/// The children of a process's first thread, those that have ended too; none of a process that is gone.
pub fn children(process: impl Display) -> Vec<u32> {
    let text = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    let text = text.unwrap_or_default();
    text.split_whitespace()
        .map(|it| it.parse().unwrap())
        .collect()
}

/// Its command line; empty of a process that is gone.
pub fn words(process: impl Display) -> String {
    let words = std::fs::read(format!("/proc/{process}/cmdline"));
    String::from_utf8_lossy(&words.unwrap_or_default()).replace('\0', " ")
}

/// A thread of the kernel's, where one is to be seen: in a PID namespace of its own nobody sees any.
pub fn kernel_thread() -> Option<u32> {
    const PF_KTHREAD: u64 = 0x0020_0000;
    let stat = std::fs::read_to_string("/proc/2/stat").ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let flags: u64 = fields.split(' ').nth(6)?.parse().ok()?;
    (flags & PF_KTHREAD != 0).then_some(2)
}

/// The state of a process, as the kernel words it; `None` if it is gone.
pub fn state(process: u32) -> Option<String> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let state = status
        .lines()
        .find_map(|line| line.strip_prefix("State:"))?;
    Some(state.trim().to_owned())
}

/// Whether it has ended, waited for or not.
pub fn is_over(process: u32) -> bool {
    state(process).is_none_or(|it| it.starts_with('Z'))
}

/// Whether somebody traces it; it must be there.
pub fn is_traced(process: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    !status.contains("TracerPid:\t0\n")
}

/// How many descriptors and threads it has.
pub fn size(process: impl Display) -> [usize; 2] {
    ["fd", "task"].map(|name| {
        let all = std::fs::read_dir(format!("/proc/{process}/{name}"));
        all.unwrap().count()
    })
}

/// Sends a signal, as kill(1) names it.
pub fn send(process: u32, signal: &str) {
    succeed(Command::new("kill").args(["-s", signal, &process.to_string()]));
}
