//! A line of the log.
use super::Event;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// The version of the log's format, which grows when a reader of the former could misunderstand it.
pub const FORMAT: u32 = 1;

/// A time since the log was opened, in nanoseconds of the monotonic clock.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Time(pub u64);

/// Something that was learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When.
    pub at: Time,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

impl Time {
    /// The time from `earlier` to this one; zero if that is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl From<Duration> for Time {
    fn from(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Time {
    /// In seconds, to the millisecond.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = self.0 / 1_000_000;
        write!(
            formatter,
            "{}.{:03}",
            milliseconds / 1000,
            milliseconds % 1000
        )
    }
}
