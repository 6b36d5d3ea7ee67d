//! The life of everything that is followed, as a pure state machine: reports in, acts out. It makes no system calls.
//!
//! A thread is in at most one stop at a time, and each has a number of its own: whoever holds a stop can resume only that
//! one, even if the thread has meanwhile been killed, or its number is another's.
mod act;
mod births;
mod ends;
mod parting;
mod report;
mod stops;
#[cfg(test)]
mod tests;

pub(crate) use act::{Act, Hold, Way};
pub(crate) use report::{Kind, Report};

use crate::event::{Event, What};
use births::{Announcement, Early};
use rustix::process::Pid;
use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

/// A thread that is followed.
#[derive(Debug)]
struct Tracee {
    process: Pid,
    /// The stop that it is in. Without one it runs, or waits in a stop of its process.
    stop: Option<Stop>,
    phase: Phase,
    /// How many doubts there had been when its children were last looked for.
    looked: u64,
    freeze: Freeze,
    /// It was born without having been announced, which may yet happen.
    unannounced: bool,
}

/// What a thread is to be frozen for. Whoever takes back the one leaves the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Freeze {
    /// Its process is.
    with_process: bool,
    /// It is asked for itself.
    alone: bool,
}

/// Where in its life a thread is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Running,
    /// It waits in a stop of its process.
    GroupStopped,
    /// That stop has ended, and it may yet be given the signal that ended it.
    Continuing,
    /// It has been told to be about to end.
    Leaving,
}

/// A stop that lasts until it is resumed.
#[derive(Clone, Copy, Debug)]
struct Stop {
    number: u64,
    /// How the thread goes on from it.
    way: Way,
    /// It is what freezing ends in.
    frozen: bool,
}

/// A process of which threads are followed.
#[derive(Debug, Default)]
struct Process {
    threads: HashSet<Pid>,
    /// It is stopped by a signal.
    stopped: bool,
    /// Threads that it makes are to be frozen too.
    freezing: bool,
    /// Only one thread of it is followed, for as long as a visit takes, and nothing that it makes.
    alone: bool,
    bond: Bond,
}

/// What a process is to its tracer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Bond {
    #[default]
    Free,
    /// It was copied, or is below what was: the kernel kills it when its tracer ends.
    Bound,
}

/// What is done with what is followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Following,
    /// Everything is let go at its next stop.
    Releasing,
    /// Everything has been killed.
    Killing,
}

/// All that is followed.
#[derive(Debug, Default)]
pub(crate) struct Machine {
    tracees: HashMap<Pid, Tracee>,
    processes: HashMap<Pid, Process>,
    /// New threads that their creators have named, and that have not been seen yet.
    announced: HashMap<Pid, Announcement>,
    /// New threads that have been seen, and that no creator has named yet.
    early: HashMap<Pid, Early>,
    mode: Mode,
    /// Processes that have been let go, and have not been told of.
    released: Vec<Pid>,
    stops: u64,
    /// How often there may have been processes that we were not told of.
    doubts: u64,
    /// When the report came that is being dealt with.
    now: Duration,
    acts: VecDeque<Act>,
}

impl Machine {
    /// Takes in what the kernel said. What is to be done about it is then told by [`Machine::act`].
    pub(crate) fn on(&mut self, report: Report) {
        self.now = report.at;
        let took_over = matches!(report.kind, Kind::Executed { .. })
            && self.processes.contains_key(&report.thread);
        if took_over || self.is_about_known(&report) {
            self.on_known(report);
        } else {
            self.on_unknown(report);
        }
    }

    /// The next thing to be done.
    pub(crate) fn act(&mut self) -> Option<Act> {
        self.acts.pop_front()
    }

    /// Whether a report should say who its thread is, before it is taken in: it may be a new one.
    pub(crate) fn asks_who(&self, report: &Report) -> bool {
        match self.tracees.get(&report.thread) {
            None => {
                let announced = self.announced.get(&report.thread);
                let is_known = announced.is_some_and(Announcement::says_who);
                !is_known && !self.early.contains_key(&report.thread)
            }
            // It has no reason to stop: it may be another thread, which was given the number of one that has vanished
            // when it executed a program.
            Some(tracee) => {
                report.kind == Kind::Trapped
                    && tracee.phase != Phase::GroupStopped
                    && !tracee.freeze.is_asked()
            }
        }
    }

    /// Whether nothing is followed, and nothing expected.
    pub(crate) fn is_empty(&self) -> bool {
        self.processes.is_empty() && self.announced.is_empty() && self.early.is_empty()
    }

    /// Whether a thread is one that is followed, or will be.
    pub(crate) fn knows(&self, thread: Pid) -> bool {
        self.tracees.contains_key(&thread)
            || self.early.contains_key(&thread)
            || self.announced.contains_key(&thread)
    }

    /// Whether a process is followed.
    pub(crate) fn follows(&self, process: Pid) -> bool {
        self.processes.contains_key(&process)
    }

    /// Whether a process was copied, or is below one that was.
    pub(crate) fn is_bound(&self, process: Pid) -> bool {
        self.processes
            .get(&process)
            .is_some_and(|process| process.bond == Bond::Bound)
    }

    /// The processes that are followed.
    pub(crate) fn processes(&self) -> impl Iterator<Item = Pid> {
        self.processes.keys().copied()
    }

    /// Whether the stop of this number is the one that the thread is in.
    pub(crate) fn is_in(&self, hold: &Hold) -> bool {
        let tracee = self.tracees.get(&hold.thread);
        tracee
            .and_then(|tracee| tracee.stop)
            .is_some_and(|stop| stop.number == hold.number)
    }

    /// Lets a thread go on from a stop that was handed out. If it is not in that any more nothing happens.
    pub(crate) fn resume(&mut self, hold: &Hold) {
        if !self.is_in(hold) {
            return;
        }
        let Some(stop) = self
            .tracees
            .get(&hold.thread)
            .and_then(|tracee| tracee.stop)
        else {
            return;
        };
        if stop.frozen
            && let Some(process) = self.processes.get_mut(&hold.process)
        {
            process.freezing = false;
        }
        self.go_on(hold.thread, stop.way);
    }

    fn is_about_known(&self, report: &Report) -> bool {
        let Some(tracee) = self.tracees.get(&report.thread) else {
            return false;
        };
        let who = report.identity.as_ref();
        who.is_none_or(|who| who.process == tracee.process)
    }

    fn new_stop(&mut self, way: Way) -> Stop {
        self.stops = self.stops.wrapping_add(1);
        Stop {
            number: self.stops,
            way,
            frozen: false,
        }
    }

    /// Has a thread go on from the stop that it is in, if it is in one.
    fn go_on(&mut self, thread: Pid, way: Way) {
        let Some(tracee) = self.tracees.get_mut(&thread) else {
            return;
        };
        if tracee.stop.take().is_none() {
            return;
        }
        if self.mode == Mode::Releasing {
            self.let_go(thread, way);
            return;
        }
        if tracee.freeze.is_asked() && tracee.phase != Phase::Leaving {
            // The stop that ends here has taken the place of the one that was asked for.
            self.acts.push_back(Act::Interrupt { thread });
        }
        self.acts.push_back(Act::Resume { thread, way });
    }

    /// Tells of something at which the thread is held until it is resumed, if it is in a stop.
    fn tell_held(&mut self, thread: Pid, way: Way, what: What) {
        let Some(tracee) = self.tracees.get_mut(&thread) else {
            return;
        };
        let process = tracee.process;
        if self.mode != Mode::Following {
            self.tell(thread, process, what);
            self.go_on(thread, way);
            return;
        }
        let hold = tracee.stop.as_mut().map(|stop| {
            stop.way = way;
            stop.frozen = what == What::Frozen;
            Hold {
                thread,
                process,
                number: stop.number,
            }
        });
        let event = self.event(thread, process, what);
        self.acts.push_back(Act::Tell { event, hold });
    }

    fn tell(&mut self, thread: Pid, process: Pid, what: What) {
        let event = self.event(thread, process, what);
        self.acts.push_back(Act::Tell { event, hold: None });
    }

    fn event(&self, thread: Pid, process: Pid, what: What) -> Event {
        Event {
            at: self.now,
            process,
            thread,
            what,
        }
    }
}
