//! Looks at all that a process may do, when they are asked for.
use super::Follower;
use crate::log::{Event, Noticed, OtherEnds, ProcessId};
use privileges::{Privileges, Process};
use rustix::process::Pid;
use std::sync::Arc;
use tracee::Stopped;

impl Follower<'_> {
    /// Reads all that a process may do, and what it does not tell by events.
    pub(super) fn look(&mut self, id: ProcessId) {
        let Some(pid) = self.ledger.processes.number(id) else {
            return;
        };
        // Children that a clone kept from us.
        let _ = self.tracer.look(pid);
        self.ledger
            .notice_threads(self.ledger.now(), pid, Noticed::Look);
        let Some(own) = self.read(pid) else {
            return;
        };
        let ends = Arc::new(self.other_ends(id, &own));
        let filters = self.filters_of_held(pid);
        self.looked(id, own, filters, Some(ends));
    }

    /// Reads all that a process may do which is about to end: once, when its leader is.
    pub(super) fn look_at_end(&mut self, stopped: &Stopped) {
        let pid = stopped.process();
        let id = self.ledger.processes.id(pid);
        if let Some(id) = id.filter(|_| stopped.thread() == pid)
            && let Some(own) = self.read(pid)
        {
            let filters = self.filters(stopped);
            self.looked(id, own, filters, None);
        }
    }

    fn read(&mut self, pid: Pid) -> Option<Privileges> {
        self.ledger.processes.folder(pid)?.privileges().ok()
    }

    /// As [`look`](Self::look), at all.
    pub(super) fn look_at_all(&mut self) {
        let all = self.ledger.processes.all();
        for (_, pid) in &all {
            self.ledger
                .notice_threads(self.ledger.now(), *pid, Noticed::Look);
        }
        let held = |(id, pid): (ProcessId, Pid)| Some((id, pid, Process::held(pid).ok()?));
        let held: Vec<_> = all.into_iter().filter_map(held).collect();
        let read = privileges::privileges_of(held.iter().map(|(.., process)| process));
        for ((id, pid, _), read) in held.iter().zip(read) {
            if let Ok(read) = read {
                let filters = self.filters_of_held(*pid);
                // The ends are found among all that are read here.
                self.looked(*id, read, filters, None);
            }
        }
    }

    fn looked(
        &mut self,
        process: ProcessId,
        privileges: Privileges,
        filters: Option<Vec<Vec<tracee::Instruction>>>,
        ends: Option<Arc<OtherEnds>>,
    ) {
        let privileges = match filters {
            Some(filters) => privileges.with_filters(&filters),
            None => privileges,
        };
        let privileges = Arc::new(privileges);
        let event = Event::Looked {
            process,
            privileges,
            ends,
        };
        self.ledger.tell(self.ledger.now(), event);
    }

    fn filters_of_held(&self, pid: Pid) -> Option<Vec<Vec<tracee::Instruction>>> {
        self.filters(self.held.get(&pid)?)
    }

    /// The filters of a thread that stands still, where the kernel gives them.
    fn filters(&self, stopped: &Stopped) -> Option<Vec<Vec<tracee::Instruction>>> {
        stopped.filters(&self.tracer).ok()
    }
}
