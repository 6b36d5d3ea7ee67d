//! What a thread has to be given back that makes a call for us, and what must not be lost meanwhile.
use super::ahead::Ahead;
use crate::inside::Filters;
use crate::inside::memory;
use crate::inside::patience::patiently;
use crate::status::Status;
use crate::trapped::{self, SIGSYS};
use crate::visit::VisitError;
use kernel::{Dispatch, Errno, Registers, SignalSet, TraceOptions, Traced, VectorSets};
use rustix::process::Pid;

/// What is to be traced while a call is made. If its tracer dies meanwhile, it dies too (`EXIT_KILL`): it would go on with
/// registers that are not its own, which is worse. A copy has these from its beginning on, and so never runs by itself.
const MAKES: TraceOptions = TraceOptions::SYSCALLS_MARKED
    .union(TraceOptions::FORK)
    .union(TraceOptions::VFORK)
    .union(TraceOptions::CLONE)
    .union(TraceOptions::EXIT_KILL);

/// A thread, and what is its own.
#[derive(Debug)]
pub(crate) struct Lent {
    pub(super) thread: Traced,
    pub(super) registers: Registers,
    /// What of its vector registers a call does not keep.
    vectors: VectorSets,
    /// Its own call that it has ahead of it.
    ahead: Option<Ahead>,
    mask: SignalSet,
    dispatch: Dispatch,
    options: TraceOptions,
    /// Those that it blocks meanwhile: all, but for SIGSYS if it has filters. One that sends it to a thread which blocks it
    /// would take its handler away (force_sig of the kernel); so it is told of to the tracer, and kept back.
    quiet: SignalSet,
}

impl Lent {
    /// What is its own now. `options` is what it is traced with.
    pub(super) fn read(
        thread: Traced,
        options: TraceOptions,
        filters: Filters,
    ) -> Result<Self, VisitError> {
        let registers = thread.registers().map_err(not_traced)?;
        // Before Linux 6.4 nobody can tell: a call that is dispatched becomes SIGSYS, and is kept back.
        let dispatch = thread.dispatch();
        let filters = filters == Filters::Hold && filtered(thread.thread())?;
        let ahead = Ahead::of(thread.thread(), &registers)?;
        Ok(Self {
            thread,
            registers: match ahead {
                // Nobody makes a system call in a sequence.
                Some(_) => registers,
                None => out_of_sequence(thread, registers)?,
            },
            vectors: match ahead {
                Some(_) => VectorSets::default(),
                None => thread.fleeting_vectors(),
            },
            ahead,
            mask: thread.mask().map_err(not_traced)?,
            quiet: match filters || dispatch.is_err() {
                true => SignalSet::ALL.without(SIGSYS),
                false => SignalSet::ALL,
            },
            dispatch: dispatch.unwrap_or_default(),
            options,
        })
    }

    /// Has it go on to where signals are looked for, after the call. There it would stop before it is told of a filter's own.
    pub(super) fn go_on(&self, signal: i32) {
        if !self.is_still_to_be_told() {
            let _ = self.thread.interrupt();
        }
        let _ = match self.ahead {
            // It has to come back as its own call would have.
            Some(_) => self.thread.resume_to_syscall(signal),
            None => self.thread.resume(signal),
        };
    }

    /// The registers with which it makes a call by the instruction that lies at `door`, or where its own call begins.
    pub(super) fn call(&self, door: u64, number: u32, arguments: [u64; 6]) -> Option<Registers> {
        match self.ahead {
            Some(_) => self.registers.with_arguments(arguments),
            None => self.registers.about_to_call(door, number, arguments),
        }
    }

    /// It stands where a call begins: if that is where its own does, it makes the one that is asked for instead.
    pub(super) fn make(&mut self, number: u32, arguments: [u64; 6]) {
        let Some(ahead) = &mut self.ahead else {
            return;
        };
        let Ok(now) = self.thread.registers() else {
            return;
        };
        ahead.look(&now);
        if let Some(instead) = now.making_instead(number, arguments) {
            let _ = self.thread.set_registers(&instead);
        }
    }

    /// It stands where a call ends. Gives what that came back with; its own comes back interrupted, if it has one ahead.
    pub(super) fn come_back(&mut self) -> Option<i64> {
        let now = self.thread.registers().ok()?;
        let own = self.ahead.as_mut();
        if let Some(interrupted) = own.and_then(|ahead| ahead.interrupted(&now)) {
            let _ = self.thread.set_registers(&interrupted);
        }
        now.result()
    }

    /// Whether a filter has sent it a signal that has not been told of yet: it would be delivered as soon as it goes on.
    pub(super) fn is_still_to_be_told(&self) -> bool {
        !self.quiet.has(SIGSYS) && trapped::is_coming(self.thread)
    }

    /// The signal that it is to go on with which stops at this one. One that can be blocked waits again from there on, with all
    /// that was sent with it; one that cannot, SIGSTOP, does what it does.
    pub(super) fn put_off(&self, signal: i32) -> i32 {
        let _ = self.thread.set_mask(SignalSet::ALL);
        signal
    }

    /// Quietens the thread, and gives it the registers of a call.
    pub(super) fn lend(&mut self, call: &Registers, filters: Filters) -> Result<(), Errno> {
        self.ahead.iter_mut().for_each(Ahead::leave);
        self.thread.set_options(filters.and(self.options | MAKES))?;
        self.thread.set_mask(self.quiet)?;
        if self.dispatch.is_on() {
            self.thread.set_dispatch(Dispatch::OFF)?;
        }
        self.thread.set_registers(call)
    }

    /// Gives it back all that is its own. It stands where signals are looked for, so that the kernel starts a call again that
    /// the stop has interrupted.
    pub(crate) fn give_back(&mut self) -> Result<(), Errno> {
        if let Some(ahead) = &mut self.ahead {
            ahead.look(&self.thread.registers()?);
            let own = self.registers.with_number(ahead.number());
            self.registers = own.ok_or(Errno::NOSYS)?;
        }
        self.thread.set_registers(&self.registers)?;
        self.thread.set_fleeting_vectors(&self.vectors)?;
        self.thread.set_mask(self.mask)?;
        if self.dispatch.is_on() {
            self.thread.set_dispatch(self.dispatch)?;
        }
        self.thread.set_options(self.options)
    }
}

fn not_traced(errno: Errno) -> VisitError {
    match errno {
        Errno::SRCH => VisitError::Gone,
        errno => VisitError::Traced(errno),
    }
}

/// Whether it has filters. It must not ignore what those may send.
fn filtered(thread: Pid) -> Result<bool, VisitError> {
    let Ok(status) = Status::read(thread) else {
        return Err(VisitError::Gone);
    };
    let filtered = status.number("Seccomp").is_some_and(|mode| mode != 0);
    let ignores = status
        .signals()
        .is_some_and(|signals| signals.ignored.has(SIGSYS));
    match filtered && ignores {
        true => Err(VisitError::IgnoresSigsys),
        false => Ok(filtered),
    }
}

/// The same registers, but out of a restartable sequence (rseq(2)): a thread that is interrupted in one goes on where that says.
/// The kernel does so too, but by a word in the thread's memory, which it clears when the thread makes our call.
fn out_of_sequence(thread: Traced, registers: Registers) -> Result<Registers, VisitError> {
    // Nobody makes a system call in one.
    if registers.is_in_a_call() == Some(true) {
        return Ok(registers);
    }
    let Ok(Some(place)) = thread.sequence() else {
        return Ok(registers);
    };
    let process = thread.thread();
    let read = move || {
        let word = |bytes: Vec<u8>| Some(u64::from_ne_bytes(bytes.try_into().ok()?));
        let current = memory::read(process, place.wrapping_add(8), 8)?;
        match word(current) {
            None | Some(0) => Ok(None),
            Some(current) => memory::read(process, current, 32).map(Some),
        }
    };
    let sequence = patiently(read).map_err(VisitError::Unreadable)?;
    let Some(current) = sequence.and_then(|bytes| Sequence::parse(&bytes)) else {
        return Ok(registers);
    };
    let at = registers.instruction().ok_or(VisitError::UnknownCode)?;
    match at.wrapping_sub(current.start) < current.length {
        true => registers
            .going_on_at(current.abort)
            .ok_or(VisitError::UnknownCode),
        false => Ok(registers),
    }
}

/// `struct rseq_cs`.
struct Sequence {
    start: u64,
    length: u64,
    abort: u64,
}

impl Sequence {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let word = |at: usize| {
            let bytes = bytes.get(at..at.checked_add(8)?)?;
            Some(u64::from_ne_bytes(bytes.try_into().ok()?))
        };
        Some(Self {
            start: word(8)?,
            length: word(16)?,
            abort: word(24)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_is_read_by_its_words() {
        let words = [0u64, 0x1000, 0x20, 0x2000].map(u64::to_ne_bytes).concat();
        let sequence = Sequence::parse(&words).unwrap();
        assert_eq!(
            (sequence.start, sequence.length, sequence.abort),
            (0x1000, 0x20, 0x2000)
        );
        assert!(Sequence::parse(&words[..31]).is_none());
        assert!(Sequence::parse(&[]).is_none());
    }
}
