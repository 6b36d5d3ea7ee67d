//! A copy that comes late: whoever judges the call that makes it, or is told of it, does so after our patience. The visit is refused by
//! then. The copy is killed as soon as it is there, and taken away once the thread that has made it runs again.
use super::stage::{Again, Stage, Visit};
use super::standing::why_not_done;
use super::{BEAT, PATIENCE_WITH_ENDS};
use crate::follow::Follower;
use crate::log::{Event, VisitId};
use rustix::process::Pid;
use std::time::Instant;
use tracee::{Inside, VisitError};

impl Follower<'_> {
    /// A thread has not come back from the call that was to copy its process. One that was followed for that alone is let go as
    /// soon as it has.
    pub(super) fn be_overdue(&mut self, id: VisitId, error: &VisitError) {
        let Some(visit) = self.visits.of(id) else {
            return;
        };
        visit.stage = Stage::Overdue {
            again: Again::after(BEAT, None),
            is_given_up: false,
        };
        visit.is_refused = true;
        let (process, thread, is_alone) = (visit.process, visit.thread, visit.alone.is_some());
        let words = why_not_done(thread, error);
        if let Some(process) = process {
            self.tell_of_visit(Event::NotEntered {
                visit: id,
                process,
                words,
                is_awaited: matches!(error, VisitError::Overdue(_)),
            });
        }
        if is_alone {
            self.tracer.let_alone_go(thread);
        }
        self.wake();
    }

    /// Whether it has vanished is looked at now and then. If it has, it comes back.
    pub(super) fn look_for_thread(&mut self, id: VisitId) {
        if let Some(visit) = self.visits.of(id) {
            if let Stage::Overdue { again, .. } = &mut visit.stage {
                *again = Again::after(BEAT, None);
            }
            self.tracer.has_vanished(visit.thread);
        }
        self.wake();
    }

    /// Has a visit not be waited for any more, if its call has not come back. What comes of that is taken away whenever it does. Gives
    /// whether it is such a one.
    pub(super) fn give_up_overdue(&mut self, id: VisitId) -> bool {
        let Some(visit) = self.visits.of(id) else {
            return false;
        };
        let Stage::Overdue { is_given_up, .. } = &mut visit.stage else {
            return false;
        };
        *is_given_up = true;
        visit.over_by = None;
        true
    }

    /// It has come back, or is gone, with a copy that was made late or with none.
    pub(in crate::follow) fn come_back(&mut self, thread: Pid, copy: Option<Inside>) {
        let is_it = |visit: &&mut Visit| {
            visit.thread == thread && matches!(visit.stage, Stage::Overdue { .. })
        };
        let Some(visit) = self.visits.all.iter_mut().find(is_it) else {
            return;
        };
        let id = visit.id;
        match copy {
            Some(copy) => {
                if visit.stage.is_given_up() {
                    visit.over_by = Some(Instant::now() + PATIENCE_WITH_ENDS);
                }
                visit.stage = Stage::Ending { copy: copy.clone() };
                self.have_minded(id, &copy);
                self.end_copy(id);
            }
            None => {
                self.have_expected_no_more(id);
                drop(self.visits.remove(id));
            }
        }
    }
}
