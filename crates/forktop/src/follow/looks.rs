//! Looks at all that a process may do, when they are asked for.
use super::Follower;
use crate::log::{Event, Noticed, ProcessId};
use privileges::{Privileges, Process, ReadError};
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
        self.read(id, pid);
    }

    /// Reads all that a process may do which is about to end: once, when its leader is.
    pub(super) fn look_at_end(&mut self, event: &tracee::Event) {
        let pid = event.process;
        let id = self.ledger.processes.id(pid);
        if let Some(id) = id.filter(|_| event.thread == pid) {
            self.read(id, pid);
        }
    }

    fn read(&mut self, id: ProcessId, pid: Pid) {
        if let Some(process) = self.ledger.processes.folder(pid) {
            self.looked(id, pid, process.privileges());
        }
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
            self.looked(*id, *pid, read);
        }
    }

    fn looked(&mut self, process: ProcessId, pid: Pid, read: Result<Privileges, ReadError>) {
        let Ok(privileges) = read else {
            return;
        };
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
        };
        self.ledger.tell(self.ledger.now(), event);
    }
}
