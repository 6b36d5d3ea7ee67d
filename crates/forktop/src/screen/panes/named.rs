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

/// The names of signals from 1 on (signal(7)), which are the same on x86-64 and AArch64.
const SIGNALS: [&str; 31] = [
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGILL",
    "SIGTRAP",
    "SIGABRT",
    "SIGBUS",
    "SIGFPE",
    "SIGKILL",
    "SIGUSR1",
    "SIGSEGV",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGSTKFLT",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
    "SIGSYS",
];

/// A signal by its name; one of real time as kill(1) of the shells names it.
#[must_use]
pub fn signal(number: i32) -> String {
    let place = usize::try_from(number)
        .ok()
        .and_then(|it| it.checked_sub(1));
    match (number, place.and_then(|place| SIGNALS.get(place))) {
        (_, Some(name)) => (*name).to_owned(),
        (34, _) => "SIGRTMIN".to_owned(),
        (35..=49, _) => format!("SIGRTMIN+{}", number - 34),
        (50..=63, _) => format!("SIGRTMAX-{}", 64 - number),
        (64, _) => "SIGRTMAX".to_owned(),
        // 32 and 33 the C library keeps for itself.
        _ => format!("signal {number}"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn signals_are_named_as_bash_names_them() {
        for number in (1..=31).chain(34..=64) {
            let mut bash = Command::new("bash");
            let named = bash.args(["-c", &format!("kill -l {number}")]).output();
            let named = String::from_utf8(named.unwrap().stdout).unwrap();
            assert_eq!(signal(number), format!("SIG{}", named.trim()));
        }
        for nameless in [i32::MIN, -1, 0, 32, 33, 65, i32::MAX] {
            assert_eq!(signal(nameless), format!("signal {nameless}"));
        }
    }
}
