//! Waking a thread where it sleeps.
//!
//! The kernel wakes a thread on the processor of whoever wakes it, or another, if that seems better to it; and each has a clock
//! of its own for those that run. Who stands on the sleeper's processor wakes it there.
use crate::stat::Stat;
use rustix::process::Pid;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The calling thread, on the processor of another for as long as this lasts.
#[derive(Debug)]
pub(crate) struct Beside {
    /// Where it may run otherwise.
    own: CpuSet,
}

impl Beside {
    /// `None` where it may not run there.
    pub(super) fn of(thread: Pid) -> Option<Self> {
        let processor = Stat::read(thread).ok()?.processor()?;
        let own = sched_getaffinity(None).ok()?;
        let mut there = CpuSet::new();
        (processor < CpuSet::MAX_CPU).then(|| there.set(processor))?;
        sched_setaffinity(None, &there).ok()?;
        Some(Self { own })
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // If it may run there no more the kernel has seen to that itself.
        let _ = sched_setaffinity(None, &self.own);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_lasts_as_long_as_it_is_kept() {
        let own = sched_getaffinity(None).unwrap();
        let beside = Beside::of(rustix::thread::gettid()).unwrap();
        assert_eq!(sched_getaffinity(None).unwrap().count(), 1);
        drop(beside);
        assert_eq!(sched_getaffinity(None).unwrap(), own);
    }
}
