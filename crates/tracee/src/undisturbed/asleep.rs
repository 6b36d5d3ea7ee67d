//! Since when a thread sleeps: what the scheduler says of it (/proc/TID/sched), before it is made to stop and after.
//!
//! The kernel tells nobody since when a call waits. But it tells when a thread last had the processor, by a clock of that
//! processor's own: when it went to sleep, and, once it has stopped, when it did that. What is between them it has waited.
use crate::proc_file;
use rustix::process::Pid;
use rustix::time::{ClockId, Timespec, clock_gettime};
use std::time::Duration;

/// A thread that does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asleep {
    /// When it last had the processor (`se.exec_start`); 0 if it has come to another one since, which happens to those that
    /// sleep, too.
    since: Duration,
    /// How often it has given it up (`nr_voluntary_switches`).
    switches: u64,
    /// How often it has come to another one (`se.nr_migrations`), which has another clock.
    migrations: u64,
}

impl Asleep {
    /// `None` where the kernel does not say (`CONFIG_SCHED_DEBUG` before Linux 6.15).
    pub(super) fn read(thread: Pid) -> Option<Self> {
        let text = proc_file::read(&format!("/proc/{}/sched", thread.as_raw_pid())).ok()?;
        Self::parse(&text)
    }

    /// How long it had slept when it stopped, if this is from before that and `stopped` from after; never more than it had.
    /// `None` if it has done something else between them, or that cannot be known.
    pub(super) fn until(self, stopped: Self) -> Option<Duration> {
        self.to(stopped).filter(|_| clocks_agree())
    }

    fn to(self, stopped: Self) -> Option<Duration> {
        let only_stopped = self.switches.checked_add(1) == Some(stopped.switches);
        if self.since.is_zero() || !only_stopped || self.migrations != stopped.migrations {
            return None;
        }
        let slept = stopped.since.checked_sub(self.since)?;
        // The clock that time limits are measured by may go slower than this one, by so much (adjtimex(2), `freq`).
        slept.checked_sub(slept.checked_div(2000)?)
    }

    /// Behind a line of dashes a line each: a name, a colon and a value; times are in milliseconds, with six digits behind the point.
    /// Before it is the name of the thread, which may hold anything.
    fn parse(text: &[u8]) -> Option<Self> {
        let (_, values) = text.split_at_checked(memchr::memmem::rfind(text, b"\n---")?)?;
        let values = std::str::from_utf8(values).ok()?;
        let lines = || values.lines().filter_map(|line| line.split_once(':'));
        let value =
            |name| lines().find_map(|(key, value)| (key.trim() == name).then(|| value.trim()));
        let (milliseconds, nanoseconds) = value("se.exec_start")?.split_once('.')?;
        let whole = Duration::from_millis(milliseconds.parse().ok()?);
        Some(Self {
            since: whole.checked_add(Duration::from_nanos(nanoseconds.parse().ok()?))?,
            switches: value("nr_voluntary_switches")?.parse().ok()?,
            migrations: value("se.nr_migrations")?.parse().ok()?,
        })
    }
}

/// Whether the clock that time limits are measured by goes as those of processors do: nobody has it go faster or slower by its
/// tick, and the machine has never slept, as it is not everywhere that both of them stand still then.
fn clocks_agree() -> bool {
    const TICK: Duration = Duration::from_millis(10);
    let slept = || {
        let awake = duration(clock_gettime(ClockId::Monotonic))?;
        duration(clock_gettime(ClockId::Boottime))?.checked_sub(awake)
    };
    kernel::clock_tick() == Ok(TICK) && slept().is_some_and(|slept| slept < TICK)
}

fn duration(time: Timespec) -> Option<Duration> {
    let seconds = u64::try_from(time.tv_sec).ok()?;
    Some(Duration::new(seconds, u32::try_from(time.tv_nsec).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
        a (se.exec_start : 1.0) (7, #threads: 1)\n\
        -------------------------------------------\n\
        se.exec_start                                :      39629395.374308\n\
        se.vruntime                                  :           339.058021\n\
        se.nr_migrations                             :                    3\n\
        nr_switches                                  :                   12\n\
        nr_voluntary_switches                        :                   10\n";

    fn asleep(since: u64, switches: u64, migrations: u64) -> Asleep {
        Asleep {
            since: Duration::from_nanos(since),
            switches,
            migrations,
        }
    }

    #[test]
    fn what_the_scheduler_says_is_read() {
        let expected = asleep(39_629_395_374_308, 10, 3);
        assert_eq!(Asleep::parse(TEXT.as_bytes()), Some(expected));
        let without = TEXT.replace("se.nr_migrations", "");
        assert_eq!(Asleep::parse(without.as_bytes()), None);
        assert_eq!(Asleep::parse(b""), None);
        let misleading = TEXT.replace("a (se.exec", "\nse.exec");
        assert_eq!(Asleep::parse(misleading.as_bytes()), Some(expected));
    }

    #[test]
    fn a_thread_has_slept_only_if_it_has_done_nothing_but_stop() {
        let before = asleep(1_000_000, 5, 2);
        let slept = before.to(asleep(3_000_000, 6, 2));
        assert_eq!(slept, Some(Duration::from_micros(1999)));
        for other in [
            asleep(3_000_000, 5, 2),
            asleep(3_000_000, 7, 2),
            asleep(3_000_000, 6, 3),
            asleep(900_000, 6, 2),
        ] {
            assert_eq!(before.to(other), None, "{other:?}");
        }
        let moved = asleep(0, 5, 2);
        assert_eq!(moved.to(asleep(3_000_000, 6, 2)), None);
    }

    #[test]
    fn our_own_can_be_read() {
        assert!(Asleep::read(rustix::process::getpid()).is_some());
    }
}
