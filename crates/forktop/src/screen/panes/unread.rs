//! What is not known, and why: never shown as empty.
use super::Subject;
use super::named::named;
use super::page::{Page, Sign};
use crate::model::State;
use privileges::{Privileges, Seen, Why};

/// The key that reads all that the selected process may do.
pub const LOOK_KEY: char = 'r';

/// The key that holds the selected process still.
pub const FREEZE_KEY: char = 'f';

/// Why something could not be read, in words.
#[must_use]
pub fn reason(why: Why) -> String {
    match why {
        Why::NotPermitted => "forktop may not read it".to_owned(),
        Why::Absent => "there is none".to_owned(),
        Why::NotSupported => "this kernel does not tell it".to_owned(),
        Why::NeedsTracing => "only to be read while the process is held still".to_owned(),
        Why::NotRead => "it was not looked at".to_owned(),
        Why::Failed(errno) => format!("it could not be read: {}", failure(errno)),
    }
}

/// What an errno means.
#[must_use]
pub fn failure(errno: i32) -> String {
    let words = std::io::Error::from_raw_os_error(errno).to_string();
    match words.split_once(" (os error") {
        Some((words, _)) => words.to_owned(),
        None => words,
    }
}

/// The value in words, or in brackets why there is none.
pub fn or_why<T>(seen: &Seen<T>, words: impl FnOnce(&T) -> String) -> String {
    match seen {
        Seen::Known(value) => words(value),
        Seen::Unreadable { unreadable } => format!("({})", reason(*unreadable)),
    }
}

/// All that was read of the process, after a line that says when; or nothing, after one that says why.
pub fn looked<'a>(page: &mut Page<'a>, subject: &Subject<'a>) -> Option<&'a Privileges> {
    let Some((at, privileges)) = &subject.process.looked else {
        page.note(how_to_look(subject));
        return None;
    };
    let again = match subject.process.state {
        State::Ended(_) | State::Released | State::Refused => String::new(),
        _ => format!("; press {LOOK_KEY} to look again"),
    };
    page.note(format!("as of {at} s{again}"));
    Some(privileges)
}

/// With what something is compared, after its signs; or why it is not.
pub fn compared<T: ?Sized>(
    page: &mut Page<'_>,
    subject: &Subject<'_>,
    there: Option<&T>,
    signs: &str,
) {
    match (subject.base, there) {
        (None, _) => {}
        (Some(base), _) if base.id == subject.process.id => {}
        (Some(base), Some(_)) => page.note(format!("compared with {}: {signs}", named(base))),
        (Some(base), None) => page.note(format!(
            "not compared with {}, which was not looked at (press {LOOK_KEY} there)",
            named(base)
        )),
    }
}

/// How what is not known can come to be known.
#[must_use]
pub fn how_to_look(subject: &Subject<'_>) -> String {
    match subject.process.state {
        State::Ended(_) => "not looked at before it ended".to_owned(),
        State::Released => "not looked at before it was let go".to_owned(),
        State::Refused => "not looked at, since it cannot be followed".to_owned(),
        _ => format!("not looked at yet: press {LOOK_KEY}"),
    }
}

/// How what only a tracer is told of a process that it holds still can come to be known; nothing of one that is not followed.
pub fn how_to_trace(subject: &Subject<'_>) -> Option<String> {
    match subject.process.state {
        State::Ended(_) | State::Released | State::Refused => None,
        State::Frozen(_) => Some(format!("It is held still: press {LOOK_KEY} to look again.")),
        State::Running | State::Stopped(_) => Some(format!(
            "Press {FREEZE_KEY} to hold it still, then {LOOK_KEY} to look again."
        )),
    }
}

/// What was read, or nothing after a line that says why it could not be.
pub fn known<'a, T>(page: &mut Page<'a>, seen: &'a Seen<T>) -> Option<&'a T> {
    if let Seen::Unreadable { unreadable } = seen {
        page.say(
            Sign::Warning,
            format!("unreadable: {}", reason(*unreadable)),
        );
    }
    seen.known()
}
