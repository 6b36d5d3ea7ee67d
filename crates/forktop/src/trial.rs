//! `forktop try`: what came of calls that were tried in a copy of a process, for people and for programs.
use crate::arguments::Trial as Wanted;
use crate::follow::Trial;
use crate::json::for_people;
use crate::leaving::{ENDING, PROCESS, VISIT, awaited, begin, left_behind, say_how_held};
use crate::log::{Answer, Ending, Event, Stay, Tried};
use crate::outcome::{self, FAILED, say};
use crate::screen::panes::{harmless, visits};
use crate::session::Visit;
use serde::Serialize;
use signal_hook::iterator::Signals;
use std::error::Error;
use std::io::{self, Write};

/// Tries calls in a copy of a process, tells what came of them, and gives the exit code.
pub fn make(wanted: &Wanted) -> Result<u8, Box<dyn Error>> {
    let visit = Visit::Trial(Trial {
        visit: VISIT,
        process: PROCESS,
        probes: wanted.probes.clone(),
        filters: wanted.filters,
        patience: wanted.patience,
    });
    let signals = Signals::new(ENDING)?;
    let (_, records, close, leaving) = begin(signals, wanted.process, visit)?;
    let mut concluded = None;
    let mut output = io::stdout();
    while let Ok(record) = records.recv() {
        awaited(&record.event).into_iter().for_each(say);
        if let Some(stay) = left_behind(&record.event) {
            say_how_held(wanted.process, stay);
        }
        let told = conclude(&record.event, wanted.process, wanted.json, &mut output);
        concluded = concluded.or(told);
    }
    leaving.wait(close)?;
    match (leaving.end(), concluded) {
        (None, told) => Ok(told.unwrap_or(Err(Failure::Lost))?),
        (Some(signal), _) => Ok(outcome::code(Ending::Signal(signal))),
    }
}

/// Something was refused, or was not answered.
pub const REFUSED: u8 = 1;

/// What is told of a trial.
#[derive(Debug, Serialize)]
struct Told<'e> {
    /// The process that was asked.
    pid: u32,
    #[serde(flatten)]
    stay: &'e Stay,
    calls: &'e [Tried],
}

/// Writes what came of a trial of the process with this number, and gives the exit code; nothing if the event is not its end. Why a
/// process could not be visited is given as an error instead, for the one who says such things.
pub fn conclude(
    event: &Event,
    pid: u32,
    json: bool,
    into: &mut impl Write,
) -> Option<Result<u8, Failure>> {
    match event {
        Event::Tried { calls, stay, .. } => Some(tell(pid, calls, stay, json, into)),
        Event::NotEntered { words, .. } => Some(Err(Failure::NotEntered(words.clone()))),
        _ => None,
    }
}

/// Why nothing is told of a trial.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The process could not be visited.
    #[error("nothing could be tried: {0}")]
    NotEntered(String),
    /// The process ended meanwhile, and the copy with it.
    #[error("nothing could be tried: the process has ended meanwhile")]
    Lost,
    /// It cannot be written down.
    #[error("cannot write to standard output")]
    Write(#[source] io::Error),
}

fn tell(
    pid: u32,
    calls: &[Tried],
    stay: &Stay,
    json: bool,
    into: &mut impl Write,
) -> Result<u8, Failure> {
    let written = match json {
        true => {
            let told = Told { pid, stay, calls };
            let written = told.serialize(&mut for_people(&mut *into));
            written
                .map_err(io::Error::from)
                .and_then(|()| into.write_all(b"\n"))
        }
        false => lines(calls, stay, into),
    };
    match written.and_then(|()| into.flush()) {
        // A reader who has had enough is no failure.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Write(error)),
        _ => Ok(code(calls)),
    }
}

fn lines(calls: &[Tried], stay: &Stay, into: &mut impl Write) -> io::Result<()> {
    for tried in calls {
        let answer = visits::answer(&tried.answer);
        writeln!(into, "{}: {answer}", harmless(&tried.call))?;
    }
    match stay.differs.is_empty() {
        true => Ok(()),
        false => writeln!(into, "the process was {}", visits::stay(stay)),
    }
}

/// Of what could not be tried nothing is known: that counts more than what was refused.
fn code(calls: &[Tried]) -> u8 {
    let code = |tried: &Tried| match tried.answer {
        Answer::Done { .. } => 0,
        Answer::Untried { .. } => FAILED,
        _ => REFUSED,
    };
    calls.iter().map(code).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{ProcessId, VisitId};

    fn told(answers: &[Answer], json: bool) -> (u8, String) {
        let calls = answers
            .iter()
            .zip(["open /etc/shadow r", "kill 1", "exec /a\u{1b}"]);
        let event = Event::Tried {
            visit: VisitId(1),
            process: ProcessId(0),
            calls: calls
                .map(|(answer, call)| Tried {
                    call: call.to_owned(),
                    answer: answer.clone(),
                })
                .collect(),
            stay: Box::new(Stay {
                held_us: 200,
                lent_us: 90,
                ..Stay::default()
            }),
        };
        let mut text = Vec::new();
        let code = conclude(&event, 12, json, &mut text).unwrap().unwrap();
        (code, String::from_utf8(text).unwrap())
    }

    fn refused() -> Answer {
        Answer::Refused {
            by: "openat".to_owned(),
            errno: 2,
        }
    }

    fn done(words: &str) -> Answer {
        Answer::Done {
            words: words.to_owned(),
        }
    }

    #[test]
    fn each_answer_has_a_line() {
        let (code, text) = told(&[refused(), done(""), Answer::Killed { signal: 31 }], false);
        let expected = "open /etc/shadow r: refused by openat: No such file or directory (ENOENT)\n\
                        kill 1: let\n\
                        exec /a\\u{1b}: killed for it, by SIGSYS\n";
        assert_eq!((code, text.as_str()), (1, expected));
    }

    #[test]
    fn the_code_says_the_worst() {
        let untried = Answer::Untried {
            words: "no memory".to_owned(),
        };
        for (answers, code) in [
            (vec![done("made"), done("")], 0),
            (vec![done(""), Answer::Trapped], 1),
            (vec![Answer::TimedOut, done("")], 1),
            (vec![untried, refused()], 125),
        ] {
            assert_eq!(told(&answers, false).0, code, "{answers:?}");
        }
    }

    #[test]
    fn programs_are_told_all() {
        let (code, text) = told(&[refused(), done("= 1")], true);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let expected = serde_json::json!({
            "pid": 12,
            "held_us": 200,
            "lent_us": 90,
            "calls": [
                { "call": "open /etc/shadow r", "answer": "refused", "by": "openat", "errno": 2 },
                { "call": "kill 1", "answer": "done", "words": "= 1" },
            ],
        });
        assert_eq!((code, value), (1, expected));
    }

    #[test]
    fn what_could_not_be_visited_is_said() {
        let event = Event::NotEntered {
            visit: VisitId(1),
            process: ProcessId(0),
            words: "it is traced already".to_owned(),
            is_awaited: false,
        };
        let failure = conclude(&event, 12, false, &mut Vec::new()).unwrap();
        let words = failure.unwrap_err().to_string();
        assert_eq!(words, "nothing could be tried: it is traced already");
        let other = Event::Released {
            process: ProcessId(0),
        };
        assert!(conclude(&other, 12, false, &mut Vec::new()).is_none());
    }
}
