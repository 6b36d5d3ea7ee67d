//! Several trees at once, one of which may be a part of another.
use crate::refusal::{Reason, SeizeError};
use crate::status::Status;
use crate::tracer::Tracer;
use rustix::process::Pid;

/// So many processes can stand above one. The way up is read one by one while it changes, and must come to an end.
const DEEPEST: usize = 10_000;

impl Tracer {
    /// Follows several processes as [`Tracer::seize`] does. One of them that is below another, or is named twice, is followed
    /// once, below its parent, in whatever order they are named.
    ///
    /// # Errors
    /// One of them cannot be followed; others may be by then.
    pub fn seize_all(&mut self, processes: &[Pid]) -> Result<(), SeizeError> {
        let mut processes = processes.to_vec();
        processes.sort_by_cached_key(|process| depth(*process));
        for process in processes {
            match self.seize(process) {
                Ok(()) => {}
                Err(refused) if refused.reason == Reason::FollowedAlready => {}
                Err(refused) => return Err(refused),
            }
        }
        Ok(())
    }
}

/// How many stand above a process: fewer than above any that is below it.
fn depth(process: Pid) -> usize {
    let parent = |process: &Pid| Pid::from_raw(Status::read(*process).ok()?.number("PPid")?);
    std::iter::successors(Some(process), parent)
        .take(DEEPEST)
        .count()
}
