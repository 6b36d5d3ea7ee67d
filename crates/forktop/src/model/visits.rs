//! forktop's own processes in the tree: what it made to visit another, and what those have made.
use super::{Model, Process};
use crate::log::Origin;

impl Model {
    /// Whether forktop made a process to visit another, or one that it has so made did. It is no doing of what is followed.
    #[must_use]
    pub fn is_visitor(&self, process: &Process) -> bool {
        // Nearly always, and then nobody is asked for the process that made it.
        if !self.has_visitors {
            return false;
        }
        let mut line = std::iter::successors(Some(process), |here| self.creator(here));
        line.any(|here| here.origin.is_some_and(Origin::is_visitor))
    }

    /// How many shells of forktop's are open in a process.
    #[must_use]
    pub fn visits(&self, process: &Process) -> usize {
        self.visits.values().filter(|id| **id == process.id).count()
    }

    /// How many of those that are followed, and were not let go, are.
    #[must_use]
    pub fn visitors(&self) -> usize {
        let followed = self.processes().filter(|one| one.is_followed());
        followed.filter(|one| self.is_visitor(one)).count()
    }
}
