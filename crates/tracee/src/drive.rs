//! What the kernel reports is handed to the state machine, and what that wants done is done.
use crate::decode::decode;
use crate::error::Error;
use crate::machine::{Act, Hold, Kind, Report, Way};
use crate::stale::mark_stale;
use crate::status;
use crate::stopped::Stopped;
use crate::tracer::{News, Tracer, Wake};
use kernel::{Errno, Status, TraceOptions, Traced, Waited, wait_any};
use rustix::process::{Pid, Signal};
use std::time::{Duration, Instant};

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Something was dealt with, and there may be more.
    Taken,
    /// There is nothing at the moment.
    Idle,
    /// There never will be: nobody is left to follow.
    Nobody,
}

impl Tracer {
    /// Takes one step: what the kernel has told is dealt with, or more is taken from it.
    pub(crate) fn advance(&mut self) -> Result<Step, Error> {
        if self.reports.is_empty() && self.due {
            self.take()?;
        }
        if let Some(report) = self.reports.pop_front() {
            self.deal_with(report)?;
            return Ok(Step::Taken);
        }
        self.expire()?;
        if self.work_is_due() {
            self.go_on_with_work();
            return Ok(Step::Taken);
        }
        if !self.told.is_empty() || self.tasks.done > 0 {
            Ok(Step::Taken)
        } else if self.nobody || self.has_nobody() {
            Ok(Step::Nobody)
        } else {
            Ok(Step::Idle)
        }
    }

    fn deal_with(&mut self, mut report: Report) -> Result<(), Error> {
        if self.machine.asks_who(&report) {
            let status = status::Status::read(report.thread);
            report.identity = status.ok().and_then(status::Status::identity);
        }
        if let Kind::Made {
            new: Some(new),
            flags,
            child,
            ..
        } = &mut report.kind
            && !report.stale
            && let Some(process) = self.machine.process_of(report.thread)
        {
            *child = self.home.child(report.thread, process, *new, *flags);
        }
        if let Kind::Made { new: Some(new), .. } = report.kind {
            self.carried.inherit(report.thread, new);
        }
        if let Kind::Ended { .. } = report.kind {
            self.carried.forget(report.thread);
        }
        match report.kind {
            Kind::Executed { former } => {
                self.forget_calls(former.into_iter().chain([report.thread]));
            }
            Kind::Ended { .. } => self.forget_calls([report.thread]),
            _ => {}
        }
        if report.kind.may_leave_children() && self.census.is_short() {
            self.machine.doubt();
        }
        self.machine.on(report);
        self.act()
    }

    fn forget_calls(&mut self, threads: impl IntoIterator<Item = Pid>) {
        for thread in threads {
            self.hidden.forget(thread);
            self.calls.forget(thread);
        }
    }

    /// Takes all that the kernel has to tell. None of those that stopped is resumed meanwhile, so it comes to an end, and
    /// nobody who stops again and again keeps the others from being heard. There is no more until the kernel says so.
    ///
    /// What comes first after a wait is dealt with first: mostly it is all, and need not stand still until that is known.
    fn take(&mut self) -> Result<(), Error> {
        let is_first = std::mem::take(&mut self.has_slept);
        loop {
            match wait_any() {
                Ok(Some(waited)) => {
                    self.report(&waited);
                    if is_first {
                        return Ok(());
                    }
                }
                Err(Errno::INTR) => {}
                Err(errno) if errno != Errno::CHILD => return Err(Error::Wait(errno)),
                nothing => {
                    self.due = false;
                    mark_stale(&mut self.reports, |report| report.thread);
                    self.nobody = nothing.is_err();
                    return Ok(());
                }
            }
        }
    }

    /// Takes in what the kernel has reported.
    pub(crate) fn report(&mut self, waited: &Waited) {
        if self.captives.has(waited.thread) && self.report_of_captive(waited) {
            return;
        }
        if self.finish(waited) {
            return;
        }
        self.hidden.see(waited.thread);
        if waited.status == Status::Syscall {
            self.help_to_itself(waited.thread);
            self.hidden.at_call(waited.thread.into());
        }
        let at = self.now();
        if let Some(report) = decode(waited, at, &mut self.calls) {
            self.file(report);
        }
    }

    /// Whether nobody else is to hear of it: of one that is told of too, its end is told.
    fn report_of_captive(&mut self, waited: &Waited) -> bool {
        self.tasks.due = true;
        if let Some(new) = self.captives.hear(waited) {
            self.hand_over(new);
        }
        let is_end = matches!(waited.status, Status::Exited(_) | Status::Killed { .. });
        !(is_end && self.machine.knows(waited.thread))
    }

    /// A new thread is ours alone: what was reported of it so far is.
    pub(crate) fn hand_over(&mut self, new: Pid) {
        let captive = self.captives.of(new);
        for report in self.take_back(new) {
            if let Some(captive) = &captive {
                captive.hear_report(&report.kind);
            }
        }
    }

    fn has_nobody(&self) -> bool {
        self.machine.is_empty()
            && self.strangers.is_empty()
            && self.captives.is_empty()
            && self.tasks.is_empty()
    }

    fn work_is_due(&self) -> bool {
        let deadline = self.captives.deadline();
        self.tasks.due || deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    fn go_on_with_work(&mut self) {
        self.tasks.go_on();
        self.captives.kill_abandoned();
    }

    fn file(&mut self, report: Report) {
        if self.strangers.contains(&report.thread) {
            self.let_stranger_go(&report);
            return;
        }
        if let Kind::Made { new: Some(new), .. } = report.kind {
            self.census.tell(new);
        }
        self.reports.push_back(report);
    }

    /// Does what the machine wants.
    pub(crate) fn act(&mut self) -> Result<(), Error> {
        while let Some(act) = self.machine.act() {
            match act {
                Act::Tell { event, hold } => {
                    let news = News::Event(event, hold.map(Stopped::new));
                    self.told.push_back(news);
                }
                Act::Resume { thread, way } => self.let_go_on(thread, way)?,
                // If it is dying it cannot be, and its end is reported.
                Act::Interrupt { thread } => {
                    let _beside = self.hidden.foresee(thread);
                    let _ = Traced::from(thread).interrupt();
                }
                Act::Detach { thread, way } => self.detach_from(thread, way)?,
                // As it has not been waited for, its number is still its own.
                Act::Kill { process } => {
                    let _ = rustix::process::kill_process(process, Signal::KILL);
                }
                Act::Look { process, thread } => self.look_below(process, thread),
            }
        }
        Ok(())
    }

    fn let_go_on(&mut self, thread: Pid, way: Way) -> Result<(), Error> {
        let traced = Traced::from(thread);
        let signal = self.prepare(traced, way);
        let done = match way {
            Way::Listen => traced.listen(),
            _ if self.stops_at_calls(thread) => traced.resume_to_syscall(signal),
            _ => traced.resume(signal),
        };
        unless_dying(thread, done)
    }

    fn stops_at_calls(&self, thread: Pid) -> bool {
        self.options.failed_execs || self.carried.has(thread) || self.hidden.is_watched(thread)
    }

    fn detach_from(&mut self, thread: Pid, way: Way) -> Result<(), Error> {
        let traced = Traced::from(thread);
        if self.stops_at_calls(thread) && traced.is_entering() {
            return self.let_go_later(traced);
        }
        let signal = self.prepare(traced, way);
        if signal == 0 && self.hidden.has_to_look(thread) {
            // Where it begins, it is told to.
            self.strangers.insert(thread);
            return unless_dying(thread, traced.resume_to_syscall(0));
        }
        self.hidden.leave(traced);
        unless_dying(thread, traced.detach(signal))
    }

    /// Has a thread that stands where a call begins go on into that, and lets it go where it comes back. That is at once: a call that
    /// was interrupted comes back with `EINTR`, which nobody would be there to hide.
    pub(crate) fn let_go_later(&mut self, thread: Traced) -> Result<(), Error> {
        self.expel(thread.thread());
        unless_dying(thread.thread(), thread.resume(0))
    }

    /// Hides what is to be hidden from a thread that is about to go on, and gives the signal that it goes on with.
    pub(crate) fn prepare(&mut self, thread: Traced, way: Way) -> i32 {
        let signal = self.hide(thread, way);
        self.hidden.go_on(thread.thread());
        signal
    }

    fn hide(&mut self, thread: Traced, way: Way) -> i32 {
        match way {
            Way::On | Way::Listen => 0,
            Way::Undisturbed => {
                self.hidden.hide(thread);
                0
            }
            Way::Signal(signal) => {
                self.hidden.hide_signal(thread, signal);
                signal
            }
            Way::Continued(signal) => signal,
        }
    }

    /// Waits until there may be something to take, or something is due, or this much time has passed.
    pub(crate) fn sleep(&mut self, at_most: Option<Duration>) -> Result<(), Error> {
        let due = self
            .machine
            .deadline()
            .map(|due| due.saturating_sub(self.began.elapsed()));
        let wake = match self.wake {
            Wake::At(time) => Some(time.saturating_duration_since(Instant::now())),
            Wake::Never | Wake::Due => None,
        };
        let patience = self.captives.deadline();
        let times = patience.into_iter().chain(self.hidden.next_end());
        let times = times.map(|time| time.saturating_duration_since(Instant::now()));
        let all = due.into_iter().chain(wake).chain(times);
        let timeout = all.chain(at_most).min();
        self.children.wait(timeout).map_err(Error::Wait)?;
        self.due = true;
        self.has_slept = true;
        Ok(())
    }

    /// If the time has come at which it was to come back, all that has happened until now is taken first: none of those that
    /// stopped goes on meanwhile, so that comes to an end.
    pub(crate) fn look_at_the_clock(&mut self) {
        if matches!(self.wake, Wake::At(time) if time <= Instant::now()) {
            self.wake = Wake::Due;
            self.due = true;
            self.has_slept = false;
        }
    }

    fn expire(&mut self) -> Result<(), Error> {
        self.hidden.end();
        if self.machine.deadline().is_some() {
            self.machine.expire(self.began.elapsed());
        }
        self.act()
    }

    /// The time, as events have it.
    pub(crate) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    pub(crate) fn holds(&self, hold: &Hold) -> bool {
        self.machine.is_in(hold)
    }

    pub(crate) fn trace_options(&self) -> TraceOptions {
        let mut options = TraceOptions::FORK
            | TraceOptions::VFORK
            | TraceOptions::CLONE
            | TraceOptions::EXEC
            | TraceOptions::EXIT
            | TraceOptions::SYSCALLS_MARKED;
        options.set(TraceOptions::EXIT_KILL, self.options.kill_on_exit);
        options
    }
}

/// A thread that has been killed is not in its stop any more; the kernel then says that there is no such thread.
fn unless_dying(thread: Pid, done: Result<(), Errno>) -> Result<(), Error> {
    match done {
        Err(Errno::SRCH) => Ok(()),
        done => done.map_err(|errno| Error::Resume { thread, errno }),
    }
}
