//! One entrypoint's void through its life: waiting to start, starting, running, and over.
mod alive;

use crate::event::{Event, Log, Spent};
use crate::failure::{Failed, Reason};
use crate::launch::{Connections, launch};
use crate::listening::Sockets;
use crate::outcome::Outcome;
use crate::plan::Planned;
use crate::pump::Awaited;
use alive::Alive;
use kernel::Ended;
use std::time::{Duration, Instant};

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
        let alive = Alive::new(launched, launched_at, self.planned);
        self.state = State::Alive(Box::new(alive));
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
            State::Alive(alive) => alive.deadline(),
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
        let alive = alive.into_iter().flat_map(|alive| alive.awaits());
        alive.chain(connections.into_iter().flat_map(Connections::awaits))
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
