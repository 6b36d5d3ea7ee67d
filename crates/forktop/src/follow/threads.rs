//! Threads beside the leader that may do something else than it.
use super::births::Changed;
use super::ledger::Ledger;
use crate::log::{Event, Noticed, Time};
use privileges::Essentials;
use rustix::process::Pid;
use std::sync::Arc;

impl Ledger<'_> {
    /// Reads what the threads of a process may do, its leader first, and tells what is new.
    pub(super) fn notice_threads(&mut self, at: Time, pid: Pid, noticed: Noticed) {
        self.notice(at, pid, noticed);
        let folder = self.processes.folder(pid);
        let threads = folder.and_then(|folder| folder.threads().ok());
        for thread in threads.unwrap_or_default() {
            if thread != pid {
                self.notice_thread(at, pid, thread, noticed);
            }
        }
    }

    /// Reads what a thread beside the leader may do, and tells it if that is new.
    pub(super) fn notice_thread(
        &mut self,
        at: Time,
        pid: Pid,
        thread: Pid,
        noticed: Noticed,
    ) -> Changed {
        let folder = self.processes.folder(pid);
        let now = folder.and_then(|folder| folder.essentials_of(thread).ok());
        let Some(now) = now.filter(|now| !self.is_known_of(pid, thread, now)) else {
            return Changed::No;
        };
        // Its whole process may have changed: then that is told first.
        let changed = self.notice(at, pid, noticed);
        if self.is_known_of(pid, thread, &now) {
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

    /// Whether a thread may do this as far as is known: what its process may, unless it was told to differ.
    pub(super) fn is_known_of(&self, pid: Pid, thread: Pid, now: &Essentials) -> bool {
        self.processes.of(pid).is_some_and(|known| {
            let own = known.threads.get(&thread);
            own.or(known.essentials.as_ref()).map(AsRef::as_ref) == Some(now)
        })
    }
}
