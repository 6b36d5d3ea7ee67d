//! What is left of a copy that has ended is taken away from its process. Where that cannot be had for the moment, as it executes a
//! program just then, or somebody else traces it, it is tried again for as long as there is patience.
use super::stage::{Again, Stage, Visit};
use super::standing::why_not_done;
use super::stillness::frozen;
use super::{PATIENCE, PAUSE, thread_to_visit};
use crate::follow::Follower;
use crate::log::VisitId;
use crate::outcome::chain;
use crate::proc_file::{field, text};
use privileges::Process;
use rustix::process::Pid;
use std::time::Instant;
use tracee::{Preparation, SeizeError, Tracer, VisitError};

impl Follower<'_> {
    /// The copy has ended: what is left of it is taken away.
    pub(super) fn take_away(&mut self, id: VisitId) -> Result<(), tracee::Error> {
        let Some(visit) = self.visits.of(id) else {
            return Ok(());
        };
        let Some(copy) = visit.stage.copy().cloned() else {
            return Ok(());
        };
        // It would not stop, or go no further then: what is left is for the caretaker, who waits.
        if let Some(why) = frozen(visit.thread) {
            if let Some(visit) = self.visits.remove(id) {
                self.leave_behind(&visit, &why);
            }
            return Ok(());
        }
        visit.stage = Stage::TakingAway {
            until: Instant::now() + PATIENCE,
            copy,
            again: None,
        };
        self.approach(id)
    }

    /// Looks once more at a process that could not be had, or at a thread that is waited for.
    pub(super) fn look_again(&mut self, id: VisitId) -> Result<(), tracee::Error> {
        let Some(visit) = self.visits.of(id) else {
            return Ok(());
        };
        if matches!(visit.stage, Stage::Overdue { .. }) {
            self.look_for_thread(id);
            return Ok(());
        }
        let thread = visit.thread;
        let is_waited_for = (visit.stage.again()).is_some_and(|again| again.words.is_none());
        if is_waited_for && !self.tracer.has_vanished(thread) {
            self.try_again(id, None);
            return Ok(());
        }
        if is_waited_for {
            self.tracer.let_alone_go(thread);
        }
        self.approach(id)
    }

    /// Has the process stand, if it can be had.
    fn approach(&mut self, id: VisitId) -> Result<(), tracee::Error> {
        let Some(visit) = self.visits.of(id) else {
            return Ok(());
        };
        let (tracer, known) = (&mut self.tracer, &mut self.ledger.processes);
        match thread_to_visit(tracer, known, visit.pid, visit.alone.as_ref()) {
            Ok(Some(thread)) => {
                visit.await_thread(thread);
                self.have_known_stand(thread)
            }
            Ok(None) => {
                self.lose(id);
                Ok(())
            }
            Err(error) => {
                self.try_again(id, Some(chain(&error)));
                Ok(())
            }
        }
    }

    /// A thread that stood for it is gone, by its end or as its process has executed a program, or has not come back.
    pub(super) fn lose_thread(&mut self, id: VisitId, error: &VisitError) {
        let Some(visit) = self.visits.of(id) else {
            return;
        };
        let (thread, is_alone) = (visit.thread, visit.alone.is_some());
        if is_alone {
            self.tracer.let_alone_go(thread);
        }
        match error {
            VisitError::Gone => self.try_again(id, Some(chain(error))),
            // What comes of it is not known before it has.
            error => {
                if let Some(visit) = self.visits.remove(id) {
                    self.leave_to_call(&visit, &why_not_done(thread, error));
                }
            }
        }
    }

    /// Has a process be looked at again soon. `words` are why it could not be had.
    pub(super) fn try_again(&mut self, id: VisitId, words: Option<String>) {
        if let Some(visit) = self.visits.of(id) {
            visit.be_tried_again(Some(Again::after(PAUSE, words)));
        }
        self.wake();
    }
}

impl Visit {
    /// This thread is to stand. One that is followed alone may vanish before.
    fn await_thread(&mut self, thread: Pid) {
        self.thread = thread;
        self.preparation = Preparation::of(thread);
        let is_alone = self.alone.is_some();
        self.be_tried_again(is_alone.then(|| Again::after(PAUSE, None)));
    }

    fn be_tried_again(&mut self, then: Option<Again>) {
        if let Stage::Stopping { again, .. } | Stage::TakingAway { again, .. } = &mut self.stage {
            *again = then;
        }
    }
}

/// Has a thread of a process be followed alone; nothing if the process is gone. Its number may have become another's meanwhile, up to
/// where that is followed.
pub(crate) fn seize_it(tracer: &mut Tracer, process: &Process) -> Result<Option<Pid>, SeizeError> {
    if process.is_gone() {
        return Ok(None);
    }
    match tracer.seize_alone(process.pid()) {
        Ok(thread) if process.is_gone() => {
            tracer.let_alone_go(thread);
            Ok(None)
        }
        Ok(thread) => Ok(Some(thread)),
        Err(_) if has_ended(process) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a process has ended, waited for or not. Its first thread alone may have, or be just about to be replaced by another one that
/// executes a program.
pub(super) fn has_ended(process: &Process) -> bool {
    let status = text(process.pid(), "status").unwrap_or_default();
    let is_zombie = field(&status, "State").is_some_and(|state| state.starts_with('Z'));
    let is_single = field(&status, "Threads") == Some("1");
    process.is_gone() || (is_zombie && is_single)
}
