//! A call made in a process that is followed, at a stop of one of its threads: the only two that ever are, clone(2) to copy it
//! and wait4(2) to take the copy away again. The thread is as it was before, in all that it can see.
//!
//! From [`Lent::lend`] to [`Lent::give_back`] the thread has registers that are not its own. If the tracer dies then, it is killed,
//! as it would go on with those. Between the two there are requests of ptrace(2) and waits for this thread alone: no input or
//! output, no lock; and memory is allocated only where it has filters. (If it does not come at once, its state is read.)
//!
//! Its filters may be passed over meanwhile, and other threads of it may write to the code that it runs. So where it enters the kernel
//! it is looked at whether that is for the call which was asked for; any other is not made.
mod ahead;
mod attempt;
mod lent;
mod lost;
mod unfinished;

pub(crate) use unfinished::Unfinished;

use crate::error::Error;
use crate::fingerprint::{Extent, Fingerprint};
use crate::inside::memory::Door;
use crate::inside::{Filters, Inside};
use crate::seize::identity;
use crate::stopped::Stopped;
use crate::tracer::Tracer;
use attempt::{Stands, Visit};
use kernel::{Abi, Errno, TraceOptions, Traced, wait_for};
use rustix::process::Pid;
use std::time::Duration;

/// wait4(2): for a child of whatever kind (`__WALL`), without waiting (`WNOHANG`).
const WNOHANG_WALL: u64 = 0x4000_0001;

/// Where the stack of a copy is said to be, so that nothing can be done with it: if the tracer dies before the kernel has been
/// told to kill the copy then, that goes on from where it stands, and ends by a fault there.
const NOWHERE: u64 = 16;

/// Why a process was not copied, or its copy not taken away. It goes on as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VisitError {
    /// It has ended, or executed a program, meanwhile.
    #[error("the process has ended, or executed a program, meanwhile")]
    Gone,
    /// The kernel has refused the call.
    #[error("the kernel refuses {0} there")]
    Refused(&'static str, #[source] Errno),
    /// A filter has made a signal of it, which was kept back.
    #[error("its filter makes a signal of {0} (SIGSYS)")]
    Trapped(&'static str),
    /// The call did not come back, and was given up.
    #[error("{0} does not come back there: whoever judges its calls does not answer")]
    Unanswered(&'static str),
    /// The call has not come back, and cannot be interrupted: [`News::CameBack`](crate::News::CameBack) follows when it has. A copy
    /// may have come of it then.
    #[error("{0} has not come back there: whoever judges its calls does not answer")]
    Overdue(&'static str),
    /// It has ended, or executed a program, when it had made the copy: [`News::CameBack`](crate::News::CameBack) follows with that.
    #[error("the process has ended, or executed a program, when it had been copied")]
    Late,
    /// It ignores `SIGSYS`, so a filter that sent it could not be kept from changing that.
    #[error("it ignores SIGSYS, and its filters cannot be passed over")]
    IgnoresSigsys,
    /// It was about to make another call than the one asked for: somebody had written to its code. That was not made.
    #[error("its code was changed while it stood, to make another call than {0}")]
    Tampered(&'static str),
    /// Its children are made in another pid or time namespace (unshare(2)): a copy would be there, and as the first of that
    /// namespace would end it.
    #[error("its children would be in other namespaces than it is itself")]
    BornElsewhere,
    /// No instruction in it makes a system call.
    #[error("there is no instruction in it that makes a system call")]
    NoDoor,
    /// It runs code of a kind that is not known.
    #[error("it runs code of a kind that is not known")]
    UnknownCode,
    /// It may stand in a restartable sequence (rseq(2)), and that cannot be read.
    #[error("its memory does not answer")]
    Unreadable(#[source] Errno),
    /// The kernel does not let its tracer do what is needed.
    #[error("the kernel does not let it be traced so")]
    Traced(#[source] Errno),
}

/// What a visit came to.
#[derive(Debug)]
pub struct Visited<T> {
    /// What it was for.
    pub result: Result<T, VisitError>,
    /// The thread, which stands still as before; `None` if it is gone.
    pub stopped: Option<Stopped>,
    /// How long its registers were not its own.
    pub lent: Duration,
    /// What differed afterwards from what was before: empty if all was as it had been, but for counters.
    pub differs: Vec<&'static str>,
    /// What of it was not compared: it could not be read, there was so much that the thread would have stood for long, or it is
    /// gone.
    pub uncompared: Vec<&'static str>,
}

/// What a copy leaves when it has ended, which its process never asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remains {
    process: Pid,
    number: u64,
}

impl Remains {
    /// Of a copy with this number in our pid namespace, and this one in the process's own.
    pub const fn new(process: Pid, number: u64) -> Self {
        Self { process, number }
    }

    /// Of a copy that is there, and whose process is: that has as many numbers as there are down to its own pid namespace, where
    /// the last is (`NSpid`, proc_pid_status(5)).
    pub fn of(copy: Pid) -> Option<Self> {
        let who = identity(copy)?;
        let level = identity(Pid::from_raw(who.parent)?)?.pids.len();
        let number = who.pids.get(level.checked_sub(1)?)?;
        Some(Self::new(copy, u64::try_from(*number).ok()?))
    }

    /// Its number in our pid namespace.
    pub const fn process(self) -> Pid {
        self.process
    }

    /// Its number in the process's own pid namespace.
    pub const fn number(self) -> u64 {
        self.number
    }
}

/// What is found out about a thread beforehand, while it runs.
#[derive(Clone, Copy, Debug)]
pub struct Preparation {
    door: Option<Door>,
    extent: Extent,
}

impl Preparation {
    /// Of a thread. It holds until its process executes a program.
    pub fn of(thread: Pid) -> Self {
        Self {
            door: Door::find(thread, Abi::NATIVE),
            extent: Extent::affordable(thread),
        }
    }
}

impl Tracer {
    /// Has a process make a copy of itself, whose end sends it no signal, and which it cannot find by waiting (but with `__WALL`
    /// or `__WCLONE`, wait4(2)): clone(2) without flags. The copy stands at its beginning; at the end
    /// [`Tracer::take_away`] has to follow.
    ///
    /// The thread has to have been frozen. If its filters kill for clone(2) or wait4(2), that is what happens: evaluate them
    /// before.
    pub fn copy(
        &mut self,
        stopped: Stopped,
        preparation: Preparation,
        filters: Filters,
    ) -> Result<Visited<Inside>, Error> {
        let captives = self.captives.clone();
        let (thread, process) = (stopped.thread(), stopped.process());
        let mut late = None;
        let mut visited = self.visit(stopped, preparation, filters, |visit| {
            if !bears_here(thread) {
                return Err(VisitError::BornElsewhere);
            }
            let number = visit.call("clone", [0, NOWHERE, 0, 0, 0, 0]);
            // It is ours whatever came of the call otherwise.
            let copy = visit.made.map(|made| captives.add(made));
            visit.tracer.copies.extend(visit.made);
            match (number, copy) {
                (Ok(number), Some(copy)) => {
                    copy.number.set(number);
                    Ok(Inside::new(copy, captives.clone()))
                }
                (Err(error), Some(_)) => {
                    late = visit.made;
                    Err(match error {
                        VisitError::Overdue(_) => error,
                        _ => VisitError::Late,
                    })
                }
                (number, None) => Err(number.err().unwrap_or(VisitError::Gone)),
            }
        })?;
        if let Err(VisitError::Gone) = &visited.result {
            late = self.find_lost(process);
            visited.result = Err(late.map_or(VisitError::Gone, |_| VisitError::Late));
        }
        if let Some(copy) = late {
            self.keep_late(thread, copy);
        }
        if let Ok(copy) = &visited.result {
            self.meet(copy);
        }
        Ok(visited)
    }

    /// As it is told of the first stop of a copy the tracer has the kernel kill it when its own thread ends. Mostly the copy
    /// stands by now.
    fn meet(&mut self, copy: &Inside) {
        if let Ok(Some(waited)) = wait_for(copy.process()) {
            self.report(&waited);
        }
    }

    /// Takes away what is left of a copy that has ended: how it did, for which nobody else asks. Gives whether it was there.
    pub fn take_away(
        &mut self,
        stopped: Stopped,
        preparation: Preparation,
        filters: Filters,
        remains: Remains,
    ) -> Result<Visited<bool>, Error> {
        let number = remains.number;
        self.copies.insert(remains.process);
        let visited = self.visit(stopped, preparation, filters, |visit| {
            match visit.call("wait4", [number, 0, WNOHANG_WALL, 0, 0, 0]) {
                Ok(taken) => Ok(taken == number),
                Err(VisitError::Refused(_, Errno::CHILD)) => Ok(false),
                Err(error) => Err(error),
            }
        })?;
        if visited.result.is_ok() {
            self.copies.remove(&remains.process);
        }
        Ok(visited)
    }

    /// What is left of a copy is nobody's to take away any more, as its process is gone: whoever has its number later is another.
    pub fn forget_copy(&mut self, remains: Remains) {
        self.copies.remove(&remains.process);
    }

    fn visit<T>(
        &mut self,
        stopped: Stopped,
        preparation: Preparation,
        filters: Filters,
        work: impl FnOnce(&mut Visit<'_>) -> Result<T, VisitError>,
    ) -> Result<Visited<T>, Error> {
        let thread = Traced::from(stopped.hold.thread);
        let mut before = Fingerprint::take(thread, preparation.extent, &self.copies);
        let mut visit = match Visit::begin(self, &stopped.hold, preparation, filters) {
            Ok(visit) => visit,
            Err(error) => return Ok(Visited::nothing(error, stopped)),
        };
        let result = work(&mut visit);
        let Visit {
            stands, lent, own, ..
        } = visit;
        // Not where it stood, if that was in a restartable sequence.
        before.expect(&own.registers);
        let is_held = match stands {
            Stands::AsBefore => self.holds(&stopped.hold),
            Stands::Again(stop) => self.machine.stood_again(&stopped.hold, stop),
            Stands::Underway => {
                self.machine.went_on(&stopped.hold);
                // If it is in the kernel still, it is given what is its own when it comes.
                let unfinished = Unfinished::new(own, stopped.process());
                self.unfinished.insert(thread.thread(), unfinished);
                false
            }
            Stands::Gone => false,
        };
        let (differs, uncompared) = match is_held {
            true => {
                let after = Fingerprint::take(thread, preparation.extent, &self.copies);
                (before.differs(&after), before.uncompared(&after))
            }
            false => (Vec::new(), before.parts()),
        };
        let stopped = is_held.then_some(stopped);
        self.due = true;
        self.act()?;
        Ok(Visited {
            result,
            stopped,
            lent,
            differs,
            uncompared,
        })
    }

    /// What a thread is traced with that is followed.
    fn options_of(&self, thread: Pid) -> TraceOptions {
        match self.machine.is_alone(thread) {
            true => ALONE,
            false => self.options_below(self.machine.process_of(thread)),
        }
    }
}

/// What a thread is traced with that is followed alone.
pub(crate) const ALONE: TraceOptions = TraceOptions::EXEC
    .union(TraceOptions::EXIT)
    .union(TraceOptions::SYSCALLS_MARKED);

/// Whether what a thread makes is in its own namespaces. One of pids that has no process yet cannot be read.
fn bears_here(thread: Pid) -> bool {
    let link = |name: &str| {
        let path = format!("/proc/{}/ns/{name}", thread.as_raw_pid());
        std::fs::read_link(path).ok()
    };
    let same = |own: &str, born: &str| link(own).is_none_or(|own| link(born) == Some(own));
    same("pid", "pid_for_children") && same("time", "time_for_children")
}

impl<T> Visited<T> {
    fn nothing(error: VisitError, stopped: Stopped) -> Self {
        Self {
            result: Err(error),
            stopped: Some(stopped),
            lent: Duration::ZERO,
            differs: Vec::new(),
            uncompared: Vec::new(),
        }
    }
}
