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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{Event, ProcessId};
    use crate::sample;

    const SERVER: ProcessId = ProcessId(3);
    const KEEPER: ProcessId = ProcessId(9);
    const SHELL: ProcessId = ProcessId(10);

    #[test]
    fn forktops_own_processes_are_no_doing_of_what_is_followed() {
        let records = sample::everything();
        let open = |record: &crate::log::Record| matches!(record.event, Event::Entered(_));
        let until = 1 + records.iter().position(open).unwrap();
        let model = Model::of(records[..until].iter().cloned());
        let [server, keeper, shell] = [SERVER, KEEPER, SHELL].map(|id| model.process(id).unwrap());
        assert!(!model.is_visitor(server) && model.is_visitor(keeper) && model.is_visitor(shell));
        assert_eq!((model.visitors(), model.visits(server)), (2, 1));
        assert!(!model.findings(server).is_empty());
        assert!(model.findings(shell).is_empty());
        assert!(!model.void(keeper).unwrap().is_program(keeper));
        let over = Model::of(records);
        assert_eq!((over.visitors(), over.visits(server)), (0, 0));
    }
}
