//! Where visits are.
use super::watch::Watch;
use crate::follow::request::{Mode, Trial};
use crate::log::{Ending, ProcessId, Stay, Tried, VisitId};
use crate::shell::{EnterError, Ready, Wish};
use privileges::Process;
use rustix::process::Pid;
use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tracee::{Filters, Inside, Preparation};

/// All visits that are under way.
#[derive(Debug, Default)]
pub(in crate::follow) struct Visits {
    pub(super) all: Vec<Visit>,
    /// What has come of work in copies, and was not heard yet.
    pub(super) outcomes: Rc<RefCell<Vec<(VisitId, Outcome)>>>,
}

/// What has come of work in a copy.
#[derive(Debug)]
pub(super) enum Outcome {
    Entered(Result<Ready, EnterError>),
    Tried(Vec<Tried>),
    /// The copy has ended, and all that was below it.
    Over,
}

#[derive(Debug)]
pub(super) struct Visit {
    pub(super) id: VisitId,
    /// The process, as the log has it: where it is followed for this visit alone, it is another one each time.
    pub(super) process: Option<ProcessId>,
    pub(super) pid: Pid,
    /// The process, if it is followed for this visit alone.
    pub(super) alone: Option<Process>,
    /// What notices the end of that while a shell is open in it.
    pub(super) watch: Option<Watch>,
    /// The thread that is visited.
    pub(super) thread: Pid,
    pub(super) preparation: Preparation,
    pub(super) filters: Filters,
    pub(super) mode: Mode,
    pub(super) stage: Stage,
    /// When it is over, come what may; from when it was to be left on.
    pub(super) over_by: Option<Instant>,
    /// How the shell ended.
    pub(super) ending: Option<Ending>,
    /// The shell, what it has made, and what that has, as far as it lives.
    pub(super) below: HashSet<Pid>,
    /// What was below and was killed, as its keeper was. The birth of what it has made may yet be told.
    pub(super) gone: HashSet<Pid>,
    /// The session that the shell has begun.
    pub(super) session: Option<Pid>,
    /// The keeper was killed: nothing that is below it may live.
    pub(super) has_no_keeper: bool,
    /// The copy has ended, and is to be taken away once nothing below it lives.
    pub(super) is_over: bool,
    /// It was refused, as the copy was late: of its end only what is left of that is told.
    pub(super) is_refused: bool,
}

#[derive(Debug)]
pub(super) enum Stage {
    /// It is to stand, to be copied.
    Stopping {
        until: Instant,
        purpose: Purpose,
        again: Option<Again>,
    },
    /// The call that is to copy it has not come back: a copy may yet come of it.
    Overdue {
        again: Again,
        /// Nobody waits for the visit any more, but what comes of it is taken away all the same.
        is_given_up: bool,
    },
    /// Work is under way in the copy.
    Working { copy: Inside, stay: Stay },
    /// A shell is about to begin.
    Ready {
        copy: Inside,
        shell: Pid,
        told: Box<Told>,
    },
    /// A shell runs.
    Open { copy: Inside, shell: Pid },
    /// The copy is ending.
    Ending { copy: Inside },
    /// It is to stand, to have what is left of the copy taken away.
    TakingAway {
        until: Instant,
        copy: Inside,
        again: Option<Again>,
    },
}

/// A process is looked at once more: it could not be had, or its thread may vanish.
#[derive(Debug)]
pub(super) struct Again {
    pub(super) at: Instant,
    /// Why it could not be had; nothing where a thread of it is waited for.
    pub(super) words: Option<String>,
}

impl Again {
    /// After so long.
    pub(super) fn after(pause: Duration, words: Option<String>) -> Self {
        Self {
            at: Instant::now() + pause,
            words,
        }
    }
}

/// What a process is copied for.
#[derive(Debug)]
pub(super) enum Purpose {
    Shell(Box<Wish>),
    Trial(Trial),
}

/// What is told when a shell begins.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) stay: Stay,
    pub(super) lacks: Vec<String>,
    pub(super) outlook: Vec<String>,
    pub(super) program: String,
}

impl Visits {
    /// When something is to be done about one of them, if ever: patience ends with a process that is to stand, or it is tried again.
    pub(in crate::follow) fn due(&self) -> Option<Instant> {
        self.all.iter().filter_map(Visit::due).min()
    }

    /// Whether there is none that is waited for.
    pub(in crate::follow) fn is_empty(&self) -> bool {
        self.all.iter().all(|visit| visit.stage.is_given_up())
    }

    pub(super) fn of(&mut self, id: VisitId) -> Option<&mut Visit> {
        self.all.iter_mut().find(|visit| visit.id == id)
    }

    pub(super) fn remove(&mut self, id: VisitId) -> Option<Visit> {
        let place = self.all.iter().position(|visit| visit.id == id)?;
        Some(self.all.swap_remove(place))
    }

    /// A process was made. What shells make is theirs.
    pub(super) fn note_birth(&mut self, process: Pid, creator: Option<Pid>) {
        for visit in &mut self.all {
            visit.note_birth(process, creator);
        }
    }

    pub(super) fn note_end(&mut self, process: Pid) {
        for visit in &mut self.all {
            if visit.below.remove(&process) && visit.has_no_keeper {
                visit.gone.insert(process);
            }
        }
    }

    /// Work for a visit, which is heard of when it has come to its end.
    pub(super) fn work(
        &self,
        id: VisitId,
        task: impl Future<Output = Outcome> + 'static,
    ) -> impl Future<Output = ()> + 'static {
        let outcomes = self.outcomes.clone();
        async move {
            let outcome = task.await;
            outcomes.borrow_mut().push((id, outcome));
        }
    }
}

impl Visit {
    fn note_birth(&mut self, process: Pid, creator: Option<Pid>) {
        let is_below = match creator {
            Some(creator) => {
                let known = self.below.contains(&creator) || self.gone.contains(&creator);
                known || self.stage.shell() == Some(creator)
            }
            // Of one that was killed when it was made only its session tells.
            None => self.has_no_keeper && self.is_of_its_session(process),
        };
        // Its number may have been that of one which is gone.
        self.gone.remove(&process);
        if is_below {
            self.below.insert(process);
            if self.has_no_keeper {
                super::kill(process);
            }
        }
    }

    fn is_of_its_session(&self, process: Pid) -> bool {
        let is_it = |session| tracee::session_of(process) == Ok(Some(session));
        self.session.is_some_and(is_it)
    }

    /// Whether this is its keeper.
    pub(super) fn has_keeper(&self, process: Pid) -> bool {
        let copy = self.stage.copy();
        copy.is_some_and(|copy| copy.process() == process)
    }

    /// Its keeper has been killed: so is all that was below it, which is others' to wait for now, and what that makes meanwhile.
    pub(super) fn lose_keeper(&mut self) {
        self.has_no_keeper = true;
        self.below.iter().copied().for_each(super::kill);
        let shell = self.stage.shell();
        self.session = shell.or(self.session);
        self.below.extend(shell);
        shell.into_iter().for_each(super::kill);
    }

    /// When something is to be done about it, if ever.
    pub(super) fn due(&self) -> Option<Instant> {
        let again = self.stage.again().map(|again| again.at);
        again.into_iter().chain(self.ends_by()).min()
    }

    /// When it is given up, if ever.
    pub(super) fn ends_by(&self) -> Option<Instant> {
        self.stage.until().into_iter().chain(self.over_by).min()
    }

    /// Kills the copy, and its shell.
    pub(super) fn end(&self) {
        if let Some(copy) = self.stage.copy() {
            copy.kill();
        }
        self.stage.shell().into_iter().for_each(super::kill);
    }
}

impl Stage {
    /// Until when it is to stand, if it is.
    pub(super) const fn until(&self) -> Option<Instant> {
        match self {
            Self::Stopping { until, .. } | Self::TakingAway { until, .. } => Some(*until),
            _ => None,
        }
    }

    pub(super) const fn copy(&self) -> Option<&Inside> {
        match self {
            Self::Stopping { .. } | Self::Overdue { .. } => None,
            Self::Working { copy, .. }
            | Self::Ready { copy, .. }
            | Self::Open { copy, .. }
            | Self::Ending { copy }
            | Self::TakingAway { copy, .. } => Some(copy),
        }
    }

    /// When, and why, its process is looked at once more, if it is.
    pub(super) const fn again(&self) -> Option<&Again> {
        match self {
            Self::Stopping { again, .. } | Self::TakingAway { again, .. } => again.as_ref(),
            Self::Overdue { again, .. } => Some(again),
            _ => None,
        }
    }

    /// Whether a call is waited for, and the visit is not.
    pub(super) const fn is_given_up(&self) -> bool {
        matches!(
            self,
            Self::Overdue {
                is_given_up: true,
                ..
            }
        )
    }

    pub(super) const fn shell(&self) -> Option<Pid> {
        match self {
            Self::Ready { shell, .. } | Self::Open { shell, .. } => Some(*shell),
            _ => None,
        }
    }
}
