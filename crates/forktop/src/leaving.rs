//! Signals that end a visit which is all that forktop is for: the first has it ended orderly, and any more at once.
use crate::follow::{Desk, Request};
use crate::log::VisitId;
use crate::patience::Patience;
use crate::session::{Close, Failure};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;

/// The signals that end a visit.
pub const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// They are heeded until the end of this.
#[derive(Debug)]
pub struct Leaving {
    /// The first that came; 0 is none.
    ended_by: Arc<AtomicI32>,
    handle: Handle,
}

/// Has signals that are to end forktop end the visit, and remembers which came. Its end is waited for with this patience.
pub fn leave_at(
    mut signals: Signals,
    desk: Desk,
    visit: VisitId,
    patience: Patience,
) -> io::Result<Leaving> {
    let ended_by = Arc::new(AtomicI32::new(0));
    let (by, handle) = (ended_by.clone(), signals.handle());
    let heed = move || {
        let mut waiting = None;
        for signal in signals.forever() {
            let is_first = waiting.is_none();
            waiting = waiting.or_else(|| patience.begin());
            let _ = by.compare_exchange(0, signal, Ordering::Relaxed, Ordering::Relaxed);
            desk.hand_in(match is_first {
                true => Request::Leave(visit),
                false => Request::GiveUp(visit),
            });
        }
    };
    let thread = thread::Builder::new().name("signals".to_owned());
    thread.spawn(heed)?;
    Ok(Leaving { ended_by, handle })
}

impl Leaving {
    /// Waits for the end of following. What a signal has ended is not refused.
    pub fn wait(&self, close: Close) -> Result<(), Failure> {
        match close.wait() {
            Err(Failure::Visit(_)) if self.signal().is_some() => Ok(()),
            over => over.map(drop),
        }
    }

    /// Heeds them no longer. Gives the one that ended the visit, if one did.
    #[must_use]
    pub fn end(self) -> Option<i32> {
        self.handle.close();
        self.signal()
    }

    fn signal(&self) -> Option<i32> {
        Some(self.ended_by.load(Ordering::Relaxed)).filter(|signal| *signal != 0)
    }
}
