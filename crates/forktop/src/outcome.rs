//! How forktop ends: as the command does, or as a shell says what kept it from that.
use crate::log::Ending;
use crate::session::Report;
use rustix::io::Errno;
use std::error::Error;
use std::io::{self, Write as _};

/// forktop failed, or refused.
pub const FAILED: u8 = 125;
const NOT_EXECUTABLE: u8 = 126;
const NOT_FOUND: u8 = 127;

/// The exit code, and what is to be said about it. `ended_by` is the signal that ended forktop before what it followed.
#[must_use]
pub fn of(report: &Report, ended_by: Option<i32>, program: &str) -> (u8, Option<String>) {
    if let Some(errno) = report.refusal {
        let code = match errno {
            Errno::NOENT | Errno::NOTDIR => NOT_FOUND,
            _ => NOT_EXECUTABLE,
        };
        return (code, Some(format!("cannot execute `{program}`: {errno}")));
    }
    let ending = ended_by.map(Ending::Signal).or(report.ending);
    (ending.map_or(0, code), None)
}

/// The exit code of what has ended so, as shells have it.
#[must_use]
pub fn code(ending: Ending) -> u8 {
    match ending {
        Ending::Code(code) => u8::try_from(code & 0xff).unwrap_or(FAILED),
        Ending::Signal(signal) | Ending::Core(signal) => {
            128 + u8::try_from(signal & 0x7f).unwrap_or_default()
        }
    }
}

/// Says one line. Nobody is left to tell if standard error is gone, and that is no reason to end.
pub fn say(words: &str) {
    let _ = writeln!(io::stderr(), "forktop: {words}");
}

/// `outer: cause: root cause`, on one line.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}
