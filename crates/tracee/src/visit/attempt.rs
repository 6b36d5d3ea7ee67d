//! A call that a thread is lent for: it is given the registers of the call, makes it, and stands again where signals are looked
//! for, as it was. Whatever else happens to it meanwhile is not lost.
use super::VisitError;
use super::lent::Lent;
use crate::Call;
use crate::inside::memory::Door;
use crate::inside::{Filters, errno_of, is_restart};
use crate::machine::Hold;
use crate::status::Status as TaskStatus;
use crate::tracer::Tracer;
use crate::trapped;
use crate::visit::Preparation;
use kernel::{Errno, Registers, Status, TraceEvent, Traced, Waited, wait_for};
use rustix::process::Pid;
use std::time::{Duration, Instant};

/// How long a call may take in the process itself. clone(2) waits for nobody but for memory and, where a filter has it asked,
/// for the one who answers (seccomp_unotify(2)).
const PATIENCE: Duration = Duration::from_millis(500);

/// So long is waited altogether for a thread that is to come out of such a call once it has been interrupted.
const PATIENCE_BEYOND: Duration = Duration::from_secs(2);

/// So long a stop is looked out for before it is waited for, of a thread that ran when it was stopped: it is alone on its processor
/// then, which sleeps as soon as it stands, and on an idle machine so does ours. To be woken takes longer than it runs.
const WATCH: Duration = Duration::from_micros(60);

/// How often it is looked at meanwhile whether the thread has ended.
const GLANCE: Duration = Duration::from_millis(10);

/// How often a call is made again that was not reached, or interrupted, as the process was stopped or continued.
const ATTEMPTS: u32 = 50;

/// A thread that is visited.
pub(super) struct Visit<'a> {
    pub(super) tracer: &'a mut Tracer,
    filters: Filters,
    pub(super) own: Lent,
    door: Door,
    pub(super) stands: Stands,
    /// What it has made.
    pub(super) made: Option<Pid>,
    pub(super) lent: Duration,
}

/// Where the thread is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stands {
    /// In the stop that it was in.
    AsBefore,
    /// In another such stop.
    Again(Status),
    /// On its way, with registers that are not its own.
    Underway,
    /// Nowhere: it ends, or has executed a program, which is reported.
    Gone,
}

/// How an attempt to make a call came out.
enum Outcome {
    Value(u64),
    Interrupted,
    Failed(VisitError),
}

/// A call that is asked for.
struct Asked {
    name: &'static str,
    number: u32,
    arguments: [u64; 6],
    registers: Registers,
}

/// What is known of a call that is under way.
#[derive(Default)]
struct Progress {
    reached: Reached,
    /// What it has come back with, where it was seen to. Behind that registers need not say so any more.
    result: Option<i64>,
    /// It was interrupted, as it had lasted.
    is_late: bool,
}

/// How far a call has come.
#[derive(Clone, Copy, Default)]
enum Reached {
    /// It was not made. A stop of another kind can come first.
    #[default]
    Nothing,
    /// It has come back, or is about to.
    Answer,
    /// It was another one than asked for, and was not made.
    Tampering,
    /// A filter has made a signal of it.
    Trap,
    /// There is no such instruction.
    Fault,
}

impl<'a> Visit<'a> {
    pub(super) fn begin(
        tracer: &'a mut Tracer,
        hold: &Hold,
        preparation: Preparation,
        filters: Filters,
    ) -> Result<Self, VisitError> {
        if !tracer.holds(hold) {
            return Err(VisitError::Gone);
        }
        let thread = Traced::from(hold.thread);
        let own = Lent::read(thread, tracer.options_of(hold.thread), filters)?;
        let abi = own.registers.abi().ok_or(VisitError::UnknownCode)?;
        let door = match preparation.door {
            Some(door) if door.abi == abi && door.is_in(hold.thread) => Some(door),
            _ => Door::find(hold.thread, abi),
        };
        Ok(Self {
            tracer,
            filters,
            own,
            door: door.ok_or(VisitError::NoDoor)?,
            stands: Stands::AsBefore,
            made: None,
            lent: Duration::ZERO,
        })
    }

    /// Makes a call, and leaves the thread as it was.
    pub(super) fn call(
        &mut self,
        name: &'static str,
        arguments: [u64; 6],
    ) -> Result<u64, VisitError> {
        let number = Call::new(name).number_in(self.door.abi);
        let door = self.door.address;
        let registers = number.and_then(|number| self.own.call(door, number, arguments));
        let call = Asked {
            name,
            number: number.ok_or(VisitError::UnknownCode)?,
            arguments,
            registers: registers.ok_or(VisitError::UnknownCode)?,
        };
        for _ in 0..ATTEMPTS {
            match self.attempt(&call) {
                Outcome::Value(value) => return Ok(value),
                Outcome::Interrupted => {}
                Outcome::Failed(error) => return Err(error),
            }
        }
        Err(VisitError::Refused(name, Errno::INTR))
    }

    fn attempt(&mut self, call: &Asked) -> Outcome {
        let began = Instant::now();
        let outcome = match self.own.lend(&call.registers, self.filters) {
            Ok(()) => self.come_back(call, began),
            Err(Errno::SRCH) => Outcome::Failed(VisitError::Gone),
            Err(errno) => Outcome::Failed(VisitError::Traced(errno)),
        };
        let given = match self.stands {
            Stands::AsBefore | Stands::Again(_) => self.own.give_back(),
            Stands::Underway | Stands::Gone => Ok(()),
        };
        self.lent = self.lent.saturating_add(began.elapsed());
        match given {
            Ok(()) => outcome,
            // It is being killed: its end is reported.
            Err(_) => Outcome::Failed(VisitError::Gone),
        }
    }

    /// Lets it make the call, and has it stop where it was.
    fn come_back(&mut self, call: &Asked, began: Instant) -> Outcome {
        let name = call.name;
        let mut progress = Progress::default();
        self.stands = Stands::Underway;
        // If it is being killed its end is reported.
        let _ = self.own.thread.resume_to_syscall(0);
        loop {
            match self.next_stop(began, &mut progress) {
                Ok(waited) => self.meet(&waited, call, &mut progress),
                Err(Errno::CHILD) => self.stands = Stands::Gone,
                Err(_) => return Outcome::Failed(VisitError::Overdue(name)),
            }
            match self.stands {
                Stands::Underway => {}
                Stands::AsBefore | Stands::Again(_) => {
                    return outcome(name, self.own.thread, &progress);
                }
                Stands::Gone => return Outcome::Failed(VisitError::Gone),
            }
        }
    }

    /// It has stopped, or ended.
    fn meet(&mut self, waited: &Waited, call: &Asked, progress: &mut Progress) {
        let thread = self.own.thread;
        let mut signal = 0;
        match waited.status {
            Status::Syscall if thread.is_entering() => {
                self.own.make(call.number, call.arguments);
                if thread.is_making(self.door.abi, call.number, call.arguments) {
                    let _ = thread.resume_to_syscall(0);
                    return;
                }
                progress.reached = Reached::Tampering;
                make_none(thread);
            }
            // What was not made has no answer.
            Status::Syscall if matches!(progress.reached, Reached::Tampering) => {
                self.own.come_back();
            }
            Status::Syscall => {
                progress.reached = Reached::Answer;
                progress.result = self.own.come_back();
            }
            Status::Event(event @ (TraceEvent::Fork | TraceEvent::Vfork | TraceEvent::Clone)) => {
                self.made = thread.new_thread(event);
                progress.reached = Reached::Answer;
            }
            Status::Signal(_) if trapped::has_come(thread) => progress.reached = Reached::Trap,
            // Of what was given to it, and so not its own.
            Status::Signal(_) if trapped::is_a_fault(thread) => progress.reached = Reached::Fault,
            Status::Signal(other) => signal = self.own.put_off(other),
            Status::Event(TraceEvent::Trap) | Status::GroupStopped(_)
                if !self.own.is_still_to_be_told() =>
            {
                self.stands = Stands::Again(waited.status);
                return;
            }
            Status::Event(TraceEvent::Trap | TraceEvent::Other(_))
            | Status::GroupStopped(_)
            | Status::Continued => {}
            Status::Event(TraceEvent::Exec | TraceEvent::Exit)
            | Status::Exited(_)
            | Status::Killed { .. } => {
                self.tracer.report(waited);
                self.stands = Stands::Gone;
                return;
            }
        }
        self.own.go_on(signal);
    }

    /// The thread's next stop, or end. After a while it is interrupted; `ETIMEDOUT` if that does not help, and `ECHILD` if there
    /// is no such thread any more, or it has ended and that is told later.
    fn next_stop(&self, began: Instant, progress: &mut Progress) -> Result<Waited, Errno> {
        let thread = self.own.thread.thread();
        let mut has_lasted = false;
        let watch = match self.own.registers.is_in_a_call() {
            Some(false) => Instant::now().checked_add(WATCH),
            _ => None,
        };
        loop {
            match wait_for(thread) {
                Ok(Some(waited)) => return Ok(waited),
                Err(Errno::INTR) => continue,
                Ok(None) if watch.is_some_and(|until| Instant::now() < until) => continue,
                Err(errno) => return Err(errno),
                // The end of a leader is told after that of its last thread, and that one may stand, and wait for us.
                Ok(None) if has_lasted && is_gone(thread) => return Err(Errno::CHILD),
                Ok(None) => has_lasted = true,
            }
            let patience = match progress.is_late {
                true => PATIENCE_BEYOND,
                false => PATIENCE,
            };
            let left = patience.saturating_sub(began.elapsed());
            if !left.is_zero() {
                self.tracer.children.wait(Some(left.min(GLANCE)))?;
            } else if std::mem::replace(&mut progress.is_late, true) {
                return Err(Errno::TIMEDOUT);
            } else {
                let _ = self.own.thread.interrupt();
            }
        }
    }
}

/// Has a thread that stands where a call begins not make it. If that cannot be said it is killed: nobody knows what it would do,
/// without its filters.
pub(super) fn make_none(thread: Traced) {
    let registers = thread.registers().ok().and_then(|now| now.making_none());
    let done = registers.map(|none| thread.set_registers(&none));
    if done != Some(Ok(())) {
        let _ = rustix::process::kill_process(thread.thread(), rustix::process::Signal::KILL);
    }
}

/// Whether it has ended, or vanished: its number is another's then, who is not traced. One that cannot be read may be there.
fn is_gone(thread: Pid) -> bool {
    TaskStatus::read(thread).is_ok_and(|status| status.has_ended() || !status.is_ours())
}

/// What the call has come back with of which the thread stands behind.
fn outcome(name: &'static str, thread: Traced, progress: &Progress) -> Outcome {
    let interrupted = match progress.is_late {
        true => Outcome::Failed(VisitError::Unanswered(name)),
        false => Outcome::Interrupted,
    };
    match progress.reached {
        Reached::Nothing => return interrupted,
        Reached::Tampering => return Outcome::Failed(VisitError::Tampered(name)),
        Reached::Trap => return Outcome::Failed(VisitError::Trapped(name)),
        Reached::Fault => return Outcome::Failed(VisitError::NoDoor),
        Reached::Answer => {}
    }
    let result = || thread.registers().ok()?.result();
    let Some(value) = progress.result.or_else(result) else {
        return Outcome::Failed(VisitError::Gone);
    };
    match value {
        0.. => Outcome::Value(value.unsigned_abs()),
        _ if is_restart(value) => interrupted,
        _ => Outcome::Failed(VisitError::Refused(name, errno_of(value))),
    }
}
