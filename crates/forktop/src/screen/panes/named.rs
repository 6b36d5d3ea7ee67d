//! How processes, signals and times are named in the panes.
use super::harmless::harmless;
use crate::model::Process;
use std::time::Duration;

/// A process by its number and name.
#[must_use]
pub fn named(process: &Process) -> String {
    match process.program.name.as_str() {
        "" => process.pid.to_string(),
        name => format!("{} {}", process.pid, harmless(name)),
    }
}

/// A signal by its name.
#[must_use]
pub fn signal(number: i32) -> String {
    match signal_hook::low_level::signal_name(number) {
        Some(name) => name.to_owned(),
        None => format!("signal {number}"),
    }
}

/// A duration in the unit that suits it: `3 µs`, `12 ms`, `1.204 s`, `2 min 5 s`, `1 h 2 min`.
#[must_use]
pub fn duration(length: Duration) -> String {
    let seconds = length.as_secs();
    match length.as_micros() {
        micros @ 0..1_000 => format!("{micros} µs"),
        micros @ 1_000..1_000_000 => format!("{} ms", micros / 1_000),
        micros @ 1_000_000..60_000_000 => format!("{seconds}.{:03} s", micros / 1_000 % 1_000),
        60_000_000..3_600_000_000 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// A count and what is counted, in the plural where it is not one.
#[must_use]
pub fn count(number: usize, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ if one.ends_with("process") => format!("{number} {one}es"),
        _ => format!("{number} {one}s"),
    }
}
