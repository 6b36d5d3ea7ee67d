//! Threads and processes that are new. A creator is told of at its event, its child at the child's first stop; either can
//! come first, and where the creator is killed in between the first never comes.
use super::{Bond, Freeze, Kind, Machine, Phase, Process, Report, Tracee, Way};
use crate::event::{Origin, What};
use crate::status::Identity;
use rustix::process::Pid;
use std::time::Duration;

/// How long a new thread is held until its creator has been told of. A creator that is only slow takes microseconds;
/// one that is known to have ended is not waited for.
const PATIENCE: Duration = Duration::from_millis(200);

/// A creator's word that there is a new thread.
#[derive(Clone, Debug)]
pub(super) struct Announcement {
    origin: Origin,
    /// Its process and itself; none of what the tracer started.
    creator: Option<(Pid, Pid)>,
    /// Who it is, if that is known.
    who: Option<Identity>,
}

impl Announcement {
    /// Whether it says who the new one is.
    pub(super) const fn says_who(&self) -> bool {
        self.who.is_some()
    }
}

/// A new thread whose creator is not known yet: what is reported of it waits.
#[derive(Debug)]
pub(super) struct Early {
    since: Duration,
    first: Report,
    later: Vec<Report>,
}

impl Machine {
    /// The tracer has started a process, which is going to stop.
    pub(crate) fn expect_started(&mut self, process: Pid) {
        let announcement = Announcement {
            origin: Origin::Started,
            creator: None,
            who: None,
        };
        self.announced.insert(process, announcement);
    }

    /// A process is followed that was running. Its threads are then named one by one.
    pub(crate) fn adopt_process(
        &mut self,
        process: Pid,
        origin: Origin,
        who: Identity,
        at: Duration,
    ) {
        self.now = at;
        let parent = Pid::from_raw(who.parent).filter(|parent| self.follows(*parent));
        let is_below = parent.is_some_and(|parent| self.is_bound(parent));
        self.processes.insert(process, Process::default());
        if is_below || origin == Origin::Copied {
            self.bind(process);
        }
        let born = What::Born {
            origin,
            creator: parent,
            creator_thread: None,
            parent: who.parent,
            pids: who.pids,
        };
        self.tell(process, process, born);
    }

    /// A thread is followed that was running.
    pub(crate) fn adopt_thread(&mut self, thread: Pid, who: Identity, at: Duration) {
        self.now = at;
        self.add(thread, who.process, false);
        if thread != who.process {
            let born = What::ThreadBorn {
                creator_thread: None,
                pids: who.pids,
            };
            self.tell(thread, who.process, born);
        }
    }

    /// When to call [`Machine::expire`], if ever.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        let since = self.early.values().map(|early| early.since).min()?;
        Some(since.saturating_add(PATIENCE))
    }

    /// Gives up on creators that have not been told of for too long.
    pub(crate) fn expire(&mut self, now: Duration) {
        self.now = now;
        self.bear_early(|early| early.since.saturating_add(PATIENCE) <= now);
    }

    /// A process has ended: of the processes that it is the parent of none will be announced by it any more. (A thread has
    /// the same parent as its creator.)
    pub(super) fn give_up_on(&mut self, creator: Pid) {
        let creator = creator.as_raw_pid();
        self.bear_early(|early| {
            let who = early.first.identity.as_ref();
            who.is_some_and(|who| who.parent == creator && who.process == early.first.thread)
        });
    }

    /// Has all be born without an announcement that fulfil a condition.
    pub(super) fn bear_early(&mut self, condition: impl Fn(&Early) -> bool) {
        let due = self.early.iter().filter(|(_, early)| condition(early));
        let mut due: Vec<_> = due.map(|(thread, early)| (early.since, *thread)).collect();
        due.sort_unstable_by_key(|(since, thread)| (*since, thread.as_raw_pid()));
        for (_, thread) in due {
            if let Some(early) = self.early.remove(&thread) {
                self.bear_with(early, None);
            }
        }
    }

    /// A creator names what it has made.
    pub(super) fn announce(
        &mut self,
        thread: Pid,
        new: Pid,
        origin: Origin,
        who: Option<Identity>,
    ) {
        let creator = self
            .tracees
            .get(&thread)
            .map(|tracee| (tracee.process, thread));
        let announcement = Announcement {
            origin,
            creator,
            who,
        };
        if let Some(early) = self.early.remove(&new) {
            self.bear_with(early, Some(announcement));
            return;
        }
        match self.tracees.get_mut(&new) {
            // It was not waited for any longer.
            Some(tracee) if tracee.unannounced => tracee.unannounced = false,
            // The number was that of a thread that has vanished when it executed a program.
            Some(_) => {
                self.forget(new);
                self.announced.insert(new, announcement);
            }
            None => {
                self.announced.insert(new, announcement);
            }
        }
    }

    /// A report of a thread that is not followed yet.
    pub(super) fn on_unknown(&mut self, report: Report) {
        let thread = report.thread;
        if let Some(early) = self.early.get_mut(&thread) {
            early.later.push(report);
            return;
        }
        // If there was one of this number it has vanished.
        self.forget(thread);
        let released = self.was_released(thread);
        match (self.announced.remove(&thread), report.kind) {
            (None, Kind::Ended { ending, usage }) => {
                // Otherwise it is over before it was anything.
                if released {
                    self.tell_end(thread, ending, usage);
                }
            }
            (announcement, kind) => {
                if released {
                    self.tell(thread, thread, What::Released);
                }
                self.meet(Report { kind, ..report }, announcement);
            }
        }
    }

    /// A new thread that is not to be followed: what was reported of it so far is given back.
    pub(crate) fn disown(&mut self, thread: Pid) -> Vec<Report> {
        let early = self.early.remove(&thread);
        early.map_or_else(Vec::new, |early| {
            std::iter::once(early.first).chain(early.later).collect()
        })
    }

    fn meet(&mut self, report: Report, announcement: Option<Announcement>) {
        match announcement {
            Some(_) => self.bear(report, announcement),
            None => self.wait_for_creator(report),
        }
    }

    fn wait_for_creator(&mut self, report: Report) {
        let early = Early {
            since: report.at,
            first: report,
            later: Vec::new(),
        };
        self.early.insert(early.first.thread, early);
    }

    fn bear_with(&mut self, early: Early, announcement: Option<Announcement>) {
        self.bear(early.first, announcement);
        for report in early.later {
            self.on_known(report);
        }
    }

    /// What a thread's first report makes of it, and then that report itself, unless it is the first stop.
    fn bear(&mut self, mut report: Report, mut announcement: Option<Announcement>) {
        let thread = report.thread;
        let announced = announcement
            .as_mut()
            .and_then(|announced| announced.who.take());
        let who = report.identity.take().or(announced);
        let who = who.unwrap_or_else(|| guess(thread, announcement.as_ref()));
        let way = match report.kind {
            Kind::Trapped => Some(Way::On),
            Kind::GroupStopped { .. } => Some(Way::Listen),
            _ => None,
        };
        let is_bound = self.is_below_bound(&who, announcement.as_ref());
        self.add(thread, who.process, announcement.is_none());
        if is_bound {
            self.bind(who.process);
        }
        let stop = (way.is_some() && !report.stale).then(|| self.new_stop(Way::On));
        if let Some(tracee) = self.tracees.get_mut(&thread) {
            tracee.stop = stop;
            // It has had no time to make anything.
            tracee.looked = self.doubts;
            if way == Some(Way::Listen) {
                tracee.phase = Phase::GroupStopped;
            }
        }
        let born = self.born(thread, who, announcement.as_ref());
        self.tell_held(thread, way.unwrap_or(Way::On), born);
        if way.is_none() {
            self.on_known(report);
        }
    }

    fn bind(&mut self, process: Pid) {
        if let Some(process) = self.processes.get_mut(&process) {
            process.bond = Bond::Bound;
        }
    }

    /// Whether a new thread was made by one that is bound, or has such a parent if nobody has named it.
    fn is_below_bound(&self, who: &Identity, announcement: Option<&Announcement>) -> bool {
        let creator = announcement.and_then(|announcement| announcement.creator);
        let above = creator.map(|(process, _)| process);
        let above = above.or_else(|| Pid::from_raw(who.parent));
        above.is_some_and(|above| self.is_bound(above))
    }

    fn born(&self, thread: Pid, who: Identity, announcement: Option<&Announcement>) -> What {
        let announced = announcement.and_then(|announcement| announcement.creator);
        let creator_thread = announced.map(|(_, thread)| thread);
        if who.process != thread {
            return What::ThreadBorn {
                creator_thread,
                pids: who.pids,
            };
        }
        let parent = || {
            let parent = Pid::from_raw(who.parent)?;
            (announcement.is_none() && self.follows(parent)).then_some(parent)
        };
        What::Born {
            origin: announcement.map_or(Origin::Forked, |announcement| announcement.origin),
            creator: announced.map(|(process, _)| process).or_else(parent),
            creator_thread,
            parent: who.parent,
            pids: who.pids,
        }
    }

    fn add(&mut self, thread: Pid, of: Pid, unannounced: bool) {
        let process = self.processes.entry(of).or_default();
        process.threads.insert(thread);
        let tracee = Tracee {
            freeze: Freeze {
                with_process: process.freezing,
                alone: false,
            },
            unannounced,
            ..Tracee::new(of)
        };
        self.tracees.insert(thread, tracee);
        if self.mode == super::Mode::Killing && thread == of {
            self.acts.push_back(super::Act::Kill { process: of });
        }
    }
}

/// Who a thread is of which the kernel said nothing: one that was made by clone(2) is a thread of its creator.
fn guess(thread: Pid, announcement: Option<&Announcement>) -> Identity {
    let process = match announcement {
        Some(Announcement {
            origin: Origin::Cloned,
            creator: Some((process, _)),
            ..
        }) => *process,
        _ => thread,
    };
    Identity {
        process,
        parent: 0,
        pids: vec![thread.as_raw_pid()],
    }
}
