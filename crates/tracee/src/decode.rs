//! From what wait4(2) told to a report, with what else has to be asked before the thread goes on.
use crate::event::{Ending, Origin};
use crate::failed_exec::Calls;
use crate::machine::{Kind, Report};
use kernel::{CloneFlags, Status, TraceEvent, Traced, Waited};
use rustix::process::Pid;
use std::time::Duration;

/// `None` where there is nothing to report.
pub(crate) fn decode(waited: &Waited, at: Duration, calls: &mut Calls) -> Option<Report> {
    let thread = Traced::from(waited.thread);
    let kind = match waited.status {
        Status::Exited(_) | Status::Killed { .. } => Kind::Ended {
            ending: ending(waited.status)?,
            usage: waited.usage,
        },
        Status::Event(event) => at_event(thread, event),
        Status::GroupStopped(signal) => Kind::GroupStopped { signal },
        Status::Syscall => calls.stopped(thread),
        Status::Signal(signal) => Kind::Signalled { signal },
        // A child of this thread's that is not traced.
        Status::Continued => return None,
    };
    Some(Report {
        thread: waited.thread,
        at,
        kind,
        identity: None,
        stale: false,
    })
}

fn at_event(thread: Traced, event: TraceEvent) -> Kind {
    let made = |origin| Kind::Made {
        origin,
        new: thread.new_thread(event),
        flags: flags(thread),
        child: None,
    };
    match event {
        TraceEvent::Fork => made(Origin::Forked),
        TraceEvent::Vfork => made(Origin::Vforked),
        TraceEvent::Clone => made(Origin::Cloned),
        TraceEvent::Exec => Kind::Executed {
            former: message(thread).and_then(Pid::from_raw),
        },
        TraceEvent::Exit => Kind::Exiting {
            // It is about to end, but has been killed out of this: the end itself will tell.
            ending: message(thread)
                .and_then(|word| ending(Status::from_end(word)))
                .unwrap_or(Ending::Exited(0)),
        },
        TraceEvent::Trap => Kind::Trapped,
        TraceEvent::Other(_) => Kind::Idle,
    }
}

/// The flags of clone(2) with which it has made it.
fn flags(thread: Traced) -> Option<CloneFlags> {
    thread.registers().ok()?.clone_flags()
}

fn message(thread: Traced) -> Option<i32> {
    i32::try_from(thread.event_message().ok()?).ok()
}

fn ending(status: Status) -> Option<Ending> {
    match status {
        Status::Exited(code) => Some(Ending::Exited(code)),
        Status::Killed { signal, core } => Some(Ending::Killed { signal, core }),
        _ => None,
    }
}
