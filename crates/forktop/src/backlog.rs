//! How many records wait between who tells and who takes them, so that who tells can wait for who takes.
//!
//! It waits for a moment only, each time anew: who takes can be waiting itself for something that is followed, as where the
//! terminal that forktop writes to is. Then all goes on slowly, and nothing stands still for ever.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// So many may wait before anybody is kept waiting for them.
const MOST: usize = 4096;
/// So long somebody is kept waiting for each that is one too many.
const MOMENT: Duration = Duration::from_millis(200);

/// The records between two.
#[derive(Clone, Debug, Default)]
pub struct Backlog(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    told: AtomicUsize,
    taken: AtomicUsize,
    beats: AtomicUsize,
    lifted: AtomicBool,
}

impl Backlog {
    /// One was told.
    pub fn tell(&self) {
        self.0.told.fetch_add(1, Ordering::Relaxed);
    }

    /// One was taken.
    pub fn take(&self) {
        self.0.taken.fetch_add(1, Ordering::Relaxed);
    }

    /// Whoever tells is at work, though there is nothing to tell.
    pub(crate) fn be_at_work(&self) {
        self.0.beats.fetch_add(1, Ordering::Relaxed);
    }

    /// Nobody is kept waiting any more: who takes has ended, or may as well.
    pub fn lift(&self) {
        self.0.lifted.store(true, Ordering::Relaxed);
    }

    /// Waits until not too many wait, but for a moment only.
    pub fn wait_for_room(&self) {
        let begun = Instant::now();
        while self.is_full() && begun.elapsed() < MOMENT {
            sleep(Duration::from_millis(1));
        }
    }

    /// A number that changes whenever one was told or taken, or whoever tells has said that it is at work.
    #[must_use]
    pub fn progress(&self) -> usize {
        let counts = [&self.0.told, &self.0.taken, &self.0.beats];
        let counts = counts.map(|count| count.load(Ordering::Relaxed));
        counts.into_iter().fold(0, usize::wrapping_add)
    }

    fn is_full(&self) -> bool {
        let taken = self.0.taken.load(Ordering::Relaxed);
        let waiting = self.0.told.load(Ordering::Relaxed).wrapping_sub(taken);
        // One can have been taken in between.
        waiting > MOST && waiting < usize::MAX / 2 && !self.0.lifted.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waited(backlog: &Backlog) -> bool {
        let begun = Instant::now();
        backlog.wait_for_room();
        begun.elapsed() >= MOMENT
    }

    #[test]
    fn who_tells_waits_for_who_takes_but_not_for_ever() {
        let backlog = Backlog::default();
        (0..MOST).for_each(|_| backlog.tell());
        assert!(!waited(&backlog));
        backlog.tell();
        assert!(waited(&backlog));
        backlog.take();
        assert!(!waited(&backlog));
        backlog.tell();
        backlog.lift();
        assert!(!waited(&backlog));
    }
}
