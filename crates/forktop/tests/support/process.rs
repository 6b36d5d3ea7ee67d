//! What the kernel tells of a process, by its number.
use std::fmt::Display;

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
