//! Who of the tree is at the other end of what a process has open, of those that were looked at.
use super::Subject;
use super::named::named;
use crate::model::Process;
use privileges::{Descriptor, End, Ends, Privileges};
use std::collections::HashMap;

/// So many ends of one thing are named; the others are counted.
const NAMED: usize = 8;

/// What the whole tree has open of what the process has, to find other ends in.
#[derive(Debug)]
pub struct Peers<'a> {
    subject: Subject<'a>,
    /// The number that it had when it was looked at.
    pid: u32,
    ends: Ends,
    processes: HashMap<u32, &'a Process>,
}

impl<'a> Peers<'a> {
    /// Of what this process has open, among all living processes that were looked at.
    pub fn of(subject: &Subject<'a>, own: &'a Privileges) -> Self {
        let others = subject
            .model
            .processes()
            .filter(|process| process.is_alive() && process.id != subject.process.id);
        let looked: Vec<_> = others
            .filter_map(|process| Some((process, &*process.looked.as_ref()?.1)))
            .collect();
        let processes = looked
            .iter()
            .map(|(process, privileges)| (privileges.pid, *process));
        Self {
            subject: *subject,
            pid: own.pid,
            processes: processes.collect(),
            ends: Ends::of_one(own, looked.iter().map(|(_, privileges)| *privileges)),
        }
    }

    /// How many living processes were not looked at, whose ends are not known.
    pub fn unknown(&self) -> usize {
        let living = self
            .subject
            .model
            .processes()
            .filter(|process| process.is_alive());
        living.filter(|process| process.looked.is_none()).count()
    }

    /// Who is at the other end of this, in words.
    pub fn at_the_other_end(&self, of: &Descriptor) -> Vec<String> {
        self.told(&self.ends.of(self.end(of)))
    }

    /// Who else has the same open, in words.
    pub fn sharers(&self, of: &Descriptor) -> Vec<String> {
        let mut sharers = self.ends.sharing(self.end(of));
        sharers.retain(|end| end.pid != self.pid);
        self.told(&sharers)
    }

    const fn end(&self, of: &Descriptor) -> End {
        End {
            pid: self.pid,
            number: of.number,
        }
    }

    fn told(&self, ends: &[End]) -> Vec<String> {
        let named = ends.iter().take(NAMED).map(|end| self.words(*end));
        let others = ends.len().saturating_sub(NAMED);
        let others = (others > 0).then(|| format!("{others} more"));
        named.chain(others).collect()
    }

    fn words(&self, end: End) -> String {
        let name = match self.processes.get(&end.pid) {
            _ if end.pid == self.pid => "itself,".to_owned(),
            Some(process) => named(process),
            None => end.pid.to_string(),
        };
        format!("{name} as {}", end.number)
    }
}
