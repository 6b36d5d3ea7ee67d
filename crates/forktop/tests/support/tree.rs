//! A tree of processes without what differs from run to run: numbers, times and the order of siblings.
use forktop::log::{Ending, Event, Record};
use forktop::model::{Model, Process, State};

/// A process: the programs that it executed, how it ended, and those that it made.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    pub programs: Vec<String>,
    pub ending: String,
    pub children: Vec<Node>,
}

impl Node {
    /// In order, whatever the order in which they were made.
    pub fn sorted(mut self) -> Self {
        self.children = self.children.into_iter().map(Self::sorted).collect();
        self.children.sort();
        self
    }

    pub fn count(&self) -> usize {
        1 + self.children.iter().map(Self::count).sum::<usize>()
    }

    /// A line a process, for a message.
    pub fn lines(&self, depth: usize) -> String {
        let line = format!(
            "{}{:?} {}\n",
            "  ".repeat(depth),
            self.programs,
            self.ending
        );
        let children = self.children.iter().map(|child| child.lines(depth + 1));
        line + &children.collect::<String>()
    }
}

/// The first process of a log and all below it.
pub fn of_log(records: &[Record]) -> Node {
    let model = Model::of(records.iter().cloned());
    let first = model.processes().next().expect("the log has a process");
    node(&model, first).sorted()
}

fn node(model: &Model, process: &Process) -> Node {
    let program = |place: &usize| match &model.log()[*place].event {
        Event::Executed(execution) => execution.arguments.join(" "),
        event => panic!("no exec: {event:?}"),
    };
    let children = process.children.iter().filter_map(|id| model.process(*id));
    Node {
        programs: process.execs.iter().map(program).collect(),
        ending: match process.state {
            State::Ended(Ending::Code(code)) => format!("exited {code}"),
            State::Ended(Ending::Signal(signal) | Ending::Core(signal)) => {
                format!("killed {signal}")
            }
            state => format!("{state:?}"),
        },
        children: children.map(|child| node(model, child)).collect(),
    }
}
