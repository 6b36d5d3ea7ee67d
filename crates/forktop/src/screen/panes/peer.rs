//! Who of the tree is at the other end of what a process has open: as was found when it was looked at, or else among those
//! that were looked at too.
use super::Subject;
use super::named::{count, named};
use super::unread::LOOK_KEY;
use crate::log::{OtherEnds, Relation};
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
    source: Source<'a>,
}

/// Where ends are found.
#[derive(Clone, Copy, Debug)]
enum Source<'a> {
    /// All processes that were followed were asked for them.
    Told(&'a OtherEnds),
    /// They are among what was read of each that was looked at.
    Looked(&'a Connections),
}

impl<'a> Peers<'a> {
    /// Of what the process has open that had this number.
    pub fn of(subject: &Subject<'a>, pid: u32) -> Self {
        let source = match &subject.process.ends {
            Some(ends) => Source::Told(ends),
            None => Source::Looked(subject.model.connections()),
        };
        Self {
            subject: *subject,
            pid,
            source,
        }
    }

    /// Whose ends are not known, in words, if there are any.
    pub fn unknown(&self) -> Option<String> {
        let (number, words) = match self.source {
            Source::Told(ends) => (
                ends.unread,
                "not asked, whose ends are not known".to_owned(),
            ),
            Source::Looked(connections) => (
                connections.unlooked(),
                format!("not looked at, whose ends are not known: press {LOOK_KEY} there"),
            ),
        };
        (number > 0).then(|| format!("{} {words}", count(number, "process")))
    }

    /// Who is at the other end of this, in words.
    pub fn at_the_other_end(&self, of: &Descriptor) -> Vec<String> {
        match self.source {
            Source::Told(ends) => self.told(ends, of, Relation::Opposite),
            Source::Looked(all) => self.looked(all.ends().of(self.pid, of)),
        }
    }

    /// Who else has the same open, in words.
    pub fn sharers(&self, of: &Descriptor) -> Vec<String> {
        match self.source {
            Source::Told(ends) => self.told(ends, of, Relation::Same),
            Source::Looked(all) => self.looked(all.ends().sharing(self.pid, of)),
        }
    }

    fn told(&self, ends: &OtherEnds, of: &Descriptor, are: Relation) -> Vec<String> {
        let mut found = ends.found.iter();
        let found = found.find(|one| one.number == of.number && one.are == are);
        let Some(found) = found else {
            return Vec::new();
        };
        let name = |id| match self.subject.model.process(id) {
            _ if id == self.subject.process.id => "itself,".to_owned(),
            Some(process) => named(process),
            None => "?".to_owned(),
        };
        let held = found.descriptors.iter();
        let words = held.map(|held| format!("{} as {}", name(held.process), held.number));
        first(words, found.descriptors.len() + found.more)
    }

    fn looked(&self, ends: Others<'_>) -> Vec<String> {
        first(ends.iter().map(|end| self.words(end)), ends.len())
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

/// The first of so many, and how many more there are.
fn first(words: impl Iterator<Item = String>, all: usize) -> Vec<String> {
    let mut named: Vec<_> = words.take(NAMED).collect();
    let others = all - named.len();
    named.extend((others > 0).then(|| format!("{others} more")));
    named
}
