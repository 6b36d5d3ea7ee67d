//! Threads that have made a process: they are kept where they are until it is known what they may do, and so what the new
//! one may. It needs not wait for that itself, and seldom do they: a shell that has started a program waits for its end.
use super::Follower;
use super::births::Changed;
use rustix::process::Pid;
use tracee::{Event, Stopped};

/// The flags of clone(2) that ask for namespaces: `CLONE_NEWNS`, `CLONE_NEWCGROUP`, `CLONE_NEWUTS`, `CLONE_NEWIPC`,
/// `CLONE_NEWUSER`, `CLONE_NEWPID`, `CLONE_NEWNET`. The bit of `CLONE_NEWTIME` is clone3(2)'s; of clone(2) it is one of the
/// signal at the end, which no signal has.
const NEW_NAMESPACES: u64 = 0x7e02_0080;
const CLONE_THREAD: u64 = 0x0001_0000;
const CLONE_VM: u64 = 0x0100;

/// A thread that has made a process, and is kept.
#[derive(Debug)]
pub(super) struct Creator {
    pub(super) thread: Stopped,
    /// Whether the new one has its memory.
    pub(super) shares_memory: bool,
}

impl Follower<'_> {
    /// Keeps a thread that has made a process which is in the namespaces that it had ready for it. Others go on.
    pub(super) fn keep_creator(
        &mut self,
        thread: Stopped,
        new: Pid,
        flags: Option<u64>,
    ) -> Result<(), tracee::Error> {
        match flags {
            Some(flags) if flags & (NEW_NAMESPACES | CLONE_THREAD) == 0 => {
                let shares_memory = flags & CLONE_VM != 0;
                let creator = Creator {
                    thread,
                    shares_memory,
                };
                self.creators.insert(new, creator);
                Ok(())
            }
            _ => self.tracer.resume(thread),
        }
    }

    /// Has a new process go on whose creator is kept, if it is not to be held: what is told of it is read of that one.
    pub(super) fn go_ahead(
        &mut self,
        event: &Event,
        stopped: Option<Stopped>,
    ) -> Result<Option<Stopped>, tracee::Error> {
        match stopped {
            Some(stopped) if self.breaks_at(event, Changed::No).is_none() => {
                self.tracer.resume(stopped)?;
                Ok(None)
            }
            stopped => Ok(stopped),
        }
    }
}
