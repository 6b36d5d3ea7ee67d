//! Threads that have made a process: they are kept where they are until it is known what they may do, and so what the new
//! one may. It needs not wait for that itself, and seldom do they: a shell that has started a program waits for its end.
use super::Follower;
use super::births::Changed;
use rustix::process::Pid;
use tracee::{CloneFlags, Event, Stopped};

/// What is made with one of these is in other namespaces than those that its creator had ready, or no process.
const OTHERWISE: CloneFlags = CloneFlags::NEW_NAMESPACES.union(CloneFlags::THREAD);

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
        flags: Option<CloneFlags>,
    ) -> Result<(), tracee::Error> {
        match flags {
            Some(flags) if !flags.intersects(OTHERWISE) => {
                let shares_memory = flags.contains(CloneFlags::MEMORY);
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
