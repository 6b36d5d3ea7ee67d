//! A tracer, and what can be asked of it. How it goes about that is in `drive`.
use crate::bell::Bell;
use crate::carried::Carried;
use crate::census::Census;
use crate::command::{Command, Started};
use crate::drive::Step;
use crate::error::{Error, NewError, NotFollowed, StartError};
use crate::event::Event;
use crate::failed_exec::Calls;
use crate::home::Home;
use crate::inside::Inside;
use crate::inside::captive::Captives;
use crate::inside::tasks::Tasks;
use crate::machine::{Machine, Report};
use crate::refused::Refused;
use crate::stopped::Stopped;
use crate::undisturbed::Hidden;
use crate::visit::Unfinished;
use kernel::{ChildNews, ShortTurns, Traced};
use rustix::process::Pid;
use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Instant;

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
    /// birth of what is followed from its beginning on, when it has made another, after an exec, before an end, and when it
    /// has been frozen.
    Event(Event, Option<Stopped>),
    /// The tracer's bell has been rung.
    Rung,
    /// The time has come at which the tracer was asked to come back ([`Tracer::wake_at`]).
    Due,
    /// Something that was under way ([`Tracer::work`]) has come to its end.
    Worked,
    /// A thread has come back, or is gone, whose call was overdue or had made a copy that is late
    /// ([`VisitError::Overdue`](crate::VisitError::Overdue), [`VisitError::Late`](crate::VisitError::Late)). If that
    /// has made a copy after all, this is it: it has been killed, and what is left of it is to be taken away.
    CameBack {
        /// The thread. It has what is its own again.
        thread: Pid,
        /// The copy.
        copy: Option<Inside>,
    },
}

/// When a tracer is to come back with [`News::Due`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    Never,
    At(Instant),
    /// That time has come, and is told of once there is nothing else.
    Due,
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
    pub(crate) reports: VecDeque<Report>,
    /// The kernel may have something to tell.
    pub(crate) due: bool,
    /// Nothing has been taken since it last waited.
    pub(crate) has_slept: bool,
    /// It has nobody left to tell of.
    pub(crate) nobody: bool,
    pub(crate) told: VecDeque<News>,
    pub(crate) children: ChildNews,
    pub(crate) bell: Bell,
    pub(crate) began: Instant,
    pub(crate) wake: Wake,
    pub(crate) calls: Calls,
    pub(crate) census: Census,
    pub(crate) home: Home,
    pub(crate) hidden: Hidden,
    /// Threads that are to be let go at their next stop.
    pub(crate) strangers: HashSet<Pid>,
    pub(crate) refused: Refused,
    pub(crate) captives: Captives,
    /// Copies of processes, until they have been taken away.
    pub(crate) copies: HashSet<Pid>,
    pub(crate) tasks: Tasks,
    pub(crate) carried: Carried,
    /// Threads that were visited and did not come back in time, with what they have to be given.
    pub(crate) unfinished: HashMap<Pid, Unfinished>,
    /// Whatever stands waits for this thread.
    turns: Option<ShortTurns>,
}

impl Tracer {
    /// A tracer that follows nothing yet. Until its end the calling thread blocks `SIGCHLD`, and takes the shortest turns that the
    /// scheduler knows (`sched_runtime` of sched_setattr(2)), as what stands waits for it; what [`Tracer::start`] starts does not.
    pub fn new(options: Options) -> Result<Self, NewError> {
        let this = std::fs::read_link("/proc/self").map_err(|_| NewError::Proc)?;
        if this.as_os_str() != rustix::process::getpid().as_raw_pid().to_string().as_str() {
            return Err(NewError::Proc);
        }
        let children = ChildNews::new().map_err(NewError::Wait)?;
        Ok(Self {
            machine: Machine::default(),
            options,
            reports: VecDeque::new(),
            due: true,
            has_slept: false,
            nobody: false,
            told: VecDeque::new(),
            bell: Bell::new(children.waker()),
            children,
            began: Instant::now(),
            wake: Wake::Never,
            calls: Calls::default(),
            census: Census::new(),
            home: Home::of_this_process(),
            hidden: Hidden::default(),
            strangers: HashSet::new(),
            refused: Refused::new(),
            captives: Captives::default(),
            copies: HashSet::new(),
            tasks: Tasks::default(),
            carried: Carried::default(),
            unfinished: HashMap::new(),
            turns: ShortTurns::begin(),
        })
    }

    /// Something with which other threads can have [`Tracer::next`] come back.
    pub fn bell(&self) -> Bell {
        self.bell.clone()
    }

    /// When it was made: the times of events are since then.
    pub const fn began(&self) -> Instant {
        self.began
    }

    /// Has [`Tracer::next`] come back with [`News::Due`], once, when this time has come or has passed, however much goes on:
    /// behind all that had happened when it came, and before what happens later. Any time before is forgotten; with `None`
    /// there is none.
    pub const fn wake_at(&mut self, time: Option<Instant>) {
        self.wake = match time {
            Some(time) => Wake::At(time),
            None => Wake::Never,
        };
    }

    /// Starts a command, and follows it from before it executes its program. Its birth is an event, where it is held.
    ///
    /// If the program cannot be executed that is no error here: see [`Started::refusal`].
    pub fn start(&mut self, command: &Command) -> Result<Started, StartError> {
        let prepared = command.prepare()?;
        let start = || prepared.start();
        let waiting = match &self.turns {
            Some(turns) => turns.without(start),
            None => start(),
        };
        let waiting = waiting.map_err(StartError::Fork)?;
        let process = waiting.pid();
        let thread = Traced::from(process);
        thread
            .seize(self.trace_options())
            .map_err(StartError::Seize)?;
        // The stop that is its birth. If this fails it is being killed, and its end is told of.
        let _ = thread.interrupt();
        self.census.tell(process);
        self.machine.expect_started(process);
        self.nobody = false;
        Ok(Started::new(process, waiting.go().ok()))
    }

    /// Waits for what comes next; `None` when nothing is left to follow.
    #[expect(clippy::should_implement_trait, reason = "it can fail")]
    pub fn next(&mut self) -> Result<Option<News>, Error> {
        loop {
            if self.bell.was_rung() {
                return Ok(Some(News::Rung));
            }
            self.look_at_the_clock();
            if let Some(news) = self.told.pop_front() {
                return Ok(Some(news));
            }
            if self.tasks.done > 0 {
                self.tasks.done = 0;
                return Ok(Some(News::Worked));
            }
            if self.wake == Wake::Due && !self.due && self.reports.is_empty() {
                self.wake = Wake::Never;
                return Ok(Some(News::Due));
            }
            match self.advance()? {
                Step::Taken => {}
                Step::Idle | Step::Nobody if self.wake == Wake::Due => {}
                Step::Idle => self.sleep(None)?,
                Step::Nobody => return Ok(self.told.pop_front()),
            }
        }
    }

    /// Waits until the bell is rung, or the time has come at which it was to come back: for who has nothing left to follow at the
    /// moment, and will. [`Tracer::next`] then tells of it.
    pub fn idle(&mut self) -> Result<(), Error> {
        self.sleep(None)
    }

    /// Goes on with this whenever something happens to a process that is made calls in ([`Inside`](crate::Inside)), and comes
    /// back with [`News::Worked`] when it has come to its end. Nothing else goes on with it, so there is nothing else that it
    /// may wait for.
    pub fn work(&mut self, task: impl Future<Output = ()> + 'static) {
        self.tasks.add(task);
    }

    /// Lets a thread go on. If it has been killed meanwhile nothing happens: its end is told of, or has been.
    #[expect(clippy::needless_pass_by_value, reason = "it can be resumed once")]
    pub fn resume(&mut self, stopped: Stopped) -> Result<(), Error> {
        self.machine.resume(&stopped.hold);
        self.act()
    }

    /// Has every thread of a process stop, wherever it is: each tells of it with an event, where it is held until it is
    /// resumed. Returns at once. A thread that the kernel does not let stop now, as one that waits in vfork(2), stops
    /// when it does; and one that does not come back from a visit in time ([`Tracer::copy`]) once more when it has.
    pub fn freeze(&mut self, process: Pid) -> Result<(), NotFollowed> {
        let followed = self.machine.freeze(process);
        self.act_lightly(process, followed)
    }

    /// Has the threads of a process that are to stop for [`Tracer::freeze`], and have not yet, go on. The others go on when
    /// they are resumed; and what is to stop for [`Tracer::freeze_thread`] does.
    pub fn thaw(&mut self, process: Pid) -> Result<(), NotFollowed> {
        let followed = self.machine.thaw(process);
        self.act_lightly(process, followed)
    }

    /// Has one thread stop, as [`Tracer::freeze`] all of a process: an event tells of it, where it is held.
    pub fn freeze_thread(&mut self, thread: Pid) -> Result<(), NotFollowed> {
        let followed = self.machine.freeze_thread(thread);
        self.act_lightly(thread, followed)
    }

    /// Whether a thread that is held stands where it can be visited ([`Tracer::copy`]): it was frozen, and is at no event.
    pub fn is_at_rest(&self, stopped: &Stopped) -> bool {
        self.machine.is_at_rest(&stopped.hold)
    }

    /// Has a thread go on that was to stop for [`Tracer::freeze_thread`] and has not yet, unless its process is to.
    pub fn thaw_thread(&mut self, thread: Pid) {
        self.machine.thaw_thread(thread);
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
}
