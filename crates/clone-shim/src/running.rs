//! One entrypoint's void through its life: waiting to start, starting, running, and over.
use crate::broker::Broker;
use crate::event::{Event, Log, Spent};
use crate::failure::{Failed, Reason};
use crate::group::Group;
use crate::launch::{Connections, launch};
use crate::listening::Sockets;
use crate::outcome::Outcome;
use crate::plan::Planned;
use crate::pump::Awaited;
use kernel::{Child, Ended, Errno, Handover, How, News, Remains, Reports};
use rustix::event::PollFlags;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};
use void::Step;

/// An entrypoint and what there is of it at the moment.
#[derive(Debug)]
pub struct Running<'p> {
    planned: &'p Planned,
    /// What it listens with, until it is over.
    sockets: Sockets,
    state: State,
    restarts: u32,
    may_restart: bool,
    /// Whether some of what it wrote, or was to read, could not be passed on.
    lost: bool,
}

/// Who performs the calls of a void that need the launcher's network.
#[derive(Debug)]
enum Attendance {
    /// None does.
    None,
    /// The void will hand its listener over.
    Awaited(Handover),
    /// There is a broker.
    Here(Box<Broker>),
}

/// How an entrypoint ended for good.
#[derive(Clone, Copy, Debug)]
pub struct End {
    pub outcome: Outcome,
    pub at: Instant,
}

#[derive(Debug)]
enum State {
    /// Until it is time to start.
    Waiting {
        until: Instant,
    },
    /// There is a process.
    Alive(Box<Alive>),
    /// The process has ended; some of what it wrote is still to be passed on.
    Draining {
        connections: Connections,
        outcome: Outcome,
    },
    Over(End),
}

#[derive(Debug)]
struct Alive {
    child: Child,
    reports: Option<Reports>,
    steps: Vec<Step>,
    connections: Connections,
    launched_at: Instant,
    deadline: Option<Instant>,
    /// What the void itself said of its end.
    told: Option<News>,
    started: bool,
    /// Whether its news are waited for: otherwise they are few, and read when it has ended, which spares waking up.
    tells: bool,
    attendance: Attendance,
    _remains: Remains,
    /// Goes with the void.
    _group: Option<Group>,
}

impl<'p> Running<'p> {
    pub fn new(planned: &'p Planned, sockets: Sockets) -> Self {
        Self {
            planned,
            sockets,
            state: State::Waiting {
                until: Instant::now(),
            },
            restarts: 0,
            lost: false,
            may_restart: planned.restart.is_some(),
        }
    }

    pub fn launch(&mut self, log: &mut Log) -> Result<(), Failed<'p>> {
        let launched_at = Instant::now();
        self.lost = false;
        let launched = launch(self.planned, &self.sockets, log.is_wanted()).map_err(|error| {
            log.tell(
                &self.planned.name,
                &Event::Failed {
                    reason: crate::outcome::chain(&error),
                },
            );
            Failed {
                planned: self.planned,
                reason: Reason::Launch(error),
            }
        })?;
        let pid = launched.child.pid().as_raw_pid();
        log.tell(&self.planned.name, &Event::Launched { pid });
        self.state = State::Alive(Box::new(Alive {
            tells: launched.tells,
            attendance: launched
                .handover
                .map_or(Attendance::None, Attendance::Awaited),
            _remains: launched.remains,
            _group: launched.group,
            child: launched.child,
            reports: Some(launched.reports),
            steps: launched.steps,
            connections: launched.connections,
            launched_at,
            deadline: self
                .planned
                .wall
                .and_then(|wall| launched_at.checked_add(wall)),
            told: None,
            started: false,
        }));
        Ok(())
    }

    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over(_))
    }

    pub fn end(&self) -> Option<&End> {
        match &self.state {
            State::Over(end) => Some(end),
            _ => None,
        }
    }

    pub fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Waiting { until } => Some(*until),
            State::Alive(alive) => {
                let broker = alive.broker().and_then(Broker::deadline);
                alive.deadline.into_iter().chain(broker).min()
            }
            State::Draining { .. } | State::Over(_) => None,
        }
    }

    /// What may happen next to it.
    pub fn awaits(&self) -> impl Iterator<Item = Awaited<'_>> {
        let (alive, connections) = match &self.state {
            State::Alive(alive) => (Some(alive), Some(&alive.connections)),
            State::Draining { connections, .. } => (None, Some(connections)),
            State::Waiting { .. } | State::Over(_) => (None, None),
        };
        let reports = alive
            .filter(|alive| alive.tells)
            .and_then(|alive| alive.reports.as_ref())
            .map(AsFd::as_fd);
        let process = alive.map(|alive| alive.child.as_fd());
        let handover = alive.and_then(|alive| alive.handover());
        let readable = [reports, process, handover]
            .into_iter()
            .flatten()
            .map(|fd| Awaited {
                fd,
                flags: PollFlags::IN,
            });
        let broker = alive.and_then(|alive| alive.broker());
        readable
            .chain(broker.into_iter().flat_map(Broker::awaits))
            .chain(connections.into_iter().flat_map(Connections::awaits))
    }

    /// Takes note of all that has happened to it. True if its program was stopped at the keyboard, and the shim with it.
    pub fn look_after(&mut self, now: Instant, log: &mut Log) -> Result<bool, Failed<'p>> {
        let mut stopped = false;
        self.pass(log);
        match &mut self.state {
            State::Waiting { until } if *until <= now => self.launch(log)?,
            State::Alive(alive) => {
                stopped = alive.listen(&self.planned.name, log);
                alive.attend(self.planned, &self.sockets, log);
                alive.keep_time(now, self.planned, log);
                if let Ok(Some(ended)) = alive.child.try_wait() {
                    // What it said before it ended is there now, if it was not before.
                    alive.listen(&self.planned.name, log);
                    self.take_leave(&ended, log)?;
                }
            }
            State::Waiting { .. } | State::Draining { .. } | State::Over(_) => {}
        }
        if let State::Draining {
            connections,
            outcome,
        } = &self.state
            && connections.are_done()
        {
            let outcome = *outcome;
            self.finish(outcome, now, log);
        }
        Ok(stopped)
    }

    /// Passes on what it wrote, and what it is to read.
    fn pass(&mut self, log: &mut Log) {
        let connections = match &mut self.state {
            State::Alive(alive) => &mut alive.connections,
            State::Draining { connections, .. } => connections,
            State::Waiting { .. } | State::Over(_) => return,
        };
        for loss in connections.pass() {
            self.lost = true;
            log.tell(&self.planned.name, &Event::Lost { loss });
        }
    }

    /// Its process has ended.
    fn take_leave(&mut self, ended: &Ended, log: &mut Log) -> Result<(), Failed<'p>> {
        let over = State::Waiting {
            until: Instant::now(),
        };
        let State::Alive(mut alive) = std::mem::replace(&mut self.state, over) else {
            return Ok(());
        };
        let spent = Spent {
            wall: alive.launched_at.elapsed(),
            usage: ended.usage,
        };
        let outcome = match alive.how_it_ended(ended.how) {
            Ok(outcome) => outcome,
            Err((step, errno)) => {
                let reason = format!("cannot {}: {}", step.words, crate::refusal::describe(errno));
                log.tell(&self.planned.name, &Event::Failed { reason });
                self.over(Outcome::Failed(crate::refusal::FAILED), Instant::now());
                return Err(Failed {
                    planned: self.planned,
                    reason: Reason::Step { step, errno },
                });
            }
        };
        log.tell(&self.planned.name, &event(outcome, spent));
        alive.connections.close_inward();
        self.state = State::Draining {
            connections: alive.connections,
            outcome,
        };
        Ok(())
    }

    /// Everything of it has been passed on: it is over, or starts again.
    fn finish(&mut self, outcome: Outcome, now: Instant, log: &mut Log) {
        let outcome = self.with_losses(outcome);
        let again = (outcome != Outcome::Exited(0) && self.may_restart)
            .then(|| self.next_wait())
            .flatten();
        self.state = match again {
            Some(after) => {
                self.restarts += 1;
                log.tell(
                    &self.planned.name,
                    &Event::Restarting {
                        after,
                        attempt: self.restarts,
                    },
                );
                State::Waiting { until: now + after }
            }
            None => return self.over(outcome, now),
        };
    }

    /// Nobody waits for it any more.
    fn over(&mut self, outcome: Outcome, at: Instant) {
        self.sockets.close();
        self.state = State::Over(End { outcome, at });
    }

    /// A program that could not be heard has not succeeded.
    fn with_losses(&self, outcome: Outcome) -> Outcome {
        match self.lost {
            true => Outcome::Failed(crate::refusal::FAILED),
            false => outcome,
        }
    }

    /// How long until it starts again, if it does.
    fn next_wait(&self) -> Option<Duration> {
        let backoff = self.planned.restart?;
        if backoff.attempts.is_some_and(|most| self.restarts >= most) {
            return None;
        }
        let doubled = 2u32
            .checked_pow(self.restarts)
            .and_then(|factor| backoff.first.checked_mul(factor));
        Some(doubled.unwrap_or(backoff.most).min(backoff.most))
    }

    pub fn do_not_restart(&mut self) {
        self.may_restart = false;
        if let State::Waiting { .. } = self.state {
            self.over(Outcome::Killed(15), Instant::now());
        }
    }

    pub fn signal(&mut self, signal: i32) {
        if let State::Alive(alive) = &self.state {
            // It may have ended in this moment.
            let _ = alive.child.signal(signal);
        }
    }

    pub fn kill(&mut self) {
        const SIGKILL: i32 = 9;
        self.signal(SIGKILL);
        if let State::Draining { outcome, .. } = self.state {
            self.over(self.with_losses(outcome), Instant::now());
        }
    }

    /// Waits for what [`Running::kill`] has killed.
    pub fn reap(&mut self) {
        if let State::Alive(alive) = &self.state {
            let _ = alive.child.wait();
        }
    }

    pub fn resize(&self) {
        if let State::Alive(alive) = &self.state
            && let Some(terminal) = &alive.connections.terminal
        {
            terminal.resize();
        }
    }

    pub fn restore_terminal(&mut self) {
        if let State::Alive(alive) = &mut self.state
            && let Some(terminal) = &mut alive.connections.terminal
        {
            terminal.restore();
        }
    }

    /// The shim goes on after a stop, and its void with it.
    pub fn resume(&mut self) {
        const SIGCONT: i32 = 18;
        self.signal(SIGCONT);
        if let State::Alive(alive) = &mut self.state {
            alive.take_terminal();
        }
    }
}

impl Alive {
    /// Takes every message that is there. True if the program was stopped and has the launcher's keyboard.
    fn listen(&mut self, name: &str, log: &mut Log) -> bool {
        let mut stopped = false;
        while let Some(reports) = &self.reports {
            let news = match reports.next() {
                Ok(Some(news)) => news,
                Err(Errno::AGAIN) => break,
                // Without pid 1 of ours, this is how an exec is seen: it closes the void's end.
                Ok(None) | Err(_) => {
                    self.reports = None;
                    if !matches!(self.told, Some(News::Failed(_))) {
                        self.start(name, log);
                    }
                    break;
                }
            };
            match news {
                News::Started => self.start(name, log),
                News::Stopped { signal } => {
                    log.tell(name, &Event::Stopped { signal });
                    stopped = self.connections.terminal.is_some();
                }
                News::Continued => log.tell(name, &Event::Continued),
                News::Failed(_) | News::Exited { .. } | News::Killed { .. } => {
                    self.told = Some(news);
                }
            }
        }
        stopped
    }

    fn handover(&self) -> Option<BorrowedFd<'_>> {
        match &self.attendance {
            Attendance::Awaited(handover) => Some(handover.as_fd()),
            Attendance::None | Attendance::Here(_) => None,
        }
    }

    fn broker(&self) -> Option<&Broker> {
        match &self.attendance {
            Attendance::Here(broker) => Some(broker),
            Attendance::None | Attendance::Awaited(_) => None,
        }
    }

    /// Performs what calls of the void wait for.
    fn attend(&mut self, planned: &Planned, sockets: &Sockets, log: &mut Log) {
        match &mut self.attendance {
            Attendance::None => {}
            Attendance::Awaited(handover) => {
                let broker = match handover.take(&self.child) {
                    Err(Errno::AGAIN) => return,
                    Ok(Some(handed)) => {
                        let (grants, addresses) = (&planned.network, &planned.addresses);
                        let given = sockets.cookies();
                        Broker::new(handed, grants.clone(), given, addresses.clone()).ok()
                    }
                    Ok(None) | Err(_) => None,
                };
                // Without a broker the void does not go on: it sees our side of the handover close, or each of these
                // calls fail.
                self.attendance = broker.map_or(Attendance::None, |broker| {
                    Attendance::Here(Box::new(broker))
                });
            }
            Attendance::Here(broker) => {
                broker.attend(&mut |event| log.tell(&planned.name, &event));
            }
        }
    }

    fn start(&mut self, name: &str, log: &mut Log) {
        if !std::mem::replace(&mut self.started, true) {
            log.tell(name, &Event::Started);
            self.take_terminal();
        }
    }

    fn take_terminal(&mut self) {
        if let Some(terminal) = &mut self.connections.terminal {
            terminal.make_raw();
            terminal.resize();
        }
    }

    fn keep_time(&mut self, now: Instant, planned: &Planned, log: &mut Log) {
        const SIGKILL: i32 = 9;
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.deadline = None;
            let limit = planned.wall.unwrap_or_default();
            log.tell(&planned.name, &Event::OutOfTime { limit });
            let _ = self.child.signal(SIGKILL);
        }
    }

    /// By what the void said, or else by what became of its first process.
    fn how_it_ended(&self, how: How) -> Result<Outcome, (Step, Errno)> {
        match (self.told, how) {
            (Some(News::Failed(failure)), _) => Err((self.step(failure.step), failure.errno)),
            (Some(News::Exited { code }), _) | (None, How::Exited(code)) => {
                Ok(Outcome::Exited(code.to_le_bytes()[0]))
            }
            (Some(News::Killed { signal }), _) | (_, How::Killed { signal, .. }) => {
                Ok(Outcome::Killed(signal.to_le_bytes()[0]))
            }
            (Some(_), How::Exited(code)) => Ok(Outcome::Exited(code.to_le_bytes()[0])),
        }
    }

    fn step(&self, index: usize) -> Step {
        self.steps.get(index).cloned().unwrap_or(Step {
            words: "make the void".into(),
            subject: void::Subject::Void,
        })
    }
}

fn event(outcome: Outcome, spent: Spent) -> Event {
    match outcome {
        Outcome::Exited(code) | Outcome::Failed(code) => Event::Exited {
            code: code.into(),
            spent,
        },
        Outcome::Killed(signal) => Event::Killed {
            signal: signal.into(),
            spent,
        },
    }
}
