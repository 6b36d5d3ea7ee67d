//! Calls of one probe, made one after the other in a fork of its own, until one is refused or the time is over.
use crate::log::Answer;
use crate::outcome::chain;
use std::time::{Duration, Instant};
use tracee::{Call, CallError, Ending, Inside};

/// Who makes them.
pub(super) struct Hand<'p> {
    process: &'p Inside,
    until: Option<Instant>,
    patience: Duration,
}

/// A call that has no value.
pub(super) struct Unmade {
    by: &'static str,
    error: CallError,
}

impl<'p> Hand<'p> {
    /// For so long; calls that come after that do not wait.
    pub(super) fn new(process: &'p Inside, patience: Duration) -> Self {
        Self {
            process,
            until: Instant::now().checked_add(patience),
            patience,
        }
    }

    pub(super) async fn make(&self, call: &Call) -> Result<tracee::Answer, Unmade> {
        let made = self.process.call_within(call, self.left()).await;
        made.map_err(|error| Unmade::new(call, error))
    }

    pub(super) async fn execute(&self, call: &Call) -> Result<(), Unmade> {
        let made = self.process.execute(call, self.left()).await;
        made.map_err(|error| Unmade::new(call, error))
    }

    fn left(&self) -> Duration {
        self.until.map_or(self.patience, |until| {
            until.saturating_duration_since(Instant::now())
        })
    }
}

impl Unmade {
    fn new(call: &Call, error: CallError) -> Self {
        Self {
            by: call.name(),
            error,
        }
    }

    /// Whether the kernel has refused the call with this.
    pub(super) fn is(&self, errno: tracee::Errno) -> bool {
        self.error == CallError::Refused(errno)
    }
}

impl From<Unmade> for Answer {
    fn from(unmade: Unmade) -> Self {
        match unmade.error {
            CallError::Refused(errno) => Self::Refused {
                by: unmade.by.to_owned(),
                errno: errno.raw_os_error(),
            },
            CallError::Trapped => Self::Trapped,
            CallError::Ended(Ending::Killed { signal, .. }) => Self::Killed { signal },
            CallError::Ended(Ending::Exited(code)) => Self::Done {
                words: format!("it has ended with code {code}"),
            },
            CallError::TimedOut(_) => Self::TimedOut,
            error => Self::Untried {
                words: format!("{}: {}", unmade.by, chain(&error)),
            },
        }
    }
}
