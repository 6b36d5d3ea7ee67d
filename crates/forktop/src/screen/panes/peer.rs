//! Who of the tree is at the other end of what a process has open, of those that were looked at.
use super::Subject;
use super::named::named;
use crate::model::{Connections, Process};
use privileges::{Descriptor, End, Others};

/// So many ends of one thing are named; the others are counted.
const NAMED: usize = 8;

/// What the whole tree has open, to find the other ends of what a process has in.
#[derive(Debug)]
pub struct Peers<'a> {
    subject: Subject<'a>,
    /// The number that it had when it was looked at.
    pid: u32,
    connections: &'a Connections,
}

impl<'a> Peers<'a> {
    /// Of what the process has open that had this number, among all living processes that were looked at.
    pub fn of(subject: &Subject<'a>, pid: u32) -> Self {
        Self {
            subject: *subject,
            pid,
            connections: subject.model.connections(),
        }
    }

    /// How many living processes were not looked at, whose ends are not known.
    pub const fn unknown(&self) -> usize {
        self.connections.unlooked()
    }

    /// Who is at the other end of this, in words.
    pub fn at_the_other_end(&self, of: &Descriptor) -> Vec<String> {
        self.told(self.connections.ends().of(self.pid, of))
    }

    /// Who else has the same open, in words.
    pub fn sharers(&self, of: &Descriptor) -> Vec<String> {
        self.told(self.connections.ends().sharing(self.pid, of))
    }

    fn told(&self, ends: Others<'_>) -> Vec<String> {
        let named = ends.iter().take(NAMED).map(|end| self.words(end));
        let others = ends.len().saturating_sub(NAMED);
        let others = (others > 0).then(|| format!("{others} more"));
        named.chain(others).collect()
    }

    fn words(&self, end: End) -> String {
        let Process { ended, looked, .. } = self.subject.process;
        // A number is only for so long one process's own: what was let go may have ended since.
        let at = match (ended, looked) {
            (Some(_), Some((at, _))) => *at,
            _ => self.subject.model.now(),
        };
        let found = self.subject.model.numbered(end.pid);
        let name = match found.filter(|process| process.was_followed(at)) {
            _ if end.pid == self.pid => "itself,".to_owned(),
            Some(process) => named(process),
            None => end.pid.to_string(),
        };
        format!("{name} as {}", end.number)
    }
}
