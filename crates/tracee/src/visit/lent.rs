//! What a thread has to be given back that makes a call for us.
use crate::inside::Filters;
use crate::inside::memory;
use crate::visit::VisitError;
use kernel::{Dispatch, Errno, Registers, SignalSet, TraceOptions, Traced};

/// SIGSYS: of all signals the one that is not blocked meanwhile. A filter that sends it to a thread which blocks it would
/// take its handler away (force_sig of the kernel); so it is told of to the tracer, and kept back.
pub(super) const SIGSYS: i32 = 31;

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
    mask: SignalSet,
    dispatch: Dispatch,
    options: TraceOptions,
}

impl Lent {
    /// What is its own now. `options` is what it is traced with.
    pub(super) fn read(thread: Traced, options: TraceOptions) -> Result<Self, VisitError> {
        let registers = thread.registers().map_err(VisitError::Traced)?;
        Ok(Self {
            thread,
            registers: out_of_sequence(thread, registers)?,
            mask: thread.mask().map_err(VisitError::Traced)?,
            // Before Linux 6.4 nobody can tell: a call that is dispatched becomes SIGSYS, and is kept back.
            dispatch: thread.dispatch().unwrap_or_default(),
            options,
        })
    }

    /// Quietens the thread, and gives it the registers of a call.
    pub(super) fn lend(&self, call: &Registers, filters: Filters) -> Result<(), Errno> {
        self.thread.set_options(filters.and(self.options | MAKES))?;
        self.thread.set_mask(SignalSet::ALL.without(SIGSYS))?;
        if self.dispatch.is_on() {
            self.thread.set_dispatch(Dispatch::OFF)?;
        }
        self.thread.set_registers(call)
    }

    /// Gives it back all that is its own. It stands where signals are looked for, so that the kernel starts a call again that
    /// the stop has interrupted.
    pub(crate) fn give_back(&self) -> Result<(), Errno> {
        self.thread.set_registers(&self.registers)?;
        self.thread.set_mask(self.mask)?;
        if self.dispatch.is_on() {
            self.thread.set_dispatch(self.dispatch)?;
        }
        self.thread.set_options(self.options)
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
    let sequence = memory::patiently(read).map_err(VisitError::Unreadable)?;
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
