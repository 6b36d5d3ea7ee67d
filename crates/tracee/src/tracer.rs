//! The driver: what the kernel reports is handed to the state machine, and what that wants done is done.
use crate::bell::Bell;
use crate::command::{Command, Started};
use crate::decode::decode;
use crate::error::{Error, NewError, NotFollowed, StartError};
use crate::event::Event;
use crate::failed_exec::Calls;
use crate::machine::{Act, Hold, Kind, Machine, Report, Way};
use crate::status::Status;
use crate::stopped::Stopped;
use crate::undisturbed::Hidden;
use kernel::{ChildNews, Errno, TraceOptions, Traced, wait_any};
use rustix::process::{Pid, Signal};
use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

/// How a tracer follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Everything that is followed is killed when the thread of the tracer ends, however that comes, unless it has been
    /// detached from before. Otherwise it then runs on.
    pub kill_on_exit: bool,
    /// Programs that cannot be executed are told of ([`What::ExecFailed`](crate::What::ExecFailed)). Every system call of
    /// everything that is followed then costs two stops, which makes it many times slower.
    pub failed_execs: bool,
}

/// Something that a tracer has to tell.
#[derive(Debug)]
pub enum News {
    /// Something has happened to a process. If there is a [`Stopped`] the thread is held until that is resumed: at the
    /// birth of what is followed from its beginning on, after an exec, before an end, and when it has been frozen.
    Event(Event, Option<Stopped>),
    /// The tracer's bell has been rung.
    Rung,
}

/// Follows trees of processes. It belongs to the thread that made it, as the kernel has it:
/// ```compile_fail
/// fn is_send<T: Send>() {}
/// is_send::<tracee::Tracer>();
/// ```
#[derive(Debug)]
pub struct Tracer {
    pub(crate) machine: Machine,
    pub(crate) options: Options,
    /// Taken from the kernel, and not dealt with yet.
    reports: VecDeque<Report>,
    pub(crate) told: VecDeque<News>,
    children: ChildNews,
    bell: Bell,
    began: Instant,
    calls: Calls,
    hidden: Hidden,
    /// Processes that were seized by mistake: their number had become another's.
    pub(crate) strangers: HashSet<Pid>,
}

/// What the kernel had to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    Some,
    Nothing,
    /// And it never will: there is nobody left to tell of.
    Never,
}

impl Tracer {
    /// A tracer that follows nothing yet. The calling thread blocks `SIGCHLD` until its end.
    pub fn new(options: Options) -> Result<Self, NewError> {
        let this = std::fs::read_link("/proc/self").map_err(|_| NewError::Proc)?;
        if this.as_os_str() != rustix::process::getpid().as_raw_pid().to_string().as_str() {
            return Err(NewError::Proc);
        }
        Ok(Self {
            machine: Machine::default(),
            options,
            reports: VecDeque::new(),
            told: VecDeque::new(),
            children: ChildNews::new().map_err(NewError::Wait)?,
            bell: Bell::new().map_err(NewError::Wait)?,
            began: Instant::now(),
            calls: Calls::default(),
            hidden: Hidden::default(),
            strangers: HashSet::new(),
        })
    }

    /// Something with which other threads can have [`Tracer::next`] come back.
    pub fn bell(&self) -> Bell {
        self.bell.clone()
    }

    /// Starts a command, and follows it from before it executes its program. Its birth is an event, where it is held.
    ///
    /// If the program cannot be executed that is no error here: see [`Started::refusal`].
    pub fn start(&mut self, command: &Command) -> Result<Started, StartError> {
        let waiting = command.prepare()?.start().map_err(StartError::Fork)?;
        let process = waiting.pid();
        let thread = Traced::from(process);
        thread
            .seize(self.trace_options())
            .map_err(StartError::Seize)?;
        // The stop that is its birth. If this fails it is being killed, and its end is told of.
        let _ = thread.interrupt();
        self.machine.expect_started(process);
        Ok(Started::new(process, waiting.go().ok()))
    }

    /// Waits for what comes next; `None` when nothing is left to follow.
    #[expect(clippy::should_implement_trait, reason = "it can fail")]
    pub fn next(&mut self) -> Result<Option<News>, Error> {
        loop {
            if self.bell.was_rung() {
                return Ok(Some(News::Rung));
            }
            if let Some(news) = self.told.pop_front() {
                return Ok(Some(news));
            }
            let taken = self.advance()?;
            if taken == Taken::Nothing && self.machine.is_empty() && self.strangers.is_empty() {
                return Ok(None);
            }
            match taken {
                Taken::Never => return Ok(self.told.pop_front()),
                Taken::Nothing => self.sleep(None)?,
                Taken::Some => {}
            }
        }
    }

    /// Lets a thread go on. If it has been killed meanwhile nothing happens: its end is told of, or has been.
    #[expect(clippy::needless_pass_by_value, reason = "it can be resumed once")]
    pub fn resume(&mut self, stopped: Stopped) -> Result<(), Error> {
        self.machine.resume(&stopped.hold);
        self.act()
    }

    /// Has every thread of a process stop, wherever it is: each tells of it with an event, where it is held until it is
    /// resumed. Returns at once. A thread that the kernel does not let stop now, as one that waits in vfork(2), stops
    /// when it does.
    pub fn freeze(&mut self, process: Pid) -> Result<(), NotFollowed> {
        let followed = self.machine.freeze(process);
        self.act_lightly(process, followed)
    }

    /// Has the threads of a process that are to stop for [`Tracer::freeze`], and have not yet, go on. The others go on when
    /// they are resumed.
    pub fn thaw(&mut self, process: Pid) -> Result<(), NotFollowed> {
        let followed = self.machine.thaw(process);
        self.act_lightly(process, followed)
    }

    fn act_lightly(&mut self, process: Pid, followed: bool) -> Result<(), NotFollowed> {
        // Only interruptions, which cannot fail but for threads that are dying.
        let _ = self.act();
        if followed {
            Ok(())
        } else {
            Err(NotFollowed(process))
        }
    }

    /// Takes one step: what the kernel has told is dealt with, or more is taken from it.
    fn advance(&mut self) -> Result<Taken, Error> {
        if self.reports.is_empty() {
            let taken = self.take()?;
            if taken != Taken::Some {
                self.expire()?;
                return Ok(taken);
            }
        }
        if let Some(report) = self.reports.pop_front() {
            self.deal_with(report)?;
        }
        Ok(Taken::Some)
    }

    pub(crate) fn deal_with(&mut self, mut report: Report) -> Result<(), Error> {
        if self.machine.asks_who(&report) {
            let status = Status::read(report.thread);
            report.identity = status.ok().and_then(|status| status.identity());
        }
        if matches!(report.kind, Kind::Executed { .. } | Kind::Ended { .. }) {
            self.hidden.forget(report.thread);
            self.calls.forget(report.thread);
        }
        self.machine.on(report);
        self.act()
    }

    /// Takes all that the kernel has to tell. None of those that stopped is resumed meanwhile, so it comes to an end, and
    /// nobody who stops again and again keeps the others from being heard.
    fn take(&mut self) -> Result<Taken, Error> {
        loop {
            match wait_any() {
                Ok(Some(waited)) => {
                    let at = self.began.elapsed();
                    if let Some(report) = decode(&waited, at, &mut self.calls) {
                        self.file(report);
                    }
                }
                Ok(None) if self.reports.is_empty() => return Ok(Taken::Nothing),
                Err(Errno::CHILD) if self.reports.is_empty() => return Ok(Taken::Never),
                Ok(None) | Err(Errno::CHILD) => return Ok(Taken::Some),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(Error::Wait(errno)),
            }
        }
    }

    fn file(&mut self, report: Report) {
        if self.strangers.contains(&report.thread) {
            self.let_stranger_go(&report);
            return;
        }
        if matches!(report.kind, Kind::Exiting { .. } | Kind::Ended { .. }) {
            // It was killed out of whatever stop it was in.
            let earlier = self
                .reports
                .iter_mut()
                .filter(|earlier| earlier.thread == report.thread);
            earlier.for_each(|earlier| earlier.stale = true);
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
            _ if self.options.failed_execs => traced.resume_to_syscall(signal),
            _ => traced.resume(signal),
        };
        unless_dying(thread, done)
    }

    fn detach_from(&mut self, thread: Pid, way: Way) -> Result<(), Error> {
        let traced = Traced::from(thread);
        let signal = self.prepare(traced, way);
        unless_dying(thread, traced.detach(signal))
    }

    /// Hides what is to be hidden from a thread that is about to go on, and gives the signal that it goes on with.
    fn prepare(&mut self, thread: Traced, way: Way) -> i32 {
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
        let timeout = due.into_iter().chain(at_most).min();
        if self
            .children
            .wait(self.bell.wake(), timeout)
            .map_err(Error::Wait)?
        {
            self.bell.still();
        }
        Ok(())
    }

    fn expire(&mut self) -> Result<(), Error> {
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

    /// Takes and deals with everything there is at the moment; whether there is anything left to follow.
    pub(crate) fn drain(&mut self) -> Result<bool, Error> {
        loop {
            match self.advance()? {
                Taken::Some => {}
                Taken::Nothing => return Ok(!self.machine.is_empty()),
                Taken::Never => return Ok(false),
            }
        }
    }

    pub(crate) fn trace_options(&self) -> TraceOptions {
        let mut options = TraceOptions::FORK
            | TraceOptions::VFORK
            | TraceOptions::CLONE
            | TraceOptions::EXEC
            | TraceOptions::EXIT;
        options.set(TraceOptions::EXIT_KILL, self.options.kill_on_exit);
        options.set(TraceOptions::SYSCALLS_MARKED, self.options.failed_execs);
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
