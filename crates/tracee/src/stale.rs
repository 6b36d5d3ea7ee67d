//! Stops that are told of after their threads have been killed out of them.
use crate::machine::{Kind, Report};
use std::collections::{HashSet, VecDeque};
use std::hash::Hash;

/// Marks the stops that threads have been killed out of: those before an end of theirs. Each report is looked at once, since
/// thousands of ends come together when a large tree is killed. `thread` says whose a report is.
pub(crate) fn mark_stale<Thread: Eq + Hash>(
    reports: &mut VecDeque<Report>,
    thread: impl Fn(&Report) -> Thread,
) {
    let mut over = HashSet::new();
    for report in reports.iter_mut().rev() {
        let thread = thread(report);
        report.stale |= over.contains(&thread);
        if matches!(report.kind, Kind::Exiting { .. } | Kind::Ended { .. }) {
            over.insert(thread);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Ending;
    use kernel::Usage;
    use rustix::process::Pid;
    use std::cell::Cell;
    use std::hash::Hasher;
    use std::time::Duration;

    fn exiting(thread: i32) -> Report {
        let ending = Ending::Exited(0);
        report(thread, Kind::Exiting { ending })
    }

    fn ended(thread: i32) -> Report {
        let (ending, usage) = (Ending::Exited(0), Usage::default());
        report(thread, Kind::Ended { ending, usage })
    }

    fn report(thread: i32, kind: Kind) -> Report {
        Report {
            thread: Pid::from_raw(thread).unwrap(),
            at: Duration::ZERO,
            kind,
            identity: None,
            stale: false,
        }
    }

    #[test]
    fn a_stop_is_stale_if_its_thread_has_ended_since() {
        let trapped = |thread| report(thread, Kind::Trapped);
        let expected = [
            (trapped(1), true),
            (trapped(2), false),
            (exiting(1), true),
            (exiting(3), false),
            (ended(1), false),
            (trapped(1), false),
        ];
        let mut reports = expected.iter().map(|(report, _)| report.clone()).collect();
        mark_stale(&mut reports, |report| report.thread);
        for (report, (_, stale)) in reports.iter().zip(&expected) {
            assert_eq!(report.stale, *stale, "{report:?}");
        }
    }

    /// A thread that counts how often it is compared with another.
    struct Counted<'count>(Pid, &'count Cell<usize>);

    impl PartialEq for Counted<'_> {
        fn eq(&self, other: &Self) -> bool {
            self.1.update(|compared| compared + 1);
            self.0 == other.0
        }
    }

    impl Eq for Counted<'_> {}

    impl Hash for Counted<'_> {
        fn hash<State: Hasher>(&self, state: &mut State) {
            self.0.hash(state);
        }
    }

    #[test]
    fn the_ends_of_a_large_tree_take_no_more_each_than_those_of_a_small_one() {
        let both = (1..=1000).flat_map(|thread| [exiting(thread), ended(thread)]);
        let mut reports: VecDeque<_> = both.collect();
        let (looked, compared) = (Cell::new(0), Cell::new(0));
        mark_stale(&mut reports, |report| {
            looked.update(|looked| looked + 1);
            Counted(report.thread, &compared)
        });
        assert_eq!(looked.get(), reports.len());
        // With the other one of its thread, and with those few whose hashes begin alike.
        assert!(compared.get() < 10 * reports.len(), "{compared:?}");
    }
}
