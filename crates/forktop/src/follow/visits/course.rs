//! From the copy to a shell that is open, and answers that are told.
use super::stage::{Outcome, Stage, Told};
use super::watch::Watch;
use crate::follow::Follower;
use crate::follow::request::{Mode, Request};
use crate::log::{Entrance, Event, VisitId};
use crate::outcome::chain;
use crate::shell::Ready;
use rustix::process::Pid;
use tracee::Inside;

impl Follower<'_> {
    /// Something under way in copies has come to its end.
    pub(in crate::follow) fn hear_outcomes(&mut self) -> Result<(), tracee::Error> {
        let outcomes = std::mem::take(&mut *self.visits.outcomes.borrow_mut());
        for (id, outcome) in outcomes {
            match outcome {
                Outcome::Entered(Ok(ready)) => self.begin_shell(id, ready)?,
                Outcome::Entered(Err(error)) => {
                    // Of one that was given up that is told.
                    if let Some(visit) = self.visits.of(id) {
                        let process = visit.process;
                        self.refuse_visit(id, process, chain(&error));
                        self.end_copy(id);
                    }
                }
                Outcome::Tried(calls) => {
                    if let Some(visit) = self.visits.of(id)
                        && let Stage::Working { stay, .. } = &visit.stage
                        && let Some(process) = visit.process
                    {
                        let stay = stay.clone();
                        self.tell_of_visit(Event::Tried {
                            visit: id,
                            process,
                            calls,
                            stay: Box::new(stay),
                        });
                    }
                    self.end_copy(id);
                }
                Outcome::Over => self.be_over(id)?,
            }
        }
        Ok(())
    }

    /// Has a shell be followed like any process. It begins when its exec is told.
    pub(super) fn begin_shell(&mut self, id: VisitId, ready: Ready) -> Result<(), tracee::Error> {
        let Some(visit) = self.visits.of(id) else {
            return Ok(());
        };
        let Stage::Working { copy, stay } = &visit.stage else {
            return Ok(());
        };
        let shell = ready.shell.process();
        visit.stage = Stage::Ready {
            copy: copy.clone(),
            shell,
            told: Box::new(Told {
                stay: stay.clone(),
                lacks: ready.lacks,
                outlook: ready.outlook,
                program: ready.program,
            }),
        };
        self.watch(id);
        // Whoever was killed by now is not told of again.
        let is_there = self.tracer.tell_of(&ready.keeper)?;
        if !is_there || !self.tracer.follow(ready.shell, ready.carried)? {
            let process = self.visits.of(id).and_then(|visit| visit.process);
            let who = if is_there { "shell" } else { "keeper" };
            self.refuse_visit(id, process, format!("its {who} was killed before it began"));
            self.end_copy(id);
        }
        Ok(())
    }

    /// Has the end of a process be noticed that is let go now. If it cannot be, its shell outlives it.
    pub(super) fn watch(&mut self, id: VisitId) {
        let Some(visit) = self.visits.all.iter_mut().find(|visit| visit.id == id) else {
            return;
        };
        if let (Some(alone), Some(desk)) = (&visit.alone, &self.desk) {
            visit.watch = Watch::begin(visit.pid, id, desk.clone()).ok();
            if alone.is_gone() {
                // The number may be another's by now.
                desk.hand_in(Request::Leave(id));
            }
        }
    }

    /// After the exec of a shell was told, which is held there.
    pub(in crate::follow) fn tell_of_shell(&mut self, shell: Pid) {
        let place =
            self.visits.all.iter_mut().find(
                |visit| matches!(&visit.stage, Stage::Ready { shell: it, .. } if *it == shell),
            );
        let Some(visit) = place else {
            return;
        };
        let stage = Stage::Ending {
            copy: match visit.stage.copy() {
                Some(copy) => copy.clone(),
                None => return,
            },
        };
        let Stage::Ready { copy, told, .. } = std::mem::replace(&mut visit.stage, stage) else {
            return;
        };
        let keeper = copy.process();
        visit.stage = Stage::Open { copy, shell };
        let (visit, process, mode) = (visit.id, visit.process, visit.mode);
        let processes = &self.ledger.processes;
        let ids = process.zip(processes.id(keeper)).zip(processes.id(shell));
        if let Some(((process, keeper), shell)) = ids {
            self.tell_of_visit(Event::Entered(Box::new(Entrance {
                visit,
                process,
                keeper,
                shell,
                program: told.program,
                assisted: mode == Mode::Assisted,
                stay: told.stay,
                lacks: told.lacks,
                outlook: told.outlook,
            })));
        }
    }

    /// Whether a process was made for a visit: nobody breaks on it.
    pub(in crate::follow) fn is_of_a_visit(&self, process: Pid) -> bool {
        self.visits.all.iter().any(|visit| {
            let copy = visit.stage.copy().map(Inside::process);
            copy == Some(process) || visit.stage.shell() == Some(process)
        })
    }
}
