//! Looks at what a process may do soon after something has happened to it: what it changes by itself (setuid(2), prctl(2),
//! unshare(2)) is no event, and mostly it does so when it begins.
//!
//! There are three for each birth and each exec, and then none: what has begun costs nothing while it does nothing.
use super::Follower;
use super::births::Changed;
use super::ledger::Ledger;
use crate::log::{FrozenAt, Noticed, ProcessId};
use rustix::process::Pid;
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tracee::{Event, What};

/// So many processes are read in a row, each in some tens of microseconds; then events have their turn.
const IN_A_ROW: usize = 64;
/// So long.
const REST: Duration = Duration::from_millis(4);

/// One that is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Glance {
    process: ProcessId,
    /// Which thread of it, if not the leader.
    thread: Option<Pid>,
    /// How many programs the process had executed: after one more there are others.
    execs: u32,
    turn: Turn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    First,
    Second,
    Third,
    /// What is new is read once more before it is told. An exec or an end may have been under way of which the tracer had not
    /// told yet, which will be told as such, or is by then.
    Again,
}

impl Turn {
    /// How long after the one before, or after the event, it comes.
    const fn delay(self) -> Duration {
        Duration::from_millis(match self {
            Self::First => 30,
            Self::Second => 270,
            Self::Third => 2_700,
            Self::Again => 10,
        })
    }

    const fn next(self) -> Option<Self> {
        match self {
            Self::First => Some(Self::Second),
            Self::Second => Some(Self::Third),
            Self::Third | Self::Again => None,
        }
    }
}

/// Those that are to come. Each stands in one queue at a time, so that most of what ends soon is gone from here at its first;
/// and of a process that executes one program after the other only those of the last 30 ms are here.
#[derive(Debug, Default)]
pub(super) struct Glances {
    /// A queue for each turn. The delay of all in it is the same, so they stand in order.
    queues: [VecDeque<(Instant, Glance)>; 4],
    rest_until: Option<Instant>,
}

impl Glances {
    fn put(&mut self, now: Instant, glance: Glance) {
        let due = now + glance.turn.delay();
        self.queues[glance.turn as usize].push_back((due, glance));
    }

    /// The one that has been due for longest.
    fn take(&mut self, now: Instant) -> Option<Glance> {
        let due = |queue: &&mut VecDeque<(Instant, Glance)>| queue.front().map(|(due, _)| *due);
        let queues = self.queues.iter_mut();
        let queue = queues
            .filter(|queue| due(queue).is_some_and(|due| due <= now))
            .min_by_key(due)?;
        Some(queue.pop_front()?.1)
    }

    /// When there is something to do, if ever.
    fn due(&self) -> Option<Instant> {
        let fronts = self.queues.iter().filter_map(VecDeque::front);
        let due = fronts.map(|(due, _)| *due).min()?;
        Some(self.rest_until.map_or(due, |rest| rest.max(due)))
    }
}

impl Follower<'_> {
    /// Has what an event is about looked at soon.
    pub(super) fn expect_change(&mut self, event: &Event) {
        let Some(known) = self.ledger.processes.of_mut(event.process) else {
            return;
        };
        let thread = match event.what {
            What::Born { .. } => None,
            What::Executed { .. } => {
                known.execs = known.execs.wrapping_add(1);
                None
            }
            What::ThreadBorn { .. } => Some(event.thread),
            _ => return,
        };
        let glance = Glance {
            process: known.id,
            thread,
            execs: known.execs,
            turn: Turn::First,
        };
        self.glances.put(Instant::now(), glance);
        self.tracer.wake_at(self.glances.due());
    }

    /// Looks at what is due, as far as there is time. What is about ended processes takes none.
    pub(super) fn glance(&mut self) {
        let now = Instant::now();
        let mut left = IN_A_ROW;
        while left > 0
            && let Some(glance) = self.glances.take(now)
        {
            if let Some(pid) = self.ledger.subject_of(glance) {
                left -= 1;
                self.glance_at(pid, glance);
            }
        }
        self.glances.rest_until = Some(Instant::now() + REST);
        self.tracer.wake_at(self.glances.due());
    }

    fn glance_at(&mut self, pid: Pid, glance: Glance) {
        if glance.turn == Turn::Again {
            let changed = self.ledger.notice_glanced(pid, glance.thread);
            return self.break_at_change(pid, changed);
        }
        let is_new = self.ledger.is_new(pid, glance.thread);
        let again = is_new.then_some(Turn::Again);
        for turn in again.into_iter().chain(glance.turn.next()) {
            self.glances.put(Instant::now(), Glance { turn, ..glance });
        }
    }

    /// It runs: it is held as soon as it stops.
    fn break_at_change(&mut self, pid: Pid, changed: Changed) {
        if changed == Changed::Yes
            && self.breaks.change
            && !self.is_held(pid)
            && let Some(known) = self.ledger.processes.of_mut(pid)
        {
            known.freezes_at = FrozenAt::Change;
            // It may have ended meanwhile: that is told.
            let _ = self.tracer.freeze(pid);
        }
    }
}

impl Ledger<'_> {
    /// The number of the process, unless it has ended or executed a program since.
    fn subject_of(&self, glance: Glance) -> Option<Pid> {
        let pid = self.processes.number(glance.process)?;
        let known = self.processes.of(pid)?;
        (known.execs == glance.execs).then_some(pid)
    }

    fn notice_glanced(&mut self, pid: Pid, thread: Option<Pid>) -> Changed {
        let at = self.now();
        match thread {
            Some(thread) => self.notice_thread(at, pid, thread, Noticed::Glance),
            None => self.notice(at, pid, Noticed::Glance),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXECUTED: Glance = Glance {
        process: ProcessId(7),
        thread: None,
        execs: 1,
        turn: Turn::First,
    };

    fn of(process: u32) -> Glance {
        let process = ProcessId(process);
        Glance {
            process,
            ..EXECUTED
        }
    }

    fn ms(time: u64) -> Duration {
        Duration::from_millis(time)
    }

    #[test]
    fn there_are_three_and_then_none() {
        let mut glances = Glances::default();
        let begun = Instant::now();
        glances.put(begun, EXECUTED);
        for after in [30, 300, 3_000] {
            let due = begun + ms(after);
            assert_eq!(glances.due(), Some(due));
            assert_eq!(glances.take(begun + ms(after - 1)), None);
            let glance = glances.take(due).unwrap();
            assert_eq!(glances.take(due), None);
            if let Some(turn) = glance.turn.next() {
                glances.put(due, Glance { turn, ..glance });
            }
        }
        assert_eq!(glances.due(), None);
        assert_eq!(Turn::Again.next(), None);
    }

    #[test]
    fn what_has_been_due_for_longest_comes_first() {
        let mut glances = Glances::default();
        let begun = Instant::now();
        let turn = Turn::Second;
        glances.put(begun, Glance { turn, ..of(1) });
        for (process, after) in [(2, 0), (3, 240), (4, 241)] {
            glances.put(begun + ms(after), of(process));
        }
        let taken = std::iter::from_fn(|| glances.take(begun + ms(1_000)));
        let taken: Vec<_> = taken.map(|glance| glance.process.0).collect();
        // The second one and the third are due at the same time.
        assert!(
            matches!(taken[..], [2, 1, 3, 4] | [2, 3, 1, 4]),
            "{taken:?}"
        );
    }

    #[test]
    fn events_have_their_turn_before_more_is_due() {
        let mut glances = Glances::default();
        let begun = Instant::now();
        glances.put(begun, of(1));
        let rest = begun + ms(35);
        glances.rest_until = Some(rest);
        assert_eq!(glances.due(), Some(rest));
        glances.rest_until = Some(begun + ms(20));
        assert_eq!(glances.due(), Some(begun + ms(30)));
        glances.take(begun + ms(30)).unwrap();
        assert_eq!(glances.due(), None);
    }
}
