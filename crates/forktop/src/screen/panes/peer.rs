//! Who of the tree is at the other end of what a process has open: as was found when it was looked at, or else among those
//! that were looked at too.
use super::Subject;
use super::named::{count, named};
use super::unread::LOOK_KEY;
use crate::log::{OtherEnds, Relation};
use crate::model::Process;
use privileges::{Descriptor, End, Ends, Privileges};
use std::collections::HashMap;

/// So many ends of one thing are named; the others are counted.
const NAMED: usize = 8;

/// What the whole tree has open of what the process has, to find other ends in.
#[derive(Debug)]
pub struct Peers<'a> {
    subject: Subject<'a>,
    source: Source<'a>,
}

/// Where ends are found.
#[derive(Debug)]
enum Source<'a> {
    /// All processes that were followed were asked for them.
    Told(&'a OtherEnds),
    /// They are among what was read of each.
    Looked(Looked<'a>),
}

#[derive(Debug)]
struct Looked<'a> {
    /// The number that the process had when it was looked at.
    pid: u32,
    ends: Ends,
    processes: HashMap<u32, &'a Process>,
}

impl<'a> Peers<'a> {
    /// Of what this process has open.
    pub fn of(subject: &Subject<'a>, own: &'a Privileges) -> Self {
        let source = match &subject.process.ends {
            Some(ends) => Source::Told(ends),
            None => Source::Looked(Looked::of(subject, own)),
        };
        let subject = *subject;
        Self { subject, source }
    }

    /// Whose ends are not known, in words, if there are any.
    pub fn unknown(&self) -> Option<String> {
        let (number, words) = match &self.source {
            Source::Told(ends) => (
                ends.unread,
                "not asked, whose ends are not known".to_owned(),
            ),
            Source::Looked(_) => {
                let is_unknown =
                    |process: &&Process| process.is_alive() && process.looked.is_none();
                let unknown = self.subject.model.processes().filter(is_unknown).count();
                let words =
                    format!("not looked at, whose ends are not known: press {LOOK_KEY} there");
                (unknown, words)
            }
        };
        (number > 0).then(|| format!("{} {words}", count(number, "process")))
    }

    /// Who is at the other end of this, in words.
    pub fn at_the_other_end(&self, of: &Descriptor) -> Vec<String> {
        match &self.source {
            Source::Told(ends) => self.told(ends, of, Relation::Opposite),
            Source::Looked(looked) => looked.told(&looked.ends.of(looked.end(of))),
        }
    }

    /// Who else has the same open, in words.
    pub fn sharers(&self, of: &Descriptor) -> Vec<String> {
        match &self.source {
            Source::Told(ends) => self.told(ends, of, Relation::Same),
            Source::Looked(looked) => {
                let mut sharers = looked.ends.sharing(looked.end(of));
                sharers.retain(|end| end.pid != looked.pid);
                looked.told(&sharers)
            }
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
}

impl<'a> Looked<'a> {
    /// Among all living processes that were looked at.
    fn of(subject: &Subject<'a>, own: &'a Privileges) -> Self {
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
            pid: own.pid,
            processes: processes.collect(),
            ends: Ends::of_one(own, looked.iter().map(|(_, privileges)| *privileges)),
        }
    }

    const fn end(&self, of: &Descriptor) -> End {
        End {
            pid: self.pid,
            number: of.number,
        }
    }

    fn told(&self, ends: &[End]) -> Vec<String> {
        first(ends.iter().map(|end| self.words(*end)), ends.len())
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

/// The first of so many, and how many more there are.
fn first(words: impl Iterator<Item = String>, all: usize) -> Vec<String> {
    let mut named: Vec<_> = words.take(NAMED).collect();
    let others = all - named.len();
    named.extend((others > 0).then(|| format!("{others} more")));
    named
}
