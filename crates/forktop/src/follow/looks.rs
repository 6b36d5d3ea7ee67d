//! Looks at all that a process may do, when they are asked for.
use super::Follower;
use crate::log::{Event, Noticed, OtherEnds, ProcessId};
use privileges::{Privileges, Process};
use rustix::process::Pid;
use std::sync::Arc;

impl Follower<'_> {
    /// Reads all that a process may do, and what it does not tell by events.
    pub(super) fn look(&mut self, id: ProcessId) {
        let Some(pid) = self.ledger.processes.number(id) else {
            return;
        };
        // Children that a clone kept from us.
        let _ = self.tracer.look(pid);
        self.ledger.notice(self.ledger.now(), pid, Noticed::Look);
        let Some(own) = self.read(pid) else {
            return;
        };
        let ends = Arc::new(self.other_ends(id, &own));
        self.looked(id, pid, own, Some(ends));
    }

    /// Reads all that a process may do which is about to end: once, when its leader is.
    pub(super) fn look_at_end(&mut self, event: &tracee::Event) {
        let pid = event.process;
        let id = self.ledger.processes.id(pid);
        if let Some(id) = id.filter(|_| event.thread == pid)
            && let Some(own) = self.read(pid)
        {
            self.looked(id, pid, own, None);
        }
    }

    fn read(&mut self, pid: Pid) -> Option<Privileges> {
        self.ledger.processes.folder(pid)?.privileges().ok()
    }

    /// As [`look`](Self::look), at all.
    pub(super) fn look_at_all(&mut self) {
        let all = self.ledger.processes.all();
        for (_, pid) in &all {
            self.ledger.notice(self.ledger.now(), *pid, Noticed::Look);
        }
        let held = |(id, pid): (ProcessId, Pid)| Some((id, pid, Process::held(pid).ok()?));
        let held: Vec<_> = all.into_iter().filter_map(held).collect();
        let read = privileges::privileges_of(held.iter().map(|(.., process)| process));
        for ((id, pid, _), read) in held.iter().zip(read) {
            if let Ok(read) = read {
                // The ends are found among all that are read here.
                self.looked(*id, *pid, read, None);
            }
        }
    }

    fn looked(
        &mut self,
        process: ProcessId,
        pid: Pid,
        privileges: Privileges,
        ends: Option<Arc<OtherEnds>>,
    ) {
        let filters = self
            .held
            .get(&pid)
            .map(|stopped| stopped.filters(&self.tracer));
        let privileges = match filters {
            Some(Ok(filters)) => privileges.with_filters(&filters),
            _ => privileges,
        };
        let privileges = Arc::new(privileges);
        let event = Event::Looked {
            process,
            privileges,
            ends,
        };
        self.ledger.tell(self.ledger.now(), event);
    }
}
