//! A copy that comes late: whoever judges the call that makes it, or is told of it, does so after our patience. The visit is refused by
//! then. The copy is killed as soon as it is there, and taken away once the thread that has made it runs again.
use super::BEAT;
use super::stage::{Again, Stage, Visit};
use super::standing::why_not_copied;
use crate::follow::Follower;
use crate::log::{Event, VisitId};
use rustix::process::Pid;
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
        };
        visit.is_refused = true;
        let (process, thread, is_alone) = (visit.process, visit.thread, visit.alone.is_some());
        let words = why_not_copied(thread, error);
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
            visit.stage = Stage::Overdue {
                again: Again::after(BEAT, None),
            };
            self.tracer.has_vanished(visit.thread);
        }
        self.wake();
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
