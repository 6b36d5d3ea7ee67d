//! Whether there may be processes that nobody has told us of. A clone can withhold its child from us, but not that it takes
//! a number: the kernel gives them out in turn.
//!
//! To look for such children at every end of a process would cost several times what all else about that does.
use rustix::fs::{Mode, OFlags};
use rustix::process::Pid;
use std::os::fd::OwnedFd;

/// The number that was given out last, in the pid namespace of whoever reads it (pid_namespaces(7)).
const LAST: &str = "/proc/sys/kernel/ns_last_pid";

/// A count of the numbers that are given out.
#[derive(Debug)]
pub(crate) struct Census {
    /// None where the kernel does not have it (`CONFIG_CHECKPOINT_RESTORE`), or it is hidden.
    file: Option<OwnedFd>,
    last: Option<i32>,
    told: Vec<i32>,
}

impl Census {
    pub(crate) fn new() -> Self {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let mut census = Self {
            file: rustix::fs::open(LAST, flags, Mode::empty()).ok(),
            last: None,
            told: Vec::new(),
        };
        census.last = census.read();
        census
    }

    /// We have been told of a new process or thread.
    pub(crate) fn tell(&mut self, new: Pid) {
        self.told.push(new.as_raw_pid());
    }

    /// Whether numbers have been given out, since this was last asked, to others than those that we were told of: to
    /// anybody on the machine. If it is not known it may be so.
    pub(crate) fn is_short(&mut self) -> bool {
        let last = self.read();
        let before = std::mem::replace(&mut self.last, last);
        let told = self.told.drain(..);
        match (before, last) {
            (Some(before), Some(last)) => !are_all(before, last, told),
            _ => true,
        }
    }

    fn read(&self) -> Option<i32> {
        let mut text = [0; 16];
        let length = rustix::io::pread(self.file.as_ref()?, &mut text, 0).ok()?;
        std::str::from_utf8(text.get(..length)?)
            .ok()?
            .trim()
            .parse()
            .ok()
    }
}

/// Whether the numbers from behind `before` up to `last` are all told; not if they have begun anew meanwhile.
fn are_all(before: i32, last: i32, told: impl Iterator<Item = i32>) -> bool {
    let among = told
        .filter(|number| before < *number && *number <= last)
        .count();
    let given = last
        .checked_sub(before)
        .and_then(|given| usize::try_from(given).ok());
    given == Some(among)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_nobody_told_of_is_missed() {
        for (before, last, told, all) in [
            (10, 10, vec![], true),
            (10, 12, vec![12, 11], true),
            (10, 12, vec![12], false),
            (10, 11, vec![], false),
            // One that was told late.
            (10, 11, vec![9, 11], true),
            (10, 11, vec![9], false),
            // They begin anew.
            (32767, 301, vec![300, 301], false),
        ] {
            assert_eq!(
                are_all(before, last, told.into_iter()),
                all,
                "{before} {last}"
            );
        }
    }

    #[test]
    fn what_is_not_known_may_be_so() {
        let mut census = Census {
            file: None,
            last: None,
            told: Vec::new(),
        };
        assert!(census.is_short() && census.is_short());
    }

    #[test]
    fn a_process_of_another_is_missed() {
        let mut census = Census::new();
        std::process::Command::new("/bin/true").status().unwrap();
        assert!(census.is_short());
    }
}
