//! forktop's own processes in the tree: what it made to visit another, and what those have made.
use super::{Model, Process};
use crate::log::{Entrance, Origin, ProcessId};

/// A shell that is open.
#[derive(Clone, Debug)]
pub(super) struct Open {
    process: ProcessId,
    /// Its keeper, and it itself.
    own: [ProcessId; 2],
    /// Whether the filters of the process are passed over in it.
    is_assisted: bool,
}

impl Open {
    pub(super) const fn of(entrance: &Entrance) -> Self {
        Self {
            process: entrance.process,
            own: [entrance.keeper, entrance.shell],
            is_assisted: entrance.assisted,
        }
    }
}

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
        self.open_in(process).count()
    }

    /// Whether a shell of forktop's is open in a process that may do more than it: its filters are passed over there.
    #[must_use]
    pub fn is_visited_assisted(&self, process: &Process) -> bool {
        self.open_in(process).any(|open| open.is_assisted)
    }

    /// Whether a process is such a shell, or its keeper.
    #[must_use]
    pub fn is_assisted(&self, process: &Process) -> bool {
        let mut assisted = self.visits.values().filter(|open| open.is_assisted);
        assisted.any(|open| open.own.contains(&process.id))
    }

    fn open_in(&self, process: &Process) -> impl Iterator<Item = &Open> {
        let id = process.id;
        self.visits.values().filter(move |open| open.process == id)
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
