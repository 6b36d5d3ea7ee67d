//! A process that stands to be visited: copied, or relieved of what is left of a copy. It is held for no longer than that takes.
use super::filters::{may_be_copied, why_not};
use super::stage::{Outcome, Purpose, Stage, Visit};
use super::stillness::{does_not_end, does_not_stand, frozen};
use crate::caretaker::Caretaker;
use crate::follow::Follower;
use crate::follow::request::{Mode, Trial};
use crate::log::{Answer, Event, Stay, Tried, VisitId};
use crate::outcome::chain;
use crate::probe::{Probe, try_all};
use crate::shell;
use rustix::process::Pid;
use std::io;
use std::time::Instant;
use tracee::{Errno, Filters, Inside, Stopped, Tracer, VisitError, Visited};

/// What a visit came to.
enum Came {
    Copied(Result<Inside, VisitError>),
    TakenAway(Result<bool, VisitError>),
}

impl Came {
    /// Whether the thread has not come back.
    const fn is_overdue(&self) -> bool {
        matches!(
            self,
            Self::Copied(Err(VisitError::Overdue(_)))
                | Self::TakenAway(Err(VisitError::Overdue(_)))
        )
    }
}

/// One that has been made, to be dealt with when the process runs again.
struct Made {
    id: VisitId,
    came: Came,
    stay: Stay,
}

impl Follower<'_> {
    /// Has a thread stand, to be visited. One that is followed for that alone was not told of yet: all that it may do is read
    /// then, and only after that does it stand.
    pub(super) fn have_known_stand(&mut self, thread: Pid) -> Result<(), tracee::Error> {
        let mut all = self.visits.all.iter();
        match all.any(|visit| visit.thread == thread && visit.alone.is_none()) {
            true => self.have_it_stand(thread),
            false => {
                self.wake();
                Ok(())
            }
        }
    }

    /// A process was told of that may be followed for a visit alone.
    pub(in crate::follow) fn visit_known(&mut self, process: Pid) -> Result<(), tracee::Error> {
        let waits = |visit: &&Visit| {
            visit.pid == process && visit.alone.is_some() && visit.stage.until().is_some()
        };
        match self.visits.all.iter().find(waits).map(|visit| visit.thread) {
            Some(thread) => self.have_it_stand(thread),
            None => Ok(()),
        }
    }

    /// Has a thread stand, to be visited.
    pub(super) fn have_it_stand(&mut self, thread: Pid) -> Result<(), tracee::Error> {
        // It may be dying: that is told.
        let _ = self.tracer.freeze_thread(thread);
        if let Some(stopped) = self.held.remove(&thread) {
            self.held_again.insert(thread, stopped.process());
            if self.tracer.is_at_rest(&stopped) {
                return self.stand(stopped, Instant::now());
            }
            // From an event to where it can be visited is no instruction of its own.
            self.tracer.resume(stopped)?;
        }
        self.wake();
        Ok(())
    }

    /// Whether a thread is to stand for a visit.
    pub(in crate::follow) fn is_visited(&self, thread: Pid) -> bool {
        let mut all = self.visits.all.iter();
        all.any(|visit| visit.thread == thread && visit.stage.until().is_some())
    }

    /// A thread stands since then that is to be visited.
    pub(in crate::follow) fn stand(
        &mut self,
        stopped: Stopped,
        since: Instant,
    ) -> Result<(), tracee::Error> {
        let (thread, process) = (stopped.thread(), stopped.process());
        let mut stopped = Some(stopped);
        let mut made = Vec::new();
        let mut is_alone = false;
        for visit in &mut self.visits.all {
            if visit.thread != thread || visit.stage.until().is_none() {
                continue;
            }
            visit.process = self.ledger.processes.id(process).or(visit.process);
            is_alone |= visit.alone.is_some();
            if let Some(standing) = stopped.take() {
                let (came, stay, still) = make(&mut self.tracer, visit, standing)?;
                stopped = still;
                let id = visit.id;
                made.push(Made { id, came, stay });
            }
        }
        match stopped {
            Some(stopped) => self.let_stand_or_go(stopped, is_alone)?,
            None if made.iter().any(|one| one.came.is_overdue()) => self.hold_when_back(thread),
            None => self.hold_no_more(thread),
        }
        let held = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
        for mut one in made {
            one.stay.held_us = held;
            self.deal_with(one);
        }
        Ok(())
    }

    fn let_stand_or_go(&mut self, stopped: Stopped, is_alone: bool) -> Result<(), tracee::Error> {
        let (thread, process) = (stopped.thread(), stopped.process());
        let is_frozen = self.ledger.processes.of(process);
        let is_frozen = is_frozen.is_some_and(|known| known.freezing);
        if is_alone {
            self.tracer.leave(stopped)
        } else if self.held_again.remove(&thread).is_some() || self.is_held(process) {
            self.held.insert(thread, stopped);
            Ok(())
        } else if is_frozen {
            let at = self.freezes_at(process);
            self.hold(stopped, at);
            Ok(())
        } else {
            self.tracer.resume(stopped)
        }
    }

    /// A thread that was held until its visit has not come back: it is held on as soon as it has.
    fn hold_when_back(&mut self, thread: Pid) {
        if self.held_again.contains_key(&thread) {
            // It may be dying: that is told.
            let _ = self.tracer.freeze_thread(thread);
        }
    }

    /// Has a thread stand again that was held, as before. Gives it back if it was not.
    pub(in crate::follow) fn hold_again(&mut self, stopped: Stopped) -> Option<Stopped> {
        match self.held_again.remove(&stopped.thread()) {
            Some(_) => {
                self.held.insert(stopped.thread(), stopped);
                None
            }
            None => Some(stopped),
        }
    }

    /// A thread that was held until its visit does not stand any more: it goes on, or has ended.
    pub(super) fn hold_no_more(&mut self, thread: Pid) {
        let process = self.held_again.remove(&thread);
        let process = process.filter(|process| !self.is_held(*process));
        if let Some(process) = process.and_then(|process| self.ledger.processes.id(process)) {
            self.tell_of_visit(Event::Continued { process });
        }
    }

    fn deal_with(&mut self, made: Made) {
        let Made { id, came, stay } = made;
        match came {
            Came::Copied(Ok(copy)) => {
                self.have_minded(id, &copy);
                self.begin_work(id, copy, stay);
            }
            Came::Copied(Err(error @ (VisitError::Overdue(_) | VisitError::Late))) => {
                self.be_overdue(id, &error);
            }
            Came::Copied(Err(error @ VisitError::Gone)) => self.lose_thread(id, &error),
            Came::Copied(Err(error)) => {
                if let Some(visit) = self.visits.remove(id) {
                    let words = why_not_done(visit.thread, &error);
                    self.have_expected_no_more(id);
                    self.refuse_visit(id, visit.process, words);
                }
            }
            Came::TakenAway(Ok(_)) => {
                self.have_forgotten(id);
                self.end_visit(id, Some(stay));
            }
            Came::TakenAway(Err(error @ (VisitError::Gone | VisitError::Overdue(_)))) => {
                self.lose_thread(id, &error);
            }
            Came::TakenAway(Err(error)) => {
                if let Some(visit) = self.visits.remove(id) {
                    let words = why_not_done(visit.thread, &error);
                    self.leave_behind(&visit, &words);
                }
            }
        }
    }

    /// Has the caretaker know that a process is about to be copied. Without one, what is left of the copy stays if forktop is
    /// killed.
    pub(super) fn have_expected(&mut self, id: VisitId, pid: Pid, filters: Filters) {
        if self.caretaker.is_none() {
            self.caretaker = Caretaker::start().ok();
        }
        self.tell_caretaker(|caretaker| caretaker.expect(id, pid, filters));
    }

    pub(super) fn have_expected_no_more(&mut self, id: VisitId) {
        self.tell_caretaker(|caretaker| caretaker.expect_no_more(id));
    }

    pub(super) fn have_minded(&mut self, id: VisitId, copy: &Inside) {
        if let Some(visit) = self.visits.of(id) {
            let (pid, filters) = (visit.pid, visit.filters);
            self.tell_caretaker(|caretaker| caretaker.mind(id, pid, copy.remains(), filters));
        }
    }

    /// Nothing is left of a copy, or nobody to take it away from.
    pub(super) fn have_forgotten(&mut self, id: VisitId) {
        let copy = self.visits.of(id).and_then(|visit| visit.stage.copy());
        if let Some(remains) = copy.map(Inside::remains) {
            self.tracer.forget_copy(remains);
            self.tell_caretaker(|caretaker| caretaker.forget(remains));
        }
    }

    /// Tells it, if there is one. One that hears nothing is gone.
    fn tell_caretaker(&mut self, tell: impl FnOnce(&mut Caretaker) -> io::Result<()>) {
        let caretaker = self.caretaker.as_mut();
        if caretaker.is_some_and(|caretaker| tell(caretaker).is_err()) {
            self.caretaker = None;
        }
    }

    fn begin_work(&mut self, id: VisitId, copy: Inside, stay: Stay) {
        let Some(visit) = self.visits.of(id) else {
            return;
        };
        let filters = visit.filters;
        let stage = Stage::Working {
            copy: copy.clone(),
            stay,
        };
        let Stage::Stopping { purpose, .. } = std::mem::replace(&mut visit.stage, stage) else {
            return;
        };
        let task = async move {
            match purpose {
                Purpose::Shell(wish) => Outcome::Entered(shell::enter(copy, *wish, filters).await),
                Purpose::Trial(trial) => Outcome::Tried(try_in(&copy, &trial, filters).await),
            }
        };
        let task = self.visits.work(id, task);
        self.tracer.work(task);
    }

    /// Gives up visits whose process does not stand in time, or whose copy does not end; looks at others again.
    pub(in crate::follow) fn lose_patience(&mut self) -> Result<(), tracee::Error> {
        let now = Instant::now();
        let due = |visit: &&Visit| visit.due().is_some_and(|due| due <= now);
        let due: Vec<_> = self
            .visits
            .all
            .iter()
            .filter(due)
            .map(|visit| visit.id)
            .collect();
        for id in due {
            let Some(visit) = self.visits.of(id) else {
                continue;
            };
            if visit.ends_by().is_none_or(|end| end > now) {
                self.look_again(id)?;
                continue;
            }
            let refused = visit.stage.again().and_then(|again| again.words.clone());
            let words = refused.unwrap_or_else(|| match visit.stage.until() {
                Some(_) => does_not_stand(visit.thread),
                None => does_not_end(visit.thread),
            });
            self.abandon(id, words);
        }
        Ok(())
    }

    /// Gives up a visit, wherever it is. Where there is a copy the kernel kills it, at the latest when its tracer ends, and what is
    /// left of it then is the caretaker's.
    pub(super) fn abandon(&mut self, id: VisitId, words: String) {
        if self.give_up_overdue(id) {
            return;
        }
        let Some(visit) = self.visits.remove(id) else {
            return;
        };
        visit.end();
        if visit.stage.until().is_some() && !self.is_visited(visit.thread) {
            self.hold_no_more(visit.thread);
            match visit.alone {
                Some(_) => self.tracer.let_alone_go(visit.thread),
                None => self.tracer.thaw_thread(visit.thread),
            }
        }
        match visit.stage {
            Stage::Stopping { .. } => {
                self.have_expected_no_more(id);
                self.refuse_visit(id, visit.process, words);
            }
            _ => self.leave_behind(&visit, &words),
        }
    }
}

/// Why a process was not copied, or a copy not taken away from it, in words. In a frozen group of the second version a thread stops,
/// and then goes no further.
pub(super) fn why_not_done(thread: Pid, error: &VisitError) -> String {
    let is_unanswered = matches!(error, VisitError::Unanswered(_) | VisitError::Overdue(_));
    let frozen = frozen(thread).filter(|_| is_unanswered);
    frozen.unwrap_or_else(|| why_not(error))
}

/// Makes a visit. Where filters cannot be passed over after all, they are read, and hold if they let it.
fn make(
    tracer: &mut Tracer,
    visit: &mut Visit,
    stopped: Stopped,
) -> Result<(Came, Stay, Option<Stopped>), tracee::Error> {
    let (preparation, filters) = (visit.preparation, visit.filters);
    Ok(match &visit.stage {
        Stage::TakingAway { copy, .. } => {
            let done = tracer.take_away(stopped, preparation, filters, copy.remains())?;
            let stay = stay(&done);
            (Came::TakenAway(done.result), stay, done.stopped)
        }
        _ => {
            let mut done = tracer.copy(stopped, preparation, filters)?;
            let is_denied = matches!(
                done.result,
                Err(VisitError::Traced(Errno::PERM | Errno::INVAL))
            );
            if is_denied
                && let Some(stopped) = done.stopped.take_if(|stopped| let_it(tracer, stopped))
            {
                visit.filters = Filters::Hold;
                done = tracer.copy(stopped, preparation, Filters::Hold)?;
            }
            let stay = stay(&done);
            (Came::Copied(done.result), stay, done.stopped)
        }
    })
}

/// Tries calls in a copy.
async fn try_in(copy: &Inside, trial: &Trial, filters: Filters) -> Vec<Tried> {
    let in_force = match trial.filters {
        Mode::Assisted => filters,
        Mode::Faithful | Mode::Bold => Filters::Hold,
    };
    match copy.begin(filters).await {
        Ok(()) => try_all(copy, &trial.probes, in_force, trial.patience).await,
        Err(error) => {
            let words = format!("cannot meet the copy: {}", chain(&error));
            let untried = |probe: &Probe| Tried {
                call: probe.words().to_owned(),
                answer: Answer::Untried {
                    words: words.clone(),
                },
            };
            trial.probes.iter().map(untried).collect()
        }
    }
}

/// Whether a thread's filters are known to let it be copied.
fn let_it(tracer: &Tracer, stopped: &Stopped) -> bool {
    let filters = stopped.filters(tracer);
    let abi = stopped.abi(tracer);
    filters.is_ok_and(|filters| abi.is_some_and(|abi| may_be_copied(&filters, abi)))
}

fn stay<T>(visited: &Visited<T>) -> Stay {
    let words = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect();
    Stay {
        held_us: 0,
        lent_us: u64::try_from(visited.lent.as_micros()).unwrap_or(u64::MAX),
        differs: words(&visited.differs),
        uncompared: words(&visited.uncompared),
    }
}
