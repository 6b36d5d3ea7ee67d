//! How evenly the clocks of this machine go.
use crate::check::check;
use rustix::io::Errno;
use std::time::Duration;

/// By how much the clocks that programs see go on a hundred times a second (adjtimex(2), `tick`): 10 ms, unless somebody has them
/// go faster or slower by it.
///
/// # Errors
/// - `EPERM`: a filter of system calls forbids asking.
pub fn clock_tick() -> Result<Duration, Errno> {
    // SAFETY: of a structure of integers, all of which may be 0: nothing is to be changed.
    let mut now: libc::timex = unsafe { std::mem::zeroed() };
    // SAFETY: the kernel reads and writes this one structure, which lives on.
    check(unsafe { libc::adjtimex(&raw mut now) }.into())?;
    Ok(Duration::from_micros(now.tick.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_tick_is_at_most_a_tenth_longer_or_shorter_than_it_should_be() {
        let tick = clock_tick().unwrap();
        let bounds = Duration::from_millis(9)..=Duration::from_millis(11);
        assert!(bounds.contains(&tick), "{tick:?}");
    }
}
