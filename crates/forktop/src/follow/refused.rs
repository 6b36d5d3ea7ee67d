//! Processes that cannot be followed.
use super::ledger::Ledger;
use super::reading;
use crate::log::{Event, Refusal, Time};
use rustix::process::Pid;
use tracee::Reason;

impl Ledger<'_> {
    /// Tells of a child of a process that is followed, with what it is as far as that can be read: it does not stand still,
    /// and may be gone, so that its number is another's.
    pub(super) fn refused(&mut self, at: Time, pid: Pid, parent: Pid, reason: &Reason) {
        let facts = self.processes.hold(pid);
        let facts = facts.and_then(|process| process.facts().ok());
        let of_it = facts.filter(|facts| facts.parent == reading::number(parent));
        let (name, arguments) = of_it.map_or_else(Default::default, |facts| {
            (facts.name, reading::arguments(&facts.arguments))
        });
        let event = Event::Refused(Box::new(Refusal {
            process: self.processes.refuse(pid, parent),
            pid: reading::number(pid),
            creator: self.processes.id(parent),
            parent: reading::number(parent),
            reason: reason.name().to_owned(),
            words: reason.to_string(),
            name,
            arguments,
        }));
        self.tell(at, event);
    }
}
