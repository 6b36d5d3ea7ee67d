//! The end of a visit, whoever it comes from: its shell, its process, its keeper, its user, or that of following.
use super::stage::{Outcome, Stage, Visit};
use super::taking_away::has_ended;
use super::{BEAT, GONE, MOMENT, PATIENCE_AT_THE_END, PATIENCE_WITH_ENDS, THREAD_GONE, kill};
use crate::follow::Follower;
use crate::log::{Departure, Ending, Event, Stay, VisitId};
use crate::shell;
use rustix::process::Pid;
use std::time::Instant;
use tracee::What;

impl Follower<'_> {
    /// Ends the shell of a visit, and all that it has left.
    pub(in crate::follow) fn leave_visit(&mut self, id: VisitId) {
        let Some(visit) = self.visits.of(id) else {
            return;
        };
        if visit.stage.is_given_up() {
            return;
        }
        let now = Instant::now();
        let over_by = visit.over_by.unwrap_or(now + PATIENCE_WITH_ENDS);
        visit.over_by = Some(over_by);
        match &visit.stage {
            Stage::Stopping { .. } => self.give_up_visit(id),
            Stage::Working { copy, .. } => copy.kill(),
            Stage::Ready { shell, .. } | Stage::Open { shell, .. } => kill(*shell),
            Stage::Overdue { .. } | Stage::Ending { .. } => {}
            Stage::TakingAway { .. } => visit.over_by = Some(over_by.min(now + MOMENT)),
        }
        self.wake();
    }

    /// Ends a visit at once, wherever it is.
    pub(in crate::follow) fn give_up_visit(&mut self, id: VisitId) {
        self.abandon(id, "it was given up".to_owned());
    }

    /// What happens to a process matters to visits. Before it is told.
    pub(in crate::follow) fn mind_visits(
        &mut self,
        event: &tracee::Event,
    ) -> Result<(), tracee::Error> {
        match event.what {
            What::Born { creator, .. } => self.visits.note_birth(event.process, creator),
            What::ThreadEnded => self.hold_no_more(event.thread),
            // The others are gone.
            What::Executed { .. } => {
                let is_left = |thread: &Pid, of: &mut Pid| *of != event.process || thread == of;
                self.held_again.retain(is_left);
            }
            What::Ended { ending, .. } => {
                self.held_again.retain(|_, of| *of != event.process);
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
    pub(super) fn be_over(&mut self, id: VisitId) -> Result<(), tracee::Error> {
        let Some(visit) = self.visits.of(id) else {
            return Ok(());
        };
        visit.is_over = visit.has_no_keeper && !visit.below.is_empty();
        match visit.is_over {
            true => Ok(()),
            false => self.take_away(id),
        }
    }

    pub(super) fn mind_end(&mut self, process: Pid, ending: Ending) {
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
    pub(super) fn lose(&mut self, id: VisitId) {
        let Some(visit) = self.visits.of(id) else {
            return;
        };
        let process = visit.process;
        let is_there = visit.alone.as_ref().is_some_and(|it| !has_ended(it));
        match visit.stage {
            // Of one that is followed alone only a thread may have ended.
            Stage::Stopping { .. } | Stage::TakingAway { .. } if is_there => {
                self.try_again(id, Some(THREAD_GONE.to_owned()));
            }
            Stage::TakingAway { .. } => {
                self.have_forgotten(id);
                self.end_visit(id, None);
            }
            _ => {
                drop(self.visits.remove(id));
                self.have_expected_no_more(id);
                self.refuse_visit(id, process, GONE.to_owned());
            }
        }
    }

    /// Ends a copy, and all that is below it.
    pub(super) fn end_copy(&mut self, id: VisitId) {
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

    /// A visit is over, and is told so.
    pub(super) fn end_visit(&mut self, id: VisitId, stay: Option<Stay>) {
        if let Some(visit) = self.visits.remove(id) {
            self.tell_departure(&visit, stay, false);
        }
    }

    /// Tells that a visit is over of which something is left.
    pub(super) fn leave_behind(&mut self, visit: &Visit, words: &str) {
        self.tell_departure(visit, Some(left_over(words)), false);
    }

    /// Tells that a visit is over but for the call that was to take away what is left of it, which is waited for.
    pub(super) fn leave_to_call(&mut self, visit: &Visit, words: &str) {
        self.tell_departure(visit, Some(left_over(words)), true);
    }

    fn tell_departure(&mut self, visit: &Visit, stay: Option<Stay>, is_awaited: bool) {
        // Who was refused is told no more, unless something is left.
        let is_told = !visit.is_refused || stay.as_ref().is_some_and(|it| !it.differs.is_empty());
        if let Some(process) = visit.process.filter(|_| is_told) {
            self.tell_of_visit(Event::Left(Box::new(Departure {
                visit: visit.id,
                process,
                ending: visit.ending,
                stay,
                is_awaited,
            })));
        }
    }

    /// Ends all visits, and waits for that.
    pub(in crate::follow) fn end_visits(&mut self) -> Result<(), tracee::Error> {
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
            match self.next()? {
                Some(news) => self.take(news)?,
                None => break,
            }
        }
        Ok(())
    }
}

/// How a process was left with what is left of its copy.
fn left_over(words: &str) -> Stay {
    Stay {
        differs: vec![format!(
            "its children, as what is left of the copy stays: {words}"
        )],
        ..Stay::default()
    }
}
