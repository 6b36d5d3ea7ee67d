//! Watching the voids until none is left: one loop over everything that can happen.
//!
//! The loop only waits and asks; what is done about a void is in `running`, and how each ended decides the outcome.
use crate::event::Log;
use crate::failure::Failed;
use crate::listening::Sockets;
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::running::{End, Running};
use kernel::{SignalSet, take_signal};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

/// What the user decides about the watching.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How long voids may take to end when they are asked to.
    pub grace: Duration,
}

/// Starts all of a plan's voids together and stays until the last has ended. `sockets` are what each listens with.
///
/// `Err` is the first that failed to start; all others have been killed then.
pub fn supervise<'p>(
    plan: &'p Plan,
    sockets: Vec<Sockets>,
    patience: Patience,
    log: &mut Log,
) -> Result<Outcome, Failed<'p>> {
    // The mask of a void's program is set anew; the shim's own stays until it exits.
    let _ = SignalSet::ALL.make_mask();
    let mut sockets = sockets.into_iter();
    let mut running = |planned| Running::new(planned, sockets.next().unwrap_or_default());
    let mut shim = Shim {
        voids: plan.entrypoints.iter().map(&mut running).collect(),
        killed_at: None,
        patience,
        log,
    };
    for void in &mut shim.voids {
        void.launch(shim.log)?;
    }
    let signals = SignalSet::ALL.descriptor().ok();
    while shim.voids.iter().any(|void| !void.is_over()) {
        shim.wait(signals.as_ref());
        while let Some(signal) = signals
            .as_ref()
            .and_then(|signals| take_signal(signals).ok().flatten())
        {
            shim.receive(signal);
        }
        shim.look_after_all()?;
    }
    Ok(shim.outcome())
}

struct Shim<'p, 'l> {
    voids: Vec<Running<'p>>,
    /// When all voids are killed, once they have been asked to end.
    killed_at: Option<Instant>,
    patience: Patience,
    log: &'l mut Log,
}

impl<'p> Shim<'p, '_> {
    /// Until something happens, or a deadline is reached.
    fn wait(&mut self, signals: Option<&OwnedFd>) {
        let mut watched = Vec::new();
        if let Some(signals) = signals {
            watched.push(PollFd::from_borrowed_fd(signals.as_fd(), PollFlags::IN));
        }
        for void in &self.voids {
            watched.extend(
                void.awaits()
                    .map(|awaited| PollFd::from_borrowed_fd(awaited.fd, awaited.flags)),
            );
        }
        let deadlines = self
            .voids
            .iter()
            .filter_map(Running::deadline)
            .chain(self.killed_at);
        let timeout = deadlines.min().map(|deadline| {
            let left = deadline.saturating_duration_since(Instant::now());
            // A whole millisecond more, so as not to wake before the time and wait again for nothing.
            let left = left + Duration::from_millis(1);
            Timespec {
                tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: left.subsec_nanos().into(),
            }
        });
        // Whatever poll says, everything is looked at without waiting.
        let _ = poll(&mut watched, timeout.as_ref());
    }

    fn look_after_all(&mut self) -> Result<(), Failed<'p>> {
        let now = Instant::now();
        if self.killed_at.is_some_and(|time| time <= now) {
            self.killed_at = None;
            self.voids.iter_mut().for_each(Running::kill);
        }
        let mut suspend = false;
        for void in &mut self.voids {
            suspend |= void.look_after(now, self.log)?;
        }
        if suspend {
            self.suspend();
        }
        Ok(())
    }

    fn receive(&mut self, signal: i32) {
        match signal {
            libc_signal::WINCH => self.voids.iter().for_each(Running::resize),
            // The voids' ends are seen through their pidfds.
            libc_signal::CHLD
            | libc_signal::PIPE
            | libc_signal::TTIN
            | libc_signal::TTOU
            | libc_signal::URG => {}
            libc_signal::TSTP => {
                self.pass_on(signal);
                self.suspend();
            }
            libc_signal::CONT => self.resume(),
            _ => self.pass_on(signal),
        }
    }

    fn pass_on(&mut self, signal: i32) {
        for void in &mut self.voids {
            void.signal(signal);
        }
        if matches!(signal, libc_signal::TERM | libc_signal::INT) {
            for void in &mut self.voids {
                void.do_not_restart();
            }
            self.killed_at
                .get_or_insert(Instant::now() + self.patience.grace);
        }
    }

    /// Stops this process as a shell expects of a job; returns when it goes on.
    fn suspend(&mut self) {
        self.voids.iter_mut().for_each(Running::restore_terminal);
        let _ = rustix::process::kill_process(rustix::process::getpid(), Signal::STOP);
        self.resume();
    }

    fn resume(&mut self) {
        for void in &mut self.voids {
            void.resume();
        }
    }

    /// That of the first to fail, or success.
    fn outcome(&self) -> Outcome {
        let failed = self
            .voids
            .iter()
            .filter_map(Running::end)
            .filter(|end| end.outcome != Outcome::Exited(0));
        failed
            .min_by_key(|end| end.at)
            .map_or(Outcome::Exited(0), |end: &End| end.outcome)
    }
}

impl Drop for Shim<'_, '_> {
    /// Nothing of ours outlives us: what is still running when the shim gives up is killed, and its end awaited.
    fn drop(&mut self) {
        self.voids.iter_mut().for_each(Running::kill);
        self.voids.iter_mut().for_each(Running::reap);
    }
}

/// signal(7), by number; the same on x86-64 and aarch64.
mod libc_signal {
    pub(super) const INT: i32 = 2;
    pub(super) const PIPE: i32 = 13;
    pub(super) const TERM: i32 = 15;
    pub(super) const CHLD: i32 = 17;
    pub(super) const CONT: i32 = 18;
    pub(super) const TSTP: i32 = 20;
    pub(super) const TTIN: i32 = 21;
    pub(super) const TTOU: i32 = 22;
    pub(super) const URG: i32 = 23;
    pub(super) const WINCH: i32 = 28;
}
