//! The machine without a kernel: reports as data, in every order that there can be.
mod orders;
mod shuffled;
mod visited;

use super::{Act, Hold, Kind, Machine, Report, Way};
use crate::event::{Ending, Event, Origin, What};
use crate::status::Identity;
use kernel::Usage;
use rustix::process::Pid;
use std::collections::HashMap;
use std::time::Duration;

fn pid(number: i32) -> Pid {
    Pid::from_raw(number).unwrap()
}

/// A machine, who there is, and what it has done.
#[derive(Debug, Default)]
struct Bench {
    machine: Machine,
    /// The process and the parent of each thread.
    people: HashMap<i32, (i32, i32)>,
    clock: u64,
    events: Vec<Event>,
    /// Handed out and not resumed.
    holds: Vec<Hold>,
    /// Below which threads children were looked for.
    looks: Vec<i32>,
    /// Whoever makes something is held, too.
    keeps_creators: bool,
    others: Vec<Act>,
}

impl Bench {
    /// With a process 1 that the tracer has started, which runs.
    fn started() -> Self {
        let mut bench = Self::default();
        bench.machine.expect_started(pid(1));
        bench.is(1, 1, 0);
        bench.report(1, Kind::Trapped);
        bench.resume_all();
        bench.others.clear();
        bench
    }

    fn is(&mut self, thread: i32, process: i32, parent: i32) {
        self.people.insert(thread, (process, parent));
    }

    fn report(&mut self, thread: i32, kind: Kind) {
        self.clock += 1;
        let mut report = Report {
            thread: pid(thread),
            at: Duration::from_millis(self.clock),
            kind,
            identity: None,
            stale: false,
        };
        if self.machine.asks_who(&report) && !matches!(report.kind, Kind::Ended { .. }) {
            let (process, parent) = self.people[&thread];
            report.identity = Some(Identity {
                process: pid(process),
                parent,
                pids: vec![thread],
            });
        }
        self.machine.on(report);
        self.collect();
    }

    fn collect(&mut self) {
        while let Some(act) = self.machine.act() {
            match act {
                // Whoever makes something goes on at once, as if nothing were told: that has tests of its own.
                Act::Tell {
                    event:
                        Event {
                            what: What::Made { .. },
                            ..
                        },
                    hold,
                } if !self.keeps_creators => {
                    if let Some(hold) = hold {
                        self.machine.resume(&hold);
                    }
                }
                Act::Tell { event, hold } => {
                    self.events.push(event);
                    self.holds.extend(hold);
                }
                Act::Look { thread, .. } => self.looks.push(thread.as_raw_pid()),
                other => self.others.push(other),
            }
        }
    }

    fn resume_all(&mut self) {
        for hold in std::mem::take(&mut self.holds) {
            self.machine.resume(&hold);
        }
        self.collect();
    }

    fn what(&self) -> Vec<(i32, &What)> {
        let told = |event: &Event| event.thread.as_raw_pid();
        self.events
            .iter()
            .map(|event| (told(event), &event.what))
            .collect()
    }

    fn last(&self) -> &What {
        &self.events.last().unwrap().what
    }

    /// What has been done since this was last asked, beside telling.
    fn done(&mut self) -> Vec<Act> {
        std::mem::take(&mut self.others)
    }
}

fn made(origin: Origin, new: i32) -> Kind {
    Kind::Made {
        origin,
        new: Some(pid(new)),
        flags: None,
        child: None,
    }
}

fn exiting() -> Kind {
    Kind::Exiting {
        ending: Ending::Exited(0),
    }
}

fn ended() -> Kind {
    Kind::Ended {
        ending: Ending::Exited(0),
        usage: Usage::default(),
    }
}

fn resumed(thread: i32, way: Way) -> Act {
    Act::Resume {
        thread: pid(thread),
        way,
    }
}
