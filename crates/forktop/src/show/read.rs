//! Looking at processes by their numbers.
use super::parents::Parents;
use crate::screen::panes::Parent;
use privileges::{Look, OpenError, Process, ReadError, Survey};
use rustix::process::Pid;
use std::slice::Chunks;
use std::sync::Arc;
use std::vec;

/// So many are held open at once, of which each has a few descriptors.
const AT_ONCE: usize = 200;

/// A process that is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What it may do.
    pub look: Look,
    /// Its parent, if that is to be seen.
    pub parent: Option<Arc<Parent>>,
}

/// A process that cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// No process can have this number.
    #[error("there is no process {0}")]
    Number(u32),
    /// There is none, or it cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It is gone, or cannot be read at all.
    #[error("cannot look at process {0}")]
    Read(u32, #[source] ReadError),
}

/// Looks at each of these processes, in order, as the looks are asked for.
#[derive(Debug)]
pub struct Looks<'a> {
    survey: Survey,
    numbers: Chunks<'a, u32>,
    ready: vec::IntoIter<Shown>,
    parents: Parents,
    errors: Vec<LookError>,
}

impl<'a> Looks<'a> {
    /// Of those with these numbers.
    #[must_use]
    pub fn at(numbers: &'a [u32]) -> Self {
        Self {
            survey: Survey::default(),
            numbers: numbers.chunks(AT_ONCE),
            ready: Vec::new().into_iter(),
            parents: Parents::default(),
            errors: Vec::new(),
        }
    }

    /// What is to be said of those that could not be shown.
    #[must_use]
    pub fn errors(self) -> Vec<LookError> {
        self.errors
    }

    fn look(&mut self, numbers: &[u32]) -> Vec<Shown> {
        let mut opened = Vec::new();
        for number in numbers {
            match open(&self.survey, *number) {
                Ok(process) => opened.push((*number, process)),
                Err(error) => self.errors.push(error),
            }
        }
        let processes: Vec<_> = opened.iter().map(|(_, process)| process).collect();
        let mut looks = Vec::with_capacity(opened.len());
        for ((number, _), look) in opened.iter().zip(self.survey.look_at(&processes)) {
            match look {
                Ok(look) => looks.push(look),
                Err(error) => self.errors.push(LookError::Read(*number, error)),
            }
        }
        for look in &looks {
            self.parents.meet(look);
        }
        let shown = looks.into_iter().map(|look| Shown {
            parent: self.parents.of(&look, &self.survey),
            look,
        });
        shown.collect()
    }
}

impl Iterator for Looks<'_> {
    type Item = Shown;

    fn next(&mut self) -> Option<Shown> {
        loop {
            if let Some(look) = self.ready.next() {
                return Some(look);
            }
            let numbers = self.numbers.next()?;
            self.ready = self.look(numbers).into_iter();
        }
    }
}

pub(super) fn open(survey: &Survey, number: u32) -> Result<Process, LookError> {
    let pid = i32::try_from(number).ok().and_then(Pid::from_raw);
    Ok(survey.open(pid.ok_or(LookError::Number(number))?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_not_there_is_told_beside_the_others() {
        let own = std::process::id();
        let numbers = [own, u32::MAX, own];
        let mut looks = Looks::at(&numbers);
        let seen: Vec<_> = looks
            .by_ref()
            .map(|shown| shown.look.privileges.pid)
            .collect();
        assert_eq!(seen, [own, own]);
        let errors = looks.errors();
        assert_eq!(
            errors[0].to_string(),
            format!("there is no process {}", u32::MAX)
        );
    }
}
