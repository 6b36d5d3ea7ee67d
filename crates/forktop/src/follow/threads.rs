//! Threads beside the leader that may do something else than it.
use super::births::{Changed, settled};
use super::ledger::Ledger;
use crate::log::{Event, Noticed, Time};
use privileges::Essentials;
use rustix::process::Pid;
use std::sync::Arc;

impl Ledger<'_> {
    /// Reads what the threads of a process may do, its leader first, and tells what is new.
    pub(super) fn notice_threads(&mut self, at: Time, pid: Pid, noticed: Noticed) {
        self.notice(at, pid, noticed);
        for thread in self.threads_beside(pid) {
            self.notice_thread(at, pid, thread, noticed);
        }
    }

    /// The threads of a process beside its leader.
    pub(super) fn threads_beside(&mut self, pid: Pid) -> Vec<Pid> {
        let folder = self.processes.folder(pid);
        let threads = folder.and_then(|folder| folder.threads().ok());
        let mut threads = threads.unwrap_or_default();
        threads.retain(|thread| *thread != pid);
        threads
    }

    /// Reads what a thread beside the leader may do, and tells it if that is new.
    pub(super) fn notice_thread(
        &mut self,
        at: Time,
        pid: Pid,
        thread: Pid,
        noticed: Noticed,
    ) -> Changed {
        let Some(folder) = self.processes.folder(pid) else {
            return Changed::No;
        };
        let read = || folder.essentials_of(thread).ok();
        let now = match noticed {
            // It may run.
            Noticed::Look | Noticed::Glance => settled(self.known_of(pid, thread), read),
            Noticed::Creation | Noticed::End => read(),
        };
        let Some(now) = now.filter(|now| self.known_of(pid, thread) != Some(now)) else {
            return Changed::No;
        };
        // Its whole process may have changed: then that is told first.
        let changed = self.notice(at, pid, noticed);
        if self.known_of(pid, thread) == Some(&now) {
            return changed;
        }
        let Some(known) = self.processes.of_mut(pid) else {
            return changed;
        };
        let (process, essentials) = (known.id, Arc::new(now));
        known.threads.insert(thread, essentials.clone());
        let event = Event::Changed {
            process,
            tid: Some(super::reading::number(thread)),
            noticed,
            essentials,
        };
        self.tell(at, event);
        Changed::Yes
    }

    /// What a thread may do as far as is known: what its process may, unless it was told to differ.
    pub(super) fn known_of(&self, pid: Pid, thread: Pid) -> Option<&Essentials> {
        let known = self.processes.of(pid)?;
        let own = known.threads.get(&thread);
        own.or(known.essentials.as_ref()).map(AsRef::as_ref)
    }
}
