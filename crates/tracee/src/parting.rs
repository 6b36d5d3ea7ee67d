//! The end of a tracer: it lets go of everything, or kills it.
use crate::drive::Step;
use crate::error::Error;
use crate::event::Event;
use crate::tracer::{News, Tracer};
use rustix::process::Pid;
use std::time::{Duration, Instant};

/// How long a thread may keep the end waiting that the kernel does not let stop, or die.
const PATIENCE: Duration = Duration::from_secs(2);

/// What was left to tell when following ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parting {
    /// What happened until the end, in order: what had not been told yet, and a release or an end of each process.
    pub events: Vec<Event>,
    /// Processes that could not be let go, or have not died, within two seconds, because the kernel did not let them: one
    /// that waits in vfork(2) for a child that does not execute anything, or for a device. When the thread of the tracer
    /// ends, the kernel lets go of them, or kills them where that was an option.
    pub left: Vec<Pid>,
}

impl Tracer {
    /// Lets go of everything, and returns when that is done. What runs goes on; what is stopped by a signal stays so;
    /// signals on their way arrive; and no call is interrupted that would not have been.
    ///
    /// A command that was started stays a child of this thread. If it ends before this returns, that is told of here, and
    /// nobody has to wait for it.
    ///
    /// Where the first thread of a process has ended before others, the kernel lets go of that one only when the thread
    /// of the tracer ends.
    pub fn detach(mut self) -> Result<Parting, Error> {
        self.machine.release();
        self.part()
    }

    /// Kills everything that is followed, and whatever that makes meanwhile, and returns when it has ended.
    pub fn kill(mut self) -> Result<Parting, Error> {
        self.machine.kill();
        self.part()
    }

    fn part(mut self) -> Result<Parting, Error> {
        let began = Instant::now();
        // Nobody is told any more.
        self.wake_at(None);
        let mut events = Vec::new();
        self.act()?;
        loop {
            events.extend(self.told.drain(..).filter_map(event));
            match self.advance()? {
                Step::Taken => {}
                Step::Nobody => break,
                Step::Idle => {
                    let left = PATIENCE.saturating_sub(began.elapsed());
                    if left.is_zero() {
                        break;
                    }
                    self.sleep(Some(left))?;
                }
            }
        }
        let now = self.now();
        self.machine.finish_release(now);
        self.act()?;
        events.extend(self.told.drain(..).filter_map(event));
        Ok(Parting {
            events,
            left: self.machine.processes().collect(),
        })
    }
}

fn event(news: News) -> Option<Event> {
    match news {
        News::Event(event, _) => Some(event),
        News::Rung | News::Due | News::Worked | News::CameBack { .. } => None,
    }
}
