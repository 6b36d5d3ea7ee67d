//! What becomes of each void, told as it happens: in words for a person, as JSON for a program.
use crate::pump::Loss;
use crate::refusal::describe;
use crate::voice;
use kernel::{Errno, Usage};
use serde_json::{Map, Value, json};
use std::fs::File;
use std::io::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Something that happened to a void.
#[derive(Clone, Debug)]
pub enum Event {
    /// The kernel has made it; its program does not run yet.
    Launched { pid: i32 },
    /// Its program runs.
    Started,
    /// It could not be made.
    Failed { reason: String },
    /// A signal stopped its program.
    Stopped { signal: i32 },
    /// Its program goes on.
    Continued,
    /// The shim could not pass on what it wrote, or was to read.
    Lost { loss: Loss },
    /// A descriptor of its listens there, or with the socket that was handed in.
    Listening { name: String, at: String, own: bool },
    /// It can be reached at an address of the host's from now on.
    Serving { what: String },
    /// The host does not let it be reached there.
    NotServed { what: String, errno: Errno },
    /// It did something that nothing grants.
    Denied { what: String },
    /// It reached its limit of time.
    OutOfTime { limit: Duration },
    /// Its program ended.
    Exited { code: i32, spent: Spent },
    /// A signal ended its program.
    Killed { signal: i32, spent: Spent },
    /// It will be started again.
    Restarting { after: Duration, attempt: u32 },
}

/// What a void used from its launch to its end, all its processes together.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    pub wall: Duration,
    pub usage: Usage,
}

/// Where events go.
#[derive(Debug, Default)]
pub struct Log {
    /// As lines for a person, on standard error.
    pub words: bool,
    /// As a line of JSON each.
    pub json: Option<File>,
}

impl Log {
    /// Whether anybody is told.
    pub fn is_wanted(&self) -> bool {
        self.words || self.json.is_some()
    }

    pub fn tell(&mut self, entrypoint: &str, event: &Event) {
        if self.words || event.is_for_everybody() {
            let words = format!("{entrypoint}: {}", in_words(event));
            // What a program names goes to a person's terminal: as text, and on one line.
            let harmless = |letter: char| match letter.is_control() {
                true => char::REPLACEMENT_CHARACTER,
                false => letter,
            };
            voice::line(&words.chars().map(harmless).collect::<String>());
        }
        if let Some(file) = &mut self.json {
            let mut line = as_json(entrypoint, event).to_string();
            line.push('\n');
            // Whoever asked for the events and went away does not stop the application.
            let _ = file.write_all(line.as_bytes());
        }
    }
}

impl Event {
    /// Whether nothing else would show it: the program itself has no way to say it, or does not know why.
    fn is_for_everybody(&self) -> bool {
        matches!(self, Self::Lost { .. } | Self::NotServed { .. })
    }
}

fn in_words(event: &Event) -> String {
    match event {
        Event::Launched { pid } => format!("launched as pid {pid}"),
        Event::Started => "started".to_owned(),
        Event::Failed { reason } => format!("failed: {reason}"),
        Event::Stopped { signal } => format!("stopped by signal {signal}"),
        Event::Continued => "continued".to_owned(),
        Event::Lost { loss } => loss.to_string(),
        Event::Listening {
            name,
            at,
            own: true,
        } => format!("`{name}` listens at {at}"),
        Event::Listening { name, .. } => format!("`{name}` is what was handed in"),
        Event::Serving { what } => format!("serves {what}"),
        Event::NotServed { what, errno } => format!("cannot serve {what}: {}", describe(*errno)),
        Event::Denied { what } => format!("nothing grants it to {what}"),
        Event::OutOfTime { limit } => format!("killed: its {} s are over", limit.as_secs_f64()),
        Event::Exited { code, spent } => format!("exited with {code} {}", spent.in_words()),
        Event::Killed { signal, spent } => {
            format!("killed by signal {signal} {}", spent.in_words())
        }
        Event::Restarting { after, attempt } => {
            format!(
                "starting again in {} s (attempt {attempt})",
                after.as_secs_f64()
            )
        }
    }
}

impl Spent {
    fn in_words(self) -> String {
        let [wall, user, system] = self.seconds();
        let memory = self.usage.max_resident / 1024;
        format!("after {wall:.3} s ({user:.3} s user, {system:.3} s system, {memory} KiB at most)")
    }

    fn seconds(self) -> [f64; 3] {
        [self.wall, self.usage.user, self.usage.system].map(|time| time.as_secs_f64())
    }

    fn as_json(self) -> Value {
        let [wall, user, system] = self.seconds();
        json!({
            "wall_seconds": wall,
            "user_seconds": user,
            "system_seconds": system,
            "max_resident_bytes": self.usage.max_resident,
        })
    }
}

/// `time` is in seconds since 1970, UTC.
fn as_json(entrypoint: &str, event: &Event) -> Value {
    let (name, details) = match event {
        Event::Launched { pid } => ("launched", json!({ "pid": pid })),
        Event::Started => ("started", json!({})),
        Event::Failed { reason } => ("failed", json!({ "reason": reason })),
        Event::Stopped { signal } => ("stopped", json!({ "signal": signal })),
        Event::Continued => ("continued", json!({})),
        Event::Lost { loss } => ("lost", json!({ "reason": loss.to_string() })),
        Event::Listening { name, at, own } => {
            let at = own.then_some(at);
            ("listening", json!({ "descriptor": name, "at": at }))
        }
        Event::Serving { what } => ("serving", json!({ "what": what })),
        Event::NotServed { what, errno } => (
            "not-served",
            json!({ "what": what, "reason": describe(*errno) }),
        ),
        Event::Denied { what } => ("denied", json!({ "what": what })),
        Event::OutOfTime { limit } => (
            "out-of-time",
            json!({ "limit_seconds": limit.as_secs_f64() }),
        ),
        Event::Exited { code, spent } => {
            ("exited", json!({ "code": code, "used": spent.as_json() }))
        }
        Event::Killed { signal, spent } => (
            "killed",
            json!({ "signal": signal, "used": spent.as_json() }),
        ),
        Event::Restarting { after, attempt } => (
            "restarting",
            json!({ "after_seconds": after.as_secs_f64(), "attempt": attempt }),
        ),
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let mut line = Map::new();
    line.insert("time".to_owned(), json!(now.as_secs_f64()));
    line.insert("event".to_owned(), json!(name));
    line.insert("entrypoint".to_owned(), json!(entrypoint));
    if let Value::Object(details) = details {
        line.extend(details);
    }
    Value::Object(line)
}
