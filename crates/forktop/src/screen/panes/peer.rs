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
        let others = companions(subject).filter(|process| process.id != subject.process.id);
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
        let living = companions(&self.subject);
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

/// The living processes that were followed when the subject was last: a number is only for so long one process's own. What
/// was let go may have ended since.
fn companions<'a>(subject: &Subject<'a>) -> impl Iterator<Item = &'a Process> {
    let Process { ended, looked, .. } = subject.process;
    let at = match (ended, looked) {
        (Some(_), Some((at, _))) => *at,
        _ => subject.model.now(),
    };
    let all = subject.model.processes();
    all.filter(move |process| process.is_alive() && process.was_followed(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{Event, ProcessId, Record, Time};
    use crate::model::Model;
    use crate::sample;
    use crate::screen::theme::{Palette, Theme};
    use privileges::Names;

    #[test]
    fn what_was_let_go_before_is_at_no_end() {
        let mut model = Model::of(sample::everything());
        let living = |model: &Model| -> Vec<ProcessId> {
            let living = model.processes().filter(|process| process.ended.is_none());
            living.map(|process| process.id).collect()
        };
        let [one, other, ..] = living(&model)[..] else {
            panic!("two live on")
        };
        let at = Time(model.now().0 + 1);
        model.apply(Record {
            at,
            event: Event::Released { process: other },
        });
        model.apply(Record {
            at: Time(at.0 + 1),
            event: Event::Continued { process: one },
        });
        let (names, theme) = (Names::default(), Theme::of(Palette::Plain));
        let subject = Subject {
            model: &model,
            process: model.process(one).unwrap(),
            base: None,
            names: &names,
            theme: &theme,
            width: 80,
        };
        let companions: Vec<_> = companions(&subject).map(|process| process.id).collect();
        assert!(companions.contains(&one) && !companions.contains(&other));
    }
}
