//! Looks at all that a process may do, when they are asked for.
use super::Follower;
use crate::log::{Noticed, ProcessId};

impl Follower<'_> {
    /// Reads what a process may do, and what it does not tell by events.
    pub(super) fn look(&mut self, id: ProcessId) {
        let Some(pid) = self.ledger.processes.number(id) else {
            return;
        };
        // Children that a clone kept from us.
        let _ = self.tracer.look(pid);
        let now = self.ledger.now();
        self.ledger.notice(now, pid, Noticed::Look);
    }

    /// The same of all.
    pub(super) fn look_at_all(&mut self) {
        for (id, _) in self.ledger.processes.all() {
            self.look(id);
        }
    }
}
