//! A visit that is all that forktop is for, and the signals that end it: the first has it ended orderly, and any more at once.
use crate::follow::{Desk, Request};
use crate::log::{Event, ProcessId, Stay, VisitId};
use crate::outcome::{FAILED, say};
use crate::patience::{Patience, Waiting};
use crate::screen::panes::visits;
use crate::session::{Close, Failure, Order, Records, Session, Subject, Visit};
use crate::terminal::give_back_taken;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;

/// The only visit that there is.
pub const VISIT: VisitId = VisitId(0);

/// The process that is visited: the first that the log tells of.
pub const PROCESS: ProcessId = ProcessId(0);

/// The signals that are to end forktop.
pub const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// What is said while a call is waited for that may yet make a copy.
const AWAITED: &str = "the call that was to copy the process has not come back: it is waited for, to take away the copy that it may \
                       yet make; if you end forktop before (^C), and the call does not come back within seconds, the process is \
                       killed, as its registers are not its own";

/// What is said while the call is waited for that was to take away what is left of a copy.
const AWAITED_AT_THE_END: &str = "the call that was to take away what is left of the copy has not come back: it is waited for, as the \
                                  registers of the process are not its own before; if you end forktop now (^C), and the call does \
                                  not come back within seconds, the process is killed";

/// What is to be said at once of a refusal, or of the end of a visit, if a call is waited for then.
pub fn awaited(event: &Event) -> Option<&'static str> {
    match event {
        Event::NotEntered {
            is_awaited: true, ..
        } => Some(AWAITED),
        Event::Left(departure) if departure.is_awaited => Some(AWAITED_AT_THE_END),
        _ => None,
    }
}

/// How a process was held at the end of a visit, where it is not as it was.
pub fn left_behind(event: &Event) -> Option<&Stay> {
    match event {
        Event::Left(departure) => departure.stay.as_ref().filter(|it| !it.differs.is_empty()),
        _ => None,
    }
}

/// Says how a process was held.
pub fn say_how_held(process: u32, stay: &Stay) {
    say(&format!("process {process}: {}", visits::stay(stay)));
}

/// The signals that end it are heeded until the end of this.
#[derive(Debug)]
pub struct Leaving {
    /// The first that came; 0 is none.
    ended_by: Arc<AtomicI32>,
    handle: Handle,
    patience: Patience,
}

/// Visits a process, and has signals that are to end forktop end that. They are taken notice of from before this on: one that ends
/// forktop in the middle of it would leave more to others.
pub fn begin(
    signals: Signals,
    process: u32,
    visit: Visit,
) -> Result<(Desk, Records, Close, Leaving), Box<dyn Error>> {
    let session = Session::begin(Order {
        subject: Subject::Visit(process, Box::new(visit)),
        kill_on_exit: false,
        failed_execs: false,
        looks_at_end: false,
    })?;
    let (desk, records, close) = session.apart();
    let patience = Patience::new(false, records.backlog(), give_up);
    let leaving = leave_at(signals, desk.clone(), patience)?;
    Ok((desk, records, close, leaving))
}

/// Has signals end the visit, and remembers which came. Its end is waited for with this patience.
fn leave_at(mut signals: Signals, desk: Desk, patience: Patience) -> io::Result<Leaving> {
    let ended_by = Arc::new(AtomicI32::new(0));
    let (by, handle) = (ended_by.clone(), signals.handle());
    let its_own = patience.clone();
    let heed = move || {
        let patience = its_own;
        let mut waiting = None;
        for signal in signals.forever() {
            let is_first = waiting.is_none();
            waiting = waiting.or_else(|| patience.begin());
            let _ = by.compare_exchange(0, signal, Ordering::Relaxed, Ordering::Relaxed);
            desk.hand_in(match is_first {
                true => Request::Leave(VISIT),
                false => Request::GiveUp(VISIT),
            });
        }
    };
    let thread = thread::Builder::new().name("signals".to_owned());
    thread.spawn(heed)?;
    Ok(Leaving {
        ended_by,
        handle,
        patience,
    })
}

/// Where the visit does not come to its end: the kernel, and the caretaker, do the rest.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever would return is what is waited for in vain; the terminal is given back before"
)]
fn give_up() {
    give_back_taken();
    say("the visit does not come to an end: somebody keeps it waiting; forktop ends without it");
    std::process::exit(FAILED.into());
}

impl Leaving {
    /// Waits for the end of following. What a signal has ended is not refused.
    pub fn wait(&self, close: Close) -> Result<(), Failure> {
        match close.wait() {
            Err(Failure::Visit(_)) if self.signal().is_some() => Ok(()),
            over => over.map(drop),
        }
    }

    /// Has the visit end as by a signal, for whoever is not sent any: keys of a terminal that is passed on. Its end is waited for with
    /// patience until what this gives is dropped.
    pub fn hang_up(&self, desk: &Desk) -> Option<Waiting> {
        let waiting = self.patience.begin();
        desk.hand_in(Request::Leave(VISIT));
        waiting
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
