//! A call made in a process that is followed, at a stop of one of its threads: the only two that ever are, clone(2) to copy it
//! and wait4(2) to take the copy away again. The thread is as it was before, in all that it can see.
//!
//! From [`Lent::lend`] to [`Lent::give_back`] the thread has registers that are not its own. If the tracer dies then, it is killed,
//! as it would go on with those. Between the two there are requests of ptrace(2) and waits for this thread alone: no input or
//! output, no lock, no allocation.
mod lent;

pub(crate) use lent::Lent;

use crate::Call;
use crate::error::Error;
use crate::fingerprint::{Extent, Fingerprint};
use crate::inside::memory::Door;
use crate::inside::{Filters, Inside};
use crate::machine::Hold;
use crate::status::Status as Fields;
use crate::stopped::Stopped;
use crate::tracer::Tracer;
use kernel::{Abi, Errno, Registers, Status, TraceEvent, TraceOptions, Traced, Waited, wait_for};
use lent::SIGSYS;
use rustix::process::Pid;
use std::time::{Duration, Instant};

/// How long a call may take in the process itself. clone(2) waits for nobody but for memory and, where a filter has it asked,
/// for the one who answers (seccomp_unotify(2)).
const PATIENCE: Duration = Duration::from_millis(500);

/// So long is waited for a thread that is to come out of such a call once it has been interrupted.
const PATIENCE_BEYOND: Duration = Duration::from_secs(5);

/// How often a call is made again that was interrupted by a stop of the whole process.
const ATTEMPTS: u32 = 5;

/// wait4(2): for a child of whatever kind (`__WALL`), without waiting (`WNOHANG`).
const WNOHANG_WALL: u64 = 0x4000_0001;

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
    /// It ignores `SIGSYS`, so a filter that sent it could not be kept from changing that.
    #[error("it ignores SIGSYS, and its filters cannot be passed over")]
    IgnoresSigsys,
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
        let native = match cfg!(target_arch = "x86_64") {
            true => Abi::X86_64,
            false => Abi::Aarch64,
        };
        Self {
            door: Door::find(thread, native),
            extent: Extent::affordable(thread),
        }
    }
}

/// A thread that is visited.
struct Visit<'a> {
    tracer: &'a mut Tracer,
    filters: Filters,
    own: Lent,
    door: Door,
    /// The stop that it is in; `None` if it is gone, or does not come.
    stands: Option<Status>,
    /// What it has made.
    made: Option<Pid>,
    lent: Duration,
}

/// How an attempt to make a call came out.
enum Outcome {
    Value(u64),
    Interrupted,
    Failed(VisitError),
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
        self.visit(stopped, preparation, filters, |visit| {
            let number = visit.call("clone", [0; 6]);
            // It is ours whatever came of the call otherwise.
            let copy = visit.made.map(|made| captives.add(made));
            visit.tracer.copies.extend(visit.made);
            let (number, copy) = (number?, copy.ok_or(VisitError::Gone)?);
            copy.number.set(number);
            Ok(Inside::new(copy, captives.clone()))
        })
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

    fn visit<T>(
        &mut self,
        stopped: Stopped,
        preparation: Preparation,
        filters: Filters,
        work: impl FnOnce(&mut Visit<'_>) -> Result<T, VisitError>,
    ) -> Result<Visited<T>, Error> {
        let thread = Traced::from(stopped.hold.thread);
        let before = Fingerprint::take(thread, preparation.extent, &self.copies);
        let mut visit = match Visit::begin(self, &stopped.hold, preparation, filters) {
            Ok(visit) => visit,
            Err(error) => return Ok(Visited::nothing(error, stopped)),
        };
        let result = work(&mut visit);
        let Visit {
            stands, lent, own, ..
        } = visit;
        let (stopped, differs) = match stands {
            Some(stop) => {
                let after = Fingerprint::take(thread, preparation.extent, &self.copies);
                let is_held = self.machine.stood_again(&stopped.hold, stop);
                (is_held.then_some(stopped), before.differs(&after))
            }
            None => {
                // If it is in the kernel still, it is given what is its own when it comes.
                self.unfinished.insert(thread.thread(), own);
                (None, Vec::new())
            }
        };
        self.due = true;
        self.act()?;
        Ok(Visited {
            result,
            stopped,
            lent,
            differs,
        })
    }

    /// What a thread is traced with that is followed.
    fn options_of(&self, thread: Pid) -> TraceOptions {
        match self.machine.is_alone(thread) {
            true => ALONE,
            false => self.trace_options(),
        }
    }

    /// A thread that was visited and did not come back in time has reported something: whether that is dealt with.
    pub(crate) fn finish(&mut self, waited: &Waited) -> bool {
        let Some(own) = self.unfinished.remove(&waited.thread) else {
            return false;
        };
        match waited.status {
            Status::Event(TraceEvent::Trap) | Status::GroupStopped(_) => {
                // If it is dying there is nothing to give.
                let _ = own.give_back();
                false
            }
            Status::Syscall | Status::Signal(SIGSYS) => {
                let _ = own.thread.interrupt();
                let _ = own.thread.resume(0);
                self.unfinished.insert(waited.thread, own);
                true
            }
            Status::Event(TraceEvent::Fork | TraceEvent::Vfork | TraceEvent::Clone) => {
                // Nobody asks for this copy any more.
                self.captives.hear_of_child(own.thread);
                let _ = own.thread.interrupt();
                let _ = own.thread.resume(0);
                self.unfinished.insert(waited.thread, own);
                true
            }
            _ => false,
        }
    }
}

/// What a thread is traced with that is followed alone.
pub(crate) const ALONE: TraceOptions = TraceOptions::EXEC.union(TraceOptions::EXIT);

impl<T> Visited<T> {
    fn nothing(error: VisitError, stopped: Stopped) -> Self {
        Self {
            result: Err(error),
            stopped: Some(stopped),
            lent: Duration::ZERO,
            differs: Vec::new(),
        }
    }
}

impl<'a> Visit<'a> {
    fn begin(
        tracer: &'a mut Tracer,
        hold: &Hold,
        preparation: Preparation,
        filters: Filters,
    ) -> Result<Self, VisitError> {
        if !tracer.holds(hold) {
            return Err(VisitError::Gone);
        }
        let thread = Traced::from(hold.thread);
        let own = Lent::read(thread, tracer.options_of(hold.thread))?;
        let abi = own.registers.abi().ok_or(VisitError::UnknownCode)?;
        let door = match preparation.door {
            Some(door) if door.abi == abi => Some(door),
            _ => Door::find(hold.thread, abi),
        };
        if filters == Filters::Hold && ignores_sigsys(hold.thread) {
            return Err(VisitError::IgnoresSigsys);
        }
        Ok(Self {
            tracer,
            filters,
            own,
            door: door.ok_or(VisitError::NoDoor)?,
            stands: None,
            made: None,
            lent: Duration::ZERO,
        })
    }

    /// Makes a call, and leaves the thread as it was.
    fn call(&mut self, name: &'static str, arguments: [u64; 6]) -> Result<u64, VisitError> {
        let number = Call::new(name).number_in(self.door.abi);
        let registers = number.and_then(|number| {
            let own = &self.own.registers;
            own.about_to_call(self.door.address, number, arguments)
        });
        let call = registers.ok_or(VisitError::UnknownCode)?;
        for _ in 0..ATTEMPTS {
            match self.attempt(name, &call) {
                Outcome::Value(value) => return Ok(value),
                Outcome::Interrupted => {}
                Outcome::Failed(error) => return Err(error),
            }
        }
        Err(VisitError::Refused(name, Errno::INTR))
    }

    fn attempt(&mut self, name: &'static str, call: &Registers) -> Outcome {
        self.stands = Some(Status::Event(TraceEvent::Trap));
        let began = Instant::now();
        let outcome = match self.own.lend(call, self.filters) {
            Ok(()) => self.come_back(name, began),
            Err(errno) => Outcome::Failed(VisitError::Traced(errno)),
        };
        let given = self.stands.map_or(Ok(()), |_| self.own.give_back());
        self.lent = self.lent.saturating_add(began.elapsed());
        match given {
            Ok(()) => outcome,
            // It is being killed: its end is reported.
            Err(_) => Outcome::Failed(VisitError::Gone),
        }
    }

    /// Lets it make the call, and has it stop where it was.
    fn come_back(&mut self, name: &'static str, began: Instant) -> Outcome {
        let thread = self.own.thread;
        let mut trapped = false;
        // If it is being killed its end is reported.
        let _ = thread.resume_to_syscall(0);
        self.stands = None;
        loop {
            let Some(waited) = self.next_stop(began) else {
                return Outcome::Failed(VisitError::Unanswered(name));
            };
            match waited.status {
                Status::Syscall if thread.is_entering() => {
                    let _ = thread.resume_to_syscall(0);
                    continue;
                }
                Status::Event(TraceEvent::Fork | TraceEvent::Vfork | TraceEvent::Clone) => {
                    self.made = thread.new_thread();
                }
                Status::Signal(SIGSYS) => trapped = true,
                Status::Event(TraceEvent::Trap) | Status::GroupStopped(_) => {
                    self.stands = Some(waited.status);
                    return match trapped {
                        true => Outcome::Failed(VisitError::Trapped(name)),
                        false => outcome(name, thread),
                    };
                }
                Status::Syscall | Status::Signal(_) => {}
                _ => {
                    self.tracer.report(&waited);
                    return Outcome::Failed(VisitError::Gone);
                }
            }
            // The next stop is where signals are looked for, after the call.
            let _ = thread.interrupt();
            let _ = thread.resume(0);
        }
    }

    /// The thread's next stop, or end. After a while it is interrupted; `None` if that does not help.
    fn next_stop(&mut self, began: Instant) -> Option<Waited> {
        let mut interrupted = false;
        loop {
            match wait_for(self.own.thread.thread()) {
                Ok(Some(waited)) => return Some(waited),
                Err(Errno::INTR) => continue,
                Err(_) => return None,
                Ok(None) => {}
            }
            let patience = if interrupted {
                PATIENCE_BEYOND
            } else {
                PATIENCE
            };
            let left = patience.saturating_sub(began.elapsed());
            if left.is_zero() && std::mem::replace(&mut interrupted, true) {
                return None;
            }
            if interrupted {
                let _ = self.own.thread.interrupt();
            }
            self.tracer.children.wait(Some(left)).ok()?;
        }
    }
}

/// What the call has come back with of which the thread stands behind.
fn outcome(name: &'static str, thread: Traced) -> Outcome {
    let Some(value) = thread.registers().ok().and_then(|now| now.result()) else {
        return Outcome::Failed(VisitError::Gone);
    };
    match value {
        0.. => Outcome::Value(value.unsigned_abs()),
        _ if crate::inside::is_restart(value) => Outcome::Interrupted,
        _ => {
            let errno = i32::try_from(value.saturating_neg()).unwrap_or(0);
            Outcome::Failed(VisitError::Refused(name, Errno::from_raw_os_error(errno)))
        }
    }
}

/// Whether it has a filter, and ignores what that may send.
fn ignores_sigsys(thread: Pid) -> bool {
    let Ok(status) = Fields::read(thread) else {
        return false;
    };
    let filtered = status.number("Seccomp").is_some_and(|mode| mode != 0);
    let ignores = status
        .signals()
        .is_some_and(|signals| signals.ignored.has(SIGSYS));
    filtered && ignores
}
