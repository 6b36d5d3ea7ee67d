//! A thread that is held still.
use crate::machine::Hold;
use crate::tracer::Tracer;
use kernel::{Abi, Errno, Instruction, Traced};
use rustix::process::Pid;
use std::marker::PhantomData;

/// A thread that stays where it is until it is handed to [`Tracer::resume`]; meanwhile its /proc can be read at leisure.
/// It can still be killed: then whatever is done with this has no effect.
///
/// Dropped, it leaves the thread where it is, until the tracer detaches or kills.
///
/// It belongs to the thread of its tracer:
/// ```compile_fail
/// fn is_send<T: Send>() {}
/// is_send::<tracee::Stopped>();
/// ```
#[derive(Debug)]
#[must_use = "the thread stays stopped until this is handed to `Tracer::resume`"]
pub struct Stopped {
    pub(crate) hold: Hold,
    _thread: PhantomData<*const ()>,
}

impl Stopped {
    pub(crate) fn new(hold: Hold) -> Self {
        Self {
            hold,
            _thread: PhantomData,
        }
    }

    /// The thread.
    pub fn thread(&self) -> Pid {
        self.hold.thread
    }

    /// Its process.
    pub fn process(&self) -> Pid {
        self.hold.process
    }

    /// By which rules it makes its calls; `None` if it is gone, or that is not known.
    pub fn abi(&self, tracer: &Tracer) -> Option<Abi> {
        let thread = Traced::from(self.hold.thread);
        let is_held = tracer.holds(&self.hold);
        is_held.then(|| thread.registers().ok()?.abi()).flatten()
    }

    /// Its seccomp filters, the oldest first, as the kernel keeps them. `tracer` is the one that it was got from.
    ///
    /// # Errors
    /// `ESRCH` if it has been killed meanwhile; `EACCES` unless this process has `CAP_SYS_ADMIN` in the first user
    /// namespace, and no filter itself; `EMEDIUMTYPE` if one of them is not of classic BPF.
    pub fn filters(&self, tracer: &Tracer) -> Result<Vec<Vec<Instruction>>, Errno> {
        match tracer.holds(&self.hold) {
            true => Traced::from(self.hold.thread).filters(),
            false => Err(Errno::SRCH),
        }
    }
}
