//! Looks at all that a process may do, when they are asked for.
use super::Follower;
use crate::log::{Event, Noticed, ProcessId};
use privileges::{Privileges, Process, ReadError};
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
        let filters = self.filters_of_held(pid);
        self.read(id, pid, filters);
    }

    /// Reads all that a process may do which is about to end: once, when its leader is.
    pub(super) fn look_at_end(&mut self, stopped: &Stopped) {
        let pid = stopped.process();
        let id = self.ledger.processes.id(pid);
        if let Some(id) = id.filter(|_| stopped.thread() == pid) {
            let filters = self.filters(stopped);
            self.read(id, pid, filters);
        }
    }

    fn read(&mut self, id: ProcessId, pid: Pid, filters: Option<Vec<Vec<tracee::Instruction>>>) {
        if let Some(process) = self.ledger.processes.folder(pid) {
            self.looked(id, process.privileges(), filters);
        }
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
            let filters = self.filters_of_held(*pid);
            self.looked(*id, read, filters);
        }
    }

    fn looked(
        &mut self,
        process: ProcessId,
        read: Result<Privileges, ReadError>,
        filters: Option<Vec<Vec<tracee::Instruction>>>,
    ) {
        let Ok(privileges) = read else {
            return;
        };
        let privileges = match filters {
            Some(filters) => privileges.with_filters(&filters),
            None => privileges,
        };
        let privileges = Arc::new(privileges);
        let event = Event::Looked {
            process,
            privileges,
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
