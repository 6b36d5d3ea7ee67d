//! Visits to processes: a shell in a copy of one, or calls that are tried there.
//!
//! A process is held twice, each time for as long as a call takes: to be copied, and to have what is left of the copy taken
//! away. What is done in the copy is under way beside everything else that is followed.
mod filters;
mod stage;
mod standing;
mod stillness;
mod watch;

pub(super) use stage::Visits;

use super::Follower;
use super::request::{Entry, Mode, Request, Trial};
use crate::log::{Departure, Ending, Entrance, Event, ProcessId, Stay, VisitId};
use crate::outcome::chain;
use crate::shell::{self, Ready, Wish};
use filters::choose;
use privileges::Process;
use rustix::process::{Pid, Signal, kill_process};
use stage::{Outcome, Purpose, Stage, Told, Visit};
use std::time::{Duration, Instant};
use stillness::frozen;
use tracee::{Inside, Preparation, Reason, What};
use watch::Watch;

/// How long a process may take to stop: one that waits for a device, or in vfork(2), may take for ever.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a visit that is left may take to end its shell and have what is left of the copy taken away.
const PATIENCE_WITH_ENDS: Duration = Duration::from_secs(4);

/// How long a visit may take whose shell is over, when it is left.
const MOMENT: Duration = Duration::from_millis(200);

/// How long all visits may take to end, when following does: longer than each.
const PATIENCE_AT_THE_END: Duration = Duration::from_secs(5);

/// How often it is said meanwhile that this is under way, to whoever waits for the end of following.
const BEAT: Duration = Duration::from_secs(1);

const GONE: &str = "it has ended";

impl Follower<'_> {
    /// Puts a shell into a copy of a process that is followed.
    pub(super) fn enter(&mut self, entry: Entry) -> Result<(), tracee::Error> {
        match self.ledger.processes.number(entry.process) {
            Some(pid) => self.enter_process(pid, entry),
            None => {
                self.refuse_visit(entry.visit, Some(entry.process), GONE.to_owned());
                Ok(())
            }
        }
    }

    /// Puts a shell into a copy of a process, which is followed for that alone if it is not anyway.
    pub fn enter_process(&mut self, pid: Pid, entry: Entry) -> Result<(), tracee::Error> {
        let mode = entry.filters;
        let wish = Wish {
            program: entry.program,
            arguments: entry.arguments,
            streams: entry.streams,
            mode,
            title: title(pid),
        };
        self.visit(entry.visit, pid, mode, Purpose::Shell(Box::new(wish)))
    }

    /// Tries calls in a copy of a process that is followed.
    pub(super) fn try_calls(&mut self, trial: Trial) -> Result<(), tracee::Error> {
        match self.ledger.processes.number(trial.process) {
            Some(pid) => self.try_in_process(pid, trial),
            None => {
                self.refuse_visit(trial.visit, Some(trial.process), GONE.to_owned());
                Ok(())
            }
        }
    }

    /// Tries calls in a copy of a process, which is followed for that alone if it is not anyway.
    pub fn try_in_process(&mut self, pid: Pid, trial: Trial) -> Result<(), tracee::Error> {
        self.visit(trial.visit, pid, trial.filters, Purpose::Trial(trial))
    }

    fn visit(
        &mut self,
        id: VisitId,
        pid: Pid,
        mode: Mode,
        purpose: Purpose,
    ) -> Result<(), tracee::Error> {
        let process = self.ledger.processes.id(pid);
        // It would not stop, or not make a copy.
        let can_stop = frozen(pid).map_or(Ok(()), Err);
        let begun = can_stop
            .and_then(|()| choose(pid, mode))
            .and_then(|filters| {
                let alone = match process {
                    Some(_) => None,
                    None => Some(Process::open(pid).map_err(|error| chain(&error))?),
                };
                let thread = match &alone {
                    Some(_) => self
                        .tracer
                        .seize_alone(pid)
                        .map_err(|error| chain(&error))?,
                    None => self.thread_to_visit(pid).ok_or_else(|| GONE.to_owned())?,
                };
                Ok((filters, alone, thread))
            });
        let (filters, alone, thread) = match begun {
            Ok(begun) => begun,
            Err(words) => {
                self.refuse_visit(id, process, words);
                return Ok(());
            }
        };
        self.have_expected(id, pid, filters);
        self.visits.all.push(Visit {
            id,
            process,
            pid,
            alone,
            watch: None,
            thread,
            preparation: Preparation::of(thread),
            filters,
            mode,
            stage: Stage::Stopping {
                until: Instant::now() + PATIENCE,
                purpose,
            },
            over_by: None,
            ending: None,
            below: std::collections::HashSet::new(),
            gone: std::collections::HashSet::new(),
            session: None,
            has_no_keeper: false,
            is_over: false,
        });
        self.have_known_stand(thread)
    }

    /// The first thread of a process that can be visited: its leader, unless that has ended.
    fn thread_to_visit(&mut self, pid: Pid) -> Option<Pid> {
        if self.ledger.processes.of(pid)?.has_leader {
            return Some(pid);
        }
        let threads = self.ledger.processes.folder(pid)?.threads().ok()?;
        threads
            .into_iter()
            .find(|thread| *thread != pid && self.tracer.freeze_thread(*thread).is_ok())
    }

    /// Ends the shell of a visit, and all that it has left.
    pub(super) fn leave_visit(&mut self, id: VisitId) {
        let Some(visit) = self.visits.of(id) else {
            return;
        };
        let now = Instant::now();
        let over_by = visit.over_by.unwrap_or(now + PATIENCE_WITH_ENDS);
        visit.over_by = Some(over_by);
        match &visit.stage {
            Stage::Stopping { .. } => self.give_up_visit(id),
            Stage::Working { copy, .. } => copy.kill(),
            Stage::Ready { shell, .. } | Stage::Open { shell, .. } => kill(*shell),
            Stage::Ending { .. } => {}
            Stage::TakingAway { .. } => visit.over_by = Some(over_by.min(now + MOMENT)),
        }
        self.wake();
    }

    /// Ends a visit at once, wherever it is.
    pub(super) fn give_up_visit(&mut self, id: VisitId) {
        self.abandon(id, "it was given up".to_owned());
    }

    /// Something under way in copies has come to its end.
    pub(super) fn hear_outcomes(&mut self) -> Result<(), tracee::Error> {
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
    fn begin_shell(&mut self, id: VisitId, ready: Ready) -> Result<(), tracee::Error> {
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
    fn watch(&mut self, id: VisitId) {
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

    /// What happens to a process matters to visits. Before it is told.
    pub(super) fn mind_visits(&mut self, event: &tracee::Event) -> Result<(), tracee::Error> {
        match event.what {
            What::Born { creator, .. } => self.visits.note_birth(event.process, creator),
            What::Ended { ending, .. } => {
                self.visits.note_end(event.process);
                self.mind_end(event.process, ending.into());
                let over = self.visits.all.iter().filter(|visit| visit.is_over);
                let over: Vec<_> = over.map(|visit| visit.id).collect();
                for id in over {
                    self.be_over(id)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A copy has ended. Where it was killed what was below it may live, and make others: until that is over the visit is not.
    fn be_over(&mut self, id: VisitId) -> Result<(), tracee::Error> {
        let Some(visit) = self.visits.of(id) else {
            return Ok(());
        };
        visit.is_over = visit.has_no_keeper && !visit.below.is_empty();
        match visit.is_over {
            true => Ok(()),
            false => self.take_away(id),
        }
    }

    fn mind_end(&mut self, process: Pid, ending: Ending) {
        let (mut over, mut gone) = (Vec::new(), Vec::new());
        for visit in &mut self.visits.all {
            if visit.stage.shell() == Some(process) {
                visit.ending = Some(ending);
                over.push(visit.id);
            } else if visit.pid == process {
                match visit.stage {
                    Stage::Stopping { .. } | Stage::TakingAway { .. } => gone.push(visit.id),
                    // The kernel gives its copy to somebody else: it is to end before it is anybody's.
                    _ => visit.end(),
                }
            } else if visit.has_keeper(process) {
                visit.lose_keeper();
            }
        }
        for id in over {
            self.end_copy(id);
        }
        for id in gone {
            self.lose(id);
        }
    }

    /// The process of a visit has ended before it stood for it.
    fn lose(&mut self, id: VisitId) {
        let Some(visit) = self.visits.of(id) else {
            return;
        };
        let process = visit.process;
        match visit.stage {
            Stage::TakingAway { .. } => self.end_visit(id, None),
            _ => {
                drop(self.visits.remove(id));
                self.refuse_visit(id, process, GONE.to_owned());
            }
        }
    }

    /// After the exec of a shell was told, which is held there.
    pub(super) fn tell_of_shell(&mut self, shell: Pid) {
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
    pub(super) fn is_of_a_visit(&self, process: Pid) -> bool {
        self.visits.all.iter().any(|visit| {
            let copy = visit.stage.copy().map(Inside::process);
            copy == Some(process) || visit.stage.shell() == Some(process)
        })
    }

    /// Ends a copy, and all that is below it.
    fn end_copy(&mut self, id: VisitId) {
        let Some(visit) = self.visits.of(id) else {
            return;
        };
        let Some(copy) = visit.stage.copy().cloned() else {
            return;
        };
        visit.stage = Stage::Ending { copy: copy.clone() };
        let task = self.visits.work(id, async move {
            shell::leave(&copy).await;
            Outcome::Over
        });
        self.tracer.work(task);
    }

    /// The copy has ended: what is left of it is taken away.
    fn take_away(&mut self, id: VisitId) -> Result<(), tracee::Error> {
        let Some(visit) = self.visits.of(id) else {
            return Ok(());
        };
        let Some(copy) = visit.stage.copy().cloned() else {
            return Ok(());
        };
        visit.stage = Stage::TakingAway {
            until: Instant::now() + PATIENCE,
            copy,
        };
        let (pid, alone) = (visit.pid, visit.alone.as_ref().map(Process::is_gone));
        let thread = match alone {
            Some(true) => None,
            Some(false) => match self.tracer.seize_alone(pid) {
                Ok(thread) => Some(thread),
                Err(error) if matches!(error.reason, Reason::NoSuchProcess | Reason::Ended) => None,
                Err(error) => {
                    if let Some(visit) = self.visits.remove(id) {
                        self.leave_behind(&visit, &chain(&error));
                    }
                    return Ok(());
                }
            },
            None => self.thread_to_visit(pid),
        };
        let Some(thread) = thread else {
            self.end_visit(id, None);
            return Ok(());
        };
        if let Some(visit) = self.visits.of(id) {
            visit.thread = thread;
            visit.preparation = Preparation::of(thread);
        }
        self.have_known_stand(thread)
    }

    /// A visit is over, and is told so.
    fn end_visit(&mut self, id: VisitId, stay: Option<Stay>) {
        let Some(visit) = self.visits.remove(id) else {
            return;
        };
        if let Some(process) = visit.process {
            self.tell_of_visit(Event::Left(Box::new(Departure {
                visit: id,
                process,
                ending: visit.ending,
                stay,
            })));
        }
    }

    /// Tells that a process is not entered.
    fn refuse_visit(&mut self, visit: VisitId, process: Option<ProcessId>, words: String) {
        match process {
            Some(process) => self.tell_of_visit(Event::NotEntered {
                visit,
                process,
                words,
            }),
            None => self.refused = Some(words),
        }
    }

    /// Tells that a visit is over of which something is left.
    fn leave_behind(&mut self, visit: &Visit, words: &str) {
        if let Some(process) = visit.process {
            let stay = Stay {
                differs: vec![format!(
                    "its children, as what is left of the copy stays: {words}"
                )],
                ..Stay::default()
            };
            self.tell_of_visit(Event::Left(Box::new(Departure {
                visit: visit.id,
                process,
                ending: visit.ending,
                stay: Some(stay),
            })));
        }
    }

    fn tell_of_visit(&mut self, event: Event) {
        self.ledger.tell(self.ledger.now(), event);
    }

    /// Ends all visits, and waits for that.
    pub(super) fn end_visits(&mut self) -> Result<(), tracee::Error> {
        let until = Instant::now() + PATIENCE_AT_THE_END;
        let all: Vec<_> = self.visits.all.iter().map(|visit| visit.id).collect();
        for id in all {
            self.leave_visit(id);
        }
        while !self.visits.is_empty() && Instant::now() < until {
            self.backlog.be_at_work();
            let beat = until.min(Instant::now() + BEAT);
            self.tracer
                .wake_at(self.visits.due().into_iter().chain([beat]).min());
            match self.tracer.next()? {
                Some(news) => self.take(news)?,
                None => break,
            }
        }
        Ok(())
    }
}

/// What a process is called in the prompt: no sign of it means anything to a shell, or to a terminal.
fn title(pid: Pid) -> String {
    let name = Process::held(pid)
        .ok()
        .and_then(|process| process.name().ok());
    let name: String = name
        .unwrap_or_default()
        .chars()
        .map(
            |sign| match sign.is_ascii_alphanumeric() || "-_.+".contains(sign) {
                true => sign,
                false => '_',
            },
        )
        .collect();
    format!("{name}[{}]", pid.as_raw_pid())
}

fn kill(process: Pid) {
    // It was not waited for, so the number is its own; it may be dying.
    let _ = kill_process(process, Signal::KILL);
}
