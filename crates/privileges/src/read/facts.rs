//! What a monitor shows: from status, stat, cmdline, environ, exe and cwd.
use super::essentials::{essentials, status};
use super::folder::{Folder, Form, number};
use super::status::Status;
use crate::{Essentials, Facts, ReadError, Seen, Strings, Why};
use rustix::io::Errno;
use std::path::PathBuf;
use std::time::Duration;

/// The facts of the process that this folder is of.
pub(crate) fn facts(folder: &Folder) -> Result<Facts, ReadError> {
    let mut shown = shown(folder);
    shown.arguments = shown.arguments.map(Strings::without_padding);
    // Last, so that what could not be read is known to have been lacking, and not gone.
    Ok(with_status(shown, status(folder)?))
}

/// What is the ground of what it may do, and what a monitor shows, read together.
pub(crate) fn all(
    folder: &Folder,
    reader: Option<u64>,
    before: Option<&Essentials>,
) -> Result<(Essentials, Facts), ReadError> {
    let shown = shown(folder);
    let (essentials, status) = essentials(folder, reader, before)?;
    Ok((essentials, with_status(shown, status)))
}

/// What is not in its status.
struct Shown {
    arguments: Result<Strings, Errno>,
    environment: Result<Strings, Errno>,
    program: Seen<PathBuf>,
    directory: Seen<PathBuf>,
}

fn shown(folder: &Folder) -> Shown {
    Shown {
        program: folder.link("exe").into(),
        directory: folder.link("cwd").into(),
        arguments: strings(folder, "cmdline"),
        environment: strings(folder, "environ"),
    }
}

fn with_status(shown: Shown, status: Status) -> Facts {
    Facts {
        arguments: of_living(&status, shown.arguments),
        environment: of_living(&status, shown.environment),
        name: status.name,
        state: status.state,
        parent: status.parent,
        pids: status.pids,
        tracer: status.tracer,
        thread_count: status.thread_count,
        program: shown.program,
        directory: shown.directory,
    }
}

/// When it started, since the boot.
pub(crate) fn started(folder: &Folder) -> Result<Duration, ReadError> {
    const STAT: &str = "stat";
    let stat = folder
        .piece(STAT)
        .map_err(|errno| ReadError::new(STAT, errno))?;
    let line = "starttime";
    since_boot(&stat).ok_or(ReadError::NotUnderstood { file: STAT, line })
}

/// What would be empty of a process that has ended.
pub(crate) fn of_living<T>(status: &Status, read: Result<T, Errno>) -> Seen<T> {
    if status.has_ended() {
        Why::Absent.into()
    } else {
        read.into()
    }
}

/// What it was executed with, as it lies in its memory.
pub(crate) fn arguments(folder: &Folder) -> Result<Strings, Errno> {
    strings(folder, "cmdline").map(Strings::without_padding)
}

fn strings(folder: &Folder, name: &str) -> Result<Strings, Errno> {
    let start = folder.start(name, Form::Piece, Strings::MOST)?;
    Ok(Strings::new(start.bytes, start.truncated))
}

/// `starttime` of `/proc/PID/stat` (proc_pid_stat(5)), the 22nd field: the 20th after the name, which can hold any bytes
/// and ends with the last parenthesis.
fn since_boot(stat: &[u8]) -> Option<Duration> {
    const AFTER_NAME: usize = 19;
    let behind_name = stat.rsplit(|byte| *byte == b')').next()?;
    let fields = behind_name.split(u8::is_ascii_whitespace);
    let ticks: u64 = number(fields.filter(|field| !field.is_empty()).nth(AFTER_NAME)?)?;
    let rate = rustix::param::clock_ticks_per_second().max(1);
    let seconds = ticks.checked_div(rate)?;
    let rest = ticks.checked_rem(rate)?.saturating_mul(1000);
    let rest = Duration::from_millis(rest.checked_div(rate)?);
    Some(Duration::from_secs(seconds).saturating_add(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_time_is_found_behind_any_name() {
        let rest = b" S 1 2 3 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 99 0\n";
        for name in [&b"sh"[..], b") (", b"a) S 1 (b", b"\n)\xff", b""] {
            let stat = [b"7 (", name, b")", rest].concat();
            assert_eq!(
                since_boot(&stat),
                Some(Duration::from_millis(123_450)),
                "{name:?}"
            );
        }
        for senseless in [
            &b""[..],
            b")",
            b"7 (sh) S",
            b"7 (sh) S 1 2 3 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 x",
        ] {
            assert_eq!(since_boot(senseless), None);
        }
    }
}
