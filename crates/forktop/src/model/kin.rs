//! The tree's rows, from the roots down: each process after the one that made it.
use super::{Model, Process};
use crate::log::{Origin, ProcessId, Time};
use crate::plan::{Finding, Grants, Plan, findings, of_first_process};
use privileges::Essentials;
use std::fmt;

/// Where a process stands in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The process.
    pub process: ProcessId,
    /// The place of the row below which it stands.
    pub above: Option<usize>,
    /// How many rows stand above it, one below the other.
    pub depth: usize,
    /// Whether no other row follows below the same one.
    pub last: bool,
}

/// How long after the program's exec a void's first process is left to itself.
const SETTLING: Time = Time(1_000_000_000);

/// How to walk the tree.
pub struct Descent<'a> {
    /// Which processes have a row.
    pub shows: &'a dyn Fn(&Process) -> bool,
    /// Whether what a process made is left out.
    pub folds: &'a dyn Fn(&Process) -> bool,
}

impl fmt::Debug for Descent<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Descent").finish_non_exhaustive()
    }
}

/// A void, as a clone-shim that is followed has planned it.
#[derive(Clone, Copy, Debug)]
pub struct Void<'a> {
    /// The clone-shim.
    pub shim: &'a Process,
    /// The void's first process.
    pub first: &'a Process,
    /// Its entrypoint.
    pub entrypoint: &'a str,
    /// The plan.
    pub plan: &'a Plan,
    /// What the entrypoint is granted.
    pub grants: &'a Grants,
}

impl Void<'_> {
    /// Whether a process is what the void was made for: its first one, or the only one that a first one of clone-shim's
    /// makes.
    #[must_use]
    pub fn is_program(&self, process: &Process) -> bool {
        let is_made = process.creator == Some(self.first.id) && self.first.execs.is_empty();
        process.id == self.first.id || is_made && !process.origin.is_some_and(Origin::is_visitor)
    }
}

impl Model {
    /// The void that a process is in: what a void's first process makes is in it.
    #[must_use]
    pub fn void<'a>(&'a self, process: &'a Process) -> Option<Void<'a>> {
        // Nearly always, and then nobody is asked for the process that made it.
        if !self.has_plans {
            return None;
        }
        let mut first = process;
        while first.entrypoint.is_none() {
            first = self.creator(first)?;
        }
        let (shim, entrypoint) = (self.creator(first)?, first.entrypoint.as_deref()?);
        let plan = shim.plan.as_deref()?;
        Some(Void {
            shim,
            first,
            entrypoint,
            plan,
            grants: plan.entrypoints.get(entrypoint)?,
        })
    }

    /// Whether a void's process runs what the void was made for: it has executed a program, or is a copy of one that had.
    /// The others are clone-shim's own, and hold what they need to make the void.
    #[must_use]
    pub fn is_made(&self, process: &Process) -> bool {
        let (mut here, mut born) = (process, Time(u64::MAX));
        loop {
            let executed = here.execs.first().and_then(|place| self.log.get(*place));
            if executed.is_some_and(|record| record.at <= born) {
                return true;
            }
            match self.creator(here) {
                Some(creator) if here.entrypoint.is_none() => (born, here) = (here.born, creator),
                _ => return false,
            }
        }
    }

    /// Where what a process may do, and what its void was granted, disagree: as far as that is known.
    ///
    /// For a process in no void, or one that still makes it, there is nothing.
    #[must_use]
    pub fn findings(&self, process: &Process) -> Vec<Finding> {
        // A shell of forktop's may do what the process may in which it is, and has what forktop gave it: that one is told of.
        if self.is_visitor(process) {
            return Vec::new();
        }
        match (self.void(process), &process.essentials) {
            (Some(void), _) if self.is_made(process) => findings(&void, process),
            (Some(void), Some(own)) if self.is_settled(process) => of_first_process(&void, own),
            _ => Vec::new(),
        }
    }

    /// Whether a void's first process is clone-shim's own, and known to have done the last thing that it does to itself: it
    /// filters its system calls. It does so right after the program has begun; later than a second it should have.
    #[must_use]
    pub fn is_settled(&self, process: &Process) -> bool {
        if process.entrypoint.is_none() || !process.execs.is_empty() {
            return false;
        }
        let children = process.children.iter().filter_map(|id| self.process(*id));
        let started = children.filter_map(|child| self.log.get(*child.execs.first()?));
        let Some(started) = started.map(|record| record.at).min() else {
            return false;
        };
        let seccomp = |essentials: &Essentials| essentials.seccomp;
        let filtered = process.steps.iter().any(|step| {
            let before = step.before.as_deref().map(seccomp);
            step.at >= started && before.is_some_and(|before| before != step.after.seccomp)
        });
        let looked = process.looked.as_ref().map(|(at, _)| *at);
        let known = looked.max(process.steps.last().map(|step| step.at));
        filtered || known.is_some_and(|at| at.0 >= started.0.saturating_add(SETTLING.0))
    }

    /// The rows of the tree. What is not shown has no row, and what it made stands where it would.
    #[must_use]
    pub fn rows(&self, descent: &Descent<'_>) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut left = self.below(&self.roots, None, 0, descent);
        while let Some(row) = left.pop() {
            let place = rows.len();
            if let Some(process) = self.process(row.process)
                && !(descent.folds)(process)
            {
                left.extend(self.below(&process.children, Some(place), row.depth + 1, descent));
            }
            rows.push(row);
        }
        rows
    }

    /// Rows for those of `siblings` that are shown, or what they made in their place; the first one last.
    fn below(
        &self,
        siblings: &[ProcessId],
        above: Option<usize>,
        depth: usize,
        descent: &Descent<'_>,
    ) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        let mut left: Vec<_> = siblings.iter().collect();
        while let Some(process) = left.pop().and_then(|id| self.process(*id)) {
            if !(descent.shows)(process) {
                left.extend(&process.children);
                continue;
            }
            rows.push(Row {
                process: process.id,
                above,
                depth,
                last: rows.is_empty(),
            });
        }
        rows
    }
}
