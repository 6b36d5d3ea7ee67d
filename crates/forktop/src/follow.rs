//! Following a tree: the tracer's events become records of the log, with what each process may do read while it stands
//! still.
mod births;
mod creators;
mod ends;
mod glances;
mod known;
mod ledger;
mod looks;
mod reading;
mod refused;
mod request;
mod steering;
mod threads;
mod visits;

pub use request::{Desk, Entry, Mode, Program, Request, Streams, Trial};
pub(crate) use visits::{frozen, seize_it};

use crate::backlog::Backlog;
use crate::caretaker::Caretaker;
use crate::log::{Ending, Header, Record};
use crate::screen::effect::Breaks;
use crate::session::{Failure, Visit};
use creators::Creator;
use glances::Glances;
use ledger::Ledger;
use rustix::process::Pid;
use std::collections::HashMap;
use std::fmt;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};
use tracee::{News, Stopped, Tracer, What};
use visits::Visits;

/// How long what has been visited may take to be let go.
const MOMENT: Duration = Duration::from_millis(100);

/// Turns what a tracer tells into a log.
pub struct Follower<'a> {
    tracer: Tracer,
    ledger: Ledger<'a>,
    /// Threads that are held still, by number.
    held: HashMap<Pid, Stopped>,
    /// Threads that have made a process which is not born yet, by the number of that.
    creators: HashMap<Pid, Creator>,
    breaks: Breaks,
    requests: Receiver<Request>,
    looks_at_end: bool,
    /// What is looked at soon.
    glances: Glances,
    /// What was told and not taken.
    backlog: Backlog,
    /// Shells in copies of processes, and calls that are tried there.
    visits: Visits,
    /// Threads that are held on after a visit, as they were before, and whose they are.
    held_again: HashMap<Pid, Pid>,
    /// It follows for a visit alone, and no longer.
    is_for_a_visit: bool,
    /// Why a process was not visited that is not followed.
    refused: Option<String>,
    /// Where to ask for what is to be done about what other threads notice.
    desk: Option<Desk>,
    /// Who takes away what is left of copies, if forktop is killed; from the first visit on.
    caretaker: Option<Caretaker>,
}

/// How following ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Nothing is left to follow.
    Ended,
    /// Everything was let go.
    Detached,
    /// Everything was killed.
    Killed,
}

impl fmt::Debug for Follower<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Follower")
            .field("tracer", &self.tracer)
            .finish_non_exhaustive()
    }
}

impl<'a> Follower<'a> {
    /// One that follows what the tracer has been given, and opens the log. `first` is the process whose end counts.
    pub fn new(
        tracer: Tracer,
        header: Header,
        first: Option<Pid>,
        requests: Receiver<Request>,
        tell: &'a mut dyn FnMut(Record),
    ) -> Self {
        Self {
            ledger: Ledger::open(tracer.began(), header, first, tell),
            tracer,
            held: HashMap::new(),
            creators: HashMap::new(),
            breaks: Breaks::default(),
            requests,
            looks_at_end: false,
            glances: Glances::default(),
            backlog: Backlog::default(),
            visits: Visits::default(),
            held_again: HashMap::new(),
            is_for_a_visit: false,
            refused: None,
            desk: None,
            caretaker: None,
        }
    }

    /// Has what is followed wait for who takes its records. The end of following waits for nobody.
    pub(crate) fn wait_for(&mut self, backlog: Backlog) {
        self.backlog = backlog;
    }

    /// Where whoever notices something asks for what is to be done about it.
    pub(crate) fn ask_at(&mut self, desk: Desk) {
        self.desk = Some(desk);
    }

    /// Visits a process that is not followed otherwise.
    pub(crate) fn make_visit(&mut self, pid: Pid, visit: Visit) -> Result<(), Failure> {
        self.is_for_a_visit = true;
        match visit {
            Visit::Shell(entry) => self.enter_process(pid, entry)?,
            Visit::Trial(trial) => self.try_in_process(pid, trial)?,
        }
        self.refused
            .take()
            .map_or(Ok(()), |words| Err(Failure::Visit(words)))
    }

    /// Has all that a process may do read before it ends.
    pub fn look_at_ends(&mut self) {
        self.looks_at_end = true;
    }

    /// Follows until there is nothing left, or a request ends it. Gives the end of the first process too, if it was seen.
    ///
    /// # Errors
    /// Following is over for a reason of its own; or a process that was only to be visited was not.
    pub(crate) fn follow(mut self) -> Result<(Over, Option<Ending>), Failure> {
        while !self.has_visited() {
            match self.next()? {
                None => return Ok((Over::Ended, self.ledger.result)),
                Some(News::Rung) => {
                    if let Some(over) = self.serve()? {
                        return Ok(self.part(over)?);
                    }
                }
                Some(news) => self.take(news)?,
            }
        }
        self.settle()?;
        let refused = self.refused.take().map(Failure::Visit);
        refused.map_or(Ok((Over::Ended, self.ledger.result)), Err)
    }

    /// Whether all is over that this was for, which was a visit. Of a thread that has registers which are not its own the end of its
    /// tracer would be the end too.
    fn has_visited(&self) -> bool {
        self.is_for_a_visit && self.visits.is_empty() && !self.tracer.owes_registers()
    }

    /// What is to be let go is, if it stops within a moment, without noticing anything. What does not stop would be waited for for
    /// ever: the kernel lets it go when its tracer ends.
    fn settle(&mut self) -> Result<(), tracee::Error> {
        let until = Instant::now() + MOMENT;
        while Instant::now() < until {
            self.tracer.wake_at(Some(until));
            match self.tracer.next()? {
                Some(news) => self.take(news)?,
                None => break,
            }
        }
        Ok(())
    }

    /// What comes next. Where nothing is followed for the moment, and a process is to be tried again, that is waited for.
    fn next(&mut self) -> Result<Option<News>, tracee::Error> {
        loop {
            match self.tracer.next()? {
                None if self.visits.due().is_some() => {
                    self.wake();
                    self.tracer.idle()?;
                }
                news => return Ok(news),
            }
        }
    }

    /// Takes in what is no request.
    fn take(&mut self, news: News) -> Result<(), tracee::Error> {
        match news {
            News::Event(event, stopped) => {
                self.happen(&event, stopped)?;
                self.backlog.wait_for_room();
            }
            News::Due => {
                self.glance();
                self.lose_patience()?;
                self.wake();
            }
            News::Worked => self.hear_outcomes()?,
            News::CameBack { thread, copy } => self.come_back(thread, copy),
            News::Rung => {}
        }
        Ok(())
    }

    /// Has the tracer come back when something is to be done.
    fn wake(&mut self) {
        let due = self.glances.due().into_iter().chain(self.visits.due());
        self.tracer.wake_at(due.min());
    }

    fn happen(
        &mut self,
        event: &tracee::Event,
        stopped: Option<Stopped>,
    ) -> Result<(), tracee::Error> {
        if let What::Made { new, flags } = event.what {
            return match stopped {
                Some(creator) => self.keep_creator(creator, new, flags),
                None => Ok(()),
            };
        }
        if event.what == What::Frozen && self.is_visited(event.thread) {
            let since = self.tracer.began() + event.at;
            return stopped.map_or(Ok(()), |stopped| self.stand(stopped, since));
        }
        let stopped = match event.what {
            What::Frozen => stopped.and_then(|stopped| self.hold_again(stopped)),
            _ => stopped,
        };
        self.mind_visits(event)?;
        let creator = self.creators.remove(&event.thread);
        let stopped = match creator {
            Some(_) => self.go_ahead(event, stopped)?,
            None => stopped,
        };
        let changed = self.ledger.record(event, creator.as_ref());
        if matches!(event.what, What::Born { .. }) {
            self.visit_known(event.process)?;
        }
        let is_end = matches!(event.what, What::Exiting { .. });
        if let Some(stopped) = stopped.as_ref().filter(|_| self.looks_at_end && is_end) {
            self.look_at_end(stopped);
        }
        self.expect_change(event);
        if let Some(creator) = creator {
            self.tracer.resume(creator.thread)?;
        }
        let Some(stopped) = stopped else {
            return Ok(());
        };
        if self.is_of_a_visit(stopped.process()) {
            self.tell_of_shell(stopped.process());
            return self.tracer.resume(stopped);
        }
        match self.breaks_at(event, changed) {
            Some(at) => self.hold(stopped, at),
            None => self.tracer.resume(stopped)?,
        }
        Ok(())
    }

    /// Lets everything go, or kills it, and tells the rest.
    fn part(mut self, over: Over) -> Result<(Over, Option<Ending>), tracee::Error> {
        self.end_visits()?;
        if self.looks_at_end {
            self.look_at_all();
        }
        self.held.clear();
        self.creators.clear();
        let parting = match over {
            Over::Killed => self.tracer.kill()?,
            Over::Detached | Over::Ended => self.tracer.detach()?,
        };
        for event in &parting.events {
            self.ledger.record(event, None);
        }
        Ok((over, self.ledger.result))
    }
}
