//! Times as the tree shows them: coarse, so that a screen on which nothing happens need hardly be drawn.
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// How long something has lasted that goes on: `12s`, `3m05s`, `1h02m`, `3d04h`.
#[must_use]
pub fn lasting(age: Duration) -> String {
    let seconds = age.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    if age < MINUTE {
        format!("{seconds}s")
    } else if age < HOUR {
        format!("{minutes}m{:02}s", seconds % 60)
    } else if age < DAY {
        format!("{hours}h{:02}m", minutes % 60)
    } else {
        format!("{days}d{:02}h", hours % 24)
    }
}

/// How long something lasted that is over: `12ms`, `3.4s`, and as [`lasting`].
#[must_use]
pub fn lasted(age: Duration) -> String {
    let milliseconds = age.as_millis();
    if age < SECOND {
        format!("{milliseconds}ms")
    } else if age < 10 * SECOND {
        format!("{}.{}s", age.as_secs(), milliseconds / 100 % 10)
    } else {
        lasting(age)
    }
}

/// How long after `now` an age is next shown anew, of which `youngest` is the least.
///
/// All ages are shown anew together, on the beat of the log's clock, or each would have a beat of its own.
#[must_use]
pub fn next_beat(now: Duration, youngest: Duration) -> Duration {
    let unit = if youngest < HOUR {
        SECOND
    } else if youngest < DAY {
        MINUTE
    } else {
        HOUR
    };
    let past = now.as_nanos() % unit.as_nanos();
    unit.saturating_sub(Duration::from_nanos(u64::try_from(past).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_coarser_the_longer_they_are() {
        for (milliseconds, goes_on, over) in [
            (0, "0s", "0ms"),
            (999, "0s", "999ms"),
            (3_450, "3s", "3.4s"),
            (59_999, "59s", "59s"),
            (185_000, "3m05s", "3m05s"),
            (3_720_000, "1h02m", "1h02m"),
            (273_600_000, "3d04h", "3d04h"),
        ] {
            let age = Duration::from_millis(milliseconds);
            assert_eq!(
                (lasting(age).as_str(), lasted(age).as_str()),
                (goes_on, over)
            );
        }
    }

    #[test]
    fn ages_are_shown_anew_each_second_of_the_first_hour_and_then_each_minute() {
        let beat =
            |now, youngest| next_beat(Duration::from_millis(now), Duration::from_millis(youngest));
        assert_eq!(beat(5_900, 20), Duration::from_millis(100));
        assert_eq!(beat(5_000_000, 3_599_999), Duration::from_secs(1));
        assert_eq!(beat(5_000_000, 3_600_000), Duration::from_secs(40));
        assert_eq!(beat(90_000_000, 86_400_000), Duration::from_hours(1));
    }
}
